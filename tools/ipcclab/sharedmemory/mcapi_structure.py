"""MCAPI's part of shared memory as plain data: two sides, their rings, and who holds which of the 48 buffers.

Nothing here reads memory (`mcapi`) or knows how it is shown (`mcapi_sections`). Indices are those in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mp1bench.mcapi.layout import FREE_RING_SIZE, RING_SIZE

SideName: TypeAlias = Literal["Linux", "firmware"]
SlotState: TypeAlias = Literal["waiting", "consumed", "void"]
#: Where a buffer is; "unknown": an index cannot be right.
Place: TypeAlias = Literal["home", "in ring 0", "in ring 1", "with the receiver", "coming home", "unknown"]


@dataclass(frozen=True)
class McapiFrame:
    """What a slot of a ring holds. `state` is "void" while the sides are not linked.

    `kind` is "kind 9" where there is no such kind; `buffer` is None for what has none; `says` is a control frame in
    words. `payload` is what lies in the buffer now: of a consumed frame it may be another's already.
    """

    slot: int
    state: SlotState
    kind: str
    priority: int
    lap: int
    source: int
    destination: int
    length: int
    buffer: int | None
    says: str
    payload: bytes


@dataclass(frozen=True)
class McapiRing:
    """A side's ring of one priority: `head` is the sender's index, `tail` the receiver's."""

    priority: int
    head: int
    tail: int
    frames: tuple[McapiFrame, ...]

    @property
    def waiting(self) -> int | None:
        """How many frames the receiver has not taken; None if the indices cannot be right."""
        return _apart(self.head, self.tail, RING_SIZE)


@dataclass(frozen=True)
class McapiReturns:
    """The free ring by which a side's buffers come home: `head` is the receiver's index, `tail` the owner's.

    `buffers` are those that the owner has not collected yet, in order; of a dropped frame the one that it had, if any.
    """

    head: int
    tail: int
    buffers: tuple[int, ...]

    @property
    def waiting(self) -> int | None:
        """How many entries the owner has not collected; None if the indices cannot be right."""
        return _apart(self.head, self.tail, FREE_RING_SIZE)


@dataclass(frozen=True)
class McapiBuffer:
    """A buffer of a side's pool. `owner` may touch it now; `state` says where it is."""

    index: int
    address: int
    owner: Literal["Linux", "firmware", "unknown"]
    state: Place


@dataclass(frozen=True)
class McapiSide:
    """What a side says of itself, and all that it sends. `state` is a name of `layout.State`, or a number.

    `synced` is the peer's epoch for which its words are reset, `wants` what it waits for, `statistics` its counts by
    name.
    """

    side: SideName
    epoch: int
    state: str
    synced: int
    wants: tuple[str, ...]
    statistics: Mapping[str, int]
    rings: tuple[McapiRing, ...]
    returns: McapiReturns
    buffers: tuple[McapiBuffer, ...]


@dataclass(frozen=True)
class McapiArea:
    """The area at `address`. `linked`: both sides are up, and each has reset its words for the other's epoch.

    Of another version than this one's nothing is read, so there are no sides.
    """

    address: int
    version: int
    size: int
    linked: bool = False
    sides: tuple[McapiSide, ...] = ()


def _apart(head: int, tail: int, size: int) -> int | None:
    count = (head - tail) % (1 << 32)
    return count if count <= size else None
