from typing import Final

from stm32mp1.device import Device

BOOTR: Final = 0x000
CMPCR: Final = 0x020
CMPENSETR: Final = 0x024
BOOT_FROM_SD: Final = 5
ENGINEERING_BOOT: Final = 4

class Syscfg(Device):
    boot_pins: int  # how the three boot pins are strapped: BOOT_FROM_SD, ENGINEERING_BOOT …; a reset leaves them
