from typing import Final

from stm32mp1.timed import TimedDevice

CFGR1: Final = 0x00
DR: Final = 0x1C
SR: Final = 0x20

class Dts(TimedDevice):
    celsius: int
