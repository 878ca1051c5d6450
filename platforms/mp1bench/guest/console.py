"""The guest's console, read: the kernel's lines apart from what programs print, wherever the kernel cuts in.

It only reads; who types is `mp1bench.guest.linux_guest`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_STAMP = re.compile(r"\[ *\d+\.\d{6}\] ")


class Console:
    """Takes the console's bytes one by one. `on_kernel` and `on_program` are called with each line that is complete.

    A line of the kernel begins with its time stamp, which is left out, and may stand in the middle of a program's.
    """

    def __init__(self, on_kernel: Callable[[str], None], on_program: Callable[[str], None]) -> None:
        self._on_kernel = on_kernel
        self._on_program = on_program
        self._line = bytearray()
        self._before = ""  # what a program had printed of its line when the kernel cut in

    @property
    def unfinished(self) -> str:
        """What has been printed of a line that is not complete: a prompt."""
        return self._before + _text(self._line)

    def feed(self, byte: int) -> None:
        """Take the next byte."""
        if byte != ord("\n"):
            self._line.append(byte)
            return
        line = _text(self._line)
        self._line.clear()
        stamp = _STAMP.search(line)
        if stamp:
            self._before += line[: stamp.start()]
            self._on_kernel(line[stamp.end() :])
        else:
            before, self._before = self._before, ""
            self._on_program((before + line).rstrip("\r"))  # the kernel cuts in between \r and \n, too


def _text(line: bytearray) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
