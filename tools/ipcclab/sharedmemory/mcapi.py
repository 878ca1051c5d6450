"""From bytes to `McapiArea`: what MCAPI's area says of its two sides, and what cannot be right in it.

A pure function of memory, by the one declaration in `mp1bench.mcapi.layout`; it takes any bytes. What the sides do
about a contradiction is theirs (mcapi.md §4.4).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from ipcclab.sharedmemory.mcapi_frames import read_frame, what_is_wrong
from ipcclab.sharedmemory.mcapi_structure import (
    McapiArea,
    McapiBuffer,
    McapiFrame,
    McapiReturns,
    McapiRing,
    McapiSide,
    Place,
    SideName,
    SlotState,
)
from ipcclab.sharedmemory.structure import Finding
from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import BUFFERS, FREE_RING_SIZE, PRIORITIES, RING_SIZE, Count, Role, State, Wants
from mp1bench.mcapi.memory import Look, Side

SIDES: tuple[SideName, SideName] = ("Linux", "firmware")  # by Role
_INDICES = 1 << 32  # they count modulo that
_IN_RING: tuple[Place, Place] = ("in ring 0", "in ring 1")


def read_area(
    read: Callable[[int, int], bytes | None], address: int = layout.BASE
) -> tuple[McapiArea | None, list[Finding]]:
    """The area that lies at `address`, and what is wrong with it; None where its magic is not."""
    magic = read(address, 4)
    data = read(address, layout.END) if magic == layout.MAGIC.to_bytes(4, "little") else None
    if data is None:
        return None, []
    look = Look.at(data)
    _, version, size, _ = look.header
    area = McapiArea(address, version, size)
    if not look.valid:
        known = f"version {layout.VERSION} has {layout.SIZE}"
        return area, [Finding("MCAPI", f"its header says version {version}, {size} bytes; {known}")]
    linked = all(
        side.state == State.UP and look.sides[role.peer].synced == side.epoch != 0
        for role, side in zip(Role, look.sides, strict=True)
    )
    findings: list[Finding] = []
    sides = []
    for role in Role:
        reader = _SideReader(data, address, look, role, linked)
        sides.append(reader.side())
        findings += [Finding(f"MCAPI, {SIDES[role]}", sentence) for sentence in reader.findings]
    return McapiArea(address, version, size, linked, tuple(sides)), findings


class _SideReader:
    """Reads what one side sends. `findings` are sentences without a full stop."""

    def __init__(self, data: bytes, address: int, look: Look, role: Role, linked: bool) -> None:
        self._data = data
        self._address = address
        self._own, self._peer = look.sides[role], look.sides[role.peer]
        self._role = role
        self._linked = linked
        (self._away,) = struct.unpack_from("<I", data, layout.AWAY[role])
        self._in_ring: dict[int, Place] = {}
        self._named: dict[int, str] = {}  # buffers that are on their way, and where they are named
        self.findings: list[str] = []

    def side(self) -> McapiSide:
        own = self._own
        self.findings += _of_words(own)
        if self._away >> BUFFERS:
            self.findings.append(f"0x{self._away:X} are its buffers that are away, and there are {BUFFERS}")
        rings = tuple(self._ring(priority) for priority in range(PRIORITIES))
        returns = self._returns()
        return McapiSide(
            SIDES[self._role],
            own.epoch,
            State(own.state).name if own.state in list(State) else str(own.state),
            own.synced,
            tuple(str(one.name) for one in Wants if own.wants & one),
            {which.name.lower(): own.counts[which] for which in Count},
            rings,
            returns,
            tuple(self._buffers(rings, returns)),
        )

    # -- rings --------------------------------------------------------------------------------------------------

    def _ring(self, priority: int) -> McapiRing:
        head, tail = self._own.head[priority], self._peer.tail[priority]
        empty = McapiRing(priority, head, tail, ())
        if self._linked and empty.waiting is None:
            self.findings.append(f"ring {priority} has {RING_SIZE} slots, but head {head} and tail {tail}")
        frames = []
        for position in range(head - RING_SIZE, head):  # a slot that was never written is zero
            slot_bytes = self._slot(priority, position)
            waits = (head - position) % _INDICES <= (empty.waiting or 0)
            state: SlotState = "void" if not self._linked else "waiting" if waits else "consumed"
            frame = read_frame(slot_bytes, position % RING_SIZE, state, self._payload)
            if any(slot_bytes):
                frames.append(frame)
            if state == "waiting":
                given_back = position % _INDICES == tail and frame.buffer == self._returned(self._peer.free_head - 1)
                wrong = what_is_wrong(slot_bytes, priority, layout.lap(position, RING_SIZE))
                self._find_waiting(frame, priority, wrong, given_back)
        self._find_next(priority, head)
        return McapiRing(priority, head, tail, tuple(frames))

    def _find_waiting(self, frame: McapiFrame, priority: int, wrong: str, given_back: bool) -> None:
        """A frame that waits; one whose buffer was `given_back` is taken, and the tail moves next."""
        where = f"slot {frame.slot} of ring {priority}"
        if frame.buffer is not None:
            self._in_ring[frame.buffer] = _IN_RING[priority]
        if wrong:
            self.findings.append(f"{where} has {wrong}")
        elif frame.buffer is not None and not given_back:
            self._name(frame.buffer, where)

    def _find_next(self, priority: int, head: int) -> None:
        """A frame that is being put: its buffer is away, and the head moves next."""
        slot_bytes = self._slot(priority, head)
        frame = read_frame(slot_bytes, head % RING_SIZE, "void", self._payload)
        if frame.buffer is not None and not what_is_wrong(slot_bytes, priority, layout.lap(head, RING_SIZE)):
            self._in_ring[frame.buffer] = _IN_RING[priority]

    def _slot(self, priority: int, position: int) -> bytes:
        at = layout.RINGS[self._role][priority] + position % RING_SIZE * layout.DESCRIPTOR_SIZE
        return self._data[at : at + layout.DESCRIPTOR_SIZE]

    def _payload(self, buffer: int, length: int) -> bytes:
        start = layout.POOL[self._role] + buffer * layout.BUFFER_SIZE
        return self._data[start : start + min(length, layout.BUFFER_SIZE)]

    def _name(self, buffer: int, where: str) -> None:
        if buffer in self._named:
            self.findings.append(f"buffer {buffer} is named twice: in {self._named[buffer]} and in {where}")
        elif not self._is_away(buffer):
            self.findings.append(f"{where} names buffer {buffer}, which is not away")
        self._named[buffer] = where

    def _is_away(self, buffer: int) -> bool:
        return bool(self._away >> buffer & 1)

    # -- the way home -------------------------------------------------------------------------------------------

    def _returns(self) -> McapiReturns:
        head, tail = self._peer.free_head, self._own.free_tail
        returns = McapiReturns(head, tail, ())
        if not self._linked:
            return returns
        if returns.waiting is None:
            self.findings.append(f"the free ring has {FREE_RING_SIZE} entries, but head {head} and tail {tail}")
            return returns
        coming = []
        for position in range(head - returns.waiting, head):
            word, where = self._entry(position), f"entry {position % FREE_RING_SIZE} of the free ring"
            buffer = self._returned(position)
            if not _is_entry(word, position):
                self.findings.append(f"{where} is 0x{word:X}, which is no entry of its turn")
            elif buffer is not None and buffer >= BUFFERS:
                self.findings.append(f"{where} names buffer {buffer}, and there are {BUFFERS}")
            elif buffer is not None:
                if position % _INDICES != tail or self._is_away(buffer):
                    self._name(buffer, where)  # else its owner has it, and the tail moves next
                coming.append(buffer)
        return McapiReturns(head, tail, tuple(coming))

    def _entry(self, position: int) -> int:
        at = layout.FREE_RING[self._role] + 4 * (position % FREE_RING_SIZE)
        (word,) = struct.unpack_from("<I", self._data, at)
        return int(word)

    def _returned(self, position: int) -> int | None:
        """The buffer that an entry brings home; of a dropped frame the one in its slot, while that can be seen."""
        word = self._entry(position)
        if not _is_entry(word, position):
            return None
        if not word & layout.ENTRY_DROPPED:
            return word & 0xFF
        priority, slot = word >> 4 & 0xF, word & 0xF
        if priority >= PRIORITIES:
            return None
        frame = read_frame(self._slot(priority, slot), slot, "consumed", self._payload)
        return frame.buffer if frame.lap == word >> 24 & 0xF and frame.buffer in range(BUFFERS) else None

    # -- buffers ------------------------------------------------------------------------------------------------

    def _buffers(self, rings: tuple[McapiRing, ...], returns: McapiReturns) -> Iterator[McapiBuffer]:
        owner, receiver = SIDES[self._role], SIDES[self._role.peer]
        elsewhere: Place = "unknown" if None in (returns.waiting, *(r.waiting for r in rings)) else "with the receiver"
        places = self._in_ring | dict.fromkeys(returns.buffers, "coming home")
        for index in range(BUFFERS):
            place = places.get(index, elsewhere) if self._linked and self._is_away(index) else "home"
            holder = owner if place in ("home", "coming home") else "unknown" if place == "unknown" else receiver
            address = self._address + layout.POOL[self._role] + index * layout.BUFFER_SIZE
            yield McapiBuffer(index, address, holder, place)


def _of_words(side: Side) -> Iterator[str]:
    """What cannot be right in a side's own block."""
    if side.state not in list(State):
        yield f"its state is {side.state}, and there is none of that number"
    if side.state == State.UP and not side.epoch:
        yield "it is up in epoch 0, and epochs count from 1"
    if side.wants & ~sum(Wants):
        yield f"it wants 0x{side.wants:X}, and only the bits of 0x{sum(Wants):X} mean something"


def _is_entry(word: int, position: int) -> bool:
    """Is it what may stand at this position of a free ring?"""
    dropped_lap = word >> 24 & 0xF if word & layout.ENTRY_DROPPED else None
    return word == layout.entry(position, word & 0xFF, dropped_lap=dropped_lap)
