from typing import ClassVar, Final

from stm32mp1.device import Device
from stm32mp1.registers import RegisterTable

C1CR: Final = 0x00
C1MR: Final = 0x04
C1SCR: Final = 0x08
C1TOC2SR: Final = 0x0C
C2CR: Final = 0x10
C2MR: Final = 0x14
C2SCR: Final = 0x18
C2TOC1SR: Final = 0x1C

HALF: Final = 16
RXOIE: Final = 0x00000001
TXFIE: Final = 0x00010000

def ipcc_table(channels: int) -> RegisterTable: ...

class Ipcc(Device):
    CHANNELS: ClassVar[int]
