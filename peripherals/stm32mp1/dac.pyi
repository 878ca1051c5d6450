from collections.abc import Callable
from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

FULL_SCALE_MV: Final = 3300
CR: Final = 0x00
SWTRIGR: Final = 0x04
DHR12R1: Final = 0x08
DOR1: Final = 0x2C

class Dac(Queues, DataRegisters, Device):
    on_output: Callable[[int, int], None] | None  # gets channel and millivolts at each change
