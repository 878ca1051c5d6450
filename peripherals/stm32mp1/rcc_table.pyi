from typing import Final

from stm32mp1.rcc_gates import reset_bits as reset_bits
from stm32mp1.registers import RegisterTable

TZCR: Final = 0x000
OCENSETR: Final = 0x00C
HSICFGR: Final = 0x018
ASSCKSELR: Final = 0x024
RCK12SELR: Final = 0x028
AXIDIVR: Final = 0x030
APB4DIVR: Final = 0x03C
APB5DIVR: Final = 0x040
RTCDIVR: Final = 0x044
MSSCKSELR: Final = 0x048
PLL1CR: Final = 0x080
PLL2CR: Final = 0x094
CPERCKSELR: Final = 0x0D0
MP_SREQSETR: Final = 0x104
MP_GCR: Final = 0x10C
BDCR: Final = 0x140
RDLSICR: Final = 0x144
BR_RSTSCLRR: Final = 0x400
MP_GRSTCSETR: Final = 0x404
MP_RSTSCLRR: Final = 0x408
OCRDYR: Final = 0x808
RCK3SELR: Final = 0x820
RCK4SELR: Final = 0x824
TIMG1PRER: Final = 0x828
TIMG2PRER: Final = 0x82C
MCUDIVR: Final = 0x830
APB1DIVR: Final = 0x834
APB2DIVR: Final = 0x838
APB3DIVR: Final = 0x83C
PLL3CR: Final = 0x880
PLL3CFGR1: Final = 0x884
PLL3CFGR2: Final = 0x888
PLL3FRACR: Final = 0x88C
PLL4CR: Final = 0x894
AHB3RSTSETR: Final = 0x9A0
MP_AHB3ENSETR: Final = 0xA20
MC_AHB3ENSETR: Final = 0xAA0
MC_RSTSCLRR: Final = 0xC00
MC_CIER: Final = 0xC14
MC_CIFR: Final = 0xC18

def rcc_table() -> RegisterTable: ...
