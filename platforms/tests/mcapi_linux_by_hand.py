"""Linux's side of MCAPI's transport, done by hand: word by word, and with none of the code that does it otherwise."""

from __future__ import annotations

import struct
from typing import NamedTuple

from mp1bench.board import Board
from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import Count, Descriptor, Kind, Role, State
from mp1bench.shipped import prebuilt_image

C1SCR = 0x4C001008
SET_CH5, CLEAR_CH6 = 1 << 20, 1 << 5
MS = 1_000_000
HOST, FIRMWARE = Role.HOST, Role.FIRMWARE

EPOCH, STATE, SYNCED, WANTS = 0, 4, 8, 12  # in a side's block
HEAD, TAIL, FREE_HEAD, FREE_TAIL = 0, 8, 16, 20  # in its indices


class Received(NamedTuple):
    kind: int
    priority: int
    source: int
    destination: int
    payload: bytes


class LinuxByHand:
    """Node 0. It does exactly what it is told, and lets the firmware run only when it is told to."""

    def __init__(self, image: str = "mcapi_echo") -> None:
        self.board = Board(host="none")
        self.table = self.board.load(prebuilt_image(image)).resource_table
        self.forget()
        self.boot()

    def boot(self) -> None:
        self.board.boot()
        self.run(20 * MS)

    def forget(self) -> None:
        """All rings are empty: so a new epoch begins."""
        self.heads, self.tails = [0, 0], [0, 0]
        self.returned = self.collected = self.used = 0

    # -- memory and signals

    def word(self, offset: int) -> int:
        return int(struct.unpack("<I", self.board.engine.read_bytes(layout.BASE + offset, 4))[0])

    def put(self, offset: int, *values: int) -> None:
        self.board.engine.write_bytes(layout.BASE + offset, struct.pack(f"<{len(values)}I", *values))

    def side(self, role: Role) -> tuple[int, int, int]:
        """Epoch, state and synced."""
        block = layout.SIDE_BLOCK[role]
        return self.word(block + EPOCH), self.word(block + STATE), self.word(block + SYNCED)

    def index(self, role: Role, which: int) -> int:
        return self.word(layout.INDICES[role] + which)

    def counted(self, which: Count) -> int:
        """By the firmware."""
        return self.word(layout.STATISTICS[FIRMWARE] + 4 * which)

    def run(self, ns: int = MS // 2) -> str:
        """Shorter than the first doorbell that the firmware repeats. Says why the machine has stopped."""
        return self.board.run_for(ns).reason

    def ring(self) -> None:
        self.board.engine.write(C1SCR, SET_CH5)
        self.run()

    def take(self) -> None:
        """Clear the firmware's doorbell."""
        self.board.engine.write(C1SCR, CLEAR_CH6)

    def rung(self) -> int:
        """How often the firmware has rung."""
        return self.board.doorbells().get("m4_to_a7", {}).get("6", 0)

    # -- agreeing

    def make_area(self, epoch: int = 1) -> None:
        self.board.engine.write_bytes(layout.BASE, bytes(layout.POOL[0]))
        self.put(4, layout.VERSION, layout.SIZE, 0)
        self.put(layout.SIDE_BLOCK[HOST], epoch, State.UP, 0, 0)
        self.put(0, layout.MAGIC)

    def sync(self) -> None:
        """Say that all words are reset for the firmware's epoch."""
        self.put(layout.SIDE_BLOCK[HOST] + SYNCED, self.side(FIRMWARE)[0])

    def come_up(self) -> None:
        self.make_area()
        self.ring()
        self.take()
        self.sync()
        self.ring()
        self.take()
        self.run()

    def begin(self, epoch: int) -> None:
        """Start anew, without a farewell."""
        self.forget()
        self.put(layout.SIDE_BLOCK[HOST], epoch, State.INIT, 0, 0)
        self.put(layout.INDICES[HOST], *[0] * 6)
        self.board.engine.write_bytes(layout.BASE + layout.RINGS[HOST][0], bytes(512))
        self.board.engine.write_bytes(layout.BASE + layout.FREE_RING[FIRMWARE], bytes(128))
        self.put(layout.SIDE_BLOCK[HOST] + STATE, State.UP)

    # -- frames

    def slot(self, priority: int, position: int) -> int:
        return layout.RINGS[HOST][priority] + 16 * (position % layout.RING_SIZE)

    def place(self, frame: Descriptor, priority: int) -> None:
        """Put it into a ring; no doorbell yet."""
        position = self.heads[priority]
        self.board.engine.write_bytes(layout.BASE + self.slot(priority, position), frame.pack())
        self.heads[priority] += 1
        self.put(layout.INDICES[HOST] + HEAD + 4 * priority, self.heads[priority])

    def message(self, text: bytes, ring: int = 0, **other: int) -> None:
        """From port 20 to port 1, each in a buffer of its own; `other` says what is to be wrong in the descriptor."""
        buffer = self.used % layout.BUFFERS
        self.used += 1
        self.board.engine.write_bytes(layout.BASE + layout.POOL[HOST] + 512 * buffer, text)
        lap = layout.lap(self.heads[ring], layout.RING_SIZE)
        right = Descriptor(Kind.MESSAGE, ring, lap, len(text), 20, 1, buffer, ~buffer & 0xFFFFFFFF)
        self.place(right._replace(**other), ring)

    def receive(self, priority: int) -> list[Received]:
        """What the firmware has sent in this ring; the buffers go back."""
        frames = []
        while self.tails[priority] != self.index(FIRMWARE, HEAD + 4 * priority):
            position = self.tails[priority]
            place = layout.BASE + layout.RINGS[FIRMWARE][priority] + 16 * (position % layout.RING_SIZE)
            found = Descriptor.unpack(self.board.engine.read_bytes(place, 16))
            assert (found.lap, found.priority) == (layout.lap(position, layout.RING_SIZE), priority)
            payload = b""
            if found.kind in (Kind.MESSAGE, Kind.PACKET):
                assert found.high == ~found.low & 0xFFFFFFFF
                buffer = layout.BASE + layout.POOL[FIRMWARE] + 512 * found.low
                payload = self.board.engine.read_bytes(buffer, found.length)
                self.give_back(found.low)
            frames.append(Received(found.kind, priority, found.source, found.destination, payload))
            self.tails[priority] += 1
            self.put(layout.INDICES[HOST] + TAIL + 4 * priority, self.tails[priority])
        return frames

    def give_back(self, buffer: int) -> None:
        place = layout.FREE_RING[FIRMWARE] + 4 * (self.returned % layout.FREE_RING_SIZE)
        self.put(place, layout.entry(self.returned, buffer))
        self.returned += 1
        self.put(layout.INDICES[HOST] + FREE_HEAD, self.returned)

    def texts(self, priority: int = 0) -> list[bytes]:
        return [frame.payload for frame in self.receive(priority)]

    def came_home(self) -> list[int]:
        """The entries by which the firmware has returned buffers since the last call."""
        entries = []
        while self.collected != self.index(FIRMWARE, FREE_HEAD):
            entries.append(self.word(layout.FREE_RING[HOST] + 4 * (self.collected % layout.FREE_RING_SIZE)))
            self.collected += 1
            self.put(layout.INDICES[HOST] + FREE_TAIL, self.collected)
        return entries
