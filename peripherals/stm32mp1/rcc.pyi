from typing import Final

from stm32mp1.device import Device

HSI_HZ: Final = 64000000
CSI_HZ: Final = 4000000

class Rcc(Device):
    hse_hz: int
    def __init__(self, hse_hz: int = 24000000) -> None: ...
    def mcu_hz(self) -> int:
        """Frequency of the Cortex-M4 and its SysTick in Hz, as the registers say."""
