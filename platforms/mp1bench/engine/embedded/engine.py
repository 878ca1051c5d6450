"""The embedded engine: a Cortex-M4F on Unicorn beside Python devices, in exact virtual time.

The run loop is event-driven: it executes instructions up to the next thing that can change what runs next (a timed
event, SysTick, a write that raises a line), looks, and goes on. How a run is sliced is invisible in its results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from unicorn import unicorn_const

from mp1bench.cortexm import scs
from mp1bench.cortexm.exceptions import Exceptions, Fault, Masks
from mp1bench.cortexm.nvic import BUSFAULT, FIRST_IRQ, MEMMANAGE, USAGEFAULT, Nvic
from mp1bench.cortexm.systick import SysTick
from mp1bench.engine import INSTRUCTION_NS, Stop
from mp1bench.engine.embedded.bus import Bus
from mp1bench.engine.embedded.core_registers import CoreRegisters
from mp1bench.engine.embedded.counter import make_counter
from mp1bench.engine.embedded.semihosting import BKPT_SEMIHOSTING, Semihosting
from mp1bench.engine.embedded.straight_line import straight_line
from mp1bench.engine.embedded.unicorn_library import (
    INTERRUPT_CALLBACK,
    INVALID_CALLBACK,
    UNMAPPED_CALLBACK,
    VERSION,
    Unicorn,
)
from mp1bench.engine.machine import Machine, Memory
from mp1bench.errors import IpccLabError, ModelError
from mp1bench.trace import Core, Interrupt, Trace

#: Frequency of the M4 and its SysTick while the RCC is as at reset (m4-platform.md §3).
HSI_HZ = 64_000_000

# What UC_HOOK_INTR reports (embedded-engine.md §2).
_SVC, _BAD_RETURN, _BKPT, _EXC_RETURN = 2, 3, 7, 8
_EXC_RETURN_PREFIX = 0xFFFFFF00
_HINTS = (b"\x10\xbf", b"\x20\xbf")  # YIELD, WFE: Unicorn calls them invalid
_WFE = _HINTS[1]
#: A WFE nap ends by itself: SEV cannot be observed, so an unbounded sleep could miss it.
_WFE_NAP = 1000
#: An upper bound of a slice, so that an interrupt from the keyboard is served soon.
_LONGEST_SLICE = 5_000_000
_PAGE = 0x1000


class CoreState(NamedTuple):
    """Where the M4 is, for the diagnosis and for people."""

    pc: int
    asleep: bool
    locked_up: bool
    masks: Masks
    active_exception: int
    irq_enabled: frozenset[int]
    irq_pending: frozenset[int]
    fault: Fault | None


class EmbeddedEngine(Machine):
    """`counter` is `auto`, `fast` or `public`; `slice_instructions` bounds every slice. Neither changes any result.

    `clock_hz` gives the frequency at which SysTick counts.
    """

    name = "embedded"
    version = VERSION

    def __init__(
        self,
        trace: Trace | None = None,
        counter: str = "auto",
        slice_instructions: int | None = None,
        clock_hz: Callable[[], int] = lambda: HSI_HZ,
        instruction_ns: int = INSTRUCTION_NS,
    ) -> None:
        super().__init__(trace)
        self.instruction_ns = instruction_ns
        self._slice = min(slice_instructions or _LONGEST_SLICE, _LONGEST_SLICE)
        self._library = Unicorn()
        self.counter = make_counter(self._library, counter)
        self.registers = CoreRegisters(self._library)
        self.nvic = Nvic()
        self.systick = SysTick(lambda: self.now, clock_hz)
        self.space = scs.SystemControlSpace(self.nvic, self.systick, lambda: self.exceptions.ipsr)
        self.space.on_sysresetreq = lambda: self.on_reset_request()
        self.exceptions = Exceptions(self.registers, self, self.space)
        self.exceptions.on_interrupt = self._interrupt_taken
        self.exceptions.on_fault = self._fault_taken
        self.semihosting = Semihosting(self.load)
        self.bus = Bus(self._library, trace, lambda: self.now, self._fail)
        #: What AIRCR.SYSRESETREQ does; a platform with a reset controller puts its own here.
        self.on_reset_request: Callable[[], None] = self._restart
        self.fault: Fault | None = None
        self._mapped = False
        self._running = False
        self._starting = False
        self._in_slice = False
        self._stale_code = False
        self._code_pages: set[tuple[str, int]] = set()
        self._retired = 0
        self.nap_until = 0
        self._error: BaseException | None = None
        self._trap: Callable[[], None] | None = None
        self._library.hook(unicorn_const.UC_HOOK_INTR, INTERRUPT_CALLBACK(self._on_interrupt_hook))
        self._library.hook(unicorn_const.UC_HOOK_INSN_INVALID, INVALID_CALLBACK(self._on_invalid))
        self._library.hook(unicorn_const.UC_HOOK_MEM_INVALID, UNMAPPED_CALLBACK(self._on_unmapped))

    def __del__(self) -> None:
        library = getattr(self, "_library", None)
        if library is not None:
            library.close()

    # -- building ---------------------------------------------------------------------------------------------

    def add_memory(self, name: str, size: int, addresses: Sequence[int]) -> None:
        super().add_memory(name, size, addresses)
        for address in addresses:
            self._library.map_memory(address, self.memories[-1].buffer, 0, size)

    def _map(self) -> None:
        self.bus.map_devices(list(self.places.values()))
        self.bus.map_private(self.space, self._cut)
        self._mapped = True

    # -- memory -----------------------------------------------------------------------------------------------

    def load(self, address: int, size: int) -> bytes | None:
        """RAM as the core's own stacking sees it: None where there is none."""
        memory, offset = self._memory_at(address, size)
        return None if memory is None else bytes(memory.view[offset : offset + size])

    def store(self, address: int, data: bytes) -> bool:
        """The inverse of `load`: False where there is no RAM."""
        memory, offset = self._memory_at(address, len(data))
        if memory is not None:
            memory.view[offset : offset + len(data)] = data
        return memory is not None

    def write_bytes(self, address: int, data: bytes) -> None:
        super().write_bytes(address, data)
        memory, offset = self._memory_at(address, len(data))
        if memory is not None:
            self._note_code(memory, offset, len(data))

    def _note_code(self, memory: Memory, offset: int, size: int) -> None:
        """Translated code does not see writes from outside (P12): pages loaded while the core is held are code."""
        pages = {(memory.name, page) for page in range(offset // _PAGE, (offset + size - 1) // _PAGE + 1)}
        if not self._running:
            self._code_pages |= pages
            self._stale_code = True
        elif pages & self._code_pages:
            self._stale_code = True

    # -- the core's life --------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._running

    def hold(self) -> None:
        if self._running:
            self._record_core("held", "")
        self._running = self._starting = False
        self._cut()

    def release(self) -> None:
        if self._running:
            return
        self._running = self._starting = True
        self._record_core("released", "")
        self._cut()

    def _restart(self) -> None:
        self.hold()
        self.release()

    def _record_core(self, what: str, detail: str) -> None:
        if self.trace is not None:
            self.trace.record(Core(self.now, what, detail))
        self.notify()

    def core_state(self) -> CoreState:
        """Where the M4 is now."""
        irqs = range(self.nvic.irqs)
        return CoreState(
            pc=self.exceptions.pc,
            asleep=self.exceptions.asleep,
            locked_up=self.exceptions.locked_up,
            masks=self.registers.masks(),
            active_exception=self.exceptions.ipsr,
            irq_enabled=frozenset(n for n in irqs if self.nvic.enabled >> FIRST_IRQ + n & 1),
            irq_pending=frozenset(n for n in irqs if self.nvic.pending >> FIRST_IRQ + n & 1),
            fault=self.fault,
        )

    # -- time -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        if self._in_slice:
            return self._now + self.counter.value() * self.instruction_ns
        return self._now

    @property
    def instructions(self) -> int:
        """M4 instructions retired since the engine was built."""
        return self._retired + (self.counter.value() if self._in_slice else 0)

    def _cut(self) -> None:
        if self._in_slice:
            self.counter.cut()

    def _queue_changed(self, at: int) -> None:
        if self._in_slice:
            self.counter.cut((at - self._now) // self.instruction_ns)

    def request_stop(self, detail: str) -> None:
        super().request_stop(detail)
        self._cut()

    def _drive_irq(self, irq: int, level: bool) -> None:
        if self.nvic.set_line(irq, level):
            self._cut()

    # -- snapshots (snapshot.py) ------------------------------------------------------------------------------

    @property
    def in_access(self) -> bool:
        """Inside a slice, that is inside a register access."""
        return self._in_slice

    def go_on_from(
        self, now: int, instructions: int, queue: Sequence[tuple[int, int, str, str]], running: bool
    ) -> None:
        """Take over time, pending events and whether the core runs."""
        self._now, self._retired = now, instructions
        self.replace_events(queue)
        self._running, self._starting = running, False
        self._stale_code = True

    # -- the run loop -----------------------------------------------------------------------------------------

    def run(self, until: int) -> Stop:
        if self._in_slice:
            raise ModelError("the machine was asked to run from inside a register access; schedule an event instead.")
        if not self._mapped:
            self._map()
        while True:
            self._fire_due()
            if self.trace is not None:
                self.trace.publish()
            stop = self._take_stop() or self._step_core()
            if stop is not None:
                return stop
            if self._now >= until:
                return Stop("time", f"reached {self._now} ns of virtual time")
            horizon = self._horizon(until)
            if not self._running:
                self._now = horizon
            elif self.exceptions.asleep:
                if horizon == until and not self._can_wake():
                    self._now = until
                    return Stop("idle", "the M4 sleeps, and nothing is due that could wake it")
                self._now = horizon
            else:
                self._execute(horizon)

    def _horizon(self, until: int) -> int:
        """The next time at which something is due: an event, SysTick, the end of a WFE nap, or `until`."""
        horizon = until
        at = self._next_event_time()
        if at is not None and at < horizon:
            horizon = at
        if self._running and self.systick.control & 1:
            at = self.systick.expiry()
            if at is not None and at < horizon:
                horizon = at
        if self.exceptions.asleep and self._now < self.nap_until < horizon:
            horizon = self.nap_until
        grid = self.instruction_ns
        return -(-max(horizon, self._now) // grid) * grid

    def _can_wake(self) -> bool:
        return self._next_event_time() is not None or self.systick.counting or self.nap_until > self._now

    def _step_core(self) -> Stop | None:
        """SysTick, waking, and exceptions that are due now."""
        if not self._running:
            return None
        core = self.exceptions
        if self._starting:
            self._starting = False
            self.nap_until = 0
            core.start()
        expiry = self.systick.expiry()
        while expiry is not None and expiry <= self._now:
            if self.systick.expire():
                self.nvic.pend(15)
            expiry = self.systick.expiry()
        if core.asleep:
            if not core.wakes() and not (self.nap_until and self._now >= self.nap_until):
                return self._lockup()
            core.asleep = False
            self.nap_until = 0
        while not core.locked_up and core.take_next():
            pass
        return self._lockup()

    def _lockup(self) -> Stop | None:
        if not self.exceptions.locked_up:
            return None
        self._record_core("lockup", describe_fault(self.fault))
        self._running = False
        return Stop("lockup", f"the M4 is locked up: {describe_fault(self.fault)}")

    # -- one slice --------------------------------------------------------------------------------------------

    def _execute(self, horizon: int) -> None:
        count = min((horizon - self._now) // self.instruction_ns, self._slice)
        core = self.exceptions
        if core.held_back():
            count = min(count, straight_line(self._code_at(core.pc)))
        if self._stale_code:
            self._library.flush_code()
            self._stale_code = False
        self._trap = None
        self._start_pc = core.pc
        self._in_slice = True
        error = self.counter.start(core.pc, max(count, 1))
        executed = self.counter.executed()
        limited = self.counter.value() > executed
        self._in_slice = False
        self._now += executed * self.instruction_ns
        self._retired += executed
        core.pc = self._library.pc()
        if self._error is not None:
            raised, self._error = self._error, None
            raise raised
        if not self._running or self._starting:
            return
        if self._trap is not None:
            self._trap()
        elif error == unicorn_const.UC_ERR_OK and not limited:
            # A regular end before the limit with no hook is WFI (embedded-engine.md §5).
            core.asleep = True
        elif error != unicorn_const.UC_ERR_OK:
            core.fault(USAGEFAULT, scs.UNDEFINSTR)

    def _code_at(self, pc: int) -> bytes:
        memory, offset = self._memory_at(pc, 2)
        return b"" if memory is None else bytes(memory.view[offset : offset + 256])

    def _fail(self, error: BaseException) -> None:
        """An access raised: end the slice after this instruction and raise from `run`."""
        if self._error is None:
            if isinstance(error, Exception) and not isinstance(error, IpccLabError):
                wrapped = ModelError(f"a device model failed at {self._library.pc():#010x}: {error!r}.")
                wrapped.__cause__ = error
                error = wrapped
            self._error = error
        self._cut()

    # -- Unicorn's hooks --------------------------------------------------------------------------------------

    def _on_interrupt_hook(self, uc: int, number: int, user: int) -> None:
        pc = self._library.pc()
        if number == _SVC:
            self._trap = self.exceptions.svc
        elif number == _BKPT:
            self._trap = self._breakpoint
        elif pc >= _EXC_RETURN_PREFIX and self.exceptions.ipsr:
            self._trap = lambda: self.exceptions.leave(pc | 1)
        elif number == _BAD_RETURN:
            self._trap = lambda: self.exceptions.fault(MEMMANAGE, scs.IACCVIOL)
        else:
            self._trap = lambda: self.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
        self._library.stop()

    def _breakpoint(self) -> None:
        core = self.exceptions
        if self.load(core.pc, 2) != BKPT_SEMIHOSTING:
            core.breakpoint()
            return
        general = self.registers.general()
        general[0] = self.semihosting.call(general[0], general[1])
        self.registers.set_general(general)
        core.pc += 2
        if self.semihosting.ended:
            self.hold()
            self.request_stop("the firmware ended the run (semihosting SYS_EXIT)")

    def _on_invalid(self, uc: int, user: int) -> bool:
        """WFE and YIELD arrive here with the PC past them; a truly undefined instruction with the PC on it."""
        pc = self._library.pc()
        begins_here = pc == self._start_pc and self.counter.value() == 1
        hint = None if begins_here else self.load(pc - 2, 2)
        if hint not in _HINTS:
            thumb = self.registers.context().xpsr & (1 << 24)
            cfsr = scs.UNDEFINSTR if thumb else scs.INVSTATE
            self._trap = lambda: self.exceptions.fault(USAGEFAULT, cfsr)
            return False
        if hint == _WFE:
            self._trap = self._nap
            self.counter.cut()
        return True

    def _nap(self) -> None:
        self.exceptions.asleep = True
        self.nap_until = self._now + _WFE_NAP * self.instruction_ns

    def _on_unmapped(self, uc: int, kind: int, address: int, size: int, value: int, user: int) -> bool:
        """A bus fault. In an IT block Unicorn runs on to its end, so the registers are kept as they are now."""
        if self._trap is not None:
            return False
        pc, executed, general = self._library.pc(), self.counter.value(), self.registers.general()
        fetch = kind in (unicorn_const.UC_MEM_FETCH_UNMAPPED, unicorn_const.UC_MEM_FETCH_PROT)

        def trap() -> None:
            ran_on = self.counter.value() - executed
            self._now -= ran_on * self.instruction_ns
            self._retired -= ran_on
            self.exceptions.pc = pc
            if fetch:
                self._fetch_fault(pc)
                return
            self.registers.set_general(general)
            self.exceptions.fault(BUSFAULT, scs.PRECISERR | scs.BFARVALID, address)

        self._trap = trap
        return False

    def _fetch_fault(self, pc: int) -> None:
        execute_never = 0x40000000 <= pc < 0x60000000 or pc >= 0xA0000000
        if execute_never:
            self.exceptions.fault(MEMMANAGE, scs.IACCVIOL)
        else:
            self.exceptions.fault(BUSFAULT, scs.IBUSERR)

    # -- reports ----------------------------------------------------------------------------------------------

    def _interrupt_taken(self, irq: int) -> None:
        if self.trace is not None:
            self.trace.record(Interrupt(self._now, irq))

    def _fault_taken(self, fault: Fault) -> None:
        self.fault = fault
        self._record_core("fault", describe_fault(fault))


def describe_fault(fault: Fault | None) -> str:
    """One phrase: which exception, where, and what the status registers say."""
    if fault is None:
        return "no fault was taken"
    names = [name for bit, name in scs.CFSR_BITS.items() if fault.cfsr >> bit & 1]
    names += [name for bit, name in ((1, "VECTTBL"), (30, "FORCED"), (31, "DEBUGEVT")) if fault.hfsr >> bit & 1]
    where = "" if fault.address is None else f" at address 0x{fault.address:08X}"
    return f"{fault.exception} at pc 0x{fault.pc:08X} ({', '.join(names) or 'no status'}){where}"
