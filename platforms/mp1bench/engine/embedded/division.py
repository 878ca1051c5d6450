"""UDIV and SDIV in Python: only for code that runs with CCR.DIV_0_TRP, where a divisor of zero is a fault.

It decodes and divides; whether to, and what the fault does, is the core's business.
"""

from __future__ import annotations

from typing import NamedTuple


class Division(NamedTuple):
    """Register numbers: `quotient` := `dividend` / `divisor`."""

    signed: bool
    quotient: int
    dividend: int
    divisor: int

    def divide(self, dividend: int, divisor: int) -> int:
        """Rounded towards zero, modulo 2³². `divisor` is not zero."""
        if not self.signed:
            return dividend // divisor
        dividend, divisor = _signed(dividend), _signed(divisor)
        size = abs(dividend) // abs(divisor)
        return (-size if (dividend < 0) != (divisor < 0) else size) & 0xFFFFFFFF


def decode_division(code: bytes) -> Division | None:
    """The division that four bytes of code are, or None; with SP or PC as an operand it is unpredictable: None."""
    first, second = int.from_bytes(code[:2], "little"), int.from_bytes(code[2:4], "little")
    if first & 0xFFD0 != 0xFB90 or second & 0xF0F0 != 0xF0F0:
        return None
    division = Division(not first & 0x20, second >> 8 & 0xF, first & 0xF, second & 0xF)
    return None if {13, 15} & set(division[1:]) else division


def behind(xpsr: int) -> int:
    """xPSR after an instruction that changes no flags: its IT bits are those of the next one."""
    it = xpsr >> 25 & 3 | xpsr >> 8 & 0xFC
    it = it & 0xE0 | it << 1 & 0x1F if it & 7 else 0
    return xpsr & ~0x0600FC00 | (it & 3) << 25 | (it & 0xFC) << 8


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value
