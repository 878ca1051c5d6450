from typing import Final

from stm32mp1.device import Device

DECPROT0: Final = 0x010
UNPROTECTED: Final = 0xFFFFFFFF

class Etzpc(Device): ...
