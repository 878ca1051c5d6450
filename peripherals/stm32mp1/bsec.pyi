from typing import Final

from stm32mp1.device import Device

DATA0: Final = 0x200

class Bsec(Device): ...
