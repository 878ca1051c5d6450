from typing import Final

from stm32mp1.device import Device

MODER: Final = 0x00
IDR: Final = 0x10
ODR: Final = 0x14
BSRR: Final = 0x18
BRR: Final = 0x28

class Gpio(Device): ...
