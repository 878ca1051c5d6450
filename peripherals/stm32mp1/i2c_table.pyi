from typing import Final

from stm32mp1.registers import RegisterTable

CR1: Final = 0x00
CR2: Final = 0x04
TIMINGR: Final = 0x10
ISR: Final = 0x18
ICR: Final = 0x1C
RXDR: Final = 0x24
TXDR: Final = 0x28
I2C_TABLE: Final[RegisterTable]
