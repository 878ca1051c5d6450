from typing import Final

from stm32mp1.master import BusMaster
from stm32mp1.queues import Queues

ITEM_CYCLES: Final = 8
BLOCK: Final = 16

class Dma(Queues, BusMaster): ...
