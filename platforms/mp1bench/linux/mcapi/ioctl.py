"""The ioctl requests of /dev/mcapiN with their structures, declared once for the driver and for programs.

What a request does stands in `node.py`. All fields are words of 32 bits, little-endian: ports, too, for PORT_ANY.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple, TypeVar

from mp1bench.mcapi.layout import NO_PORT, ChannelType

#: A port that the driver chooses, and the direction that a channel does not have.
PORT_ANY, PORT_NONE = 0xFFFFFFFF, NO_PORT

T = TypeVar("T")


class Direction(IntEnum):
    """One of a channel's two; the numbers of shutdown(2), which knows a third for both."""

    READ = 0
    WRITE = 1


SHUT_RDWR = 2


class Bind(NamedTuple):
    """Which ports are this handle's, and what it carries. The answer has the ports that were chosen for PORT_ANY.

    A message endpoint has one port, `rx`. `width` is that of a scalar in bytes.
    """

    kind: int  # ChannelType
    width: int
    rx: int
    tx: int


class Connect(NamedTuple):
    """The peer's ports, named as the peer sees them: what is written here arrives at its `rx`."""

    domain: int
    node: int
    rx: int
    tx: int


class Attribute(NamedTuple):
    """An attribute of one end, by MCAPI's number."""

    end: int  # Direction
    number: int
    value: int


class Span(NamedTuple):
    """A part of the mapped pool."""

    offset: int
    length: int


#: What is dequeued when nothing more will come.
THE_END = Span(0xFFFFFFFF, 0)


class Number(NamedTuple):
    """A single one."""

    value: int


class Statistics(NamedTuple):
    """What has moved through this handle since it was opened, and what the transport has counted for all of them."""

    written: int  # messages, packets or scalars
    bytes_written: int
    read: int
    bytes_read: int
    frames_sent: int
    frames_received: int
    drops: int
    doorbells: int
    deferred: int
    rerings: int
    peer_epochs: int
    healed: int


_MAGIC = ord("M")
_WRITE, _READ = 1, 2  # as the program sees it


def _request(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | _MAGIC << 8 | number


def _io(number: int) -> int:
    return _request(0, number, 0)


def _iow(number: int, words: int) -> int:
    return _request(_WRITE, number, 4 * words)


def _ior(number: int, words: int) -> int:
    return _request(_READ, number, 4 * words)


def _iowr(number: int, words: int) -> int:
    return _request(_READ | _WRITE, number, 4 * words)


def argument_size(request: int) -> int:
    """How long the structure is that a request's number promises (_IOC_SIZE)."""
    return request >> 16 & 0x3FFF


def pack(structure: tuple[int, ...]) -> bytes:
    """The bytes of a structure."""
    return struct.pack(f"<{len(structure)}I", *structure)


def unpack(kind: Callable[..., T], data: bytes) -> T:
    """The structure of that kind in these bytes."""
    return kind(*struct.unpack(f"<{len(data) // 4}I", data))


BIND = _iowr(1, len(Bind._fields))
CONNECT = _iow(2, len(Connect._fields))
ACCEPT = _io(3)
STATE = _ior(4, len(Number._fields))
SHUTDOWN = _iow(5, len(Number._fields))
CANCEL = _io(6)
GET_ATTRIBUTE = _iowr(7, len(Attribute._fields))
SET_ATTRIBUTE = _iow(8, len(Attribute._fields))
STATISTICS = _ior(9, len(Statistics._fields))
DEQUEUE = _ior(10, len(Span._fields))
ALLOCATE = _ior(11, len(Span._fields))
ENQUEUE = _iow(12, len(Span._fields))
RELEASE = _iow(13, len(Number._fields))

#: Kinds as programs call them.
KINDS = {kind.name.lower(): kind for kind in ChannelType}
WIDTHS = (1, 2, 4, 8)
