from typing import Final

from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

TR: Final = 0x00
DR: Final = 0x04
SSR: Final = 0x08
ICSR: Final = 0x0C
PRER: Final = 0x10
CR: Final = 0x18
WPR: Final = 0x24

class Rtc(Queues, TimedDevice): ...
