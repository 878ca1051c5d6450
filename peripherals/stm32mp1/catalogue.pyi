from collections.abc import Mapping

from stm32mp1.device import Device

# The window of each is its class's SIZE.
CATALOGUE: Mapping[str, type[Device]]
