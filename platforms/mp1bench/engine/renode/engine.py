"""The engine `renode`: the bench's devices and wiring beside a Cortex-M4 that Renode executes, in its virtual time.

What the bench does, it does in its own turn, between two instructions of the core; an access of the core is answered in
Renode's. What differs from the embedded engine, and what Renode cannot do, stands in `platforms/RENODE.md`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from mp1bench.cortexm import scs
from mp1bench.cortexm.core_clock import CoreClock
from mp1bench.cortexm.dwt import Dwt
from mp1bench.cortexm.faults import Fault, describe_fault
from mp1bench.cortexm.itm import Itm
from mp1bench.cortexm.nvic import FIRST_IRQ
from mp1bench.cortexm.semihosting import BKPT_SEMIHOSTING, Semihosting
from mp1bench.engine import INSTRUCTION_NS, CoreState, Stop
from mp1bench.engine.code_pages import CodePages
from mp1bench.engine.machine import Machine
from mp1bench.engine.renode.core_view import core_part, core_state, find_fault, find_stacking_fault
from mp1bench.engine.renode.keyboard import Keyboard
from mp1bench.engine.renode.processor import ABORTED, BKPT, LOCKUP, RAISED, RESET_REQUESTED, Processor
from mp1bench.engine.renode.windows import CoreUnit, Window, outside, windows
from mp1bench.engine.snapshot import Snapshot
from mp1bench.errors import IpccLabError, ModelError, SnapshotError
from mp1bench.trace import M4, Access, Interrupt, Trace
from mp1bench.trace import Core as CoreEvent
from stm32mp1.rcc import HSI_HZ, Rcc

#: As on the embedded engine: what an access of the M4 raises reaches the NVIC so many instructions later.
_IRQ_AFTER_ACCESS = 4
#: The bench has its turn at least so often, so that an interrupt from the keyboard is served soon.
_LONGEST_TURN_NS = 25_000_000
_ITM, _DWT, _UNIT = 0xE0000000, 0xE0001000, 0x1000


def _weak(method: Any) -> Callable[..., Any]:
    """The method as long as its object lives, without keeping it alive; after that 0."""
    found = weakref.WeakMethod(method)

    def call(*arguments: int) -> Any:
        there = found()
        return 0 if there is None else there(*arguments)

    return call


class RenodeEngine(Machine):
    """`clock_hz` gives the frequency at which SysTick counts, `instruction_ns` the time that one instruction takes."""

    name = "renode"

    def __init__(
        self,
        trace: Trace | None = None,
        clock_hz: Callable[[], int] = lambda: HSI_HZ,
        instruction_ns: int = INSTRUCTION_NS,
    ) -> None:
        super().__init__(trace)
        self.instruction_ns = instruction_ns
        self.clock_hz = clock_hz
        self._hz = HSI_HZ
        callbacks = (self._core_reads, self._core_writes, self._exception, self._sleep)
        self.processor = Processor(1000 // instruction_ns, HSI_HZ, *map(_weak, callbacks))
        self.processor.before_core = _weak(self._drive_lines)
        weakref.finalize(self, self.processor.end).atexit = False
        self.version = self.processor.version
        self.itm = Itm(self._traces)
        self.clock = CoreClock(lambda: self.now)
        self.dwt = Dwt(self.clock.now, clock_hz, self._traces)
        self._core_windows: list[Window] = []
        self._mapped = False
        self._core_turn = False
        self._skipped = 0  # ns that have passed here and not in Renode: nothing was due, and the core did nothing
        self._running = self._starting = False
        self.asleep = self.locked_up = False
        self._slept = False  # Renode has told so; it tells late
        self.fault: Fault | None = None
        self._raised: tuple[int, int] | None = None  # what an instruction has raised, and where
        self._stacks = False  # the frame of a fault is being stacked
        self.semihosting = Semihosting(self.load, self.store, lambda: self.now)
        self._semihosted: int | None = None  # what R0 becomes
        #: What the firmware ended with by semihosting, 0 for success; None as long as it has not.
        self.exit_code: int | None = None
        self._irqs_due: list[int] = []  # which inputs of the NVIC rise, and when
        self._irqs_due_at = 0
        self.levels: dict[int, bool] = {}  # of the NVIC's inputs
        self.code = CodePages()
        self._stale_code = False
        self._retired = 0  # before the core was last reset
        self._untraced_accesses = 0
        self._error: BaseException | None = None
        self.on_reset_request = self._restart

    # -- building ---------------------------------------------------------------------------------------------

    def add_memory(self, name: str, size: int, addresses: Sequence[int]) -> None:
        super().add_memory(name, size, addresses)
        self.processor.add_memory(self.memories[-1])

    def write_bytes(self, address: int, data: bytes) -> None:
        super().write_bytes(address, data)
        memory, offset = self._memory_at(address, len(data))
        if memory is not None and data and self.code.spoilt(memory, offset, len(data), held=not self._running):
            self._stale_code = self._running  # a core that is reset forgets by itself

    def _begin(self) -> None:
        if self._core_turn:
            raise ModelError("the machine was asked to run from inside a register access; schedule an event instead.")
        if self._mapped:
            return
        self._core_windows = list(windows(list(self.places.values()), self.memories))
        dwt = CoreUnit(self.dwt.read, lambda offset, value, width: self.dwt.write(offset, value))
        self._core_windows.append(Window("the ITM", _ITM, _UNIT, CoreUnit(self.itm.read, self.itm.write)))
        self._core_windows.append(Window("the DWT", _DWT, _UNIT, dwt))
        for number, window in enumerate(self._core_windows):
            self.processor.add_window(number, window.name, window.address, window.size)
        for address, size in outside(self.memories):
            self.processor.add_gap(address, size)
        self._mapped = True

    def _traces(self) -> bool:
        return bool(self.processor.private(scs.DEMCR) & scs.DEMCR_TRCENA)

    # -- the core's life --------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._running

    @property
    def dozes(self) -> bool:
        return self.asleep and (self.processor.ticks() or bool(self._alarms))

    def hold(self) -> None:
        if self._running:
            self._record_core("held", "")
        self._running = self._starting = False
        self._wanted(self.now)

    def release(self) -> None:
        if self._running:
            return
        self._running = self._starting = True
        self.fault = self.exit_code = None
        self._record_core("released", "")
        self._wanted(self.now)

    def _restart(self) -> None:
        self.hold()
        self.release()

    def _start_released(self) -> None:
        """What a released core does first: fetch SP and PC."""
        if self.processor.given_up:
            raise ModelError("Renode has given this Cortex-M4 up and cannot start it again. Make a new board.")
        self._starting = self.asleep = self._slept = self.locked_up = False
        self._raised = None
        self.clock.go_on()
        self._retired += self.processor.instructions
        self._irqs_due.clear()
        self.itm.reset()
        self.dwt.reset()
        self.processor.restart([irq for irq, level in self.levels.items() if level])

    @property
    def starting(self) -> bool:
        """Released, but SP and PC are not fetched yet."""
        return self._starting

    def rising(self) -> int:
        """The set of interrupts of which the NVIC has yet to hear."""
        return sum({1 << irq for irq in self._irqs_due})

    def irq_delay(self) -> int:
        """In how many instructions it will have."""
        return max(0, self._irqs_due_at - self.now) // self.instruction_ns

    def core_state(self) -> CoreState:
        return core_state(self)

    # -- time -------------------------------------------------------------------------------------------------

    @property
    def instructions(self) -> int:
        """M4 instructions retired since the engine was built."""
        return self._retired + self.processor.instructions

    @property
    def effort(self) -> int:
        return super().effort + self._untraced_accesses

    def _queue_changed(self, at: int) -> None:
        self._wanted(at)

    def request_stop(self, detail: str) -> None:
        super().request_stop(detail)
        self._wanted(self.now)

    def _wanted(self, at: int) -> None:
        """Should the core be at work: the bench wants its turn at `at`, or after the instruction under way."""
        if self._core_turn:
            self.processor.wanted.value = min(self.processor.wanted.value, at - self._skipped)

    def _drive_irq(self, irq: int, level: bool) -> None:
        if self.levels.get(irq, False) == level:
            return
        self.levels[irq] = level
        if level:
            if not self._irqs_due:
                delay = _IRQ_AFTER_ACCESS if self._core_turn else 0
                self._irqs_due_at = self.now + delay * self.instruction_ns
            self._irqs_due.append(irq)
            self._wanted(self._irqs_due_at)
        elif irq not in self._irqs_due:
            self.processor.set_irq(irq, 0)  # makes nothing pending, so it needs no turn of Renode's

    def _drive_lines(self) -> None:
        """In Renode's turn: raise the inputs of its NVIC that are due; one that has fallen by now stays pending."""
        if not self._irqs_due:
            return
        if self.processor.now + self._skipped < self._irqs_due_at:
            self._wanted(self._irqs_due_at)
            return
        for irq in self._irqs_due:
            self.processor.set_irq(irq, 1)
            if not self.levels[irq]:
                self.processor.set_irq(irq, 0)
        self._irqs_due.clear()

    # -- the run loop -----------------------------------------------------------------------------------------

    def run(self, until: int) -> Stop:
        with Keyboard(lambda: self._wanted(self.time)) as keyboard:
            self._begin()
            while True:
                stop = self._settle(until) or self._go(until)
                if stop is not None:
                    return stop
                keyboard.look()

    def _settle(self, until: int) -> Stop | None:
        """Everything that is due between two instructions."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if self._stacks and self.fault is not None:
            self._record_fault(find_stacking_fault(self.processor, self.fault))
        self._stacks = False
        if self._semihosted is not None:
            self._answer(self._semihosted)
        self._fire_due()
        if self.trace is not None:
            self.trace.publish()
        stop = self._take_stop() or self._look_at_core()
        if stop is None and self.time >= until:
            return Stop("time", f"reached {self.time} ns of virtual time")
        return stop

    def _answer(self, value: int) -> None:
        """The firmware's call of semihosting returns, or is the end."""
        self._semihosted = None
        self.processor.set_register(0, value)
        code, self.semihosting.exit_code = self.semihosting.exit_code, None
        if code is not None:
            self.exit_code = code
            self.hold()
            with_code = f" with exit code {code}" if code else ""
            self.request_stop(f"the firmware ended the run{with_code} (semihosting SYS_EXIT)")

    def _look_at_core(self) -> Stop | None:
        if self._running and self._starting:
            self._start_released()
        if not (self._running and self.locked_up):
            return None
        detail = describe_fault(self.fault)
        if self.processor.given_up:
            detail = f"Renode has given it up at pc 0x{self.processor.pc:08X}"
        self._record_core("lockup", detail)
        self._running = False
        return Stop("lockup", f"the M4 is locked up: {detail}")

    def _go(self, until: int) -> Stop | None:
        """Let time go on to the next thing that is due: in Renode, or by itself while its core can do nothing."""
        due = self._next_event_time()
        horizon = max(self.time, min(until, until if due is None else due))
        if not self._running:
            self._skip(horizon)
            return None
        lets = not self.clock.stopped or self.stop_wakes()
        if self.asleep and not (lets and self._irqs_due) and not self.processor.ticks():
            self._skip(horizon)
            return None if due is not None else Stop("idle", "the M4 sleeps, and nothing is due that could wake it")
        if self.clock_hz() != self._hz:
            self._hz = self.clock_hz()
            self.processor.set_frequency(self._hz)
        if self._stale_code:
            self._stale_code = False
            self.processor.forget_code()
        self._core_turn = True
        self.asleep = self._slept
        try:
            self.processor.run(min(horizon, self.time + _LONGEST_TURN_NS) - self._skipped)
        finally:
            self._core_turn = False
            self.time = self.processor.now + self._skipped
        self.asleep = self._slept or self.processor.waits()
        return None

    def _skip(self, horizon: int) -> None:
        self._skipped += horizon - self.time
        self.time = horizon

    # -- in Renode's turn -------------------------------------------------------------------------------------

    def _access_at(self, now: int) -> None:
        """An access is complete when its instruction is."""
        self.time = now + self._skipped + self.instruction_ns

    def _core_reads(self, number: int, offset: int, width: int, pc: int, now: int) -> int:
        self._access_at(now)
        name, address, _, device = self._core_windows[number]
        try:
            if device is None:
                self._untraced_accesses += 20
                self.absent.report(self.time, M4, pc, address + offset, "R")
                return 0
            if self.trace is None or not device.TRACED:
                self._untraced_accesses += 1
                return device.read(offset, width)
            mark = self.trace.size()
            value = device.read(offset, width)
            self.trace.insert(mark, Access(self.time, M4, pc, "", name, "R", offset, width, value))
            return value
        except BaseException as error:
            self._fail(error, f"{width}-byte read of {name} +0x{offset:03X}", pc)
            return 0

    def _core_writes(self, number: int, offset: int, width: int, pc: int, now: int, value: int) -> None:
        self._access_at(now)
        name, address, _, device = self._core_windows[number]
        try:
            if device is None:
                self._untraced_accesses += 20
                self.absent.report(self.time, M4, pc, address + offset, "W")
                return
            if self.trace is None or not device.TRACED:
                self._untraced_accesses += 1
            else:
                self.trace.record(Access(self.time, M4, pc, "", name, "W", offset, width, value))
            device.write(offset, value, width)
            if isinstance(device, Rcc):
                self._wanted(self.time)  # the core's clock may be another now
        except BaseException as error:
            self._fail(error, f"{width}-byte write to {name} +0x{offset:03X}", pc)

    def _exception(self, number: int, now: int) -> None:
        """The core took an exception, or what `processor.py` has for it happened."""
        self.time = now + self._skipped
        if number >= FIRST_IRQ and self.trace is not None:
            self.trace.record(Interrupt(self.time, number - FIRST_IRQ))
        elif number == RESET_REQUESTED:
            try:
                self.on_reset_request()
            except BaseException as error:
                self._fail(error, "reset that the M4 asked for", self.processor.pc)
        elif number in (LOCKUP, ABORTED) and self._running:  # a held core finds no vector table
            self.locked_up, self.processor.given_up = True, number == ABORTED
            self._note_fault(None)
            self._wanted(self.time)
        elif number > 0:
            self._note_fault(number)
        elif number <= RAISED:
            self._raised = (RAISED - number, self.processor.pc)
            if RAISED - number == BKPT and self.load(self.processor.pc, 2) == BKPT_SEMIHOSTING:
                self._raised = None
                self._semihosted = self.semihosting.call(self.processor.register(0), self.processor.register(1))
                self._wanted(self.time)

    def _sleep(self, asleep: int, now: int) -> None:
        self.time = now + self._skipped
        self._slept = self.asleep = bool(asleep)
        if asleep and self.processor.private(scs.SCR) & scs.SCR_SLEEPDEEP:
            self.clock.stop()
        else:
            self.clock.go_on()
        if asleep:
            self._wanted(self.time)

    def load(self, address: int, size: int) -> bytes | None:
        """RAM; fewer bytes at the end of a memory, None where there is none."""
        memory, offset = self._memory_at(address, 1)
        return None if memory is None else bytes(memory.view[offset : offset + size])

    def store(self, address: int, data: bytes) -> bool:
        """False where there is no RAM for all of `data`."""
        memory, offset = self._memory_at(address, len(data))
        if memory is not None:
            memory.view[offset : offset + len(data)] = data
        return memory is not None

    # -- reports ----------------------------------------------------------------------------------------------

    def _note_fault(self, taken: int | None) -> None:
        """What has been raised becomes the exception `taken`, or None: a lock-up."""
        raised, self._raised = self._raised, None
        if raised is not None:
            self._record_fault(find_fault(self.processor, *raised, taken))
            self._stacks = taken is not None
            self._wanted(self.time)

    def _record_fault(self, fault: Fault | None) -> None:
        if fault is not None:
            self.fault = fault
            self._record_core("fault", describe_fault(fault))

    def _fail(self, error: BaseException, access: str, pc: int) -> None:
        """An access raised: end the turn after this instruction and raise from `run`."""
        if isinstance(error, Exception) and not isinstance(error, IpccLabError):
            wrapped = ModelError(f"the model of a device failed in a {access} at pc 0x{pc:08X}: {error!r}.")
            wrapped.__cause__ = error
            error = wrapped
        self._error = self._error or error
        self._wanted(self.time)

    def _record_core(self, what: str, detail: str) -> None:
        if self.trace is not None:
            self.trace.record(CoreEvent(self.now, what, detail))
        self.notify()

    # -- snapshots --------------------------------------------------------------------------------------------

    def core_part(self) -> dict[str, object]:
        """As the embedded engine has it: what is taken here can go on there, and the diagnosis tries things there."""
        if self._core_turn:
            raise ModelError("a snapshot was asked for inside a register access; take it between runs.")
        return core_part(self)

    def restore(self, snapshot: Snapshot) -> None:
        raise SnapshotError(
            "Renode cannot go on from a snapshot. Restore it on a board with the engine `embedded`,"
            " which goes on from what was taken here."
        )
