"""The words of the shared memory as one side sees them: its own, with copies that are the truth, and the peer's.

It judges nothing: whether an index can be right is `transport.py`'s business.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import PRIORITIES, Count, Role
from mp1bench.mcapi.port import Port

MASK = 0xFFFFFFFF

#: Words of a side, by their place in `Side`.
EPOCH, STATE, SYNCED, WANTS, HEAD, TAIL, FREE_HEAD, FREE_TAIL = 0, 1, 2, 3, 4, 6, 8, 9
_BLOCK, _INDICES = 4, 6
_WORDS = _BLOCK + _INDICES
_COUNTS = len(Count)
_LOOK = struct.Struct(f"<{layout.STATISTICS[1] // 4 + _COUNTS}I")
#: Where a side's block, indices and counters begin among the words of a look, by `Role`.
_PLACES = [tuple(part[role] // 4 for part in (layout.SIDE_BLOCK, layout.INDICES, layout.STATISTICS)) for role in Role]


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
        words = _LOOK.unpack_from(data)
        return cls(words[:4], (_side(words, 0), _side(words, 1)))


def look(port: Port) -> Look:
    """Header and sides as they are now."""
    return Look.at(port.read(0, _LOOK.size))


def _side(words: tuple[int, ...], role: int) -> Side:
    block, head, counts = _PLACES[role]
    tail, free = head + PRIORITIES, head + 2 * PRIORITIES
    epoch, state, synced, wants = words[block : block + _BLOCK]
    heads, tails, counted = words[head:tail], words[tail:free], words[counts : counts + _COUNTS]
    return Side(epoch, state, synced, wants, heads, tails, words[free], words[free + 1], counted)


class OwnWords:
    """The words that one side writes, its rings among them."""

    def __init__(self, port: Port, role: Role) -> None:
        self._port = port
        self._role = role
        self._words = [0] * _WORDS
        self._counts = [0] * len(Count)
        rings = dict.fromkeys(layout.RINGS[role], layout.RING_SIZE * layout.DESCRIPTOR_SIZE)
        rings[layout.FREE_RING[role.peer]] = 4 * layout.FREE_RING_SIZE
        self._rings = {offset: bytearray(size) for offset, size in rings.items()}

    def __getitem__(self, word: int) -> int:
        return self._words[word]

    def __setitem__(self, word: int, value: int) -> None:
        self._words[word] = value & MASK
        self._port.write(self._offset(word), struct.pack("<I", value & MASK))

    def zero_indices(self) -> None:
        """All indices and `wants` to 0."""
        for word in range(WANTS, _WORDS):
            self[word] = 0

    def put(self, ring: int, offset: int, data: bytes) -> None:
        """Write a slot of an own ring, `ring` in the memory."""
        self._rings[ring][offset : offset + len(data)] = data
        self._port.write(ring + offset, data)

    def show_away(self, buffers: int) -> None:
        """Which of the own buffers are with the peer, a bit for each; only readers of the memory look at it."""
        self._port.write(layout.AWAY[self._role], struct.pack("<I", buffers))

    def zero_rings(self) -> None:
        """All own rings empty, and no buffer away."""
        self.show_away(0)
        for ring, copy in self._rings.items():
            self.put(ring, 0, bytes(len(copy)))

    def heal_rings(self) -> int:
        """Write again what somebody else has changed of the own rings; how many of them."""
        changed = [ring for ring, copy in self._rings.items() if self._port.read(ring, len(copy)) != copy]
        for ring in changed:
            self._port.write(ring, bytes(self._rings[ring]))
        return len(changed)

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
