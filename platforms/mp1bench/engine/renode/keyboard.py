"""An interrupt from the keyboard during a run: it waits until the bench has its turn and Renode's core stands still."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import current_thread, main_thread
from types import FrameType
from typing import Any


class Keyboard:
    """A context. Inside, SIGINT calls `came`, and what it does is done by `look`, or at the end.

    In other threads than the main one nothing changes: none of them hears of SIGINT.
    """

    def __init__(self, came: Callable[[], None]) -> None:
        self._tell = came
        self._before: Any = None
        self._came = False

    def __enter__(self) -> Keyboard:
        if current_thread() is main_thread() and callable(signal.getsignal(signal.SIGINT)):
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        self.look()

    def look(self) -> None:
        """Do now what SIGINT would have done: KeyboardInterrupt, as a rule."""
        if self._came and self._before is not None:
            self._came = False
            self._before(signal.SIGINT, None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        self._tell()
