"""What both engines with a Cortex-M4 share besides the machine: RAM as the core sees it, and what a run reports of it.

It executes nothing; `embedded` and `renode` do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from mp1bench.engine import Stop
from mp1bench.engine.code_pages import CodePages
from mp1bench.engine.machine import Machine
from mp1bench.errors import IpccLabError, ModelError
from mp1bench.trace import Core, Trace

#: An access of the M4 and the interrupt that it raises take their way over the buses and into the NVIC. So many more
#: instructions retire meanwhile; the next store may be one of them, and take the line down again.
IRQ_AFTER_ACCESS = 4


class CoreMachine(Machine, ABC):
    """An engine with a core derives from it, and holds and releases the core."""

    def __init__(self, trace: Trace | None) -> None:
        super().__init__(trace)
        self.code = CodePages()
        self._running = False
        #: What the firmware ended with by semihosting, 0 for success; None as long as it has not.
        self.exit_code: int | None = None
        self._error: BaseException | None = None
        self.on_reset_request = self._restart

    @property
    def running(self) -> bool:
        return self._running

    @abstractmethod
    def hold(self) -> None:
        """See `mp1bench.engine.Engine`."""

    @abstractmethod
    def release(self) -> None:
        """See `mp1bench.engine.Engine`."""

    def _restart(self) -> None:
        self.hold()
        self.release()

    # -- memory -----------------------------------------------------------------------------------------------

    def load(self, address: int, size: int) -> bytes | None:
        """RAM as the core's own stacking sees it; fewer bytes at the end of a memory, None where there is none."""
        memory, offset = self._memory_at(address, 1)
        return None if memory is None else bytes(memory.view[offset : offset + size])

    def store(self, address: int, data: bytes) -> bool:
        """False where there is no RAM for all of `data`."""
        memory, offset = self._memory_at(address, len(data))
        if memory is not None:
            memory.view[offset : offset + len(data)] = data
        return memory is not None

    def write_bytes(self, address: int, data: bytes) -> None:
        super().write_bytes(address, data)
        memory, offset = self._memory_at(address, len(data))
        if memory is not None and data and self.code.spoilt(memory, offset, len(data), held=not self._running):
            self._forget_code()

    def _forget_code(self) -> None:
        """Memory that may hold code was written from outside: an engine drops what it has translated."""

    # -- reports ----------------------------------------------------------------------------------------------

    def _record_core(self, what: str, detail: str) -> None:
        if self.trace is not None:
            self.trace.record(Core(self.now, what, detail))
        self.notify()

    def _lock_up(self, detail: str) -> Stop:
        self._record_core("lockup", detail)
        self._running = False
        return Stop("lockup", f"the M4 is locked up: {detail}")

    def _firmware_ended(self, code: int) -> None:
        self.exit_code = code
        self.hold()
        with_code = f" with exit code {code}" if code else ""
        self.request_stop(f"the firmware ended the run{with_code} (semihosting SYS_EXIT)")

    def _note_failure(self, error: BaseException, access: str, pc: int) -> None:
        """An access raised: `_raise_failure` will, once the instruction is complete."""
        if isinstance(error, Exception) and not isinstance(error, IpccLabError):
            wrapped = ModelError(f"the model of a device failed in a {access} at pc 0x{pc:08X}: {error!r}.")
            wrapped.__cause__ = error
            error = wrapped
        self._error = self._error or error

    def _raise_failure(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error
