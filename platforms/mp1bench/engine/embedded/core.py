"""The Cortex-M4 as one thing: Unicorn executes its instructions, `cortexm` does all the rest.

`execute` runs one slice and `conclude` does what ended it; between the two the engine moves time on. When to run, and
for how long, is the engine's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unicorn import unicorn_const

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import NPRIV, Stack
from mp1bench.cortexm.core_clock import CoreClock
from mp1bench.cortexm.dwt import Dwt
from mp1bench.cortexm.exceptions import Exceptions
from mp1bench.cortexm.faults import Fault
from mp1bench.cortexm.itm import Itm
from mp1bench.cortexm.nvic import BUSFAULT, FIRST_IRQ, MEMMANAGE, SYSTICK, USAGEFAULT, Nvic
from mp1bench.cortexm.semihosting import BKPT_SEMIHOSTING, Semihosting
from mp1bench.cortexm.systick import SysTick
from mp1bench.engine import CoreState
from mp1bench.engine.embedded.core_registers import CoreRegisters
from mp1bench.engine.embedded.counter import make_counter
from mp1bench.engine.embedded.division import Division, behind, decode_division
from mp1bench.engine.embedded.it_blocks import width_of
from mp1bench.engine.embedded.private_cpu import PrivateCpu
from mp1bench.engine.embedded.private_cpu_fields import DATA_ABORT, NOCP, PREFETCH_ABORT
from mp1bench.engine.embedded.protection import Protection
from mp1bench.engine.embedded.straight_line import straight_line
from mp1bench.engine.embedded.unicorn_library import INTERRUPT_CALLBACK, INVALID_CALLBACK, UNMAPPED_CALLBACK, Unicorn
from stm32mp1.memory_map import PERIPHERALS

# What UC_HOOK_INTR reports (embedded-engine.md §2).
_SVC, _BKPT = 2, 7
_EXC_RETURN_PREFIX = 0xF0000000
_THUMB = 1 << 24
_LR, _XPSR = 13, 14  # in CoreRegisters.general()
_YIELD, _WFE = b"\x10\xbf", b"\x20\xbf"  # Unicorn calls these two hints invalid
#: A WFE nap ends by itself: SEV cannot be observed, so an unbounded sleep could miss it.
WFE_NAP_INSTRUCTIONS = 1000
_LONGEST_LINE = 256  # bytes of code that are looked at for a straight line
_HELD_BACK = 10  # effort of an instruction while a mask holds an exception back: a slice has only a few


class Core:
    """One Cortex-M4F. `memory` is RAM as its own stacking sees it, `now()` virtual time in ns."""

    def __init__(self, memory: Stack, now: Callable[[], int], clock_hz: Callable[[], int], counter: str) -> None:
        self._memory = memory
        self.library = Unicorn()
        self.private = PrivateCpu(self.library)
        self.counter = make_counter(self.library, counter)
        self.registers = CoreRegisters(self.library)
        self.nvic = Nvic()
        self.clock = CoreClock(now)
        self.systick = SysTick(self.clock.now, clock_hz, lambda: self.nvic.pend(SYSTICK))
        self.space = scs.SystemControlSpace(self.nvic, self.systick, lambda: self.exceptions.ipsr)
        self.exceptions = Exceptions(self.registers, memory, self.space)
        self.protection = Protection(self.private, self.space, self.exceptions, self.unprivileged)
        self.space.masks = self.registers.masks
        self.semihosting = Semihosting(memory.load, memory.store, now)
        self.dwt = Dwt(self.clock.now, clock_hz, self.space.traces)
        self.itm = Itm(self.space.traces)
        self.debug: dict[int, int] = {}  # FPB, TPIU, ETM: what was written, by offset from 0xE0000000
        self.fault: Fault | None = None
        #: What the run has cost beyond plain instructions: 1 for an access that no trace shows, 8 for a write to the
        #: core's own registers, 40 for an exception or its return, 10 for an instruction while a mask
        #: holds one back. The engine adds what absent addresses cost.
        self.effort = [0]
        self.napping = False  # the slice ended with WFE
        self.in_slice = False
        self._stale_code = False
        self._start_pc = 0
        self._status = unicorn_const.UC_ERR_OK
        self._at_limit = False
        #: A debugger's: the M4 has been stopped in front of an instruction; a BKPT comes (True: stop in front of it);
        #: nothing can be fetched (True: it was the debugger's doing, and now it can).
        self.on_halt: Callable[[], None] = lambda: None
        self.on_bkpt: Callable[[int], bool] = lambda address: False
        self.on_guarded_fetch: Callable[[int], bool] = lambda address: False
        self._trap: Callable[[], None] | None = None
        self._trapped_at: int | None = None  # instructions up to the one that trapped
        self.library.hook(unicorn_const.UC_HOOK_INTR, INTERRUPT_CALLBACK(self._on_interrupt))
        self.library.hook(unicorn_const.UC_HOOK_INSN_INVALID, INVALID_CALLBACK(self._on_invalid))
        self.library.hook(unicorn_const.UC_HOOK_MEM_INVALID, UNMAPPED_CALLBACK(self._on_unmapped))

    def state(self) -> CoreState:
        """Where it is now."""
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
            deep=self.clock.stopped,
        )

    # -- snapshots --------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, object]:
        """All of it between two slices, as plain data."""
        return {
            "registers": self.registers.state(),
            "exclusive": self.private.exclusive(),
            "exceptions": self.exceptions.state(),
            "space": self.space.state(),
            "dwt": self.dwt.state(),
            "itm": self.itm.state(),
            "debug": sorted(self.debug.items()),
            "fault": self.fault,
            "clock": self.clock.state(),
        }

    def restore(self, part: Mapping[str, Any]) -> None:
        """The inverse of `snapshot`, on this core or another one."""
        self.registers.from_state(part["registers"])
        self.private.set_exclusive(part["exclusive"])
        self.exceptions.from_state(part["exceptions"])
        self.space.from_state(part["space"])
        self.dwt.from_state(part["dwt"])
        self.itm.from_state(part["itm"])
        self.debug.clear()
        self.debug.update(part["debug"])
        self.fault = part["fault"]
        self.protection.forget()
        self.clock.from_state(part["clock"])
        self.forget_code()

    def start(self) -> None:
        """Core reset is released."""
        self.clock.go_on()
        self.dwt.reset()
        self.itm.reset()
        self.protection.forget()
        self.exceptions.start()

    # -- one slice --------------------------------------------------------------------------------------------

    def execute(self, count: int) -> int:
        """Run at most `count` (> 0) instructions from `exceptions.pc`; returns how many it were, exactly."""
        held_back = self.exceptions.held_back()
        if held_back:
            count = min(count, straight_line(self._memory.load(self.exceptions.pc, _LONGEST_LINE) or b""))
        self.protection.tell()
        if self._stale_code:
            self.library.flush_code()
            self._stale_code = False
        self._trap = self._trapped_at = None
        self.napping = False
        self._start_pc = self.exceptions.pc
        self.in_slice = True
        self._status = self.counter.start(self._start_pc, count)
        self.in_slice = False
        executed = self.counter.executed()
        self._at_limit = self.counter.cell[0] > executed
        self.exceptions.pc = self.library.pc()
        executed = executed if self._trapped_at is None else self._trapped_at
        if held_back:
            self.effort[0] += _HELD_BACK * executed  # by instruction: how a run is sliced changes nothing
        return executed

    def conclude(self) -> None:
        """Do what ended the slice: an exception, a fault, a sleep, or nothing if the limit did."""
        if self._trap is not None:
            self.napping = False
            self._trap()
        elif self.napping or (self._status == unicorn_const.UC_ERR_OK and not self._at_limit):
            # A regular end before the limit with no hook is WFI (embedded-engine.md §5).
            self.exceptions.asleep = True

    def sleeps_deeply(self) -> bool:
        """Asleep with SCR.SLEEPDEEP."""
        return self.exceptions.asleep and bool(self.space.register(scs.SCR) & scs.SCR_SLEEPDEEP)

    def cut(self, limit: int | None = None) -> None:
        """End the slice under way after `limit` instructions in all, or after the current one."""
        if self.in_slice:
            self.counter.cut(limit)

    def forget_code(self) -> None:
        """Memory that may hold code was written from outside: drop translations before the next slice."""
        self._stale_code = True

    # -- Unicorn's hooks --------------------------------------------------------------------------------------

    def _end_with(self, trap: Callable[[], None]) -> None:
        """The instruction under way ends the slice; the first one does, should an IT block be run to its end (P6)."""
        if self._trapped_at is None:
            self._trap, self._trapped_at = trap, self.counter.cell[0]
            self.effort[0] += 40

    def halt_before(self) -> None:
        """From a hook on an instruction: end the slice in front of it."""
        if self._trapped_at is None:
            self._trap, self._trapped_at = self.on_halt, self.counter.cell[0] - 1
        self.library.stop()

    def _on_interrupt(self, uc: int, number: int, user: int) -> None:
        core, pc = self.exceptions, self.library.pc()
        if number == _SVC:
            self._end_with(core.svc)
        elif number == _BKPT and self.on_bkpt(pc):
            self.halt_before()
        elif number == _BKPT:
            self._end_with(self._breakpoint)
        elif pc >= _EXC_RETURN_PREFIX and core.ipsr:
            self._end_with(lambda: core.leave(pc | 1))
        elif number == PREFETCH_ABORT:
            self._end_with(lambda: core.fault(MEMMANAGE, scs.IACCVIOL))
        elif number == DATA_ABORT:
            self._access_fault(MEMMANAGE, scs.DACCVIOL | scs.MMARVALID, self.private.refused_address())
        else:
            self._end_with(lambda: core.fault(USAGEFAULT, scs.NOCP if number == NOCP else scs.UNDEFINSTR))
        self.library.stop()

    def _breakpoint(self) -> None:
        core = self.exceptions
        if self._memory.load(core.pc, 2) != BKPT_SEMIHOSTING:
            core.breakpoint()
            return
        general = self.registers.general()
        general[0] = self.semihosting.call(general[0], general[1])
        self.registers.set_general(general)
        core.pc += 2

    def _on_invalid(self, uc: int, user: int) -> bool:
        """WFE and YIELD arrive here with the PC past them; a truly undefined instruction with the PC on it."""
        pc = self.library.pc()
        first = pc == self._start_pc and self.counter.cell[0] == 1
        hint = None if first else self._memory.load(pc - 2, 2)
        if hint in (_YIELD, _WFE):
            self.napping |= hint == _WFE
            self.counter.cut()  # so that an undefined instruction right behind the hint is the first of its slice
            return True
        division = None if self.private.divides else decode_division(self._memory.load(pc, 4) or b"")
        if division is not None:
            return self._divide(division)
        thumb = self.registers.context().xpsr & _THUMB
        self._end_with(lambda: self.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR if thumb else scs.INVSTATE))
        return False

    def _on_unmapped(self, uc: int, kind: int, address: int, size: int, value: int, user: int) -> bool:
        if kind in (unicorn_const.UC_MEM_FETCH_UNMAPPED, unicorn_const.UC_MEM_FETCH_PROT):
            self._end_with(self._fetch_fault)
        else:
            self.bus_fault(address)
        return False

    def _fetch_fault(self) -> None:
        pc = self.exceptions.pc
        if self.on_guarded_fetch(pc):
            return
        if PERIPHERALS[0] <= pc < PERIPHERALS[1] or pc >= 0xA0000000:
            self.exceptions.fault(MEMMANAGE, scs.IACCVIOL)  # execute-never in the default memory map
        else:
            self.exceptions.fault(BUSFAULT, scs.IBUSERR)

    def _divide(self, division: Division) -> bool:
        """CCR.DIV_0_TRP is set: divide here. True if the library is to go on behind the instruction."""
        general = self.registers.general()
        quotient, dividend, divisor = (min(n, _LR) for n in division[1:])
        if not general[divisor]:
            self._end_with(lambda: self.exceptions.fault(USAGEFAULT, scs.DIVBYZERO))
            return False
        pc, xpsr = self.library.pc() + 4, general[_XPSR]
        general[quotient] = division.divide(general[dividend], general[divisor])
        if xpsr == behind(xpsr):
            self.registers.set_one(quotient, general[quotient])
            self.private.go_on_at(pc)
            return True
        general[_XPSR] = behind(xpsr)

        def trap() -> None:
            self.registers.set_general(general)
            self.exceptions.pc = pc

        self._end_with(trap)
        return False

    def bus_fault(self, address: int) -> None:
        """The access under way gets no answer."""
        self._access_fault(BUSFAULT, scs.PRECISERR | scs.BFARVALID, address)

    def _access_fault(self, number: int, cfsr: int, address: int) -> None:
        """The access under way fails. Unicorn completes it, and an IT block around it, so what it changes is undone.

        With CCR.BFHFNMIGN, code of negative priority only notes a bus fault, and goes on behind it (Arm's B1.5.14).
        """
        core, pc, general = self.exceptions, self.library.pc(), self.registers.general()
        ignores = self.space.register(scs.CCR) & scs.CCR_BFHFNMIGN and number == BUSFAULT and core.negative_priority()
        if ignores:
            general[_XPSR] = behind(general[_XPSR])
            pc += width_of(self._memory.load(pc, 2) or b"")
        self.counter.cut()

        def trap() -> None:
            self.registers.set_general(general)
            core.pc = pc
            if ignores:
                core.note_fault(cfsr, address)
            else:
                core.fault(number, cfsr, address)

        self._end_with(trap)

    def unprivileged(self) -> bool:
        """Thread mode without privilege: the System Control Space answers with a bus fault."""
        return not self.exceptions.ipsr and bool(self.registers.control() & NPRIV)
