from collections.abc import Callable
from typing import Final

from stm32mp1.device import Device

CR1: Final = 0x00
RQR: Final = 0x18
ISR: Final = 0x1C
ICR: Final = 0x20
RDR: Final = 0x24
TDR: Final = 0x28
RXNE: Final = 0x20
TC: Final = 0x40
TXE: Final = 0x80

class Usart(Device):
    on_tx: Callable[[int], None] | None  # gets each byte sent
    def receive(self, data: bytes) -> None:
        """Bytes arrive. They wait for the receiver to be on and for software to read them, one by one, from RDR."""
