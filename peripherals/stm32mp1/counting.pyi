from typing import ClassVar

from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

class CountingDevice(Queues, TimedDevice):
    BITS: ClassVar[int]
    CHANNELS: ClassVar[int]
