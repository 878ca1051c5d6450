from collections.abc import Callable
from typing import Final

from stm32mp1.device import Device

CR2: Final = 0x008
CR3: Final = 0x00C
MPUCR: Final = 0x010
MCUCR: Final = 0x014

class Pwr(Device):
    mcu_sleeps_deeply: Callable[[], bool]  # an engine's: whether the Cortex-M4 is in deep sleep
    def system_has_stopped(self) -> None:
        """Note that both processors were in stop, for the flag STOPF."""
