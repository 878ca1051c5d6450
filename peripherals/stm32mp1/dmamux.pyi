from collections.abc import Sequence
from typing import Final

from stm32mp1.device import Device
from stm32mp1.queues import Queues

CHANNELS: Final[Sequence[int]]
REQUESTS: Final = 128

class Dmamux(Queues, Device): ...
