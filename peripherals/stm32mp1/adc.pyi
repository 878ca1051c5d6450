from typing import Final

from stm32mp1.data_registers import DataRegisters
from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

CONVERSION_NS: Final = 1000
FULL_SCALE_MV: Final = 3300
CHANNELS: Final = 20

class Adc(Queues, DataRegisters, TimedDevice):
    def set_channel(self, unit: int, channel: int, millivolts: int) -> None:
        """What the converters find from now on: ADC `unit` (1 or 2), channel 0 to 19. ValueError if there is none."""
