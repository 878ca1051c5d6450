from collections.abc import Mapping

from stm32mp1.device import Device
from stm32mp1.rcc import Rcc

def feed_clocks(rcc: Rcc, devices: Mapping[int, Device]) -> None: ...
