"""What lies in MCAPI's shared memory: the one declaration that Python, the firmware's C and the decoders use.

It moves nothing. `c_header.py` writes the same as firmware/lib/mcapi/layout.h. All words are 32-bit, little-endian, and
each is written by one side only, but for the OFF that Linux writes for a firmware whose processor it holds in reset.
The two sides have the same shape. Indices of rings count freely modulo 2^32.
"""

from __future__ import annotations

import struct
from enum import IntEnum, IntFlag
from typing import NamedTuple

#: Memory that nothing else on the reference board uses, at the same address for both processors.
BASE, SIZE = 0x10048000, 0x8000
#: Host to firmware, and firmware to host: channels of the IPCC as the reference manual counts them (CH5, CH6).
TX_CHANNEL, RX_CHANNEL = 5, 6

MAGIC = 0x5041434D  # "MCAP"; written last by whoever creates the area, the host
VERSION = 1

#: Header words at BASE: magic, version, size, flags (0).
HEADER = 0x000
#: Each side's block: epoch, state, synced, wants.
SIDE_BLOCK = (0x010, 0x020)
#: Each side's indices: head of its ring of priority 0, of 1; tail of the peer's ring of 0, of 1; head of the free ring
#: by which it returns the peer's buffers; tail of the free ring by which its own come home.
INDICES = (0x040, 0x060)
#: Each side's counters, see `Count`.
STATISTICS = (0x080, 0x0A0)
#: Which buffers of each side's pool are with the peer, a bit for each: for readers of the memory, no side asks. Set
#: between the descriptor and the head that promises it, cleared before the tail of the free ring moves.
AWAY = (0x0C0, 0x0C4)
#: Rings of each side's frames, by priority: 16 descriptors of 16 bytes.
RINGS = ((0x100, 0x200), (0x300, 0x400))
#: The ring by which each side's buffers come home, written by the other side: 32 entries of a word.
FREE_RING = (0x500, 0x580)
#: Each side's pool, from which it sends: whole pages, so that a program may map them and nothing else.
POOL = (0x1000, 0x4000)
END = 0x7000

PRIORITIES = 2
RING_SIZE = 16  # descriptors
FREE_RING_SIZE = 32  # entries
BUFFERS = 24
BUFFER_SIZE = 512
#: Buffers that only frames of priority 0 may take.
RESERVED_BUFFERS = 4


class Role(IntEnum):
    """Who one is: the index into everything above that comes in pairs. The node number, too."""

    HOST = 0
    FIRMWARE = 1

    @property
    def peer(self) -> Role:
        """The other one."""
        return Role(1 - self)


DOMAIN = 0  # of both nodes


class State(IntEnum):
    """A side's state."""

    OFF = 0
    INIT = 1
    UP = 2
    FINALISING = 3


class Wants(IntFlag):
    """What a side waits for: the other rings it when that may have come. Bits 0 and 1: room in the ring of 0, of 1.

    REPAIR: something of the other's cannot be right, and it is to write all of its words and rings again.
    """

    RING0 = 1
    RING1 = 2
    BUFFERS = 4
    REPAIR = 8


class Kind(IntEnum):
    """What a frame is: bits 3:0, with their complement above, so that no flipped bit makes another kind."""

    MESSAGE = 0xE1
    PACKET = 0xD2
    SCALAR = 0xC3
    CONTROL = 0xB4


class Operation(IntEnum):
    """What a control frame asks or says; in brackets, what stands in its ports (`source` is the sender's of the frame).

    A request carries a tag that its answer brings back.
    """

    GET = 1  # is there [destination]? Answered when there is
    GOT = 2  # there is [source]; or not, by the status
    CANCEL_GET = 3  # the GET of this tag needs no answer any more
    RELEASE = 4  # one user less of [destination]
    DELETED = 5  # [source] is gone
    CONNECT = 6  # connect [source] with [destination]
    CONNECTED = 7  # the answer to CONNECT, ports swapped
    DISCONNECT = 8  # undo what the CONNECT of this tag did: nobody waits for it any more
    OPEN = 9  # my end, [source], is open
    UNOPEN = 10  # it is not: the open was cancelled
    CLOSE = 11  # my end is closed for good; in the ring of the channel's data, behind it


class ChannelType(IntEnum):
    """Bits 1:0 of a control frame's `type`. (The attribute ENDP_TYPE has a 4 for scalars.)"""

    MESSAGE = 1
    PACKET = 2
    SCALAR = 3


#: Further bits of a control frame's `type`. In CONNECT: the sending end of the channel is the one of whoever asks.
TYPE_SENDS = 4
#: In CONNECT: both ends are the peer's, [source] sends, [destination] receives.
TYPE_THIRD = 8
#: In place of a port that does not matter.
NO_PORT = 0xFFFF


class Count(IntEnum):
    """The words of a side's statistics."""

    FRAMES_SENT = 0
    FRAMES_RECEIVED = 1
    DROPS = 2  # frames and entries that were wrong, or for nobody
    DOORBELLS = 3
    DEFERRED = 4  # rings that waited for the channel to be free
    RERINGS = 5  # doorbells for what had been rung for already
    PEER_EPOCHS = 6  # how often the peer was new
    HEALED = 7  # own words that were found changed


class Descriptor(NamedTuple):
    """One slot of a ring as it stands in memory.

    `low` is the index of the buffer for messages and packets, the low word of a scalar, or a control frame's
    `operation | status << 8 | type << 16 | tag << 24`; `high` the complement of the buffer's index, the high word of a
    scalar, or the control frame's argument.
    """

    kind: int
    priority: int
    lap: int  # see `lap`
    length: int  # bytes: of the payload, or the width of a scalar; 0 in control frames
    source: int  # port
    destination: int
    low: int
    high: int

    def pack(self) -> bytes:
        """The 16 bytes."""
        word = self.kind | self.priority << 8 | self.lap << 12 | self.length << 16
        return struct.pack("<4I", word, self.source | self.destination << 16, self.low, self.high)

    @classmethod
    def unpack(cls, data: bytes) -> Descriptor:
        """From 16 bytes."""
        word, ports, low, high = struct.unpack("<4I", data)
        kind, priority, lap = word & 0xFF, word >> 8 & 0xF, word >> 12 & 0xF
        return cls(kind, priority, lap, word >> 16, ports & 0xFFFF, ports >> 16, low, high)


DESCRIPTOR_SIZE = 16


def lap(position: int, size: int) -> int:
    """What a slot carries to tell that it was written for this `position` of a ring of `size`: 1 to 15, 0, 1 …

    With it a head that was corrupted inside the ring's size delivers nothing twice.
    """
    return (position // size + 1) & 0xF


#: An entry of a free ring: bits 7:0 the index of the buffer, 23:16 their complement, 15:12 the lap, and ENTRY_VALID.
ENTRY_VALID = 1 << 31
#: With this, bits 7:0 say from which slot (`priority << 4 | slot`) a frame was dropped, and 27:24 the lap of that slot:
#: its owner knows which buffer it had put there, if any.
#: Two bits, so that none that is flipped makes a drop of it.
ENTRY_DROPPED = 1 << 8 | 1 << 28


def entry(position: int, index: int, *, dropped_lap: int | None = None) -> int:
    """The word for a free ring's `position`."""
    word = ENTRY_VALID | lap(position, FREE_RING_SIZE) << 12 | (~index & 0xFF) << 16 | index
    return word if dropped_lap is None else word | ENTRY_DROPPED | dropped_lap << 24


#: Fields of the word of attributes that a CONNECT carries, to be compared: name, lowest bit, width.
ATTRIBUTE_FIELDS = (
    ("MAX_PAYLOAD_SIZE", 0, 16),  # bytes
    ("BUFFER_TYPE", 16, 2),  # 0: FIFO
    ("MEMORY_LOCALITY", 18, 2),  # 0 local, 1 shared, 2 remote: the low half of MEMORY_TYPE
    ("MEMORY_FAILS", 20, 1),  # at the limit: 0 waits, 1 fails; the high half of MEMORY_TYPE
    ("NUM_PRIORITIES", 21, 4),
    ("PRIORITY", 25, 4),
)
