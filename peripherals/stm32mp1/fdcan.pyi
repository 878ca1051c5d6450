from typing import Final

from stm32mp1.master import BusMaster
from stm32mp1.queues import Queues

MESSAGE_RAM: Final = 0x44011000

class Fdcan(Queues, BusMaster): ...
