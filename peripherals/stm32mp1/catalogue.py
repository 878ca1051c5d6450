"""The devices that a platform file may name, by the type name that Renode uses for them there.

A type that Renode has keeps Renode's name; one that it lacks is called `STM32MP1.` and the block's name.
"""

from stm32mp1.ipcc import Ipcc

CATALOGUE = {
    "STM32MP1.IPCC": Ipcc,
}
