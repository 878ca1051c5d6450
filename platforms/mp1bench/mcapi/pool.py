"""The buffers of one's own pool: free, taken by somebody on this side, or away with the peer.

It reads no memory: that a buffer has come home, the transport says.
"""

from __future__ import annotations

from collections import deque

from mp1bench.mcapi.layout import BUFFERS, RESERVED_BUFFERS


class Pool:
    """Which of the buffers 0 to 23 are where; the one that has been free longest is taken first."""

    def __init__(self) -> None:
        self._free = deque(range(BUFFERS))
        self._taken: set[int] = set()
        self._away: dict[int, tuple[int, int]] = {}  # the slot (priority, number) in which it was sent

    @property
    def free(self) -> int:
        """How many are free."""
        return len(self._free)

    def take(self, priority: int) -> int | None:
        """One for a frame of this priority; None if there is none: the last four are for priority 0."""
        if self.free <= (RESERVED_BUFFERS if priority else 0):
            return None
        index = self._free.popleft()
        self._taken.add(index)
        return index

    def give_back(self, index: int) -> None:
        """One that was taken and not sent."""
        self._taken.remove(index)
        self._free.append(index)

    def send(self, index: int, slot: tuple[int, int]) -> None:
        """It goes to the peer in this slot of a ring."""
        self._taken.remove(index)
        self._away[index] = slot

    def come_home(self, index: int) -> bool:
        """The peer has returned it. False if it cannot have had it."""
        if self._away.pop(index, None) is None:
            return False
        self._free.append(index)
        return True

    def sent_in(self, slot: tuple[int, int]) -> int | None:
        """Which buffer went in this slot and is away still."""
        return next((index for index, sent in self._away.items() if sent == slot), None)

    def all_home(self) -> None:
        """The peer is new: what it had is ours again."""
        self._free.extend(sorted(self._away))
        self._away.clear()
