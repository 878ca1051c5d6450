"""What waits for room in a ring or for a buffer: sends and control frames, in order.

It does not know what it sends. It is asked to try again whenever there may be room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mp1bench.mcapi.layout import NO_PORT
from mp1bench.mcapi.requests import Request, RequestTable
from mp1bench.mcapi.status import Status


@dataclass(eq=False)
class Outgoing:
    """Something to be sent to a node: `attempt` says whether it is done.

    What comes from the same port with the same priority keeps its order. `void` is how its request ends if the node it
    is for goes away.
    """

    node: int
    attempt: Callable[[], bool]
    port: int = NO_PORT
    priority: int = 0
    request: Request[Any] | None = None
    taken_back: Callable[[], object] = lambda: None  # called if it is not to be sent after all
    void: Status = Status.ERR_CHAN_INVALID

    @property
    def lane(self) -> tuple[int, int, int]:
        """What must not overtake each other."""
        return self.node, self.port, self.priority


class Backlog:
    """All that waits, the oldest first."""

    def __init__(self, requests: RequestTable) -> None:
        self._requests = requests
        self._waiting: list[Outgoing] = []
        self._flushing = self._again = False

    def put(self, item: Outgoing) -> bool:
        """Send it, or keep it behind what waits in its lane. True if it was sent."""
        if self.holds(*item.lane) or not item.attempt():
            self._waiting.append(item)
            return False
        self._done(item)
        return True

    def holds(self, node: int, port: int, priority: int) -> bool:
        """Does anything wait in this lane?"""
        return any(item.lane == (node, port, priority) for item in self._waiting)

    def flush(self) -> None:
        """There may be room: try again what waits."""
        self._again = True
        if self._flushing:
            return
        self._flushing = True
        try:
            while self._again:
                self._again = False
                self._try_all()
        finally:
            self._flushing = False

    def take_back(self, unwanted: Callable[[Outgoing], bool]) -> list[Outgoing]:
        """Send nothing of what is `unwanted`; returns it."""
        taken = [item for item in self._waiting if unwanted(item)]
        self._waiting = [item for item in self._waiting if item not in taken]
        for item in taken:
            item.taken_back()
        return taken

    def _try_all(self) -> None:
        stuck: set[tuple[int, int, int]] = set()
        for item in list(self._waiting):
            if item not in self._waiting:
                continue  # what was sent before it has made it void
            if item.lane in stuck or not item.attempt():
                stuck.add(item.lane)
            else:
                self._waiting.remove(item)
                self._done(item)

    def _done(self, item: Outgoing) -> None:
        if item.request is not None:
            self._requests.complete(item.request, None)
