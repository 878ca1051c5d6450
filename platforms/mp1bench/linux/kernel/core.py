"""The kernel underneath the drivers: virtual time, timers, tasks that may sleep, and printk.

It is no scheduler: one task runs at a time and is never preempted, and code takes no time. What may sleep in Linux is a
generator here (`Sleeping`), so that any number of tasks can wait at once; `Kernel.call` runs one to its end and the
machine with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from mp1bench.engine import Engine
from mp1bench.errors import IpccLabError, SnapshotError, UsageError
from mp1bench.linux.errno import KernelFaultError
from mp1bench.linux.kernel.dynamic_debug import CONTROL, DynamicDebug, control_file
from mp1bench.linux.kernel.flavour import V6_1, Flavour
from mp1bench.linux.kernel.printk import KernelLog, Line
from mp1bench.linux.kernel.task import Sleeping, Task, Timer, Waiter
from mp1bench.linux.kernel.vfs import Vfs
from mp1bench.linux.kernel.vsprintf import hex_rows
from mp1bench.trace import Event, Log

T = TypeVar("T")

#: Name under which the engine delivers our timers.
TARGET = "linux"

MS = 1_000_000
#: How long a request of the system's own may take: it waits 15 s for RPMsg several times at most.
PATIENCE_NS = 60_000 * MS
#: Longer than any timeout that Linux knows (mbox_send_message waits an hour at most).
_FOR_EVER = 2 * 3600 * 1000 * MS


class PatienceError(IpccLabError):
    """A call that sleeps in Linux did not return in time."""

    exit_code = 5


class Kernel:
    """One running Linux.

    `hz` is the tick, to which timeouts in milliseconds are rounded up (250 in Debian's armmp kernel). `flavour` says
    which kernel it is. `dynamic_debug` decides which debug lines are printed, `log` keeps what was, `vfs` is what user
    space can open.
    """

    def __init__(self, engine: Engine, *, hz: int = 250, flavour: Flavour = V6_1) -> None:
        if not isinstance(hz, int) or hz < 1:
            raise UsageError(f"hz is the number of ticks in a second, such as 250, not {hz!r}.")
        self.engine = engine
        self.hz = hz
        self.flavour = flavour
        self.vfs = Vfs()
        self.dynamic_debug = DynamicDebug()
        self.vfs.add(CONTROL, control_file(self.dynamic_debug, lambda words: self.printk("err", "dyndbg", words)))
        self.log = KernelLog()
        #: Told each printed line: level, device, text.
        self.on_printk: list[Callable[[str, str, str], None]] = []
        #: Told each hex dump: prefix, bytes.
        self.on_dump: list[Callable[[str, bytes], None]] = []
        #: Told of each device: "add", "bind" or "del", its name, and what its driver's probe returned.
        self.on_uevent: list[Callable[[str, str, int], None]] = []
        self.asleep: list[Waiter] = []
        self.spinlocks = 0  # how many are held
        self._timers: dict[str, Callable[[], None]] = {}
        self._serial = 0
        self._ready: deque[Task[object]] = deque()
        self._running = 0
        self._driven: Task[object] | None = None  # the call for which the innermost run of the machine stands
        engine.on_event(TARGET, self._fire)

    # -- time -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Virtual time in ns."""
        return self.engine.now

    def ticks(self, ms: int) -> int:
        """A timeout in ms as the kernel keeps it, in ns: rounded up to whole ticks."""
        return -(-ms * self.hz // 1000) * (1_000_000_000 // self.hz)

    def after(self, delay_ns: int, name: str, function: Callable[[], None]) -> Timer:
        """Call `function` in `delay_ns` from now."""
        self._serial += 1
        tag = f"{name}#{self._serial}"
        self._timers[tag] = function
        return Timer(self.engine.schedule(self.now + delay_ns, TARGET, tag), tag)

    def cancel(self, timer: Timer) -> None:
        """Forget a timer; one that has fired is ignored."""
        if self._timers.pop(timer.tag, None) is not None:
            self.engine.cancel(timer.ticket)

    def _fire(self, tag: str) -> None:
        function = self._timers.pop(tag, None)
        if function is None:
            raise SnapshotError(
                f"Linux's timer {tag} comes from another machine; snapshots do not hold the Linux side."
            )
        function()
        self.run_ready()

    # -- tasks ------------------------------------------------------------------------------------------------

    def start(self, name: str, body: Sleeping[None]) -> None:
        """Start a kernel thread and run it to its first sleep."""
        self._resume(Task[object](name, body, awaited=False))

    def wake(self, task: Task[object]) -> None:
        """Let a parked task go on as soon as whoever runs now has come to an end or to a sleep."""
        self._ready.append(task)

    def run_ready(self) -> None:
        """Run the tasks that have been woken, unless one runs already."""
        while self._ready and not self._running:
            self._resume(self._ready.popleft())

    def call(self, body: Sleeping[T], name: str = "call", *, patience_ns: int = _FOR_EVER) -> T:
        """Run `body` to its end and return its result; while it sleeps, the machine runs.

        It may be called from anywhere, also from a callback in the middle of another task. When `patience_ns` have
        passed, or nothing can happen any more, `body` is abandoned where it sleeps: PatienceError.
        """
        task: Task[T] = Task(name, body, awaited=True)
        interrupted, self._running = self._running, 0
        foreign_stop: str | None = None
        deadline = self.now + patience_ns
        try:
            self._resume(task)  # type: ignore[arg-type]
            if not task.done or not interrupted:
                self.run_ready()
            while not task.done:
                foreign_stop = self._drive(task, deadline) or foreign_stop  # type: ignore[arg-type]
        finally:
            self._running = interrupted
            if foreign_stop is not None:
                self.engine.request_stop(foreign_stop)
            elif self._driven is not None and self._driven.done:
                self.engine.request_stop(f"{self._driven.name} returned")
        if task.error is not None:
            raise task.error
        return task.result  # type: ignore[return-value]

    def _drive(self, task: Task[object], deadline: int) -> str | None:
        """Run the machine until `task` is done. Returns the detail of a stop that somebody else asked for."""
        outer = self._driven
        self._driven = task
        try:
            stop = self.engine.run(deadline)
        finally:
            self._driven = outer
        if stop.reason == "requested":
            return None if task.done else stop.detail
        if stop.reason in ("time", "idle"):
            task.body.close()
            raise PatienceError(f"{task.name} waits in Linux for what does not come: {stop.detail}.")
        return None

    def _resume(self, task: Task[object]) -> None:
        self._running += 1
        try:
            next(task.body).task = task
            return
        except StopIteration as end:
            task.result = end.value
        except KernelFaultError as fault:
            task.error = fault
        except Exception as error:
            if not task.awaited:
                raise
            task.error = error
        finally:
            self._running -= 1
        task.done = True
        if isinstance(task.error, KernelFaultError) and not task.awaited:
            oops = task.error
            self.printk("emerg", "Oops", f"{oops.kind} in {oops.where}; the task {task.name} is dead")
        if self._driven is task:
            self.engine.request_stop(f"{task.name} returned")

    def interruptible(self) -> None:
        """The last spinlock was given back: a CPU would take its interrupts now. Ours start at times of their own."""

    # -- what is observable -----------------------------------------------------------------------------------

    def record(self, event: Event) -> None:
        """Put an event on the trace."""
        if self.engine.trace is not None:
            self.engine.trace.record(event)

    def printk(self, level: str, device: str, text: str) -> None:
        """Print a line, of a device's if `device` is not empty. Levels are emerg, err, warn, info and debug."""
        self.print_line(level, f"{device}: {text}" if device else text)
        for listener in self.on_printk:
            listener(level, device, text)
        self.engine.notify()

    def print_line(self, level: str, text: str) -> None:
        """Print a line as it is; nobody is told."""
        self.log.lines.append(Line(self.now, level, text))
        self.record(Log(self.now, "linux", level, text))

    def remark(self, text: str) -> None:
        """Tell the reader of the trace what Linux itself does not notice; it is no line of the kernel's."""
        self.record(Log(self.now, "bench", "", text))

    def uevent(self, what: str, name: str, result: int = 0) -> None:
        """A device was added, bound or deleted."""
        for listener in self.on_uevent:
            listener(what, name, result)

    def logger(self, file: str) -> Logger:
        """The printing functions of one source file."""
        return Logger(self, file)


class Logger:
    """What `dev_err` and its like are to a source file; which debug lines are printed, `dynamic_debug` says."""

    def __init__(self, kernel: Kernel, file: str) -> None:
        self._kernel = kernel
        self._file = file

    def err(self, device: str, text: str) -> None:
        """dev_err: an error of a device's, or of the file's if `device` is empty."""
        self._kernel.printk("err", device, text)

    def warn(self, device: str, text: str) -> None:
        """dev_warn."""
        self._kernel.printk("warn", device, text)

    def info(self, device: str, text: str) -> None:
        """dev_info."""
        self._kernel.printk("info", device, text)

    def debug(self, device: str, text: str) -> None:
        """dev_dbg: printed if dynamic debug has switched it on."""
        decoration = self._kernel.dynamic_debug.decoration(self._file, text)
        if decoration is not None:
            self._kernel.printk("debug", decoration + device, text)

    def dump(self, prefix: str, data: bytes) -> None:
        """A dynamic-debug hex dump, 16 bytes to a line; it is never decorated."""
        if self._kernel.dynamic_debug.decoration(self._file, prefix) is None:
            return
        for listener in self._kernel.on_dump:
            listener(prefix, data)
        for digits, text in hex_rows(data):
            self._kernel.print_line("debug", f"{prefix}{digits:<47}  {text}")
