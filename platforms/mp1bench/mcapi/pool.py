"""The buffers of one's own pool: free, taken by somebody on this side, or away with the peer.

It reads no memory: that a buffer has come home, the transport says.
"""

from __future__ import annotations

from collections import deque

from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import BUFFERS, RESERVED_BUFFERS, RING_SIZE


class Pool:
    """Which of the buffers 0 to 23 are where; the one that has been free longest is taken first."""

    def __init__(self) -> None:
        self._free = deque(range(BUFFERS))
        self._taken: set[int] = set()
        self._away: dict[int, tuple[int, int]] = {}  # priority and position of the frame that took it away

    @property
    def free(self) -> int:
        """How many are free."""
        return len(self._free)

    @property
    def away(self) -> int:
        """A bit for each that is with the peer."""
        return sum(1 << index for index in self._away)

    def offers(self, priority: int) -> bool:
        """Is there one for a frame of this priority? The last four are for priority 0."""
        return self.free > (RESERVED_BUFFERS if priority else 0)

    def take(self, priority: int) -> int | None:
        """One for a frame of this priority; None if there is none."""
        if not self.offers(priority):
            return None
        index = self._free.popleft()
        self._taken.add(index)
        return index

    def give_back(self, index: int) -> None:
        """One that was taken and not sent."""
        self._taken.remove(index)
        self._free.append(index)

    def send(self, index: int, place: tuple[int, int]) -> None:
        """It goes to the peer in the frame at this priority and position."""
        self._taken.remove(index)
        self._away[index] = place

    def come_home(self, index: int) -> bool:
        """The peer has returned it. False if it cannot have had it."""
        if self._away.pop(index, None) is None:
            return False
        self._free.append(index)
        return True

    def sent_in(self, priority: int, slot: int, lap: int) -> int | None:
        """Which buffer went in this slot of a ring, in this lap, and is away still."""
        for index, (ring, position) in reversed(self._away.items()):
            if (ring, position % RING_SIZE, layout.lap(position, RING_SIZE)) == (priority, slot, lap):
                return index
        return None

    def all_home(self) -> None:
        """The peer is new: what it had is ours again."""
        self._free.extend(sorted(self._away))
        self._away.clear()
