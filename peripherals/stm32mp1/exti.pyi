from typing import Final

from stm32mp1.latched import LatchedDevice

RTSR1: Final = 0x00
FTSR1: Final = 0x04
SWIER1: Final = 0x08
RPR1: Final = 0x0C
FPR1: Final = 0x10
EXTICR1: Final = 0x60
C1IMR1: Final = 0x80
C2IMR1: Final = 0xC0
BANK: Final = 0x20
VIEW: Final = 0x10
FIRST_PIN: Final = 96

class Exti(LatchedDevice):
    def wakes_c2(self) -> bool:
        """Whether a line is active that C2IMR lets through: a pending edge, or the level of a direct line."""
