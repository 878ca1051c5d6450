"""What is due and when: timed events as plain data, which fire by time and, at the same time, in the order of tickets.

It knows no clock and calls nobody: what `target` and `tag` mean is the machine's business.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

#: (time in ns, ticket, target, tag)
Event = tuple[int, int, str, str]
_SPARE = 64  # cancelled events that may lie in the heap beside as many as are due


class EventQueue:
    """A cancelled event stays in the heap until its turn comes, or until most of the heap is such."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._due: set[int] = set()  # tickets
        self._last_ticket = 0

    def add(self, at: int, target: str, tag: str) -> int:
        """The ticket by which it can be cancelled."""
        self._last_ticket += 1
        self._due.add(self._last_ticket)
        heapq.heappush(self._heap, (at, self._last_ticket, target, tag))
        return self._last_ticket

    def cancel(self, ticket: int) -> None:
        """Forget an event; one that has fired or is unknown is ignored."""
        self._due.discard(ticket)
        if len(self._heap) > 2 * len(self._due) + _SPARE:
            self._heap = self.pending()

    def next_time(self) -> int | None:
        """When the next event is due; None if none is."""
        while self._heap and self._heap[0][1] not in self._due:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: int) -> Event | None:
        """Remove and return the next event, if it is due by `now`."""
        at = self.next_time()
        if at is None or at > now:
            return None
        event = heapq.heappop(self._heap)
        self._due.remove(event[1])
        return event

    def pending(self) -> list[Event]:
        """All events, in the order in which they will fire."""
        return sorted(event for event in self._heap if event[1] in self._due)

    def replace(self, events: Iterable[Event]) -> None:
        """Hold exactly these instead, which keep their tickets; no later ticket is one of theirs."""
        self._heap = sorted(events)
        self._due = {event[1] for event in self._heap}
        self._last_ticket = max(self._due | {self._last_ticket})
