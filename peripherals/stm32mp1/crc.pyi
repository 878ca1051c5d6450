from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

DR: Final = 0x00
IDR: Final = 0x04
CR: Final = 0x08
INIT: Final = 0x10
POL: Final = 0x14

class Crc(Queues, DataRegisters, Device): ...
