from typing import Final

from stm32mp1.registers import RegisterTable

UNIT: Final = 0x100
COMMON: Final = 0x300
ISR: Final = 0x00
IER: Final = 0x04
CR: Final = 0x08
CFGR: Final = 0x0C
CFGR2: Final = 0x10
SMPR1: Final = 0x14
LTR1: Final = 0x20
HTR1: Final = 0x24
SQR1: Final = 0x30
DR: Final = 0x40
JSQR: Final = 0x4C
JDR1: Final = 0x80
AWD2CR: Final = 0xA0
AWD3CR: Final = 0xA4
LTR2: Final = 0xB0
HTR2: Final = 0xB4
LTR3: Final = 0xB8
HTR3: Final = 0xBC
ADC_TABLE: Final[RegisterTable]
