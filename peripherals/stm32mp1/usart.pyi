from collections.abc import Callable
from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

IDLE: Final = 0x10
RXNE: Final = 0x20
TC: Final = 0x40
TXE: Final = 0x80

class Usart(Queues, DataRegisters, Device):
    on_tx: Callable[[int], None] | None  # gets each byte sent
    @property
    def receiving(self) -> bool: ...
    @property
    def asking(self) -> bool: ...
    def receive(self, data: bytes) -> None:
        """Bytes arrive. They wait for the receiver to be on and for software to read them, one by one, from RDR."""
