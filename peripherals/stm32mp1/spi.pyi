from collections.abc import Callable
from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

FIFO: Final = 16

class Spi(Queues, DataRegisters, Device):
    on_exchange: Callable[[int, int], int] | None  # gets a frame and its bits, gives the frame that comes back
