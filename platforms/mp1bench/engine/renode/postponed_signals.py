"""Signals during a run, an interrupt from the keyboard or a timeout: they wait until Renode's core stands still."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

#: Whose handlers raise: that of the keyboard, of who ends the process, of a timeout of Robot Framework's or pytest's.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name)]


class PostponedSignals:
    """A context. Inside, such a signal calls `came`, and what it does is done by `look`, or at the end.

    In other threads than the main one nothing changes: none of them hears of signals.
    """

    def __init__(self, came: Callable[[], None]) -> None:
        self._tell = came
        self._before: dict[int, Any] = {}
        self._came: list[int] = []

    def __enter__(self) -> PostponedSignals:
        if current_thread() is main_thread():
            for number in _SIGNALS:
                if callable(signal.getsignal(number)):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.look()

    def look(self) -> None:
        """Do now what the signals would have done: PostponedSignalsInterrupt, as a rule."""
        while self._came:
            number = self._came.pop(0)
            self._before[number](number, None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came.append(number)
        self._tell()
