from typing import Final

from stm32mp1.device import Device

R0: Final = 0x000
RLR0: Final = 0x080
C1ICR: Final = 0x104
C1ISR: Final = 0x108
C2IER: Final = 0x110
C2ICR: Final = 0x114
C2ISR: Final = 0x118
CR: Final = 0x140
KEYR: Final = 0x144
SEMAPHORES: Final = 32
LOCK: Final = 0x80000000

class Hsem(Device): ...
