"""The core's free-running clock as SysTick and the cycle counter see it: virtual time less the time in deep sleep.

It only says what time it is and whether it stands still; the frequency is the RCC's, and who sleeps is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping


class CoreClock:
    """`machine_now()` is virtual time in ns."""

    def __init__(self, machine_now: Callable[[], int]) -> None:
        self._machine_now = machine_now
        self._lost = 0  # ns for which it has stood still in all
        self._since: int | None = None  # virtual time at which it stopped

    @property
    def stopped(self) -> bool:
        """It stands still."""
        return self._since is not None

    def now(self) -> int:
        """Its own time in ns."""
        return (self._machine_now() if self._since is None else self._since) - self._lost

    def machine_time(self, at: int | None) -> int | None:
        """Virtual time at which it will show `at`; None for None, and while it stands still."""
        return None if at is None or self.stopped else at + self._lost

    def stop(self) -> None:
        """Deep sleep begins."""
        if self._since is None:
            self._since = self._machine_now()

    def go_on(self) -> None:
        """Deep sleep is over."""
        if self._since is not None:
            self._lost += self._machine_now() - self._since
            self._since = None

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {"lost": self._lost, "since": self._since}

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        lost, since = state["lost"], state["since"]
        assert isinstance(lost, int)
        assert since is None or isinstance(since, int)
        self._lost, self._since = lost, since
