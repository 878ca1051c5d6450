"""A device in virtual time without an engine: the time is set by the test, and the device is woken when it asked to be.

It is what `mp1bench.engine.machine` does for one device; nothing here knows which.
"""

from __future__ import annotations

from stm32mp1.timed import TimedDevice


class Clockwork:
    """`now` in ns; `changes` are the line changes so far, as (ns, line, level)."""

    def __init__(self, device: TimedDevice, hz: int) -> None:
        self.device = device
        self.now = 0
        self.hz = hz
        self.changes: list[tuple[int, str, bool]] = []
        self.alarms = 0
        self._wake: int | None = None
        device.now = lambda: self.now
        device.clock_hz = lambda: self.hz
        device.on_wake_at = self._wake_at
        device.on_line = lambda line, level: self.changes.append((self.now, line, level))

    def _wake_at(self, at: int | None) -> None:
        assert at is None or at > self.now, "woken for the past"
        self._wake = at

    def run(self, ns: int) -> None:
        """Let time pass."""
        end = self.now + ns
        while self._wake is not None and self._wake <= end:
            self.now, self._wake = self._wake, None
            self.alarms += 1
            self.device.alarm()
        self.now = end

    def read(self, offset: int) -> int:
        return self.device.read(offset, 4)

    def write(self, offset: int, value: int) -> None:
        self.device.write(offset, value, 4)

    def rises(self, line: str) -> list[int]:
        """When a line rose."""
        return [at for at, name, level in self.changes if name == line and level]
