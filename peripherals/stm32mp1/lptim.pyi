from typing import Final

from stm32mp1.counting import CountingDevice

ISR: Final = 0x00
ICR: Final = 0x04
IER: Final = 0x08
CFGR: Final = 0x0C
CR: Final = 0x10
CMP: Final = 0x14
ARR: Final = 0x18
CNT: Final = 0x1C

class Lptim(CountingDevice): ...
