"""The shared pool as the program of one handle sees it: what is mapped, and which buffers of it are the program's now.

A buffer is named by its offset in the mapping. Nobody is kept from the buffers of others: they are in the same pages.
"""

from __future__ import annotations

from contextlib import suppress

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.vfs import Area
from mp1bench.linux.mcapi.ioctl import Span
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.mcapi import Buffer, McapiError, Packet, Status, layout

#: Both pools, which are whole pages: the own one, from which Linux sends, and the firmware's.
POOL, POOL_SIZE = layout.BASE + layout.POOL[0], layout.END - layout.POOL[0]


def area(engine: Engine, size: int, offset: int) -> Area | int:
    """A mapping of a part of it, or a negative error number."""
    if offset + size > POOL_SIZE:
        return -Errno.EINVAL
    start = POOL + offset
    return Area(
        size,
        lambda place, length: engine.read_bytes(start + place, length),
        lambda place, data: engine.write_bytes(start + place, data),
    )


class Holdings:
    """The buffers that a program holds: packets that it has dequeued, and what it has allocated to fill."""

    def __init__(self, stack: NodeStack) -> None:
        self._stack = stack
        self._held: dict[int, Packet | Buffer] = {}  # by offset

    def add(self, held: Packet | Buffer) -> Span:
        """It is the program's now."""
        offset = held.address - POOL
        self._held[offset] = held
        return Span(offset, held.length if isinstance(held, Packet) else held.size)

    def allocated(self, offset: int) -> Buffer:
        """What was allocated there, be it sent by now. ERR_BUF_INVALID if nothing was."""
        held = self._held.get(offset)
        if not isinstance(held, Buffer):
            raise McapiError(Status.ERR_BUF_INVALID, f"no buffer to fill is held at {offset:#x}")
        return held

    def release(self, offset: int) -> None:
        """Give one back. ERR_BUF_INVALID if it is not held, or was lost with the peer."""
        held = self._held.pop(offset, None)
        if held is None:
            raise McapiError(Status.ERR_BUF_INVALID, f"no buffer is held at {offset:#x}")
        self._stack.pktchan_release(held)

    def release_all(self) -> None:
        """The program has gone."""
        for offset in list(self._held):
            with suppress(McapiError):  # lost with the peer
                self.release(offset)
