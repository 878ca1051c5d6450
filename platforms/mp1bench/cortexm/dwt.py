"""The Data Watchpoint and Trace unit as far as software without a debugger uses it: the cycle counter.

Comparators and the other counters are storage: they never match and never count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

CTRL, CYCCNT, PCSR, LAR, LSR = 0x000, 0x004, 0x01C, 0xFB0, 0xFB4

_CYCCNTENA = 1 << 0
_NUMCOMP = 4 << 28
_CTRL_WRITABLE = 0x007F1FFF
_NS = 1_000_000_000
_MASK = 0xFFFFFFFF


class Dwt:
    """`now()` is the core clock's time in ns, `clock_hz()` its frequency; `enabled()` tells DEMCR.TRCENA."""

    def __init__(self, now: Callable[[], int], clock_hz: Callable[[], int], enabled: Callable[[], bool]) -> None:
        self._now = now
        self._clock_hz = clock_hz
        self._enabled = enabled
        self.reset()

    def reset(self) -> None:
        """Core reset: stopped."""
        self._control = 0
        self._storage: dict[int, int] = {}
        self._hz = 0  # 0: it does not count
        self._origin = 0  # time at which the count was `_base`
        self._base = 0

    def cycles(self) -> int:
        """CYCCNT now."""
        if not self._hz:
            return self._base
        return self._base + (self._now() - self._origin) * self._hz // _NS & _MASK

    def catch_up(self) -> None:
        """Go on at what the registers and the clock tree say by now: after each change of either."""
        counts = self._control & _CYCCNTENA and self._enabled()
        hz = self._clock_hz() if counts else 0
        if hz != self._hz:
            self._start_from(self.cycles(), hz)

    def _start_from(self, cycles: int, hz: int) -> None:
        self._base, self._origin, self._hz = cycles, self._now(), hz

    def read(self, offset: int) -> int:
        """Word read at an offset from 0xE0001000."""
        self.catch_up()
        if offset == CTRL:
            return _NUMCOMP | self._control
        if offset == CYCCNT:
            return self.cycles()
        return self._storage.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Word write at an offset from 0xE0001000."""
        self.catch_up()
        if offset == CTRL:
            self._control = value & _CTRL_WRITABLE
            self.catch_up()
        elif offset == CYCCNT:
            self._start_from(value, self._hz)
        elif offset not in (PCSR, LAR, LSR):  # a Cortex-M4's DWT has no lock: the key is accepted and not needed
            self._storage[offset] = value

    _STATE = ("_control", "_hz", "_origin", "_base")

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {"storage": sorted(self._storage.items())} | {n.lstrip("_"): getattr(self, n) for n in self._STATE}

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        storage = state["storage"]
        assert isinstance(storage, list)
        self._storage = dict(storage)
        for name in self._STATE:
            setattr(self, name, state[name.lstrip("_")])
