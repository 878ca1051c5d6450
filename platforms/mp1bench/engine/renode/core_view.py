"""What can be seen of Renode's Cortex-M4, in the bench's own terms. It changes nothing.

`core_part` says it as the embedded engine's snapshots do, so that a core of that engine can go on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm import mpu, scs
from mp1bench.cortexm.borrowed import Masks
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
    Nvic,
    bits,
    exception_name,
)
from mp1bench.cortexm.systick import CSR, RVR, SysTick
from mp1bench.engine import CoreState
from mp1bench.engine.renode.processor import BKPT, SVC, Processor

if TYPE_CHECKING:
    from mp1bench.engine.renode.engine import RenodeEngine

_ISER, _ISPR, _IABR = 0x100, 0x200, 0x300
_IPSR = 0x1FF
_IPR_WORDS = range(0x400, 0x400 + Nvic.irqs, 4)
_SHPR_WORDS = range(scs.SHPR1, scs.SHPR1 + 12, 4)
_SHCSR_HARDFAULT_ACTIVE, _SHCSR_NMI_ACTIVE, _SHCSR_HARDFAULT_PENDED = 1 << 2, 1 << 5, 1 << 21
_ICSR_PENDED = 1 << 31 | 1 << 28 | 1 << 26  # NMI, PendSV, SysTick
_VECTKEY = 0x05FA << 16
_PRIGROUP = 7 << 8
_PLAIN = (scs.VTOR, scs.SCR, scs.CCR, scs.CPACR, scs.DEMCR)
_STICKY = (scs.CFSR, scs.HFSR, scs.DFSR, scs.MMFAR, scs.BFAR)

# How Renode numbers its registers.
_LR, _XPSR, _CONTROL, _OTHER_SP, _FPCCR, _FPCAR, _FPDSCR, _FPSCR, _S0, _SP = 14, 25, 18, 22, 23, 24, 26, 74, 75, 13
_SPSEL = 1 << 1
_NOBODY = (1 << 64) - 1  # holds an exclusive address: whoever is interrupted tries again

#: What Renode calls the beginning of a fault -> the exception that Arm has for it, and its bits of CFSR.
_CAUSES = {
    1: (USAGEFAULT, scs.UNDEFINSTR),
    SVC: (SVCALL, 0),
    3: (MEMMANAGE, scs.IACCVIOL),
    4: (MEMMANAGE, scs.DACCVIOL | scs.MMARVALID),
    BKPT: (DEBUGMON, 0),
    17: (USAGEFAULT, scs.NOCP),
    18: (USAGEFAULT, scs.INVSTATE),
    20: (USAGEFAULT, scs.DIVBYZERO),
    21: (BUSFAULT, scs.PRECISERR | scs.BFARVALID),
}


def core_state(engine: RenodeEngine) -> CoreState:
    """Where the M4 is now."""
    processor = engine.processor
    locked = engine.fault if engine.locked_up else None  # Renode's PC is none, then
    return CoreState(
        pc=processor.pc if locked is None else locked.pc,
        asleep=engine.asleep,
        locked_up=engine.locked_up,
        masks=Masks(*processor.masks()),
        active_exception=processor.register(_XPSR) & _IPSR,
        irq_enabled=frozenset(bits(_irqs(processor, _ISER))),
        irq_pending=frozenset(bits(_irqs(processor, _ISPR) | _rising(engine))),
        fault=engine.fault,
        deep=engine.clock.stopped,
    )


def _irqs(processor: Processor, base: int) -> int:
    words = -(-Nvic.irqs // 32)
    return sum(processor.private(base + 4 * n) << 32 * n for n in range(words)) & (1 << Nvic.irqs) - 1


def _rising(engine: RenodeEngine) -> int:
    """The interrupts of which the NVIC has yet to hear, one bit each."""
    return sum({1 << irq for irq in engine.inputs.rising})


# -- faults ---------------------------------------------------------------------------------------------------


def find_fault(processor: Processor, kind: int, pc: int, taken: int | None) -> Fault | None:
    """The fault that began at `pc` as what Renode calls `kind`; None if it is none, or only follows from one.

    `taken` is the exception that comes of it; None: the core locks up.
    """
    number, cfsr = _CAUSES.get(kind, (HARDFAULT, 0))
    address = _address(processor, cfsr)
    if taken is None:
        if processor.private(scs.SHCSR) & _SHCSR_HARDFAULT_ACTIVE:
            return None  # a lock-up out of HardFault keeps that as its cause
        taken = HARDFAULT if number in (SVCALL, DEBUGMON) else number
    if taken in (SVCALL, DEBUGMON):
        return None
    hfsr = scs.HFSR_DEBUGEVT if kind == BKPT else scs.HFSR_FORCED
    return Fault(exception_name(taken), pc, cfsr, hfsr if taken == HARDFAULT else 0, address)


def find_stacking_fault(processor: Processor, fault: Fault) -> Fault | None:
    """The fault of stacking the frame for `fault`, whose handler has been entered; None if there was none."""
    cfsr = processor.private(scs.CFSR) & (scs.STKERR | scs.MSTKERR)
    taken = processor.register(_XPSR) & _IPSR
    if not cfsr or cfsr & fault.cfsr:
        return None
    return Fault(exception_name(taken), fault.pc, cfsr, scs.HFSR_FORCED if taken == HARDFAULT else 0, None)


def _address(processor: Processor, cfsr: int) -> int | None:
    if cfsr & scs.BFARVALID:
        return processor.private(scs.BFAR)
    return processor.private(scs.MMFAR) if cfsr & scs.MMARVALID else None


# -- the core's part of a snapshot ----------------------------------------------------------------------------


def core_part(engine: RenodeEngine) -> dict[str, object]:
    """As `EmbeddedEngine.core_part`."""
    processor, state = engine.processor, engine.core_state()
    return {
        "instructions": engine.instructions,
        "irq_due": engine.instructions + max(0, engine.inputs.due - engine.now) // engine.instruction_ns,
        "code_pages": sorted(engine.code.pages),
        "running": engine.running,
        "starting": engine.starting,
        "nap_until": 0,
        "registers": _registers(processor, state),
        "exclusive": [_NOBODY, 0],
        "exceptions": {
            "pc": state.pc,
            "ipsr": state.active_exception,
            "asleep": state.asleep,
            "locked_up": state.locked_up,
        },
        "space": _space(engine, processor).state(),
        "dwt": engine.dwt.state(),
        "itm": engine.itm.state(),
        "debug": [],
        "fault": engine.fault,
        "clock": engine.clock.state(),
    }


def _registers(processor: Processor, state: CoreState) -> dict[str, object]:
    read = processor.register
    control = read(_CONTROL)
    stacks = [read(_SP), read(_OTHER_SP)]
    msp, psp = reversed(stacks) if processor.cpu.IsUsingProcessSP else stacks
    return {
        "general": [read(n) for n in range(13)] + [read(_LR), read(_XPSR)],
        "floats": [read(_S0 + n) for n in range(32)] + [read(_FPSCR)],
        "control": control & ~_SPSEL if state.active_exception else control,
        **state.masks._asdict(),
        "msp": msp,
        "psp": psp,
    }


def _space(engine: RenodeEngine, processor: Processor) -> scs.SystemControlSpace:
    """The System Control Space: written as the firmware would write it, to be as Renode's is."""
    nvic, private = Nvic(), processor.private
    space = scs.SystemControlSpace(nvic, SysTick(engine.clock.now, engine.clock_hz, lambda: None), lambda: 0)
    _fill_systick(space.systick, processor)
    for offset in (*_PLAIN, *_SHPR_WORDS, *_IPR_WORDS):
        space.write(offset, private(offset), 4)
    for register, offset in ((_FPCCR, scs.FPCCR), (_FPCAR, scs.FPCAR), (_FPDSCR, scs.FPDSCR)):
        space.write(offset, processor.register(register), 4)
    space.registers[scs.CCR] |= scs.CCR_STKALIGN  # what Renode does, though it does not say so
    space.write(scs.AIRCR, _VECTKEY | private(scs.AIRCR) & _PRIGROUP, 4)
    shcsr = private(scs.SHCSR)
    space.write(scs.SHCSR, shcsr, 4)
    space.write(scs.ICSR, private(scs.ICSR) & _ICSR_PENDED, 4)
    space.registers.update((offset, private(offset)) for offset in _STICKY)
    _fill_mpu(space.mpu, processor)
    nvic.enabled |= _irqs(processor, _ISER) << FIRST_IRQ
    nvic.level = sum(1 << FIRST_IRQ + irq for irq in engine.inputs.high())
    nvic.pending |= (_irqs(processor, _ISPR) | _rising(engine)) << FIRST_IRQ
    nvic.pending |= bool(shcsr & _SHCSR_HARDFAULT_PENDED) << HARDFAULT
    nvic.active |= _irqs(processor, _IABR) << FIRST_IRQ
    nvic.active |= bool(shcsr & _SHCSR_HARDFAULT_ACTIVE) << HARDFAULT | bool(shcsr & _SHCSR_NMI_ACTIVE) << NMI
    nvic.event = False
    return space


def _fill_mpu(unit: mpu.Mpu, processor: Processor) -> None:
    number = int(processor.cpu.MPURegionNumber)
    for region in range(mpu.REGIONS):
        processor.cpu.MPURegionNumber = region
        unit.write(mpu.RNR, region)
        unit.write(mpu.RBAR, processor.private(mpu.RBAR) & ~0x1F)
        unit.write(mpu.RASR, processor.private(mpu.RASR))
    processor.cpu.MPURegionNumber = number
    unit.write(mpu.RNR, number)
    unit.write(mpu.CTRL, processor.private(mpu.CTRL))


def _fill_systick(systick: SysTick, processor: Processor) -> None:
    """It counts on from Renode's value, at the beginning of a tick."""
    control, count = processor.systick()
    systick.write(RVR, processor.private(RVR))
    systick.write(CSR, control)
    if count:
        systick.from_state({**systick.state(), "zero": count, "top": count, "stopped_at": count})
    systick.control = control
