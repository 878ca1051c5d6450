from typing import Final

from stm32mp1.registers import RegisterTable

CR1: Final = 0x00
CR2: Final = 0x04
CR3: Final = 0x08
RQR: Final = 0x18
ISR: Final = 0x1C
ICR: Final = 0x20
RDR: Final = 0x24
TDR: Final = 0x28
USART_TABLE: Final[RegisterTable]
