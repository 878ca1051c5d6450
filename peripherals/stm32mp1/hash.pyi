from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.device import Device
from stm32mp1.queues import Queues

CR: Final = 0x00
DIN: Final = 0x04
STR: Final = 0x08
HR0: Final = 0x0C
IMR: Final = 0x20
SR: Final = 0x24
DIGEST: Final = 0x310

def exchanged(word: int, datatype: int) -> int:
    """A word as it goes in: DATATYPE 0 as it is, 1 half-words, 2 bytes, 3 bits exchanged."""

class Hash(Queues, DataRegisters, Device): ...
