from typing import Final

from stm32mp1.registers import RegisterTable

CR1: Final = 0x00
CR2: Final = 0x04
CFG1: Final = 0x08
CFG2: Final = 0x0C
IER: Final = 0x10
SR: Final = 0x14
IFCR: Final = 0x18
TXDR: Final = 0x20
RXDR: Final = 0x30
SPI_TABLE: Final[RegisterTable]
