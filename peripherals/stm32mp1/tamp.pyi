from typing import Final

from stm32mp1.device import Device

BKP0R: Final = 0x100

class Tamp(Device):
    def reset(self) -> None:
        """A reset of the system: the backup registers survive it."""
