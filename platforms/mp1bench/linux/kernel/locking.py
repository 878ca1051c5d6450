"""What tasks sleep on and lock: wait queues, completions, mutexes, spinlocks.

Nothing here knows about drivers; time limits are in nanoseconds of virtual time, and None is for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mp1bench.linux.errno import KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping, Waiter


class WaitQueue:
    """Tasks asleep until somebody wakes them, the oldest first. `entries` are told, too (poll_wait)."""

    def __init__(self, kernel: Kernel) -> None:
        self.entries: list[Callable[[], None]] = []
        self._kernel = kernel
        self._waiters: list[Waiter] = []

    def sleep(self, timeout_ns: int | None = None, reason: str = "") -> Sleeping[bool]:
        """Sleep until woken (True) or until the time is over (False)."""
        waiter = Waiter(self, reason, self._kernel.now, timeout_ns)
        self._waiters.append(waiter)
        self._kernel.asleep.append(waiter)
        if timeout_ns is not None:
            waiter.timer = self._kernel.after(timeout_ns, "timeout", lambda: self.time_out(waiter))
        try:
            yield waiter
        except GeneratorExit:
            self._leave(waiter)
            raise
        return waiter.woken

    def wake(self, waiter: Waiter) -> None:
        """Wake this one."""
        self._end(waiter, woken=True)

    def time_out(self, waiter: Waiter) -> None:
        """Its time is over."""
        self._end(waiter, woken=False)

    def wake_one(self) -> None:
        """Wake the task that has slept longest."""
        if self._waiters:
            self.wake(self._waiters[0])

    def wake_all(self) -> None:
        """Wake all."""
        for waiter in list(self._waiters):
            self.wake(waiter)
        for entry in list(self.entries):
            entry()

    def forget(self) -> None:
        """Wake nobody who sleeps now: their time limits remain."""
        self._waiters.clear()

    def _end(self, waiter: Waiter, *, woken: bool) -> None:
        self._leave(waiter)
        waiter.woken = woken
        assert waiter.task is not None
        self._kernel.wake(waiter.task)

    def _leave(self, waiter: Waiter) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        if waiter in self._kernel.asleep:
            self._kernel.asleep.remove(waiter)
        if waiter.timer is not None:
            self._kernel.cancel(waiter.timer)


class Completion:
    """Counts in `done` what has been completed; each waiter takes one."""

    def __init__(self, kernel: Kernel) -> None:
        self.done = 0
        self.queue = WaitQueue(kernel)
        self._kernel = kernel

    def init(self) -> None:
        """init_completion: nothing is completed, and whoever still waits hears of nothing more before its time ends."""
        self.done = 0
        self.queue.forget()

    def complete(self) -> None:
        """One more is completed."""
        self.done += 1
        self.queue.wake_one()

    def wait(self, timeout_ns: int, reason: str = "") -> Sleeping[bool]:
        """Take one. False if there was none when the time was over."""
        deadline = self._kernel.now + timeout_ns
        while not self.done and (yield from self.queue.sleep(deadline - self._kernel.now, reason)):
            pass
        if not self.done:
            return False
        self.done -= 1
        return True


class Mutex:
    """A lock whose waiters sleep."""

    def __init__(self, kernel: Kernel) -> None:
        self._queue = WaitQueue(kernel)
        self._locked = False

    def lock(self) -> Sleeping[None]:
        """Take it; sleep while somebody else has it."""
        while self._locked:
            yield from self._queue.sleep()
        self._locked = True

    def unlock(self) -> None:
        """Give it back, to whoever has waited longest."""
        self._locked = False
        self._queue.wake_one()


class Spinlock:
    """A lock whose waiters spin: taken twice by the one CPU that runs, it is never given back."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._held = False

    @contextmanager
    def held_by(self, function: str) -> Iterator[None]:
        """Hold it in a `with` statement; `function` is whom a deadlock is reported in."""
        if self._held:
            raise KernelFaultError("a deadlock", function)
        self._held = True
        self._kernel.spinlocks += 1
        try:
            yield
        finally:
            self._held = False
            self._kernel.spinlocks -= 1
        if self._kernel.spinlocks == 0:
            self._kernel.interruptible()
