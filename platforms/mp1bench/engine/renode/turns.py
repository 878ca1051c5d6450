"""Two threads that take turns: Renode's, which runs the core, and the bench's. Exactly one of them ever runs.

Renode calls Python from threads of its own, and the bench may run the machine from inside an event's handler; so each
side keeps its stack while the other works. It decides nothing: what happens in a turn is for `engine.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class Turns:
    """The bench has the first turn. `start` begins Renode's first.

    The locks are binary semaphores: each side acquires its own, and the other side releases it.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start: Callable[[], None] | None = start
        self._core, self._bench = Lock(), Lock()
        self._core.acquire()
        self._bench.acquire()
        self._job: Callable[[], None] | None = None
        self._over = False

    # -- the bench's side -------------------------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """Renode's side has had a turn."""
        return self._start is None

    def go_on(self) -> None:
        """Let Renode's side go on until it gives its turn away."""
        start, self._start = self._start, None
        if start is None:
            self._core.release()
        else:
            start()
        self._bench.acquire()

    def there(self, job: Callable[[], T]) -> T:
        """What `job` gives, done by Renode's side on its own thread, and nothing else; here if nobody is there yet."""
        if not self.begun:
            return job()
        done: list[T] = []
        self._job = lambda: done.append(job())
        self.go_on()
        return done[0]

    def end(self, job: Callable[[], None]) -> None:
        """Have Renode's side do `job` and go its way; there are no turns any more."""
        self._over = True
        self._job = job
        self._core.release()

    # -- Renode's side ----------------------------------------------------------------------------------------

    def give(self) -> None:
        """Give the turn to the bench, and wait for the next."""
        while not self._over:
            self._bench.release()
            self._core.acquire()
            job, self._job = self._job, None
            if job is None:
                return
            job()
