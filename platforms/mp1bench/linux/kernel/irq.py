"""Threaded one-shot interrupts: what a level line of a device starts in Linux.

The line stays masked while its handler runs or sleeps, and is looked at again afterwards; there is no hard handler, as
the modelled drivers have none.
"""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping

#: The interrupt core gives a line up when more than `_TOLERATED` of `_WINDOW` entries found nothing to do.
_WINDOW = 100_000
_TOLERATED = 99_900

Handler = Callable[[], Sleeping[bool]]


class Interrupt:
    """One line on its way to one handler, which is entered `latency_ns` after the edge if the line is still high.

    The handler says whether it found anything to do. Levels are followed from the machine's beginning, so that a line
    which is high already when the handler is installed is served. Without a `line`, only `trigger` raises it.
    """

    def __init__(self, kernel: Kernel, device: str, line: str, latency_ns: int) -> None:
        self.name = f"{device} {line}"
        self.enabled = True
        self._kernel = kernel
        self._log = kernel.logger("spurious.c")
        self._latency_ns = latency_ns
        self._handler: Handler | None = None
        self._high = False
        self._due = False  # a thread is about to start
        self._busy = False  # it runs or sleeps
        self._entries = 0
        self._unhandled = 0
        if line:
            kernel.engine.watch(device, line, self._edge)

    @property
    def installed(self) -> bool:
        """There is a handler."""
        return self._handler is not None

    @property
    def pending(self) -> bool:
        """The line is high, and there is a handler that neither runs nor sleeps and has not been given up."""
        return self._high and self.installed and self.enabled and not self._busy

    def request(self, handler: Handler) -> int:
        """Install the handler (request_threaded_irq): 0, or -EBUSY, as no line here is shared."""
        if self.installed:
            return -Errno.EBUSY
        self._handler = handler
        self.enabled = True
        self._entries = self._unhandled = 0
        self._look()
        return 0

    def free(self) -> None:
        """Take the handler away."""
        self._handler = None

    def trigger(self) -> None:
        """One edge of a line that holds no level: the handler is entered once. For lines that no device drives."""
        self._kernel.after(self._latency_ns, f"irq {self.name}", self._enter)

    def thread(self) -> Sleeping[None]:
        """Run the handler once."""
        self._busy = True
        try:
            if self._handler is not None:
                handled = yield from self._handler()
                self._note(handled)
        except KernelFaultError:
            self._handler = None  # its thread is dead
            raise
        finally:
            self._busy = False
        self._look()

    def _edge(self, level: bool) -> None:
        self._high = level
        self._look()

    def _look(self) -> None:
        """Start the thread, if it has something to do."""
        if self.pending and not self._due:
            self._due = True
            self._kernel.after(self._latency_ns, f"irq {self.name}", self._start)

    def _start(self) -> None:
        self._due = False
        if self.pending:
            self._enter()

    def _enter(self) -> None:
        self._kernel.start(f"irq/{self.name}", self.thread())

    def _note(self, handled: bool) -> None:
        """Count what the handler said, as the interrupt core does to find a line that nobody serves."""
        self._entries += 1
        self._unhandled += not handled
        if self._entries < _WINDOW:
            return
        if self._unhandled > _TOLERATED:
            self.enabled = False
            self._log.err(f"irq {self.name}", "nobody cared: the line is disabled")
        self._entries = self._unhandled = 0
