from typing import Final

from stm32mp1.latched import LatchedDevice

MODER: Final = 0x00
OTYPER: Final = 0x04
OSPEEDR: Final = 0x08
PUPDR: Final = 0x0C
IDR: Final = 0x10
ODR: Final = 0x14
BSRR: Final = 0x18
LCKR: Final = 0x1C
AFRL: Final = 0x20
AFRH: Final = 0x24
BRR: Final = 0x28
LCKK: Final = 0x10000

class Gpio(LatchedDevice):
    def drive(self, pin: int, level: bool | None) -> None:
        """Drive a pin from outside, or with None let go of it."""
