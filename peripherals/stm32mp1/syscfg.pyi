from typing import Final

from stm32mp1.device import Device

CMPCR: Final = 0x020
CMPENSETR: Final = 0x024
BOOT_FROM_SD: Final = 5

class Syscfg(Device): ...
