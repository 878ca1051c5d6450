"""How far long work is: one line at the bottom of a terminal. Where nobody looks, in a pipe or a file, it is silent.

What is printed meanwhile appears above the line, which is gone at the end. It measures nothing and knows no time.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TextIO

_CLEAR = "\r\x1b[K"


class Progress:
    """`step()` after each of `total` parts, or `begin(work)` before each, if each is called otherwise."""

    def __init__(self, work: str, total: int, terminal: TextIO | None) -> None:
        self._work = work
        self._total = total
        self._done = 0
        self._terminal = terminal
        self._hidden = False  # a line is being printed where it would stand
        self._draw()

    def step(self) -> None:
        """One part more is done."""
        self._done += 1
        self._draw()

    def begin(self, work: str) -> None:
        """The next part is under way."""
        self._work = work
        self.step()

    def hide(self) -> None:
        """Make room for a line that is printed now, in pieces perhaps."""
        if not self._hidden:
            self._write(_CLEAR)
        self._hidden = True

    def show(self) -> None:
        """The line that was printed has ended."""
        self._hidden = False
        self._draw()

    def _draw(self) -> None:
        if not self._hidden:
            self._write(f"{_CLEAR}{self._work}: {self._done} of {self._total}")

    def _write(self, words: str) -> None:
        if self._terminal is not None:
            self._terminal.write(words)
            self._terminal.flush()


class _Above(io.TextIOBase):
    """A terminal that prints whole lines above the line of a progress."""

    def __init__(self, stream: TextIO, progress: Progress) -> None:
        self._stream = stream
        self._progress = progress

    def write(self, words: str) -> int:
        self._progress.hide()
        self._stream.write(words)
        self._stream.flush()
        if words.endswith("\n"):
            self._progress.show()
        return len(words)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return True


@contextlib.contextmanager
def progress(work: str, total: int) -> Iterator[Progress]:
    """For as long as the block runs, stderr shows how far it is, if it is a terminal."""
    shown = Progress(work, total, sys.stderr if sys.stderr.isatty() else None)
    with contextlib.ExitStack() as stack:
        stack.callback(shown.hide)
        if sys.stderr.isatty() and sys.stdout.isatty():
            stack.enter_context(contextlib.redirect_stdout(_Above(sys.stdout, shown)))
        yield shown
