"""The inputs of Renode's NVIC: the level of each, and what Renode has yet to hear. When it hears is for `engine.py`."""

from __future__ import annotations

from collections.abc import Callable


class Inputs:
    """`set_irq(number, level)` tells Renode. Times are ns of virtual time; `number` counts from 0."""

    def __init__(self, set_irq: Callable[[int, int], None]) -> None:
        self._set_irq = set_irq
        self._levels: dict[int, bool] = {}
        self.rising: list[int] = []  # those that Renode takes for low until `due`
        self.due = 0

    def high(self) -> list[int]:
        """Those whose level is high."""
        return [irq for irq, level in self._levels.items() if level]

    def drive(self, irq: int, level: bool, at: int) -> bool:
        """A device raises or lowers an input. True if Renode is to be told at `due`, by `tell`: `at`, or sooner."""
        if self._levels.get(irq, False) == level:
            return False
        self._levels[irq] = level
        if level:
            self.due = self.due if self.rising else at
            self.rising.append(irq)
        elif irq not in self.rising:
            self._set_irq(irq, 0)  # makes nothing pending, so it needs no turn of Renode's
        return level

    def tell(self, now: int) -> bool:
        """In Renode's turn: raise what is due; what has fallen by now stays pending. False if it is too soon."""
        if self.rising and now < self.due:
            return False
        for irq in self.rising:
            self._set_irq(irq, 1)
            if not self._levels[irq]:
                self._set_irq(irq, 0)
        self.rising.clear()
        return True
