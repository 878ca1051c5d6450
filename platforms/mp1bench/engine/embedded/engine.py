"""The embedded engine: a Cortex-M4F on Unicorn beside Python devices, in exact virtual time.

The run loop is event-driven: it executes instructions up to the next thing that can change what runs next (a timed
event, SysTick, a write that raises a line), looks, and goes on. How a run is sliced is invisible in its results.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mp1bench.cortexm.faults import Fault, describe_fault
from mp1bench.engine import INSTRUCTION_NS, CoreState, Stop
from mp1bench.engine.core_machine import IRQ_AFTER_ACCESS, CoreMachine
from mp1bench.engine.embedded.bus import Bus
from mp1bench.engine.embedded.core import WFE_NAP_INSTRUCTIONS, Core
from mp1bench.engine.embedded.debug_port import DebugPort, Halt
from mp1bench.engine.embedded.private_bus import map_private
from mp1bench.engine.embedded.unicorn_library import VERSION
from mp1bench.errors import ModelError
from mp1bench.trace import Interrupt, Trace
from stm32mp1.rcc import HSI_HZ

#: An upper bound of a slice, so that an interrupt from the keyboard is served soon.
_LONGEST_SLICE = 5_000_000
_RELEASE = 2000  # effort: what brings the core up again, Linux's recovery, has much to do


class EmbeddedEngine(CoreMachine):
    """`counter` is `auto`, `fast` or `public`; `slice_instructions` bounds every slice. Neither changes any result.

    `clock_hz` gives the frequency at which SysTick counts, `instruction_ns` the time that one instruction takes.
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
        self.core = Core(self, lambda: self.now, clock_hz, counter)
        self.core.exceptions.on_interrupt = self._interrupt_taken
        self.core.exceptions.on_fault = self._fault_taken
        self.core.space.on_sysresetreq = lambda: self.on_reset_request()
        self.bus = Bus(self, self.core, self._fail)
        self.debug: DebugPort | None = None  # a debugger puts itself here
        self.nap_until = 0
        self._mapped = False
        self.starting = False  # released, but SP and PC are not fetched yet
        self._retired = 0
        self._irq_due = 0  # no exception is taken before so many instructions have retired

    def __del__(self) -> None:
        core = getattr(self, "core", None)
        if core is not None:
            core.library.close()

    # -- memory -----------------------------------------------------------------------------------------------

    def add_memory(self, name: str, size: int, addresses: Sequence[int]) -> None:
        super().add_memory(name, size, addresses)
        for address in addresses:
            self.core.library.map_memory(address, self.memories[-1].buffer, 0, size)

    def store(self, address: int, data: bytes) -> bool:
        stored = super().store(address, data)
        if stored and self.debug is not None:
            self.debug.memory_written(address, len(data), "exception entry")
        return stored

    def write_bytes(self, address: int, data: bytes) -> None:
        super().write_bytes(address, data)
        if self.debug is not None:
            self.debug.memory_written(address, len(data), "processor 1 or a device")

    def _forget_code(self) -> None:
        self.core.forget_code()  # translated code does not see writes from outside (P12)

    # -- the core's life --------------------------------------------------------------------------------------

    @property
    def dozes(self) -> bool:
        ticks = self.core.systick.counting and not self.core.clock.stopped
        return self.core.exceptions.asleep and not self.nap_until and (ticks or bool(self._alarms))

    def hold(self) -> None:
        if self._running:
            self._record_core("held", "")
        self._running = self.starting = False
        self.nap_until = 0
        self.core.cut()

    def release(self) -> None:
        if self._running:
            return
        self._running = self.starting = True
        self.core.fault = None
        self.core.effort[0] += _RELEASE
        self.exit_code = None
        self._record_core("released", "")
        self.core.cut()

    def core_state(self) -> CoreState:
        """Where the M4 is now."""
        return self.core.state()

    # -- time -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        if self.core.in_slice:
            return self.time + self.core.counter.cell[0] * self.instruction_ns
        return self.time

    @property
    def instructions(self) -> int:
        """M4 instructions retired since the engine was built."""
        return self._retired + (self.core.counter.cell[0] if self.core.in_slice else 0)

    @property
    def effort(self) -> int:
        return super().effort + self.core.effort[0] + 20 * len(self.absent.counts)

    def _queue_changed(self, at: int) -> None:
        self.core.cut((at - self.time) // self.instruction_ns)

    def request_stop(self, detail: str) -> None:
        super().request_stop(detail)
        self.core.cut()

    def _drive_irq(self, irq: int, level: bool) -> None:
        if not self.core.nvic.set_line(irq, level):
            return
        if self.core.in_slice and self._irq_due <= self.instructions:
            self._irq_due = self.instructions + IRQ_AFTER_ACCESS
        self.core.cut(self._irq_due - self._retired)

    # -- the run loop -----------------------------------------------------------------------------------------

    def run(self, until: int) -> Stop:
        self._begin()
        while True:
            stop = self._settle(until)
            if self.debug is not None and self._debugged(self.debug, stop):
                continue
            stop = stop or self._go(until, self._slice)
            if stop is not None:
                return stop

    def step(self, until: int) -> Stop | None:
        """Execute one instruction (an IT block whole), or only what comes first: an exception entry, reset among
        them, or the rest of a sleep. None if that happened, the reason why not otherwise: `time` if it takes beyond
        `until`, and what else `run` returns.
        """
        self._begin()
        before = self._place()
        while True:
            stop = self._settle(until)
            if stop is not None or self._place() != before:
                return stop
            stop = self._go(until, 1) or self._take_stop()
            if stop is not None or self._place() != before:
                return stop

    def _debugged(self, debug: DebugPort, stop: Stop | None) -> bool:
        """Let a debugger halt here. True if it did and the run goes on: look again what is due."""
        if stop is None or stop.reason == "time":
            return debug.look()
        if stop.reason == "lockup":
            debug.halt(Halt("lockup", note=stop.detail))
        return False

    def _place(self) -> tuple[int, int, bool, bool]:
        """Differs after each instruction, exception entry, reset and sleep."""
        return self._retired, self.core.exceptions.ipsr, self.core.exceptions.asleep, self.starting

    def _begin(self) -> None:
        if self.core.in_slice:
            raise ModelError("the machine was asked to run from inside a register access; schedule an event instead.")
        if not self._mapped:
            self.bus.map_devices(list(self.places.values()))
            map_private(self.core, self._fail)
            self._mapped = True

    def _settle(self, until: int) -> Stop | None:
        """Everything that is due between two instructions."""
        self._fire_due()
        if self.trace is not None:
            self.trace.publish()
        stop = self._take_stop() or self._advance_core()
        if stop is None and self.time >= until:
            return Stop("time", f"reached {self.time} ns of virtual time")
        return stop

    def _go(self, until: int, longest: int) -> Stop | None:
        """Let time go on to the next thing that is due: by at most `longest` instructions, or asleep."""
        horizon = self._horizon(until)
        if not self._running:
            self.time = horizon
        elif not self.core.exceptions.asleep:
            self._run_slice(horizon, longest)
        elif self._can_wake():
            self.time = horizon
        else:
            self.time = until
            return Stop("idle", "the M4 sleeps, and nothing is due that could wake it")
        return None

    def _advance_core(self) -> Stop | None:
        """What happens between two instructions: start, SysTick, waking, and taking what is pending."""
        if not self._running:
            return None
        exceptions = self.core.exceptions
        if self.starting:
            self.start_released()
        self.core.systick.catch_up()
        if exceptions.asleep and not self._awake():
            return None
        while self._retired >= self._irq_due and not exceptions.locked_up and exceptions.take_next():
            pass
        if not exceptions.locked_up:
            return None
        return self._lock_up(describe_fault(self.core.fault))

    def start_released(self) -> None:
        """What a released core does first: fetch SP and PC."""
        self.starting = False
        self._irq_due = self._retired
        self.core.start()

    def _awake(self) -> bool:
        """Wake the core if it is time; False if it sleeps on."""
        nap_over = self.nap_until and self.time >= self.nap_until
        lets = not self.core.clock.stopped or self.stop_wakes()
        if nap_over or (lets and self.core.exceptions.wakes(bool(self.nap_until))):
            self.core.exceptions.asleep = False
            self._irq_due = self._retired
            self.core.clock.go_on()
            self.core.nvic.event = self.core.nvic.event and not self.nap_until  # WFE uses the event up
            self.nap_until = 0
            return True
        return False

    def _horizon(self, until: int) -> int:
        """The next time at which something is due, on the instruction grid, `until` at the latest."""
        due = [until, self._next_event_time(), self.nap_until or None]
        if self._running:
            due.append(self.core.clock.machine_time(self.core.systick.expiry()))
        grid = self.instruction_ns
        return -(-max(self.time, min(at for at in due if at is not None)) // grid) * grid

    def _can_wake(self) -> bool:
        ticking = self.core.systick.counting and not self.core.clock.stopped
        return ticking or self._next_event_time() is not None or self.nap_until > 0

    def _run_slice(self, horizon: int, longest: int) -> None:
        if self._irq_due > self._retired:
            longest = min(longest, self._irq_due - self._retired)
        count = max(min((horizon - self.time) // self.instruction_ns, longest), 1)
        if self.debug is None:
            self.execute(count)
        else:
            self.debug.execute(count)
        if self._running and not self.starting:
            self.core.conclude()
            if self.core.napping:
                self.nap_until = self.time + WFE_NAP_INSTRUCTIONS * self.instruction_ns
            if self.core.sleeps_deeply() and not self._awake():  # what is pending by now keeps it from STOP
                self.core.clock.stop()
            if self.core.semihosting.exit_code is not None:
                code, self.core.semihosting.exit_code = self.core.semihosting.exit_code, None
                self._firmware_ended(code)
        self._raise_failure()

    def execute(self, count: int) -> None:
        """Run at most `count` instructions; the engine's and its debug port's own."""
        executed = self.core.execute(count)
        self.time += executed * self.instruction_ns
        self._retired += executed

    # -- reports ----------------------------------------------------------------------------------------------

    def _fail(self, error: BaseException, access: str) -> None:
        """An access raised: end the slice after this instruction and raise from `run`."""
        self._note_failure(error, access, self.core.library.pc())
        self.core.cut()

    def _interrupt_taken(self, irq: int) -> None:
        if self.trace is not None:
            self.trace.record(Interrupt(self.time, irq))

    def _fault_taken(self, fault: Fault) -> None:
        self.core.fault = fault
        self._record_core("fault", describe_fault(fault))

    # -- snapshots --------------------------------------------------------------------------------------------

    def core_part(self) -> dict[str, object]:
        if self.core.in_slice:
            raise ModelError("a snapshot was asked for inside a register access; take it between runs.")
        return {
            "instructions": self.instructions,
            "irq_due": self._irq_due,
            "code_pages": sorted(self.code.pages),
            "running": self._running,
            "starting": self.starting,
            "nap_until": self.nap_until,
            **self.core.snapshot(),
        }

    def restore_core(self, part: Mapping[str, Any]) -> None:
        self._retired, self._irq_due = part["instructions"], part["irq_due"]
        self.code.pages = set(part["code_pages"])
        self._running, self.starting = part["running"], part["starting"]
        self.nap_until = part["nap_until"]
        self.core.restore(part)
