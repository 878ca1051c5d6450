"""SysTick: a 24-bit down-counter in virtual time, at the frequency that the clock tree says.

It is evaluated when asked, not ticked: between two looks only arithmetic happens. All times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

CSR, RVR, CVR, CALIB = 0x10, 0x14, 0x18, 0x1C

_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1 << 0, 1 << 1, 1 << 2, 1 << 16
_EXTERNAL_DIVIDER = 8  # CLKSOURCE = 0 counts the core clock divided by eight
_NS = 1_000_000_000
_MASK = 0xFFFFFF


class SysTick:
    """`now()` gives virtual time, `clock_hz()` the core clock as the RCC has it; `pend()` pends SysTick."""

    def __init__(self, now: Callable[[], int], clock_hz: Callable[[], int], pend: Callable[[], None]) -> None:
        self._now = now
        self._clock_hz = clock_hz
        self._pend = pend
        self.reset()

    def reset(self) -> None:
        """Core reset: stopped."""
        self.control = 0
        self.reload = 0
        self._hz = 1
        self._origin = 0  # time of tick 0 of the current count
        self._zero = 0  # tick at which the counter next reaches zero
        self._top = 0  # where this count began; the one tick before it shows zero
        self._stopped_at = 0  # counter value while it does not count
        self._due = self.expiry()  # what that says, computed once for all that ask meanwhile

    # -- the count --------------------------------------------------------------------------------------------

    @property
    def counting(self) -> bool:
        """Enabled, and not stuck at zero by a reload value of zero."""
        return bool(self.control & _ENABLE) and self._zero > 0

    def _rate(self) -> int:
        return self._clock_hz() if self.control & _CLKSOURCE else self._clock_hz() // _EXTERNAL_DIVIDER

    def _start_from(self, value: int) -> None:
        """Count from `value` from now on; from zero the next tick loads the reload value."""
        self._origin, self._hz = self._now(), max(1, self._rate())
        self._stopped_at = value
        self._zero, self._top = value, value
        if not value:
            self._load(0)

    def _load(self, tick: int) -> None:
        """The counter is zero at `tick`: the next one loads the reload value, unless that is zero."""
        self._zero, self._top = tick + self.reload + 1 if self.reload else 0, self.reload

    def value(self) -> int:
        """CVR as the firmware reads it now."""
        if not self.counting:
            return self._stopped_at
        left = self._zero - (self._now() - self._origin) * self._hz // _NS
        return left if left <= self._top else 0

    def expiry(self) -> int | None:
        """Time at which the counter reaches zero; None if it does not count."""
        return self._origin - (-self._zero * _NS // self._hz) if self.counting else None

    def catch_up(self) -> None:
        """Reach every zero that is due by now: set COUNTFLAG, pend the exception if TICKINT says so, reload."""
        while self._due is not None and self._due <= self._now():
            self.control |= _COUNTFLAG
            if self.control & _TICKINT:
                self._pend()
            if self._rate() == self._hz:
                self._load(self._last_zero())
                self._stopped_at = 0
            else:
                self._start_from(0)
            self._due = self.expiry()

    def _last_zero(self) -> int:
        """The latest tick by now at which the counter was zero; it was at `_zero`."""
        period = self.reload + 1
        late = (self._now() - self._origin) * self._hz // _NS - self._zero
        return self._zero + late // period * period if self.reload else self._zero

    # -- registers --------------------------------------------------------------------------------------------

    def read(self, offset: int) -> int:
        """Word read at an offset from 0xE000E000."""
        self.catch_up()
        if offset == CSR:
            value, self.control = self.control, self.control & ~_COUNTFLAG
            return value
        if offset == RVR:
            return self.reload
        return self.value() if offset == CVR else 0

    def write(self, offset: int, value: int) -> None:
        """Word write at an offset from 0xE000E000."""
        self.catch_up()
        if offset == CSR:
            count = self.value()
            was, self.control = self.control, self.control & _COUNTFLAG | value & 0b111
            if (was ^ self.control) & (_ENABLE | _CLKSOURCE):
                self._start_from(count)
        elif offset == RVR:
            count = self.value()
            idle = not self.counting
            self.reload = value & _MASK
            if idle and self.control & _ENABLE:
                self._start_from(count)
        elif offset == CVR:
            self.control &= ~_COUNTFLAG
            self._start_from(0)
        self._due = self.expiry()

    # -- snapshot ---------------------------------------------------------------------------------------------

    _STATE = ("control", "reload", "_hz", "_origin", "_zero", "_top", "_stopped_at")

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {name.lstrip("_"): getattr(self, name) for name in self._STATE}

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        for name in self._STATE:
            setattr(self, name, state[name.lstrip("_")])
        self._due = self.expiry()
