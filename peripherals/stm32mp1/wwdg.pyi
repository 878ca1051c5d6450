from typing import Final

from stm32mp1.counting import CountingDevice

CR: Final = 0x00
CFR: Final = 0x04
SR: Final = 0x08

class Wwdg(CountingDevice): ...
