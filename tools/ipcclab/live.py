"""The live view of a run: the text trace in the terminal, line by line as it comes about. It decides on no line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TextIO

from ipcclab.trace.text import TextFormatter
from mp1bench.trace import Event, Trace


class LiveTrace:
    """Prints the events of a trace as they are published."""

    def __init__(self, recorded: Trace, stream: TextIO) -> None:
        self._stream = stream
        self._muted = False
        self._formatter = TextFormatter(recorded, colour=stream.isatty() and not os.environ.get("NO_COLOR"))
        recorded.listen(self._show)

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """While somebody else has the terminal, nothing is printed."""
        self.finish()
        self._muted = True
        try:
            yield
        finally:
            self._muted = False

    def _show(self, event: Event) -> None:
        if self._muted:
            return
        for line in self._formatter.feed(event):
            print(line, file=self._stream)

    def finish(self) -> None:
        """Print what is still held back."""
        for line in self._formatter.finish():
            print(line, file=self._stream)
