"""What tasks sleep on and lock: wait queues, completions, mutexes, spinlocks.

Nothing here knows about drivers; time limits are in nanoseconds of virtual time, and None is for ever.
"""

from __future__ import annotations

from types import TracebackType

from mp1bench.linux.errno import KernelFaultError
from mp1bench.linux.kernel.core import Kernel, Sleeping, Task, Timer


class Waiter:
    """One task asleep. `reason` completes "Linux waits for …" and may be empty."""

    def __init__(self, reason: str, since: int, timeout_ns: int | None) -> None:
        self.reason = reason
        self.since = since
        self.timeout_ns = timeout_ns
        self.task: Task[object] | None = None
        self.timer: Timer | None = None
        self.woken = False


class WaitQueue:
    """Tasks asleep until somebody wakes them, the oldest first."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._waiters: list[Waiter] = []

    def sleep(self, timeout_ns: int | None = None, reason: str = "") -> Sleeping[bool]:
        """Sleep until woken (True) or until the time is over (False)."""
        waiter = Waiter(reason, self._kernel.now, timeout_ns)
        self._waiters.append(waiter)
        self._kernel.asleep.append(waiter)
        if timeout_ns is not None:
            waiter.timer = self._kernel.after(timeout_ns, "timeout", lambda: self._end(waiter, woken=False))
        yield waiter
        return waiter.woken

    def wake_one(self) -> None:
        """Wake the task that has slept longest."""
        if self._waiters:
            self._end(self._waiters[0], woken=True)

    def wake_all(self) -> None:
        """Wake all."""
        for waiter in list(self._waiters):
            self._end(waiter, woken=True)

    def _end(self, waiter: Waiter, *, woken: bool) -> None:
        self._waiters.remove(waiter)
        self._kernel.asleep.remove(waiter)
        if waiter.timer is not None:
            self._kernel.cancel(waiter.timer)
        waiter.woken = woken
        assert waiter.task is not None
        self._kernel.wake(waiter.task)


class Completion:
    """Counts what has been completed; each waiter takes one."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._queue = WaitQueue(kernel)
        self._done = 0

    def complete(self) -> None:
        self._done += 1
        self._queue.wake_one()

    def wait(self, timeout_ns: int, reason: str = "") -> Sleeping[bool]:
        """Take one. False if there was none when the time was over."""
        deadline = self._kernel.now + timeout_ns
        while not self._done and (yield from self._queue.sleep(deadline - self._kernel.now, reason)):
            pass
        if not self._done:
            return False
        self._done -= 1
        return True


class Mutex:
    """A lock whose waiters sleep."""

    def __init__(self, kernel: Kernel) -> None:
        self._queue = WaitQueue(kernel)
        self._locked = False

    def lock(self) -> Sleeping[None]:
        while self._locked:
            yield from self._queue.sleep()
        self._locked = True

    def unlock(self) -> None:
        self._locked = False
        self._queue.wake_one()


class Spinlock:
    """A lock whose waiters spin: taken twice by the one CPU that runs, it is never given back."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._held = False

    def __enter__(self) -> None:
        if self._held:
            raise KernelFaultError("a deadlock", self._where)
        self._held = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held = False
