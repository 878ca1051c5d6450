"""The kernel's log (kernel/printk): the lines that were printed, as `dmesg` shows them.

It keeps the latest lines only, as the ring in memory does, and knows no consoles and no log level of theirs.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

#: So many lines of usual length fill the 128 KiB that a kernel keeps by default.
_KEPT = 2048


class Line(NamedTuple):
    """One line: when (virtual ns), how loud (emerg, err, warn, info, debug), and what."""

    t: int
    level: str
    text: str

    def __str__(self) -> str:
        microseconds = self.t // 1000
        return f"[{microseconds // 1_000_000:5d}.{microseconds % 1_000_000:06d}] {self.text}"


class KernelLog:
    """The lines of one Linux, oldest first."""

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=_KEPT)

    def __str__(self) -> str:
        """What `dmesg` prints."""
        return "".join(f"{line}\n" for line in self.lines)
