from typing import ClassVar

from stm32mp1.device import Device
from stm32mp1.ipcc_table import Variant

class Ipcc(Device):
    VARIANT: ClassVar[Variant]
    CHANNELS: ClassVar[int]

class OtherIpcc(Ipcc): ...

def ipcc_class(variant: Variant) -> type[Ipcc]:
    """The class of IPCCs of a variant: one of VARIANTS, or your own. ValueError if there can be no such IPCC."""
