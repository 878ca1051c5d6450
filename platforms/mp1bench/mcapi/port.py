"""What a transport needs of its side: the shared memory, a doorbell to the peer, timers and a recorder.

`host.py` has Linux's; a test may have another. It knows nothing of what lies in the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mp1bench.trace import Mcapi


class Port(Protocol):
    """One side's way to the other. Offsets are from the start of the shared memory, times in ns."""

    @property
    def now(self) -> int:
        """Virtual time."""

    def read(self, offset: int, size: int) -> bytes:
        """What lies in the memory."""

    def write(self, offset: int, data: bytes) -> None:
        """Put it there; visible to the peer at once and in this order."""

    def barrier(self) -> None:
        """Where a processor needs a DMB between two accesses, for the other side to see them in this order."""

    def post(self) -> None:
        """Set the flag of the channel towards the peer, which is free. `Transport.freed` is called when it is again."""

    def after(self, delay_ns: int, function: Callable[[], None]) -> Callable[[], None]:
        """Call `function` in so much time; returns what cancels it."""

    def record(self, event: Mcapi) -> None:
        """Put an event on the trace."""
