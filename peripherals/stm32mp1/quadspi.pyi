from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

CR: Final = 0x00
DCR: Final = 0x04
SR: Final = 0x08
FCR: Final = 0x0C
DLR: Final = 0x10
CCR: Final = 0x14
AR: Final = 0x18
ABR: Final = 0x1C
DR: Final = 0x20
PSMKR: Final = 0x24
PSMAR: Final = 0x28
PIR: Final = 0x2C
LPTR: Final = 0x30
FIFO: Final = 32

class Quadspi(Queues, DataRegisters, Device): ...
