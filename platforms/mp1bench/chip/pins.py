"""The pins of the chip by their names, as a test at a board touches and measures them: PA14, PZ7.

What a pin shows is decided by its bank (`stm32mp1.gpio`); which lines it interrupts is the platform file's wiring.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mp1bench.engine import Engine
from mp1bench.errors import UsageError
from stm32mp1.device import Device
from stm32mp1.gpio import Gpio
from stm32mp1.memory_map import find_block

_PIN = re.compile(r"P([A-Z])(\d|1\d)")
_SHORT = {"K": 8, "Z": 8}  # banks of fewer than 16 pins

#: Buttons of ST's DK and EV boards: a resistor pulls the pin up, and the pressed button is low.
BUTTONS = ("PA13", "PA14")


class Pins:
    """The pins of the banks among `devices`, which are given by address."""

    def __init__(self, devices: Mapping[int, Device]) -> None:
        self._banks: dict[str, Gpio] = {}
        for address, device in devices.items():
            block = find_block(address)
            if isinstance(device, Gpio) and block is not None:
                self._banks[block.name.removeprefix("GPIO")] = device

    def set(self, name: str, level: bool) -> None:
        """Drive a pin from outside from now on. UsageError if there is no such pin, or no such level."""
        if not isinstance(level, bool):
            raise UsageError(f"the level of {name} is True or False, not {level!r}.")
        bank, number = self._find(name)
        bank.drive(number, level)

    def get(self, name: str) -> bool:
        """The level of a pin: what drives it, or its pull resistor. UsageError if there is no such pin."""
        bank, number = self._find(name)
        return bank.level(str(number))

    def exists(self, name: str) -> bool:
        """Whether there is a pin of that name."""
        match = _PIN.fullmatch(name.upper()) if isinstance(name, str) else None
        return match is not None and match[1] in self._banks and int(match[2]) < _SHORT.get(match[1], 16)

    def _find(self, name: str) -> tuple[Gpio, int]:
        if not self.exists(name):
            raise UsageError(
                f"there is no pin called `{name}`. A pin is P, its bank and its number, as in PA14;"
                f" the banks here are {', '.join(self._banks) or 'none'}."
            )
        return self._banks[name[1].upper()], int(name[2:])


def pull_up_buttons(engine: Engine, pins: Pins) -> None:
    """Let go of the buttons of the board. That is how it is wired, and no event of a run: no trace shows it."""
    trace, engine.trace = engine.trace, None
    for button in BUTTONS:
        if pins.exists(button):
            pins.set(button, True)
    engine.trace = trace
