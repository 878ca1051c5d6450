"""What runs in Linux and what may sleep there: tasks, the places where they sleep, and the timers that end a sleep.

A function that may sleep is a generator: it yields a `Waiter` wherever it does; one that never does, but is called like
them, ends in a `yield` that is not reached. Who runs when is `core.py`'s business, what ends a sleep `locking.py`'s.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

#: The rest of something that may sleep: it yields where it sleeps and returns a T.
Sleeping: TypeAlias = Generator["Waiter", None, T]


def finish(result: object) -> Sleeping[None]:
    """Run to its end what a callback returned: nothing, or a generator because the callback may sleep."""
    if isinstance(result, Generator):
        yield from result


class Timer(NamedTuple):
    """A running timer."""

    ticket: int
    tag: str


class Task(Generic[T]):
    """A thread of execution, parked wherever it sleeps."""

    def __init__(self, name: str, body: Sleeping[T], *, awaited: bool) -> None:
        self.name = name
        self.body = body
        self.awaited = awaited  # somebody stands in `Kernel.call` for it
        self.done = False
        self.result: T | None = None
        self.error: Exception | None = None


class SleepQueue(Protocol):
    """Where tasks sleep; see `locking.WaitQueue`."""

    def wake(self, waiter: Waiter) -> None: ...

    def time_out(self, waiter: Waiter) -> None: ...


class Waiter:
    """One task asleep in `queue`. `reason` completes "Linux waits for …" and may be empty."""

    def __init__(self, queue: SleepQueue, reason: str, since: int, timeout_ns: int | None) -> None:
        self.queue = queue
        self.reason = reason
        self.since = since
        self.timeout_ns = timeout_ns
        self.task: Task[object] | None = None
        self.timer: Timer | None = None
        self.woken = False
