"""Addresses in front of which the M4 stops: hooks on single instructions, with no change to memory.

A hit costs no time and retires nothing, and addresses that are never reached change nothing in a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from unicorn import unicorn_const

from mp1bench.engine.embedded.counter import Counter
from mp1bench.engine.embedded.unicorn_library import CODE_CALLBACK, Unicorn


class Breakpoints:
    """Calls `hit()` when the instruction at a placed address comes next, from inside the library."""

    def __init__(self, library: Unicorn, counter: Counter, hit: Callable[[], None]) -> None:
        self._library = library
        self._counter = counter
        self._hit = hit
        self._callback = CODE_CALLBACK(self._before_instruction)
        self._hooks: dict[int, int] = {}
        #: The slice may begin with the instruction here: it is where the M4 has stopped.
        self.passes: int | None = None

    def place(self, addresses: Iterable[int]) -> bool:
        """Stop in front of exactly these. Between two slices only. True if translated code is stale now."""
        wanted = set(addresses)
        changed = wanted != self._hooks.keys()
        for address in self._hooks.keys() - wanted:
            self._library.unhook(self._hooks.pop(address))
        for address in sorted(wanted - self._hooks.keys()):
            self._hooks[address] = self._library.hook(unicorn_const.UC_HOOK_CODE, self._callback, address)
        return changed

    def _before_instruction(self, uc: int, address: int, size: int, user: int) -> None:
        if address != self.passes or self._counter.cell[0] > 1:
            self._hit()
