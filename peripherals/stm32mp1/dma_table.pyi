from collections.abc import Sequence
from typing import Final

from stm32mp1.registers import RegisterTable

STREAMS: Final[Sequence[int]]
LISR: Final = 0x00
HISR: Final = 0x04
LIFCR: Final = 0x08
HIFCR: Final = 0x0C
CR: Final = 0x00
NDTR: Final = 0x04
PAR: Final = 0x08
M0AR: Final = 0x0C
M1AR: Final = 0x10
FCR: Final = 0x14
SHIFTS: Final = (0, 6, 16, 22)
DMA_TABLE: Final[RegisterTable]

def base(stream: int) -> int: ...
