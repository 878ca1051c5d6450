from typing import Final

from stm32mp1.counting import CountingDevice

KR: Final = 0x00
PR: Final = 0x04
RLR: Final = 0x08
SR: Final = 0x0C
WINR: Final = 0x10
EWCR: Final = 0x14
BUSY_NS: Final = 156250

class Iwdg(CountingDevice): ...
