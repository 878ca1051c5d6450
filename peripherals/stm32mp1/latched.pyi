from collections.abc import Sequence
from typing import ClassVar

from stm32mp1.device import Device

class LatchedDevice(Device):
    LATCHES: ClassVar[Sequence[tuple[str, int]]]  # name and width in bits
    _latches: dict[str, int]
