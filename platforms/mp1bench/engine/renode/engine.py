"""The engine `renode`: the bench's devices and wiring beside a Cortex-M4 that Renode executes, in its virtual time.

What the bench does, it does in its own turn, between two instructions of the core; an access of the core is answered in
Renode's turn. What differs from the embedded engine, and what Renode cannot do, stands in
`platforms/RENODE_DIFFERENCES.md`.
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
from mp1bench.cortexm.nvic import DEBUGMON, FIRST_IRQ
from mp1bench.cortexm.semihosting import BKPT_SEMIHOSTING, Semihosting
from mp1bench.engine import INSTRUCTION_NS, CoreState, Stop
from mp1bench.engine.core_machine import IRQ_AFTER_ACCESS, CoreMachine
from mp1bench.engine.renode.bus import Bus
from mp1bench.engine.renode.core_view import core_part, core_state, find_fault, find_stacking_fault
from mp1bench.engine.renode.inputs import Inputs
from mp1bench.engine.renode.postponed_signals import PostponedSignals
from mp1bench.engine.renode.processor import ABORTED, BKPT, LOCKUP, RAISED, RESET_REQUESTED, Processor
from mp1bench.engine.renode.windows import outside
from mp1bench.engine.snapshot import Snapshot
from mp1bench.errors import ModelError, SnapshotError
from mp1bench.trace import Interrupt, Trace
from stm32mp1.rcc import HSI_HZ, Rcc

#: The bench has its turn at least so often, so that an interrupt from the keyboard is served soon.
_LONGEST_TURN_NS = 25_000_000


def _weak(method: Any) -> Callable[..., Any]:
    """The method as long as its object lives, without keeping it alive; after that 0."""
    found = weakref.WeakMethod(method)

    def call(*arguments: int) -> Any:
        there = found()
        return 0 if there is None else there(*arguments)

    return call


class RenodeEngine(CoreMachine):
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
        self.inputs = Inputs(self.processor.set_irq)
        self._bus: Bus | None = None  # once everything is placed
        self._core_turn = False
        self._skipped = 0  # ns that have passed here and not in Renode: nothing was due, and the core did nothing
        self.starting = False  # released, but SP and PC are not fetched yet
        self.asleep = self.locked_up = False
        self._slept = False  # Renode has told so; it tells late
        self.fault: Fault | None = None
        self._raised: tuple[int, int] | None = None  # what an instruction has raised, and where
        self._stacks = False  # the frame of a fault is being stacked
        self.semihosting = Semihosting(self.load, self.store, lambda: self.now)
        self._semihosted: int | None = None  # what R0 becomes
        self._stale_code = False
        self._retired = 0  # before the core was last reset

    # -- building ---------------------------------------------------------------------------------------------

    def add_memory(self, name: str, size: int, addresses: Sequence[int]) -> None:
        super().add_memory(name, size, addresses)
        self.processor.add_memory(self.memories[-1])

    def _forget_code(self) -> None:
        self._stale_code = self._running  # a core that is reset forgets by itself

    def _begin(self) -> None:
        if self._core_turn:
            raise ModelError("the machine was asked to run from inside a register access; schedule an event instead.")
        if self._bus is not None:
            return
        self._bus = Bus(self, self.itm, self.dwt, self._fail)
        for number, window in enumerate(self._bus.windows):
            self.processor.add_window(number, window.name, window.address, window.size)
        for address, size in outside(self.memories):
            self.processor.add_gap(address, size)

    def _traces(self) -> bool:
        return bool(self.processor.private(scs.DEMCR) & scs.DEMCR_TRCENA)

    # -- the core's life --------------------------------------------------------------------------------------

    @property
    def dozes(self) -> bool:
        return self.asleep and (self.processor.ticks() or bool(self._alarms))

    def hold(self) -> None:
        if self._running:
            self._record_core("held", "")
        self._running = self.starting = False
        self._wanted(self.now)

    def release(self) -> None:
        if self._running:
            return
        self._running = self.starting = True
        self.fault = self.exit_code = None
        self._record_core("released", "")
        self._wanted(self.now)

    def _start_released(self) -> None:
        """What a released core does first: fetch SP and PC."""
        if self.processor.given_up:
            raise ModelError("Renode has given this Cortex-M4 up and cannot start it again. Make a new board.")
        self.starting = self.asleep = self._slept = self.locked_up = False
        self._raised = None
        self.clock.go_on()
        self._retired += self.processor.instructions
        self.inputs.rising.clear()
        self.itm.reset()
        self.dwt.reset()
        self.processor.restart(self.inputs.high())

    def core_state(self) -> CoreState:
        return core_state(self)

    # -- time -------------------------------------------------------------------------------------------------

    @property
    def instructions(self) -> int:
        """M4 instructions retired since the engine was built."""
        return self._retired + self.processor.instructions

    @property
    def effort(self) -> int:
        return super().effort + (0 if self._bus is None else self._bus.effort)

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
        delay = IRQ_AFTER_ACCESS * self.instruction_ns if self._core_turn else 0
        if self.inputs.drive(irq, level, self.now + delay):
            self._wanted(self.inputs.due)

    def _drive_lines(self) -> None:
        """In Renode's turn, before its core goes on."""
        if not self.inputs.tell(self.processor.now + self._skipped):
            self._wanted(self.inputs.due)

    # -- the run loop -----------------------------------------------------------------------------------------

    def run(self, until: int) -> Stop:
        with PostponedSignals(lambda: self._wanted(self.time)) as signals:
            self._begin()
            while True:
                stop = self._settle(until) or self._go(until)
                if stop is not None:
                    return stop
                signals.look()

    def _settle(self, until: int) -> Stop | None:
        """Everything that is due between two instructions."""
        self._raise_failure()
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
            self._firmware_ended(code)

    def _look_at_core(self) -> Stop | None:
        if self._running and self.starting:
            self._start_released()
        if not (self._running and self.locked_up):
            return None
        detail = describe_fault(self.fault)
        if self.processor.given_up:
            detail = f"Renode has given it up at pc 0x{self.processor.pc:08X}"
        return self._lock_up(detail)

    def _go(self, until: int) -> Stop | None:
        """Let time go on to the next thing that is due: in Renode, or by itself while its core can do nothing."""
        due = self._next_event_time()
        horizon = max(self.time, min(until, until if due is None else due))
        if not self._running:
            self._skip(horizon)
            return None
        lets = not self.clock.stopped or self.stop_wakes()
        if self.asleep and not (lets and self.inputs.rising) and not self.processor.ticks():
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
        assert self._bus is not None
        return self._bus.read(number, offset, width, pc)

    def _core_writes(self, number: int, offset: int, width: int, pc: int, now: int, value: int) -> None:
        self._access_at(now)
        assert self._bus is not None
        self._bus.write(number, offset, value, width, pc)
        if isinstance(self._bus.windows[number].device, Rcc):
            self._wanted(self.time)  # the core's clock may be another now

    def _exception(self, number: int, now: int) -> None:
        self.time = now + self._skipped
        try:
            self._take(number)
        except BaseException as error:  # of whoever observes: it must not reach Renode, and `run` raises it
            self._error = self._error or error
            self._wanted(self.time)

    def _take(self, number: int) -> None:
        """The core took an exception, or one of the other things happened that `processor.py` numbers."""
        if number >= FIRST_IRQ:
            if self.trace is not None:
                self.trace.record(Interrupt(self.time, number - FIRST_IRQ))
        elif number == RESET_REQUESTED:
            self.on_reset_request()
        elif number in (LOCKUP, ABORTED) and self._running:  # a held core finds no vector table
            self.locked_up, self.processor.given_up = True, number == ABORTED
            self._note_fault(None)
            self._wanted(self.time)
        elif 0 < number <= DEBUGMON:
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
        self._note_failure(error, access, pc)
        self._wanted(self.time)

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
