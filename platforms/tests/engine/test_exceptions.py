"""Exception entry and return word by word, on a processor made of plain numbers (Armv7-M, B1.5)."""

from __future__ import annotations

import struct

import pytest

from mp1bench.cortexm import scs
from mp1bench.cortexm.exceptions import Context, Exceptions, Fault, Masks
from mp1bench.cortexm.nvic import BUSFAULT, HARDFAULT, NMI, PENDSV, SVCALL, USAGEFAULT, Nvic
from mp1bench.cortexm.systick import SysTick

THUMB, ALIGNED = 1 << 24, 1 << 9
NPRIV, SPSEL, FPCA = 1, 2, 4
IRQ0, IRQ1 = 16, 17
FLOATS = tuple(range(100, 117))  # S0–S15, FPSCR
SIZE = 0x1000


class Cpu:
    """Registers, banked stack pointers, masks."""

    def __init__(self) -> None:
        self.low, self.r12, self.lr = (1, 2, 3, 4), 12, 0x1235
        self.xpsr, self.control = THUMB | 0x60000000, 0
        self.sp = {False: 0x800, True: 0x600}  # MSP, PSP
        self.special = Masks(0, 0, 0)
        self.s = FLOATS

    @property
    def _process(self) -> bool:
        return bool(self.control & SPSEL and not self.xpsr & 0x1FF)

    def context(self) -> Context:
        return Context(*self.low, self.r12, self.lr, self.xpsr, self.sp[self._process], self.control)

    def masks(self) -> Masks:
        return self.special

    def clear_faultmask(self) -> None:
        self.special = self.special._replace(faultmask=0)

    def floats(self) -> tuple[int, ...]:
        return self.s

    def set_floats(self, values: tuple[int, ...]) -> None:
        self.s = values

    def stack_pointer(self, process: bool) -> int:
        return self.sp[process]

    def enter(self, number: int, sp: int | None, lr: int) -> None:
        if sp is not None:
            self.sp[self._process] = sp
        self.xpsr = self.xpsr & 0xF80F0000 | THUMB | number
        self.control &= NPRIV
        self.lr = lr

    def leave(self, context: Context) -> None:
        self.low, self.r12, self.lr = context[:4], context.r12, context.lr
        self.xpsr, self.control = context.xpsr & ~ALIGNED, context.control
        self.sp[self._process] = context.sp

    def reset(self, sp: int) -> None:
        self.__init__()  # type: ignore[misc]
        self.sp[False] = sp


class Ram:
    """4 KiB at 0: vectors first."""

    def __init__(self) -> None:
        self.bytes = bytearray(SIZE)
        for number in range(64):
            struct.pack_into("<I", self.bytes, 4 * number, 0x10000 + 0x100 * number | 1)
        self.stores: list[tuple[int, int]] = []

    def load(self, address: int, size: int) -> bytes | None:
        return bytes(self.bytes[address : address + size]) if address < SIZE else None

    def store(self, address: int, data: bytes) -> bool:
        self.stores.append((address, len(data)))
        if not 0 <= address <= SIZE - len(data):
            return False
        self.bytes[address : address + len(data)] = data
        return True

    def words(self, address: int, count: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{count}I", self.bytes, address)


class Core:
    """A core that executes at 0x2000."""

    def __init__(self) -> None:
        self.cpu, self.ram, self.nvic = Cpu(), Ram(), Nvic()
        systick = SysTick(lambda: 0, lambda: 1, lambda: None)
        self.space = scs.SystemControlSpace(self.nvic, systick, lambda: self.exceptions.ipsr)
        self.exceptions = Exceptions(self.cpu, self.ram, self.space)
        self.exceptions.pc = 0x2000
        self.nvic.enabled |= 0xFFFF << 16
        self.faults: list[Fault] = []
        self.exceptions.on_fault = self.faults.append

    def interrupt(self, number: int, priority: int = 0) -> bool:
        if number >= IRQ0:
            self.nvic.set_priority(number, priority)
        self.nvic.pend(number)
        return self.exceptions.take_next()

    def register(self, offset: int) -> int:
        return self.space.register(offset)


@pytest.fixture
def core() -> Core:
    return Core()


def vector(number: int) -> int:
    return 0x10000 + 0x100 * number


# -- entry ----------------------------------------------------------------------------------------------------


def test_basic_frame(core: Core) -> None:
    assert core.interrupt(IRQ0)
    assert core.ram.stores == [(0x7E0, 32)]
    assert core.ram.words(0x7E0, 8) == (1, 2, 3, 4, 12, 0x1235, 0x2000, THUMB | 0x60000000)
    assert core.cpu.sp == {False: 0x7E0, True: 0x600}
    assert (core.cpu.lr, core.exceptions.pc, core.exceptions.ipsr) == (0xFFFFFFF9, vector(IRQ0), IRQ0)
    assert (core.nvic.pending, core.nvic.active) == (0, 1 << IRQ0)


def test_frame_on_the_process_stack(core: Core) -> None:
    core.cpu.control = SPSEL | NPRIV
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x5E0, 32)]
    assert core.cpu.sp == {False: 0x800, True: 0x5E0}
    assert (core.cpu.lr, core.cpu.control) == (0xFFFFFFFD, NPRIV)


def test_frame_of_a_handler(core: Core) -> None:
    core.interrupt(IRQ0, 0x40)
    assert core.interrupt(IRQ1, 0x30)
    assert core.ram.stores == [(0x7E0, 32), (0x7C0, 32)]
    assert core.ram.words(0x7C0, 8)[6:] == (vector(IRQ0), THUMB | 0x60000000 | IRQ0)
    assert core.cpu.lr == 0xFFFFFFF1


def test_frame_is_aligned_to_eight_bytes(core: Core) -> None:
    core.cpu.sp[False] = 0x7FC
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x7D8, 32)]
    assert core.ram.words(0x7D8, 8)[7] & ALIGNED
    core.exceptions.leave(0xFFFFFFF9)
    assert core.cpu.sp[False] == 0x7FC


def test_frame_is_not_aligned_if_ccr_says_so(core: Core) -> None:
    core.space.write(scs.CCR, 0, 4)
    core.cpu.sp[False] = 0x7FC
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x7DC, 32)]
    assert not core.ram.words(0x7DC, 8)[7] & ALIGNED


def test_extended_frame(core: Core) -> None:
    core.cpu.control = FPCA
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x798, 104)]  # 0x800 - 26 words
    assert core.ram.words(0x798 + 32, 17) == FLOATS
    assert (core.cpu.lr, core.cpu.control) == (0xFFFFFFE9, 0)


def test_extended_frame_is_aligned_even_if_ccr_says_no(core: Core) -> None:
    core.space.write(scs.CCR, 0, 4)
    core.cpu.control, core.cpu.sp[False] = FPCA, 0x7FC
    core.interrupt(IRQ0)
    assert core.ram.stores == [(0x790, 104)]


def test_no_floats_are_stacked_without_aspen(core: Core) -> None:
    core.space.write(scs.FPCCR, 0, 4)
    core.cpu.control = FPCA
    core.interrupt(IRQ0)
    assert (core.ram.stores, core.cpu.lr) == ([(0x7E0, 32)], 0xFFFFFFF9)


def test_vectors_are_fetched_from_vtor(core: Core) -> None:
    core.space.write(scs.VTOR, 0x400, 4)
    struct.pack_into("<I", core.ram.bytes, 0x400 + 4 * IRQ0, 0x4321)
    core.interrupt(IRQ0)
    assert core.exceptions.pc == 0x4320


# -- what is taken --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("masks", "number", "taken"),
    [
        (Masks(1, 0, 0), IRQ0, False),
        (Masks(1, 0, 0), NMI, True),
        (Masks(0, 0x40, 0), IRQ0, False),
        (Masks(0, 0x50, 0), IRQ0, True),
        (Masks(0, 0x40, 0), HARDFAULT, True),
        (Masks(0, 0, 1), HARDFAULT, False),
        (Masks(0, 0, 1), NMI, True),
    ],
)
def test_masks_hold_back(core: Core, masks: Masks, number: int, taken: bool) -> None:
    core.cpu.special = masks
    assert core.interrupt(number, 0x40) == taken
    assert core.exceptions.held_back() == (not taken)


def test_equal_priority_does_not_preempt(core: Core) -> None:
    core.interrupt(IRQ0, 0x40)
    assert not core.interrupt(IRQ1, 0x40)
    assert not core.exceptions.held_back()  # no mask: unmasking would change nothing


def test_subpriority_does_not_preempt(core: Core) -> None:
    core.nvic.prigroup = 5
    core.interrupt(IRQ0, 0x70)
    assert not core.interrupt(IRQ1, 0x40)
    core.nvic.prigroup = 3
    assert core.exceptions.take_next()


def test_lowering_the_active_priority_lets_others_in(core: Core) -> None:
    core.interrupt(IRQ0, 0x20)
    assert not core.interrupt(IRQ1, 0x40)
    core.nvic.set_priority(IRQ0, 0x60)
    assert core.exceptions.take_next()


def test_nmi_preempts_hardfault(core: Core) -> None:
    core.exceptions.fault(BUSFAULT, scs.PRECISERR)
    assert core.interrupt(NMI)
    assert core.cpu.lr == 0xFFFFFFF1


def test_interrupts_are_reported(core: Core) -> None:
    seen: list[int] = []
    core.exceptions.on_interrupt = seen.append
    core.interrupt(IRQ1)
    core.nvic.set_priority(IRQ1, 0x80)
    core.exceptions.svc()
    assert seen == [1]


# -- return ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("control", [0, SPSEL, FPCA, SPSEL | FPCA, NPRIV | SPSEL])
def test_return_restores_everything(core: Core, control: int) -> None:
    core.cpu.control = control
    before = core.cpu.context()
    core.interrupt(IRQ0)
    core.cpu.low, core.cpu.r12, core.cpu.s = (0, 0, 0, 0), 0, (0,) * 17
    core.exceptions.leave(core.cpu.lr)
    assert core.cpu.context() == before
    assert core.cpu.s == (FLOATS if control & FPCA else (0,) * 17)
    assert (core.exceptions.pc, core.exceptions.ipsr, core.nvic.active) == (0x2000, 0, 0)


def test_return_to_a_handler(core: Core) -> None:
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    core.exceptions.leave(0xFFFFFFF1)
    assert (core.exceptions.pc, core.exceptions.ipsr) == (vector(IRQ0), IRQ0)
    assert core.nvic.active == 1 << IRQ0


def test_tail_chaining_does_not_touch_the_stack(core: Core) -> None:
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x40)
    core.ram.stores.clear()
    core.exceptions.leave(0xFFFFFFF9)
    assert (core.exceptions.ipsr, core.exceptions.pc, core.cpu.lr) == (IRQ1, vector(IRQ1), 0xFFFFFFF9)
    assert (core.ram.stores, core.cpu.sp[False]) == ([], 0x7E0)
    core.exceptions.leave(0xFFFFFFF9)
    assert (core.exceptions.pc, core.cpu.sp[False]) == (0x2000, 0x800)


def test_tail_chaining_keeps_the_frame_that_is_there(core: Core) -> None:
    core.cpu.control = SPSEL | FPCA
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x40)
    core.exceptions.leave(0xFFFFFFED)
    assert core.cpu.lr == 0xFFFFFFED


@pytest.mark.parametrize(("number", "left"), [(IRQ0, 0), (NMI, 1)])
def test_return_clears_faultmask_except_from_nmi(core: Core, number: int, left: int) -> None:
    core.interrupt(number)
    core.cpu.special = Masks(1, 0x40, 1)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.cpu.special == Masks(1, 0x40, left)


@pytest.mark.parametrize("exc_return", [0xFFFFFFF5, 0xFFFFFFE5, 0xFFFFFF01, 0xF0000001, 0xFFFFFFF1, 0xFFFFFFFF])
def test_return_that_makes_no_sense_is_invpc(core: Core, exc_return: int) -> None:
    core.nvic.enabled |= 1 << USAGEFAULT
    core.interrupt(IRQ0)
    core.ram.stores.clear()
    core.exceptions.leave(exc_return)
    assert core.register(scs.CFSR) == scs.INVPC
    assert (core.exceptions.ipsr, core.nvic.active) == (USAGEFAULT, 1 << USAGEFAULT)
    assert (core.cpu.lr, core.ram.stores) == (exc_return, [])


def test_return_to_thread_while_another_is_active_is_invpc(core: Core) -> None:
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.INVPC
    assert core.exceptions.ipsr == HARDFAULT


def test_return_to_thread_while_another_is_active_if_ccr_allows_it(core: Core) -> None:
    core.space.write(scs.CCR, 0x201, 4)  # NONBASETHRDENA
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    struct.pack_into("<2I", core.ram.bytes, 0x7C0 + 24, 0x3000, THUMB)
    core.exceptions.leave(0xFFFFFFF9)
    assert (core.exceptions.pc, core.exceptions.ipsr, core.nvic.active) == (0x3000, 0, 1 << IRQ0)


def test_return_with_faultmask_and_no_sense_does_not_lock_up(core: Core) -> None:
    core.interrupt(IRQ0)
    core.cpu.special = Masks(0, 0, 1)  # returning clears it, whatever comes of the return
    core.exceptions.leave(0xFFFFFFF5)
    assert not core.exceptions.locked_up
    assert core.exceptions.ipsr == HARDFAULT


def test_frame_of_the_other_mode_is_invpc(core: Core) -> None:
    core.interrupt(IRQ0)
    struct.pack_into("<I", core.ram.bytes, 0x7E0 + 28, THUMB | IRQ1)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.INVPC


def test_frame_without_thumb_bit_is_invstate(core: Core) -> None:
    core.interrupt(IRQ0)
    struct.pack_into("<I", core.ram.bytes, 0x7E0 + 28, 0)
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.INVSTATE
    assert core.ram.words(0x7E0, 8)[6] == 0x2000  # the fault is the interrupted code's


# -- faults ---------------------------------------------------------------------------------------------------


def test_fault_enters_its_own_handler_if_enabled(core: Core) -> None:
    core.nvic.enabled |= 1 << BUSFAULT
    core.exceptions.fault(BUSFAULT, scs.PRECISERR | scs.BFARVALID, 0x40001234)
    assert core.exceptions.ipsr == BUSFAULT
    assert (core.register(scs.CFSR), core.register(scs.BFAR)) == (0x8200, 0x40001234)
    assert core.register(scs.HFSR) == 0
    assert core.faults == [Fault("BusFault", 0x2000, 0x8200, 0, 0x40001234)]


def test_fault_escalates_if_not_enabled(core: Core) -> None:
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_FORCED)


def test_fault_escalates_if_its_handler_is_not_urgent_enough(core: Core) -> None:
    core.nvic.enabled |= 1 << USAGEFAULT
    core.nvic.set_priority(USAGEFAULT, 0x40)
    core.interrupt(IRQ0, 0x40)
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert core.exceptions.ipsr == HARDFAULT


@pytest.mark.parametrize(
    ("masks", "number"), [(Masks(1, 0, 0), HARDFAULT), (Masks(0, 0x10, 0), HARDFAULT), (Masks(0, 0x20, 0), USAGEFAULT)]
)
def test_fault_escalates_if_masked(core: Core, masks: Masks, number: int) -> None:
    core.nvic.enabled |= 1 << USAGEFAULT
    core.nvic.set_priority(USAGEFAULT, 0x10)
    core.cpu.special = masks
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert core.exceptions.ipsr == number


@pytest.mark.parametrize("first", ["hardfault", "nmi", "faultmask"])
def test_fault_at_the_highest_priority_locks_up(core: Core, first: str) -> None:
    if first == "faultmask":
        core.cpu.special = Masks(0, 0, 1)
    elif first == "nmi":
        core.interrupt(NMI)
    else:
        core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert not core.exceptions.locked_up
    core.exceptions.fault(USAGEFAULT, scs.UNDEFINSTR)
    assert core.exceptions.locked_up


def test_svc_is_taken_at_once(core: Core) -> None:
    core.exceptions.svc()
    assert (core.exceptions.ipsr, core.ram.words(0x7E0, 8)[6]) == (SVCALL, 0x2000)


@pytest.mark.parametrize("masks", [Masks(1, 0, 0), Masks(0, 0x10, 0)])
def test_svc_that_is_masked_is_a_hardfault(core: Core, masks: Masks) -> None:
    core.nvic.set_priority(SVCALL, 0x10)
    core.cpu.special = masks
    core.exceptions.svc()
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_FORCED)


def test_svc_in_hardfault_locks_up(core: Core) -> None:
    core.interrupt(HARDFAULT)
    core.exceptions.svc()
    assert core.exceptions.locked_up


def test_breakpoint_without_debugger_is_a_hardfault(core: Core) -> None:
    core.exceptions.breakpoint()
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_DEBUGEVT)


def test_stacking_fault(core: Core) -> None:
    core.cpu.sp[False] = 0x10
    core.nvic.enabled |= 1 << BUSFAULT
    core.nvic.set_priority(BUSFAULT, 0x00)
    core.interrupt(IRQ0, 0x40)
    assert (core.exceptions.ipsr, core.register(scs.CFSR)) == (BUSFAULT, scs.STKERR)
    assert core.nvic.pending == 1 << IRQ0  # it comes later


def test_stacking_fault_escalates(core: Core) -> None:
    core.cpu.sp[False] = 0x10
    core.interrupt(IRQ0)
    assert (core.exceptions.ipsr, core.register(scs.HFSR)) == (HARDFAULT, scs.HFSR_FORCED)


def test_unstacking_fault(core: Core) -> None:
    core.interrupt(IRQ0)
    core.cpu.sp[False] = SIZE - 8
    core.ram.stores.clear()
    core.exceptions.leave(0xFFFFFFF9)
    assert core.register(scs.CFSR) == scs.UNSTKERR
    assert (core.exceptions.ipsr, core.cpu.lr, core.ram.stores) == (HARDFAULT, 0xFFFFFFF9, [])


def test_vector_fetch_fault(core: Core) -> None:
    core.space.write(scs.VTOR, SIZE - 0x80, 4)  # 32 vectors, HardFault's among them
    core.ram.bytes[SIZE - 0x80 + 12 : SIZE - 0x80 + 16] = struct.pack("<I", 0x5001)
    core.nvic.enabled |= 1 << 40
    core.interrupt(40)
    assert (core.exceptions.ipsr, core.exceptions.pc) == (HARDFAULT, 0x5000)
    assert core.register(scs.HFSR) == scs.HFSR_VECTTBL


def test_no_vectors_at_all_lock_up(core: Core) -> None:
    core.space.write(scs.VTOR, 0x2000, 4)
    core.interrupt(IRQ0)
    assert core.exceptions.locked_up


def test_even_vector_is_invstate(core: Core) -> None:
    struct.pack_into("<I", core.ram.bytes, 4 * IRQ0, 0x3000)
    core.interrupt(IRQ0)
    assert (core.exceptions.ipsr, core.register(scs.CFSR)) == (HARDFAULT, scs.INVSTATE)
    assert core.ram.words(0x7C0, 8)[6] == 0x3000


# -- sleep and reset ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("masks", "wakes"),
    [
        (Masks(0, 0, 0), True),
        (Masks(1, 0, 0), True),  # PRIMASK does not keep it asleep
        (Masks(0, 0x40, 0), False),
        (Masks(1, 0x40, 0), False),
        (Masks(0, 0x50, 0), True),
        (Masks(0, 0, 1), False),
    ],
)
def test_what_wakes_from_wfi(core: Core, masks: Masks, wakes: bool) -> None:
    core.cpu.special = masks
    core.nvic.set_priority(IRQ0, 0x40)
    assert not core.exceptions.wakes()
    core.nvic.pend(IRQ0)
    assert core.exceptions.wakes() == wakes


def test_sevonpend_wakes_from_wfe_alone(core: Core) -> None:
    core.space.write(scs.SCR, scs.SCR_SEVONPEND, 4)
    assert not core.exceptions.wakes(from_wfe=True)
    core.nvic.pend(60)  # not enabled
    assert core.exceptions.wakes(from_wfe=True)
    assert not core.exceptions.wakes()


def test_sleeponexit_sleeps_on_the_last_return(core: Core) -> None:
    core.space.write(scs.SCR, scs.SCR_SLEEPONEXIT, 4)
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    core.exceptions.leave(0xFFFFFFF1)
    assert not core.exceptions.asleep
    core.exceptions.leave(0xFFFFFFF9)
    assert core.exceptions.asleep


def test_sleeponexit_does_not_sleep_while_another_is_active(core: Core) -> None:
    core.space.write(scs.SCR, scs.SCR_SLEEPONEXIT, 4)
    core.space.write(scs.CCR, 0x201, 4)  # NONBASETHRDENA
    core.interrupt(IRQ0, 0x40)
    core.interrupt(IRQ1, 0x30)
    struct.pack_into("<2I", core.ram.bytes, 0x7C0 + 24, 0x3000, THUMB)
    core.exceptions.leave(0xFFFFFFF9)
    assert not core.exceptions.asleep


def test_start_fetches_sp_and_pc(core: Core) -> None:
    struct.pack_into("<2I", core.ram.bytes, 0, 0x803, 0x3001)
    core.space.write(scs.VTOR, 0x400, 4)
    core.exceptions.start()
    assert (core.cpu.sp[False], core.exceptions.pc) == (0x800, 0x3000)
    assert core.register(scs.VTOR) == 0


def test_start_at_an_even_address_is_invstate(core: Core) -> None:
    struct.pack_into("<2I", core.ram.bytes, 0, 0x800, 0x3000)
    core.exceptions.start()
    assert (core.exceptions.ipsr, core.register(scs.CFSR)) == (HARDFAULT, scs.INVSTATE)


def test_state_goes_on_in_another_one(core: Core) -> None:
    core.interrupt(PENDSV)
    other = Core()
    other.exceptions.from_state(core.exceptions.state())
    assert (other.exceptions.pc, other.exceptions.ipsr) == (vector(PENDSV), PENDSV)
