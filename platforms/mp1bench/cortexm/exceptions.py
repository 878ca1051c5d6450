"""Taking exceptions and returning from them, as an ARMv7-M core with FPU does (Arm's B1.5), on borrowed registers.

It works between instructions only: the engine stops the core, asks here what happens next, and goes on at `pc`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from mp1bench.cortexm import scs
from mp1bench.cortexm.borrowed import NPRIV, Context, CpuState, Stack
from mp1bench.cortexm.faults import Fault
from mp1bench.cortexm.nvic import (
    BUSFAULT,
    DEBUGMON,
    FIRST_IRQ,
    HARDFAULT,
    MEMMANAGE,
    NMI,
    SVCALL,
    USAGEFAULT,
    exception_name,
)

_THUMB = 1 << 24
_ALIGNED = 1 << 9  # in the stacked xPSR: the stack pointer was moved by four bytes
_SPSEL, _FPCA = 1 << 1, 1 << 2  # CONTROL
_BASIC, _EXTENDED = struct.Struct("<8I"), struct.Struct("<26I")
EXC_RETURNS = (0xFFFFFFF1, 0xFFFFFFF9, 0xFFFFFFFD, 0xFFFFFFE1, 0xFFFFFFE9, 0xFFFFFFED)


class Exceptions:
    """The core's sequencer. `pc` is the next instruction; `asleep` and `locked_up` stop it."""

    def __init__(self, cpu: CpuState, stack: Stack, space: scs.SystemControlSpace) -> None:
        self._cpu = cpu
        self._stack = stack
        self._scs = space
        self._nvic = space.nvic
        self.on_interrupt: Callable[[int], None] = lambda irq: None
        self.on_fault: Callable[[Fault], None] = lambda fault: None
        #: After each entry and return: the mode, the stack and the priority may be others now.
        self.on_mode: Callable[[], None] = lambda: None
        self.clear()

    def clear(self) -> None:
        """As after a core reset, before SP and PC are fetched."""
        self.pc = 0
        self.ipsr = 0
        self.asleep = False
        self.locked_up = False

    def start(self) -> None:
        """Core reset is released: fetch SP and PC from address 0 (the reset value of VTOR)."""
        self.clear()
        self._scs.reset()
        vectors = self._stack.load(0, 8)
        sp, pc = struct.unpack("<2I", vectors) if vectors and len(vectors) == 8 else (0, 0)
        self._cpu.reset(sp & ~3)
        self.pc = pc & ~1
        if not pc & 1:
            self.fault(USAGEFAULT, scs.INVSTATE)

    # -- what comes next --------------------------------------------------------------------------------------

    def held_back(self) -> bool:
        """Something enabled is pending and only a mask keeps it: unmasking must be noticed at once."""
        number = self._nvic.next_pending()
        return number is not None and self._group(number) < self._nvic.active_priority()

    def take_next(self) -> bool:
        """Take the pending exception of highest priority if it preempts. True if one was taken."""
        number = self._nvic.next_pending()
        if number is None or self._group(number) >= self._nvic.execution_priority(*self._cpu.masks()):
            return False
        self._take(number)
        return True

    def wakes(self, from_wfe: bool = False) -> bool:
        """A sleeping core wakes: for anything that would preempt if PRIMASK were clear.

        From WFE also for anything that has become pending since the last WFE, if SCR.SEVONPEND says so.
        """
        if from_wfe and self._nvic.event and self._scs.register(scs.SCR) & scs.SCR_SEVONPEND:
            return True
        number = self._nvic.next_pending()
        if number is None:
            return False
        _, basepri, faultmask = self._cpu.masks()
        return self._group(number) < self._nvic.execution_priority(0, basepri, faultmask)

    def _group(self, number: int) -> int:
        return self._nvic.group(self._nvic.priority[number])

    def _priority_now(self) -> int:
        return self._nvic.execution_priority(*self._cpu.masks())

    # -- synchronous exceptions -------------------------------------------------------------------------------

    def svc(self) -> None:
        """SVC was executed; `pc` is past it. It cannot wait: held back, it becomes a HardFault."""
        if self._group(SVCALL) < self._priority_now():
            self._take(SVCALL)
        else:
            self._escalate(scs.HFSR_FORCED)

    def breakpoint(self) -> None:
        """BKPT without a debugger: DebugMonitor, if DEMCR.MON_EN allows it and its priority suffices, or HardFault."""
        self._scs.registers[scs.DFSR] = self._scs.register(scs.DFSR) | scs.DFSR_BKPT
        if self._scs.register(scs.DEMCR) & scs.DEMCR_MON_EN and self._group(DEBUGMON) < self._priority_now():
            self._take(DEBUGMON)
        else:
            self._escalate(scs.HFSR_DEBUGEVT)

    def negative_priority(self) -> bool:
        """HardFault, NMI or FAULTMASK: where the MPU does not apply, unless HFNMIENA says so."""
        return self._priority_now() < 0

    def fault(self, number: int, cfsr: int, address: int | None = None) -> None:
        """A fault of the instruction at `pc`: record it and enter its handler, or HardFault's, or lock up."""
        becomes, hfsr = self._record_fault(number, cfsr, address)
        if becomes is not None:
            self._report(becomes, cfsr, hfsr, address)
            self._take(becomes)
        elif not self._nvic.active >> HARDFAULT & 1:
            # A lock-up out of HardFault keeps that as its cause; here FAULTMASK or NMI left the fault no handler.
            self._report(number, cfsr, 0, address)

    def _escalate(self, hfsr: int) -> None:
        if self._priority_now() <= -1:
            self.locked_up = True
            if not self._nvic.active >> HARDFAULT & 1:
                self._report(HARDFAULT, 0, hfsr, None)
            return
        self._scs.registers[scs.HFSR] = self._scs.register(scs.HFSR) | hfsr
        self._report(HARDFAULT, 0, hfsr, None)
        self._take(HARDFAULT)

    def _record_fault(self, number: int, cfsr: int, address: int | None) -> tuple[int | None, int]:
        """Set the status registers; which exception it becomes (None: lock-up) and the HFSR bits of that."""
        registers = self._scs.registers
        self.note_fault(cfsr, address)
        priority = self._priority_now()
        if self._nvic.enabled >> number & 1 and self._group(number) < priority:
            return number, 0
        if priority <= -1:
            self.locked_up = True
            return None, 0
        registers[scs.HFSR] = registers.get(scs.HFSR, 0) | scs.HFSR_FORCED
        return HARDFAULT, scs.HFSR_FORCED

    def note_fault(self, cfsr: int, address: int | None) -> None:
        """Set CFSR, and BFAR or MMFAR."""
        registers = self._scs.registers
        registers[scs.CFSR] = registers.get(scs.CFSR, 0) | cfsr
        if address is not None:
            registers[scs.BFAR if cfsr & scs.BFARVALID else scs.MMFAR] = address

    def _report(self, number: int, cfsr: int, hfsr: int, address: int | None) -> None:
        self.on_fault(Fault(exception_name(number), self.pc, cfsr, hfsr, address))

    # -- entry ------------------------------------------------------------------------------------------------

    def _take(self, number: int) -> None:
        context = self._cpu.context()
        sp, exc_return, error = self._push(context)
        if not error:
            self._enter(number, sp, exc_return)
            return
        derived, hfsr = self._record_fault(MEMMANAGE if error == scs.MSTKERR else BUSFAULT, error, None)
        if derived is not None:
            self._report(derived, error, hfsr, None)
            self._nvic.pend(number)
            self._enter(derived, sp, exc_return)

    def _protected(self, sp: int, size: int, write: bool, privileged: bool) -> bool:
        """The MPU keeps the core's own stacking from a frame."""
        mpu = self._scs.mpu
        if not mpu.control or mpu.allows(sp, size, write, privileged):
            return False
        return bool(mpu.effective_control(self.negative_priority()))

    def _push(self, context: Context) -> tuple[int, int, int]:
        """Stack the interrupted code's frame: (new stack pointer, EXC_RETURN, 0 or the bit of CFSR why it failed)."""
        extended = bool(context.control & _FPCA and self._scs.register(scs.FPCCR) & scs.FPCCR_ASPEN)
        align = self._scs.register(scs.CCR) & scs.CCR_STKALIGN or extended
        size = _EXTENDED.size if extended else _BASIC.size
        sp = (context.sp & ~3) - size & 0xFFFFFFFF
        xpsr = context.xpsr & ~_ALIGNED
        if align and sp & 4:
            sp, xpsr = sp - 4, xpsr | _ALIGNED
        words = (*context[:6], self.pc, xpsr)
        floats = (*self._cpu.floats(), 0) if extended else ()
        data = (_EXTENDED if extended else _BASIC).pack(*words, *floats)
        to_thread = 0xFFFFFFFD if context.control & _SPSEL else 0xFFFFFFF9
        exc_return = 0xFFFFFFF1 if self.ipsr else to_thread
        if extended:
            exc_return &= ~0x10
            self._scs.registers[scs.FPCAR] = sp + _BASIC.size
        if self._protected(sp, size, True, bool(self.ipsr) or not context.control & NPRIV):
            return sp, exc_return, scs.MSTKERR
        return sp, exc_return, 0 if self._stack.store(sp, data) else scs.STKERR

    def _enter(self, number: int, sp: int | None, exc_return: int) -> None:
        """Handler mode: vector, active, LR. `sp` None keeps the stack as it is (tail-chaining)."""
        vector = self._stack.load(self._scs.register(scs.VTOR) + 4 * number, 4)
        if vector is None or len(vector) < 4:
            self._report(number, 0, scs.HFSR_VECTTBL, None)
            if self._group(HARDFAULT) >= self._nvic.active_priority() or number in (NMI, HARDFAULT):
                self.locked_up = True
                return
            self._scs.registers[scs.HFSR] = self._scs.register(scs.HFSR) | scs.HFSR_VECTTBL
            self._nvic.pend(number)
            self._enter(HARDFAULT, sp, exc_return)
            return
        self._cpu.enter(number, sp, exc_return)
        self._nvic.activate(number)
        self.ipsr = number
        (target,) = struct.unpack("<I", vector)
        self.pc = target & ~1
        if number >= FIRST_IRQ:
            self.on_interrupt(number - FIRST_IRQ)
        self.on_mode()
        if not target & 1:
            self.fault(USAGEFAULT, scs.INVSTATE)

    # -- return -----------------------------------------------------------------------------------------------

    def leave(self, exc_return: int) -> None:
        """The handler loaded EXC_RETURN into the PC: tail-chain, or unstack and go on where it was interrupted."""
        leaving = self.ipsr
        legal = exc_return in EXC_RETURNS and self._legal(leaving, exc_return)
        self._nvic.deactivate(leaving)
        if leaving != NMI:
            self._cpu.clear_faultmask()
        if not legal:
            self._fail_return(USAGEFAULT, scs.INVPC, exc_return)
            return
        number = self._nvic.next_pending()
        if number is not None and self._group(number) < self._priority_now():
            self._enter(number, None, exc_return)
            return
        self._pop(exc_return)

    def _legal(self, leaving: int, exc_return: int) -> bool:
        if not self._nvic.active >> leaving & 1:
            return False
        others = self._nvic.active & ~(1 << leaving)
        to_thread = bool(exc_return & 8)
        if to_thread:
            return not others or bool(self._scs.register(scs.CCR) & scs.CCR_NONBASETHRDENA)
        return bool(others)

    def _pop(self, exc_return: int) -> None:
        extended = not exc_return & 0x10
        process = bool(exc_return & 4)
        sp = self._cpu.stack_pointer(process)
        frame = _EXTENDED if extended else _BASIC
        data = self._stack.load(sp, frame.size)
        privileged = not exc_return & 8 or not self._cpu.context().control & NPRIV
        if self._protected(sp, frame.size, False, privileged):
            self._fail_return(MEMMANAGE, scs.MUNSTKERR, exc_return)
            return
        if data is None or len(data) < frame.size:
            self._fail_return(BUSFAULT, scs.UNSTKERR, exc_return)
            return
        words = frame.unpack(data)
        r0, r1, r2, r3, r12, lr, pc, xpsr = words[:8]
        ipsr = xpsr & 0x1FF
        if bool(ipsr) == bool(exc_return & 8):
            self._fail_return(USAGEFAULT, scs.INVPC, exc_return)
            return
        sp += frame.size + (4 if xpsr & _ALIGNED else 0)
        privilege = self._cpu.context().control & NPRIV
        control = privilege | (_SPSEL if process else 0) | (_FPCA if extended else 0)
        self._cpu.leave(Context(r0, r1, r2, r3, r12, lr, xpsr, sp & 0xFFFFFFFF, control))
        if extended:
            self._cpu.set_floats(words[8:25])
        self.ipsr, self.pc = ipsr, pc & ~1
        self.on_mode()
        if not self._nvic.active and self._scs.register(scs.SCR) & scs.SCR_SLEEPONEXIT:
            self.asleep = True
        if not xpsr & _THUMB:
            self.fault(USAGEFAULT, scs.INVSTATE)

    def _fail_return(self, fault: int, cfsr: int, exc_return: int) -> None:
        """The fault of a return is taken by tail-chaining: the frame stays where it is, LR gets EXC_RETURN back."""
        number, hfsr = self._record_fault(fault, cfsr, None)
        if number is not None:
            self._report(number, cfsr, hfsr, None)
            self._enter(number, None, exc_return | 0xF0000000)

    # -- snapshot ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {"pc": self.pc, "ipsr": self.ipsr, "asleep": self.asleep, "locked_up": self.locked_up}

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        for name in ("pc", "ipsr", "asleep", "locked_up"):
            setattr(self, name, state[name])
