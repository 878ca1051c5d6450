"""What one side receives: the peer's rings, which it believes nothing, and the way home of the peer's buffers.

It does not know who wants a frame: the client does.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable

from mp1bench.mcapi import layout
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.journal import Journal
from mp1bench.mcapi.layout import (
    BUFFERS,
    DESCRIPTOR_SIZE,
    FREE_RING_SIZE,
    PRIORITIES,
    RING_SIZE,
    Count,
    Descriptor,
    Kind,
)
from mp1bench.mcapi.memory import FREE_HEAD, MASK, TAIL, OwnWords, Side, look
from mp1bench.mcapi.port import Port

_KINDS = frozenset(Kind)
_SCALARS = (1, 2, 4, 8)


class Inbox:
    """The consumer of both rings of the peer. `current` says whether the peer is still the one that was agreed with."""

    def __init__(
        self,
        port: Port,
        words: OwnWords,
        journal: Journal,
        deliver: Callable[[Frame], bool],
        current: Callable[[Side], bool],
    ) -> None:
        self._port = port
        self._words = words
        self._journal = journal
        self._sender = journal.role.peer
        self._deliver = deliver
        self._current = current
        self._hands: set[int] = set()  # the peer's buffers that are here
        self._returns: deque[tuple[int, int | None]] = deque()  # what goes home when the free ring has room
        self._stalled: list[int | None] = [None] * PRIORITIES

    def new_peer(self) -> None:
        """Nothing of the peer's is here."""
        self._hands.clear()
        self._returns.clear()
        self._stalled = [None] * PRIORITIES

    # -- frames -----------------------------------------------------------------------------------------------

    def drain(self, priority: int) -> int:
        """Take what is in one ring; returns how many frames that were."""
        peer, tail = self._peer(), self._words[TAIL + priority]
        count = peer.head[priority] - tail & MASK
        if count > RING_SIZE:
            self._journal.complain(self._sender, f"head of ring {priority}", peer.head[priority])
            return 0
        self._port.barrier()  # the index before what it promises
        for position in range(tail, tail + count):
            if len(self._returns) >= FREE_RING_SIZE or not self._take(priority, position):
                return position - tail
            self._words[TAIL + priority] = position + 1
        return count

    def _take(self, priority: int, position: int) -> bool:
        """Take the frame at `position`. False if it has to stay."""
        slot = position % RING_SIZE
        place = layout.RINGS[self._sender][priority] + slot * DESCRIPTOR_SIZE
        found = Descriptor.unpack(self._port.read(place, DESCRIPTOR_SIZE))
        self._port.barrier()  # the descriptor before the epoch that it belongs to
        if not self._current(self._peer()):
            return False
        if found.lap != layout.lap(position, RING_SIZE):
            self._journal.complain(self._sender, f"lap of slot {slot} of ring {priority}", found.lap)
            return False
        wrong = self._what_is_wrong(found, priority)
        if wrong:
            self._journal.dropped(self._sender, f"{wrong} in slot {slot} of ring {priority}")
            self._send_home(priority << 4 | slot, dropped_lap=found.lap)
            return True
        return self._hand_over(found, priority, position)

    def _hand_over(self, found: Descriptor, priority: int, position: int) -> bool:
        buffer = None
        if found.kind in (Kind.MESSAGE, Kind.PACKET):
            buffer = Buffer(self._port, self._sender, found.low)
            self._hands.add(found.low)
        ports = found.source, found.destination
        frame = Frame(Kind(found.kind), priority, *ports, found.length, buffer, found.low, found.high)
        if self._stalled[priority] != position:
            self._journal.frame(self._sender, frame)
        taken = self._deliver(frame)
        self._stalled[priority] = None if taken else position
        if taken:
            self._journal.count(Count.FRAMES_RECEIVED)
        elif buffer is not None:
            self._hands.discard(buffer.index)
        return taken

    def _what_is_wrong(self, found: Descriptor, priority: int) -> str:
        if found.kind not in _KINDS:
            return f"kind {found.kind}"
        if found.priority != priority:
            return f"priority {found.priority}"
        if found.kind == Kind.CONTROL:
            return ""
        if found.kind == Kind.SCALAR:
            return "" if found.length in _SCALARS else f"a scalar of {found.length} bytes"
        if found.length > layout.BUFFER_SIZE:
            return f"length {found.length}"
        if found.low >= BUFFERS:
            return f"buffer {found.low}"
        if found.high != ~found.low & MASK:
            return f"buffer {found.low} or {~found.high & MASK}"
        return f"buffer {found.low}, which is here already," if found.low in self._hands else ""

    # -- the way home -----------------------------------------------------------------------------------------

    def release(self, buffer: Buffer) -> bool:
        """A received frame's buffer goes home. False if it is not here."""
        if buffer.owner is not self._sender or buffer.index not in self._hands:
            return False
        self._hands.remove(buffer.index)
        self._journal.note("returned", self._sender, buffer=buffer.index)
        self._send_home(buffer.index)
        return True

    def _send_home(self, index: int, *, dropped_lap: int | None = None) -> None:
        self._returns.append((index, dropped_lap))
        self.flush()

    def flush(self) -> None:
        """Return what there is room for."""
        while self._returns:
            position = self._words[FREE_HEAD]
            tail = self._peer().free_tail
            if position - tail & MASK > FREE_RING_SIZE:
                self._journal.complain(self._sender, "tail of the free ring", tail)
            if position - tail & MASK >= FREE_RING_SIZE:
                return
            index, dropped_lap = self._returns.popleft()
            entry = layout.entry(position, index, dropped_lap=dropped_lap)
            place = 4 * (position % FREE_RING_SIZE)
            self._words.put(layout.FREE_RING[self._sender], place, struct.pack("<I", entry))
            self._port.barrier()  # the entry before the index
            self._words[FREE_HEAD] = position + 1

    def offers(self, peer: Side) -> tuple[bool, bool, bool]:
        """Is there something for each of the peer's wishes: room in its ring 0, in its ring 1, buffers?"""
        rooms = [peer.head[n] - self._words[TAIL + n] & MASK < RING_SIZE for n in range(PRIORITIES)]
        return rooms[0], rooms[1], self._words[FREE_HEAD] != peer.free_tail

    def _peer(self) -> Side:
        return look(self._port).sides[self._sender]
