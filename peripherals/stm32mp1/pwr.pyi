from typing import Final

from stm32mp1.device import Device

CR2: Final = 0x008
CR3: Final = 0x00C

class Pwr(Device): ...
