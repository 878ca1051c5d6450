"""A frame on its way, and the buffer that holds its payload.

Who may touch a buffer is `pool.py`'s and the peer's business; here it is a piece of memory.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import ChannelType, Kind, Operation, Role
from mp1bench.mcapi.port import Port
from mp1bench.mcapi.status import Status


class Buffer:
    """One buffer of the pool of `owner`: `size` bytes of shared memory at `address`. It copies nothing by itself."""

    size = layout.BUFFER_SIZE

    def __init__(self, port: Port, owner: Role, index: int) -> None:
        self.owner = owner
        self.index = index
        self._port = port
        self._offset = layout.POOL[owner] + index * layout.BUFFER_SIZE

    def __repr__(self) -> str:
        return f"<buffer {self.index} of the {self.owner.name.lower()}>"

    @property
    def address(self) -> int:
        """Where it lies, for both processors."""
        return layout.BASE + self._offset

    def read(self, length: int | None = None, offset: int = 0) -> bytes:
        """`length` bytes from `offset`; all of it without."""
        return self._port.read(self._offset + offset, self.size - offset if length is None else length)

    def write(self, data: bytes, offset: int = 0) -> None:
        """Put bytes there; the caller knows that they fit."""
        self._port.write(self._offset + offset, data)


class Frame(NamedTuple):
    """What travels in one slot of a ring.

    `low` and `high` are a scalar, or what a control frame says; `buffer` holds the `length` bytes of a message or
    packet.
    """

    kind: Kind
    priority: int
    source: int  # port
    destination: int
    length: int = 0
    buffer: Buffer | None = None
    low: int = 0
    high: int = 0

    def payload(self) -> bytes:
        """The bytes that it carries: of a scalar the lowest first, of a control frame none."""
        if self.buffer is not None:
            return self.buffer.read(self.length)
        if self.kind is Kind.SCALAR:
            return struct.pack("<II", self.low, self.high)[: self.length]
        return b""

    def words(self) -> str:
        """What a control frame says, in words; of others nothing."""
        if self.kind is not Kind.CONTROL:
            return ""
        operation, status, kind, tag = self.low & 0xFF, self.low >> 8 & 0xFF, self.low >> 16 & 0xFF, self.low >> 24
        words = [_name(Operation, operation), f"tag {tag}"]
        if status:
            words.append(_name(Status, status))
        if kind & 3:
            words.append(ChannelType(kind & 3).name.lower())
        return " ".join(words)


def _name(names: type[Operation] | type[Status], number: int) -> str:
    return names(number).name if number in list(names) else f"{names.__name__.lower()} {number}"
