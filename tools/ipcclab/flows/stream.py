"""A stream of bytes to the firmware and back: what goes out next, is what comes right, how long did each part take.

It moves nothing: `packets.py` and `rpmsg.py` do.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from itertools import count

from ipcclab.durations import format_moment
from mp1bench.errors import IpccLabError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping

#: Longer than a firmware may take for a part: then the flow has come to a standstill (ns).
_PATIENCE_NS = 1_000_000_000

#: Bytes that repeat. It is a prime: as long as 33 MB have not passed, no two parts of 512 bytes are the same.
_PERIOD = 65_521
_CONTENT = random.Random("ipcclab flow").randbytes(_PERIOD) * 2


class FlowError(IpccLabError):
    """What came back is not what was sent, or nothing comes any more."""

    exit_code = 1


class StandstillError(FlowError):
    """Nothing comes any more."""


class Stream:
    """`size` bytes in parts of up to `payload`, of which at most `window` are under way at a time (None: any number).

    Times are in ns of virtual time: `began` and `ended`, and `round_trips`, from the moment when a part lies in the
    ring until its echo is received. `waits` counts the parts that there was no room for at once.
    """

    def __init__(self, kernel: Kernel, name: str, size: int, payload: int, window: int | None = None) -> None:
        self.name = name
        self.size = size
        self.payload = payload
        self.began = self.ended = kernel.now
        self.round_trips: list[int] = []
        self.waits = 0
        self._kernel = kernel
        self._window = window
        self._moved = WaitQueue(kernel)
        self._under_way: deque[int] = deque()  # when they were sent
        self._received = 0

    def parts(self) -> Iterator[bytes]:
        """What goes out, part by part."""
        for position in range(0, self.size, self.payload):
            yield self._part(position)

    def turn(self) -> Sleeping[None]:
        """Sleep until one part more may be under way."""
        while self._window is not None and len(self._under_way) >= self._window:
            yield from self._moved.sleep(None, f"an echo on {self.name}")

    def sent(self, asked_at: int) -> None:
        """A part lies in the ring; its sender wanted that since `asked_at`."""
        self.waits += self._kernel.now > asked_at
        self._under_way.append(self._kernel.now)

    def came(self, data: bytes) -> None:
        """The next part is back. FlowError if it is another."""
        expected = self._part(self._received)
        if data != expected:
            raise FlowError(f"{self.name}: {_difference(self._received, data, expected)}.")
        self._received += len(data)
        self.round_trips.append(self._kernel.now - self._under_way.popleft())
        self.ended = self._kernel.now
        if self._window is not None or self.done:
            self._moved.wake_all()

    @property
    def done(self) -> bool:
        """Is everything back?"""
        return self._received == self.size

    def finish(self) -> Sleeping[None]:
        """Sleep until everything is back. StandstillError if nothing has moved for a second."""
        while not self.done:
            before = self._received
            yield from self._moved.sleep(_PATIENCE_NS, f"the rest of {self.name}")
            if self._received == before:
                raise StandstillError(
                    f"{self.name}: {before:,} of {self.size:,} bytes are back, and nothing more has come for 1 s, at"
                    f" {format_moment(self._kernel.now)}."
                )

    def _part(self, position: int) -> bytes:
        begin = position % _PERIOD
        return _CONTENT[begin : begin + min(self.payload, self.size - position)]


def _difference(position: int, data: bytes, expected: bytes) -> str:
    """Where two parts differ, in words."""
    at = next((at for at, one, other in zip(count(), data, expected) if one != other), None)
    if at is None:
        return f"{len(data)} bytes came back at byte {position:,}, not {len(expected)}"
    return f"byte {position + at:,} came back as 0x{data[at]:02x}, not 0x{expected[at]:02x}"
