"""The names of pins on the trace: which line of which device is PA14. It asks no device."""

from __future__ import annotations

from stm32mp1.gpio import Gpio
from stm32mp1.registers import RegisterTable


def pin_of_line(table: RegisterTable | None, device: str, line: str) -> str:
    """`PA14` for line 14 of the device `gpioA`; empty if the device is no bank of pins."""
    return f"P{device[-1].upper()}{line}" if table is Gpio.TABLE else ""
