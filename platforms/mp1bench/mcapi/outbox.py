"""What one side sends: its rings, its pool, and the free ring by which its buffers come home.

It does not ring: the transport does when something has been put there.
"""

from __future__ import annotations

import struct

from mp1bench.mcapi import layout
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.journal import Journal
from mp1bench.mcapi.layout import DESCRIPTOR_SIZE, FREE_RING_SIZE, PRIORITIES, RING_SIZE, Count, Descriptor, Wants
from mp1bench.mcapi.memory import FREE_TAIL, HEAD, MASK, WANTS, OwnWords, Side, look
from mp1bench.mcapi.pool import Pool
from mp1bench.mcapi.port import Port

RING_WANTS = (Wants.RING0, Wants.RING1)


class Outbox:
    """The producer of both rings of a side."""

    def __init__(self, port: Port, words: OwnWords, journal: Journal) -> None:
        self._port = port
        self._words = words
        self._journal = journal
        self._role = journal.role
        self._pool = Pool()
        self._good_tail = [0] * PRIORITIES

    def new_peer(self) -> None:
        """All rings are empty, and what the peer had is home."""
        self._pool.all_home()
        self._good_tail = [0] * PRIORITIES

    def allocate(self, priority: int) -> Buffer | None:
        """A buffer for a frame of this priority; None, and noted as wanted, if there is none."""
        index = self._pool.take(priority)
        if index is None:
            self._want(Wants.BUFFERS)
            self.collect(self._peer())
            index = self._pool.take(priority)
        return None if index is None else Buffer(self._port, self._role, index)

    def free(self, buffer: Buffer) -> None:
        """One that was allocated is not sent."""
        self._pool.give_back(buffer.index)

    def put(self, frame: Frame) -> bool:
        """Into the ring of its priority; False, and noted as wanted, if there is no room."""
        priority = frame.priority
        if not self._room(self._peer(), priority):
            self._want(RING_WANTS[priority])
            if not self._room(self._peer(), priority):  # it may have read on before it could see the wish
                return False
        head = self._words[HEAD + priority]
        slot = head % RING_SIZE
        lap, low, high = layout.lap(head, RING_SIZE), frame.low, frame.high
        if frame.buffer is not None:
            low = frame.buffer.index
            high = ~low & MASK
            self._pool.send(low, (priority, head))
        ports = frame.source, frame.destination
        descriptor = Descriptor(frame.kind, priority, lap, frame.length, *ports, low, high)
        self._journal.frame(self._role, frame)
        self._words.put(layout.RINGS[self._role][priority], slot * DESCRIPTOR_SIZE, descriptor.pack())
        if frame.buffer is not None:
            self._words.show_away(self._pool.away)
        self._port.barrier()  # the descriptor, and what it points to, before the index that promises it
        self._words[HEAD + priority] = head + 1
        self._port.barrier()  # and the index before the doorbell
        self._journal.count(Count.FRAMES_SENT)
        return True

    def room(self, priority: int, *, buffer: bool) -> bool:
        """Would a frame of this priority go now, in a `buffer` or without? What is missing is noted as wanted."""
        missing = Wants(0) if self._room(self._peer(), priority) else RING_WANTS[priority]
        if buffer and not self._pool.offers(priority):
            missing |= Wants.BUFFERS
        if missing:
            self._want(missing)
        return not missing

    def collect(self, peer: Side) -> None:
        """Take home the buffers that the peer has returned."""
        tail = self._words[FREE_TAIL]
        count = peer.free_head - tail & MASK
        if count > FREE_RING_SIZE:
            self._journal.complain(self._role.peer, "head of the free ring", peer.free_head)
            return
        self._port.barrier()  # the index before what it promises
        for position in range(tail, tail + count):
            place = layout.FREE_RING[self._role] + 4 * (position % FREE_RING_SIZE)
            (word,) = struct.unpack("<I", self._port.read(place, 4))
            dropped_lap = word >> 24 & 0xF if word & layout.ENTRY_DROPPED else None
            if word != layout.entry(position, word & 0xFF, dropped_lap=dropped_lap):
                self._journal.complain(self._role.peer, f"entry {position % FREE_RING_SIZE} of the free ring", word)
                return
            self._came_home(word)
            self._words[FREE_TAIL] = position + 1

    def _came_home(self, word: int) -> None:
        index = word & 0xFF
        if word & layout.ENTRY_DROPPED:
            sent = self._pool.sent_in(index >> 4, index & 0xF, word >> 24 & 0xF)
            if sent is None:
                return  # it was a frame without a buffer
            index = sent
        if self._pool.come_home(index):
            self._words.show_away(self._pool.away)
            self._journal.note("returned", self._role, buffer=index)
        else:
            self._journal.dropped(self._role.peer, "a buffer came home that was not away", buffer=index)

    def unconsumed(self, peer: Side) -> int:
        """How many frames the peer has not taken yet."""
        return sum(self._used(peer, priority) for priority in range(PRIORITIES))

    def satisfied(self, peer: Side) -> bool:
        """Has something come that was wanted? It is not wanted any more then."""
        wants = Wants(self._words[WANTS])
        came = Wants.BUFFERS if self._pool.free else Wants(0)
        for priority in range(PRIORITIES):
            came |= RING_WANTS[priority] if self._room(peer, priority) else Wants(0)
        if wants & came:
            self._words[WANTS] = wants & ~came
        return bool(wants & came)

    def ask_for_repair(self) -> bool:
        """Have the peer write its words again if any of them cannot be right. True if it has to be told."""
        asked = bool(self._words[WANTS] & Wants.REPAIR)
        if bool(self._journal.wrong) != asked:
            self._words[WANTS] = self._words[WANTS] ^ Wants.REPAIR
        return bool(self._journal.wrong) and not asked

    def _room(self, peer: Side, priority: int) -> bool:
        return self._used(peer, priority) < RING_SIZE

    def _used(self, peer: Side, priority: int) -> int:
        head, tail = self._words[HEAD + priority], peer.tail[priority]
        if head - tail & MASK <= RING_SIZE:
            self._good_tail[priority] = tail
        else:
            self._journal.complain(self._role.peer, f"tail of ring {priority}", tail)
        return head - self._good_tail[priority] & MASK

    def _want(self, wants: Wants) -> None:
        if not self._words[WANTS] & wants:
            self._words[WANTS] = self._words[WANTS] | wants
        self._port.barrier()  # the wish before another look

    def _peer(self) -> Side:
        return look(self._port).sides[self._role.peer]
