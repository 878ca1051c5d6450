"""The power management chip (STPMIC1) of ST's boards, on I2C4: what firmware finds there that sets up its own supplies.

Its registers are storage: no voltage follows, and it interrupts nobody. Like any slave it is not part of a snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping

from stm32mp1.device import Device
from stm32mp1.i2c import I2c, Slave

I2C4 = 0x5C002000
ADDRESS = 0x33
_VERSION = 0x06, 0x10  # register, and what Linux reports of the chip on these boards


class Pmic(Slave):
    """The first byte of a write is the number of a register; further ones, and reads, go on from there."""

    def __init__(self) -> None:
        self._registers = bytearray(256)
        self._registers[_VERSION[0]] = _VERSION[1]
        self._at = 0
        self._numbered = False

    def start(self, reads: bool) -> bool:
        self._numbered = reads
        return True

    def write(self, byte: int) -> bool:
        if not self._numbered:
            self._at, self._numbered = byte, True
        else:
            if self._at != _VERSION[0]:
                self._registers[self._at] = byte
            self._at = (self._at + 1) % 256
        return True

    def read(self) -> int:
        byte = self._registers[self._at]
        self._at = (self._at + 1) % 256
        return byte


def attach_pmic(devices: Mapping[int, Device]) -> None:
    """Put one on I2C4, if the platform, given by address, has it."""
    bus = devices.get(I2C4)
    if isinstance(bus, I2c):
        bus.attach(ADDRESS, Pmic())
