from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

CR: Final = 0x00
SR: Final = 0x04
DIN: Final = 0x08
DOUT: Final = 0x0C
DMACR: Final = 0x10
IMSCR: Final = 0x14
RISR: Final = 0x18
MISR: Final = 0x1C
K0LR: Final = 0x20
IV0LR: Final = 0x40

class Cryp(Queues, DataRegisters, Device): ...
