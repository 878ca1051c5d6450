from typing import Final

from stm32mp1.device import Device
from stm32mp1.queues import Queues

WORDS: Final = 2560

class MessageRam(Queues, Device): ...
