"""The host model's kernel with its scheduling taken over: tasks, timers and completions, as `schedule.py` has them.

It decides nothing itself; what happens, it tells the recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mp1bench.engine.machine import Machine
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.flavour import Flavour
from mp1bench.linux.kernel.hrtimer import HrTimer
from mp1bench.linux.kernel.locking import Completion
from mp1bench.linux.kernel.task import Sleeping, Task, Timer
from replay.schedule import US, Context, Schedule

T = TypeVar("T")


class ReplayKernel(Kernel):
    """The kernel, scheduled as the recordings were."""

    def __init__(self, engine: Machine, schedule: Schedule, hz: int, flavour: Flavour) -> None:
        super().__init__(engine, hz=hz, flavour=flavour)
        self._schedule = schedule
        schedule.kernel = self

    def after(self, delay_ns: int, name: str, function: Callable[[], None]) -> Timer:
        """Time limits of sleepers are looked up where they sleep; all others are timers."""
        self._serial += 1
        if name != "timeout":
            self._schedule.timers.append((self.now + delay_ns, self._serial, function))
        return Timer(self._serial, name)

    def cancel(self, timer: Timer) -> None:
        self._schedule.timers = [entry for entry in self._schedule.timers if entry[1] != timer.ticket]

    def wake(self, task: Task[object]) -> None:
        """The schedule runs it itself."""

    def call(self, body: Sleeping[T], name: str = "call") -> T:
        return self._schedule.run(Context(body, None))  # type: ignore[no-any-return]

    def start(self, name: str, body: Sleeping[None]) -> None:
        self.call(body, name)

    def interruptible(self) -> None:
        self._schedule.unlocked()


class RecordedTimer(HrTimer):
    """The core's poll timer, of which the recordings tell."""

    def __init__(self, kernel: Kernel, schedule: Schedule, name: str) -> None:
        super().__init__(kernel, name)
        self._schedule = schedule
        self._word = "restart"

    def start(self, delay_ns: int) -> None:
        if not self.ready:
            self._schedule.peers()
            at = {"at": (self._schedule.engine.time + delay_ns) // US} if "at" in self._schedule.cursor.line else {}
            self._schedule.see("timer", op="start_refused", **at)
            return
        self._word = "start"
        super().start(delay_ns)
        self._word = "restart"

    def _enqueue(self) -> None:
        self._schedule.see("timer", op=self._word, at=self.expires // US)
        super()._enqueue()

    def _fire(self) -> None:
        self._schedule.see("timer", op="fire")
        super()._fire()


class RecordedCompletion(Completion):
    """A completion whose sleepers the schedule wakes."""

    def __init__(self, kernel: Kernel, schedule: Schedule) -> None:
        super().__init__(kernel)
        self._schedule = schedule
        schedule.completions[self.queue] = self

    def complete(self) -> None:
        self.done += 1

    def wait(self, timeout_ns: int, reason: str = "") -> Sleeping[bool]:
        self._schedule.see("wait", timeout_us=timeout_ns // US)
        completed = yield from super().wait(timeout_ns, reason)
        self._schedule.see("wake", result="completed" if completed else "timeout")
        return completed
