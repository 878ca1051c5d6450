"""The words of the shared memory as one side sees them: its own, with copies that are the truth, and the peer's.

It judges nothing: whether an index can be right is `transport.py`'s business.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import Count, Role
from mp1bench.mcapi.port import Port

MASK = 0xFFFFFFFF

#: Words of a side, by their place in `Side`.
EPOCH, STATE, SYNCED, WANTS, HEAD, TAIL, FREE_HEAD, FREE_TAIL = 0, 1, 2, 3, 4, 6, 8, 9
_BLOCK, _INDICES = 4, 6
_WORDS = _BLOCK + _INDICES
_LOOK = layout.STATISTICS[1] + 4 * len(Count)


class Side(NamedTuple):
    """What a side says of itself, at one moment."""

    epoch: int
    state: int
    synced: int
    wants: int
    head: tuple[int, ...]  # by priority
    tail: tuple[int, ...]
    free_head: int
    free_tail: int
    counts: tuple[int, ...]  # by `Count`


class Look(NamedTuple):
    """Header and sides at one moment. `sides` is by `Role`."""

    header: tuple[int, ...]  # magic, version, size, flags
    sides: tuple[Side, Side]

    @property
    def valid(self) -> bool:
        """Is it an area of ours?"""
        return self.header[:3] == (layout.MAGIC, layout.VERSION, layout.SIZE)

    @classmethod
    def at(cls, data: bytes) -> Look:
        """From the first bytes of the area."""
        sides = tuple(_side(data, role) for role in Role)
        return cls(struct.unpack_from("<4I", data, layout.HEADER), (sides[0], sides[1]))


def look(port: Port) -> Look:
    """Header and sides as they are now."""
    return Look.at(port.read(0, _LOOK))


def _side(data: bytes, role: Role) -> Side:
    block = struct.unpack_from("<4I", data, layout.SIDE_BLOCK[role])
    indices = struct.unpack_from("<6I", data, layout.INDICES[role])
    counts = struct.unpack_from(f"<{len(Count)}I", data, layout.STATISTICS[role])
    epoch, state, synced, wants = block
    return Side(epoch, state, synced, wants, indices[0:2], indices[2:4], indices[4], indices[5], counts)


class OwnWords:
    """The words that one side writes. Only `write_all` and assignment touch the memory."""

    def __init__(self, port: Port, role: Role) -> None:
        self._port = port
        self._role = role
        self._words = [0] * _WORDS
        self._counts = [0] * len(Count)

    def __getitem__(self, word: int) -> int:
        return self._words[word]

    def __setitem__(self, word: int, value: int) -> None:
        self._words[word] = value & MASK
        self._port.write(self._offset(word), struct.pack("<I", value & MASK))

    def zero_indices(self) -> None:
        """All indices and `wants` to 0."""
        for word in range(WANTS, _WORDS):
            self[word] = 0

    def heal(self, side: Side) -> int:
        """Write again what somebody else has changed, as `side` shows; how many words that were."""
        seen = (*side[:4], *side.head, *side.tail, side.free_head, side.free_tail)
        changed = [word for word in range(_WORDS) if seen[word] != self._words[word]]
        for word in changed:
            self[word] = self._words[word]
        return len(changed)

    def count(self, which: Count, times: int = 1) -> None:
        """Count something."""
        self._counts[which] = (self._counts[which] + times) & MASK
        self._port.write(layout.STATISTICS[self._role] + 4 * which, struct.pack("<I", self._counts[which]))

    @property
    def counts(self) -> dict[Count, int]:
        """What has been counted."""
        return {which: self._counts[which] for which in Count}

    def _offset(self, word: int) -> int:
        if word < _BLOCK:
            return layout.SIDE_BLOCK[self._role] + 4 * word
        return layout.INDICES[self._role] + 4 * (word - _BLOCK)
