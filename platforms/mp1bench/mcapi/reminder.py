"""Rings again for what was rung for before and has not been taken: a doorbell may be lost.

It runs only while the transport says that there is something, more and more slowly: after 1 ms, 2, 4 … 64 ms.
"""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.mcapi.port import Port

FIRST_NS, LAST_NS = 1_000_000, 64_000_000


class Reminder:
    """`remind` is called when nothing has moved for so long."""

    def __init__(self, port: Port, remind: Callable[[], None]) -> None:
        self._port = port
        self._remind = remind
        self._cancel: Callable[[], None] | None = None
        self._waits_for: object = None
        self._delay = FIRST_NS

    def pause(self) -> None:
        """Not now, but nothing has moved either."""
        if self._cancel is not None:
            self._cancel()
        self._cancel = None

    def watch(self, what: object) -> None:
        """`what` is to change; None if there is nothing to wait for."""
        if what == self._waits_for and (what is None or self._cancel is not None):
            return
        if what != self._waits_for:
            self._delay = FIRST_NS
        self.cancel()
        self._waits_for = what
        if what is not None:
            self._cancel = self._port.after(self._delay, self._fire)

    def cancel(self) -> None:
        """Stop."""
        self.pause()
        self._waits_for = None

    def _fire(self) -> None:
        self._cancel = None
        self._delay = min(2 * self._delay, LAST_NS)
        self._remind()
