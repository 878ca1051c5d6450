from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

CR: Final = 0x00
SR: Final = 0x04
DR: Final = 0x08
SEED: Final = 0x2545F491

class Rng(Queues, DataRegisters, Device): ...
