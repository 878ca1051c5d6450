"""Who runs when: contexts, virtual time and the order of things when everything sleeps, as the recordings had them.

It knows neither the kernel's objects nor a driver (golden/linux-ipcc/README.md, "How to replay"). Main context,
interrupts and timers share one stack, tasks have their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from mp1bench.engine.machine import Machine
from mp1bench.linux.errno import KernelFaultError
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping, Waiter
from replay.cursor import Cursor

if TYPE_CHECKING:
    from replay.kernel import RecordedCompletion, ReplayKernel
    from replay.surroundings import RecordedInterrupt

T = TypeVar("T")
US = 1000

#: Lines that a replay carries out when nothing runs; those of the second kind only by an idle main context.
_SCHEDULED = ("peer", "call")
_TOP_LEVEL = ("irq", "client", "preset", "advance", "end")


class Context:
    """A thread of execution: a task with a stack of its own if it is `free`, else a part of the shared stack."""

    def __init__(self, body: Sleeping[Any], name: str | None, *, free: bool = False) -> None:
        self.body = body
        self.name = name
        self.free = free
        self.result: Any = None


class Schedule:
    """Virtual time and whose turn it is. `peer` and `stimulus` carry out what the recording has at the cursor."""

    def __init__(self, cursor: Cursor, engine: Machine) -> None:
        self.cursor = cursor
        self.engine = engine
        self.kernel: ReplayKernel
        self.peer: Callable[[], None]
        self.stimulus: Callable[[], None]
        self.interrupts: list[RecordedInterrupt] = []
        self.timers: list[tuple[int, int, Callable[[], None]]] = []
        self.completions: dict[WaitQueue, RecordedCompletion] = {}
        self.at_unlock = False  # interrupts come in when the last spinlock is given back
        self.held = False
        self.handlers = 0  # how many run or sleep
        self.task: str | None = None
        self.faulty: tuple[str | None, ...] = ()  # where the kernel cannot go on: the task, or None
        self._busy = 0  # how often the shared stack sleeps or advances

    @property
    def us(self) -> int:
        """Now."""
        return self.engine.time // US

    # -- the recording ----------------------------------------------------------------------------------------

    def see(self, kind: str, **keys: object) -> None:
        """The model did this. Whatever the peer did just before comes first."""
        self.peers()
        self.note(kind, **keys)

    def note(self, kind: str, **keys: object) -> None:
        """The model did this in the same instant as what went before."""
        if self.task is not None:
            keys["task"] = self.task
        self.cursor.expect(self.us, e=kind, **keys)

    def peers(self) -> None:
        """Carry out the accesses of the peer that stand between two actions of whoever runs."""
        while self.at("peer"):
            self.peer()

    def at(self, kind: str) -> bool:
        """Is the cursor at such a line, for now and for whoever runs?"""
        line = self.cursor.line
        return line["e"] == kind and line["t"] == self.us and line.get("task") == self.task

    # -- running ----------------------------------------------------------------------------------------------

    def start(self, context: Context) -> None:
        """Run a task to its first sleep."""
        self._step(context)

    def run(self, context: Context) -> Any:
        """Run a part of the shared stack to its end; while it sleeps, everything else goes on."""
        waiter = self._step(context)
        while waiter is not None:
            with self._idle(context.name is None):
                self._until(own=waiter)
            waiter = self._step(context)
        return context.result

    def in_place(self, body: Sleeping[T]) -> T:
        """Run, for whoever runs, what cannot be left before its end."""
        return self.run(Context(body, self.task))  # type: ignore[no-any-return]

    def main(self) -> None:
        """The main context, which carries out one stimulus after the other."""
        self._until()

    def advance(self, us: int) -> None:
        """Let time pass."""
        with self._idle(True):
            self._until(end=self.engine.time + us * US)

    def unlocked(self) -> None:
        """The last spinlock was given back."""
        if self.at_unlock and self.handlers == 0:
            self._serve()

    def _step(self, context: Context) -> Waiter | None:
        """Run a context to its next sleep, or to its end (None)."""
        outer, self.task = self.task, context.name
        try:
            waiter = next(context.body)
        except StopIteration as end:
            context.result = end.value
            return None
        except KernelFaultError:
            self.faulty = self.faulty or (self.task,)
            raise
        finally:
            self.task = outer
        waiter.task = context  # type: ignore[assignment]
        return waiter

    @contextmanager
    def _idle(self, occupied: bool) -> Iterator[None]:
        """Nobody runs; `occupied`: and the main context waits for it to end."""
        outer, self.task = self.task, None
        self._busy += occupied
        try:
            yield
        finally:
            self._busy -= occupied
            self.task = outer

    # -- when nothing runs ------------------------------------------------------------------------------------

    def _until(self, own: Waiter | None = None, end: int | None = None) -> None:
        """Let things happen in their order until the sleep `own` is over, or until the time `end`."""
        while True:
            if self._serve() or self._peer_or_timer():
                continue
            sleeper = self._first(own, self._completed)
            if sleeper is not None:
                sleeper.queue.wake(sleeper)
            elif self._stimulus():
                continue
            elif end is not None and self._ended(end):
                return  # the idle main context goes on before the timeouts of this instant
            else:
                sleeper = self._first(own, self._timed_out)
                if sleeper is not None:
                    sleeper.queue.time_out(sleeper)
            if sleeper is not None:
                if sleeper is own:
                    return
                self._step(_context(sleeper))
            elif end is not None and self.engine.time >= end:
                return
            else:
                self._pass_time(own, end)

    def _serve(self) -> bool:
        """Enter the handlers in turn until no line is high. False if none was."""
        served = False
        while not self.held and any(interrupt.pending for interrupt in self.interrupts):
            for interrupt in self.interrupts:
                if interrupt.pending and not self.held:
                    self.kernel.call(interrupt.thread())
            served = True
        return served

    def _peer_or_timer(self) -> bool:
        if self.at("peer"):
            self.peer()
            return True
        if self.timers and min(self.timers)[0] <= self.engine.time:
            timer = min(self.timers)
            self.timers.remove(timer)
            timer[2]()
            return True
        return False

    def _stimulus(self) -> bool:
        line = self.cursor.line
        known = line["e"] == "call" or (line["e"] in _TOP_LEVEL and self._busy == 0)
        if not known or line["t"] != self.us:
            return False
        if any("task" in line and _context(waiter).name == line["task"] for waiter in self.kernel.asleep):
            raise self.cursor.mismatch("that task still sleeps")
        self.stimulus()
        return True

    def _ended(self, end: int) -> bool:
        """Is an advance over, and does the main context go on at this instant?"""
        line = self.cursor.line
        return self.engine.time >= end and line["e"] in _TOP_LEVEL and line["t"] == self.us

    def _first(self, own: Waiter | None, condition: Callable[[Waiter], bool]) -> Waiter | None:
        """Whose sleep ends: tasks before the others, the oldest sleep first. Of the shared stack only the top can."""
        ready = [waiter for waiter in self._awakable(own) if condition(waiter)]
        return min(ready, key=lambda waiter: _context(waiter).name is None, default=None)

    def _awakable(self, own: Waiter | None) -> list[Waiter]:
        return [waiter for waiter in self.kernel.asleep if waiter is own or _context(waiter).free]

    def _completed(self, waiter: Waiter) -> bool:
        return self.completions[waiter.queue].done > 0

    def _timed_out(self, waiter: Waiter) -> bool:
        return _deadline(waiter) <= self.engine.time

    def _pass_time(self, own: Waiter | None, end: int | None) -> None:
        """Jump to the next moment at which something can happen."""
        now, line = self.engine.time, self.cursor.line
        moments = [entry[0] for entry in self.timers]
        moments += [_deadline(waiter) for waiter in self._awakable(own)]
        if line["e"] in _SCHEDULED:
            moments.append(line["t"] * US)
        if end is not None:
            moments.append(end)
        moments = [moment for moment in moments if moment > now]
        if self._busy == 0 or not moments:
            raise self.cursor.mismatch(f"at {self.us} us the model has nothing more to do")
        self.engine.time = min(moments)


def _context(waiter: Waiter) -> Context:
    return waiter.task  # type: ignore[return-value]


def _deadline(waiter: Waiter) -> int:
    assert waiter.timeout_ns is not None
    return waiter.since + waiter.timeout_ns
