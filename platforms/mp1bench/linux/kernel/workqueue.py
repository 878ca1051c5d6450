"""Work queues: functions that an interrupt puts off, run one after the other by one worker.

Queueing an item that is still waiting does nothing: that is where several signals become one look at a ring.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping


class Work:
    """A function that can be queued; `pending` from then until the worker starts it."""

    def __init__(self, function: Callable[[], Sleeping[None]]) -> None:
        self.function = function
        self.pending = False


class WorkQueue:
    """One worker that needs `latency_ns` to wake up and then runs what there is, in order."""

    def __init__(self, kernel: Kernel, name: str, latency_ns: int) -> None:
        self._kernel = kernel
        self._name = name
        self._latency_ns = latency_ns
        self._items: deque[Work] = deque()
        self._busy = False

    def queue(self, work: Work) -> bool:
        """Queue `work`; False if it waits already."""
        if work.pending:
            return False
        work.pending = True
        self._items.append(work)
        if not self._busy:
            self._busy = True
            self._kernel.after(self._latency_ns, self._name, self._start)
        return True

    def flush(self, work: Work) -> None:
        """flush_work: run `work` now, if it waits."""
        if work.pending:
            self._items.remove(work)
            work.pending = False
            self._kernel.call(work.function(), f"flush {self._name}")

    def _start(self) -> None:
        self._kernel.start(f"worker {self._name}", self._worker())

    def _worker(self) -> Sleeping[None]:
        try:
            while self._items:
                work = self._items.popleft()
                work.pending = False
                yield from work.function()
        finally:
            self._busy = False
