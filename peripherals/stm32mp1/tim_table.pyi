from typing import Final

from stm32mp1.registers import RegisterTable

CR1: Final = 0x00
CR2: Final = 0x04
SMCR: Final = 0x08
DIER: Final = 0x0C
SR: Final = 0x10
EGR: Final = 0x14
CCMR1: Final = 0x18
CNT: Final = 0x24
PSC: Final = 0x28
ARR: Final = 0x2C
RCR: Final = 0x30
CCR1: Final = 0x34
BDTR: Final = 0x44
DCR: Final = 0x48
DMAR: Final = 0x4C

def tim_table(
    bits: int = 16, channels: int = 4, slave: bool = True, repetitions: int = 0, basic: bool = False
) -> RegisterTable: ...
