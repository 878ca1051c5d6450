from collections.abc import Mapping

from stm32mp1.device import Device
from stm32mp1.rcc import Rcc

class PeripheralResets:
    def __init__(self, rcc: Rcc, devices: Mapping[int, Device]) -> None: ...
