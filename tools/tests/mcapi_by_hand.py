"""MCAPI's area written by hand, byte for byte as mcapi.md §4.4 proposes it and the layout's description has it.

It uses nothing of what it tests, and holds no test. Sides are 0, Linux, and 1, the firmware.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from memory_by_hand import Memory

BASE = 0x1004_8000
BLOCKS, INDICES, STATISTICS, AWAY = (0x010, 0x020), (0x040, 0x060), (0x080, 0x0A0), (0x0C0, 0x0C4)
RINGS, FREE, POOLS = ((0x100, 0x200), (0x300, 0x400)), (0x500, 0x580), (0x1000, 0x4000)
HEAD, TAIL, FREE_HEAD, FREE_TAIL = 0x00, 0x08, 0x10, 0x14  # in a side's indices
MESSAGE, PACKET, SCALAR, CONTROL = 0xE1, 0xD2, 0xC3, 0xB4


@dataclass
class Area:
    """Both sides up, Linux in epoch 3 and the firmware in epoch 9, and nothing sent yet."""

    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.put(0, 0x5041434D, 1, 0x8000, 0)
        self.put(BLOCKS[0], 3, 2, 9, 0)
        self.put(BLOCKS[1], 9, 2, 3, 0)
        self.heads = [[0, 0], [0, 0]]
        self.tails = [[0, 0], [0, 0]]  # by sender
        self.returned = [0, 0]  # by owner
        self.collected = [0, 0]
        self.away: list[set[int]] = [set(), set()]
        self.coming: list[set[int]] = [set(), set()]

    def put(self, offset: int, *words: int) -> None:
        self.memory.put(BASE + offset, f"<{len(words)}I", *words)

    def frame(
        self,
        side: int,
        kind: int,
        low: int,
        *,
        priority: int = 0,
        length: int = 0,
        ports: int = 0x0001_0014,
        high: int = 0,
    ) -> None:
        """The next frame of a side: by default from port 20 to port 1."""
        head = self.heads[side][priority]
        lap = head // 16 + 1 & 15
        word = kind | priority << 8 | lap << 12 | length << 16
        self.put(RINGS[side][priority] + head % 16 * 16, word, ports, low, high)
        if kind in (MESSAGE, PACKET) and low < 24:
            self.away[side].add(low)
            self.show_away(side)
        self.heads[side][priority] = head + 1
        self.put(INDICES[side] + HEAD + 4 * priority, head + 1)

    def message(self, side: int, buffer: int, data: bytes = b"hello", priority: int = 0) -> None:
        self.memory.put(BASE + POOLS[side] + 512 * buffer, f"{len(data)}s", data)
        self.frame(side, MESSAGE, buffer, priority=priority, length=len(data), high=~buffer & 0xFFFF_FFFF)

    def take(self, side: int, count: int = 1, priority: int = 0) -> None:
        """The other side takes frames of `side`."""
        self.tails[side][priority] += count
        self.put(INDICES[1 - side] + TAIL + 4 * priority, self.tails[side][priority])

    def show_away(self, side: int) -> None:
        self.put(AWAY[side], sum(1 << buffer for buffer in self.away[side]))

    def give_back(self, side: int, index: int, dropped_lap: int | None = None, buffer: int | None = None) -> None:
        """The other side sends a buffer of `side` home; of a dropped frame, priority << 4 | slot, lap, and which."""
        self.coming[side].add(index if buffer is None else buffer)
        position = self.returned[side]
        word = 1 << 31 | (position // 32 + 1 & 15) << 12 | (~index & 0xFF) << 16 | index
        word |= 0 if dropped_lap is None else 1 << 28 | 1 << 8 | dropped_lap << 24
        self.put(FREE[side] + position % 32 * 4, word)
        self.returned[side] = position + 1
        self.put(INDICES[1 - side] + FREE_HEAD, position + 1)

    def collect(self, side: int) -> None:
        """Its owner takes all home that has been given back."""
        self.away[side] -= self.coming[side]
        self.coming[side].clear()
        self.show_away(side)
        self.collected[side] = self.returned[side]
        self.put(INDICES[side] + FREE_TAIL, self.collected[side])

    def round_trip(self, side: int, buffer: int, priority: int = 0) -> None:
        """A message goes, is taken, and its buffer is home again."""
        self.message(side, buffer, priority=priority)
        self.take(side, priority=priority)
        self.give_back(side, buffer)
        self.collect(side)
