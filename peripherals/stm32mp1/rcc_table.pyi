from typing import Final

from stm32mp1.registers import RegisterTable

OCRDYR: Final = 0x808
OCENSETR: Final = 0x00C
HSICFGR: Final = 0x018
MSSCKSELR: Final = 0x048
MP_GCR: Final = 0x10C
BDCR: Final = 0x140
RDLSICR: Final = 0x144
MP_GRSTCSETR: Final = 0x404
RCK3SELR: Final = 0x820
MCUDIVR: Final = 0x830
PLL1CR: Final = 0x080
PLL2CR: Final = 0x094
PLL3CR: Final = 0x880
PLL3CFGR1: Final = 0x884
PLL3CFGR2: Final = 0x888
PLL3FRACR: Final = 0x88C
PLL4CR: Final = 0x894
AHB3RSTSETR: Final = 0x9A0
MP_AHB3ENSETR: Final = 0xA20
MC_AHB3ENSETR: Final = 0xAA0

def rcc_table() -> RegisterTable: ...
