"""The System Control Space register by register: identity, narrow access, keys, set and clear, write-one-clears."""

from __future__ import annotations

import pytest

from mp1bench.cortexm.mpu import TYPE
from mp1bench.cortexm.nvic import BUSFAULT, NMI, PENDSV, SVCALL, SYSTICK, USAGEFAULT, Nvic
from mp1bench.cortexm.scs import (
    AIRCR,
    BFAR,
    CCR,
    CFSR,
    CPACR,
    FPCCR,
    HFSR,
    ICSR,
    ICTR,
    SCR,
    SHCSR,
    SHPR1,
    STIR,
    VTOR,
    SystemControlSpace,
)
from mp1bench.cortexm.systick import CSR, CVR, RVR, SysTick

ISER, ICER, ISPR, ICPR, IABR, IPR = 0x100, 0x180, 0x200, 0x280, 0x300, 0x400


class Bench:
    """The registers of a core that executes exception `active`."""

    def __init__(self) -> None:
        self.active, self.resets = 0, 0
        self.nvic = Nvic()
        systick = SysTick(lambda: 0, lambda: 64_000_000, lambda: self.nvic.pend(SYSTICK))
        self.space = SystemControlSpace(self.nvic, systick, lambda: self.active)
        self.space.on_sysresetreq = self._reset

    def _reset(self) -> None:
        self.resets += 1

    def read(self, offset: int, width: int = 4) -> int:
        return self.space.read(offset, width)

    def write(self, offset: int, value: int, width: int = 4) -> None:
        self.space.write(offset, value, width)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (0xD00, 0x410FC241),  # CPUID: Cortex-M4 r0p1
        (ICTR, 4),  # up to 160 interrupts
        (TYPE, 0x800),
        (AIRCR, 0xFA050000),
        (VTOR, 0),
        (SCR, 0),
        (CCR, 0x200),  # STKALIGN
        (CPACR, 0),
        (FPCCR, 0xC0000000),
        (0xF40, 0x10110021),  # MVFR0 and MVFR1: single precision
        (0xF44, 0x11000011),
        (CFSR, 0),
        (HFSR, 0),
    ],
)
def test_value_after_reset(bench: Bench, offset: int, value: int) -> None:
    assert bench.read(offset) == value


@pytest.mark.parametrize("offset", [0xD00, ICTR, TYPE, 0xD40, 0xF40])
def test_identity_cannot_be_written(bench: Bench, offset: int) -> None:
    before = bench.read(offset)
    bench.write(offset, 0xFFFFFFFF)
    assert bench.read(offset) == before


# -- priorities -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("register", [IPR, IPR + 100, SHPR1 + 7, SHPR1 + 10])
def test_a_priority_byte_of_ff_reads_f0(bench: Bench, register: int) -> None:
    bench.write(register, 0xFF, 1)
    assert bench.read(register, 1) == 0xF0


def test_priorities_take_bytes_halves_and_words(bench: Bench) -> None:
    bench.write(IPR, 0x40302010)
    bench.write(IPR + 1, 0xA0, 1)
    bench.write(IPR + 2, 0xC0B0, 2)
    assert bench.read(IPR) == 0xC0B0A010
    assert bench.read(IPR + 2, 2) == 0xC0B0
    assert bench.nvic.priority[16:20] == [0x10, 0xA0, 0xB0, 0xC0]


def test_priorities_of_system_handlers(bench: Bench) -> None:
    bench.write(0xD1C, 0x50 << 24)
    bench.write(0xD20, 0xE0F00000 | 0x30)
    bench.write(0xD18, 0x102030)
    numbers = (4, 5, 6, SVCALL, 12, PENDSV, SYSTICK)
    assert [bench.nvic.priority[n] for n in numbers] == [0x30, 0x20, 0x10, 0x50, 0x30, 0xF0, 0xE0]


def test_reserved_priorities_read_zero(bench: Bench) -> None:
    for offset in (0xD18, 0xD1C, 0xD20):
        bench.write(offset, 0xFFFFFFFF)
    assert [bench.read(offset) for offset in (0xD18, 0xD1C, 0xD20)] == [0x00F0F0F0, 0xF0000000, 0xF0F000F0]


def test_there_are_150_priorities(bench: Bench) -> None:
    bench.write(IPR + 148, 0xFFFFFFFF)
    assert bench.read(IPR + 148) == 0x0000F0F0


# -- sets of interrupts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("set_at", "clear_at"), [(ISER, ICER), (ISPR, ICPR)])
def test_set_and_clear_registers_are_one(bench: Bench, set_at: int, clear_at: int) -> None:
    bench.write(set_at + 12, 0x000000F0)
    bench.write(clear_at + 12, 0x00000030)
    assert bench.read(set_at + 12) == bench.read(clear_at + 12) == 0xC0
    assert bench.read(set_at) == 0


def test_interrupt_103_is_bit_7_of_word_3(bench: Bench) -> None:
    bench.write(ISER + 12, 0x80)
    bench.write(ISPR + 12, 0x80)
    assert bench.nvic.next_pending() == 16 + 103


def test_interrupts_beyond_149_do_not_exist(bench: Bench) -> None:
    for register in (ISER, ISPR):
        bench.write(register + 16, 0xFFFFFFFF)
        assert bench.read(register + 16) == 0x003FFFFF
        bench.write(register + 20, 0xFFFFFFFF)
        assert bench.read(register + 20) == 0


def test_system_exceptions_are_not_in_the_sets(bench: Bench) -> None:
    bench.write(ICER, 0xFFFFFFFF)
    bench.nvic.pend(PENDSV)
    assert bench.nvic.next_pending() == PENDSV


def test_active_bits_are_read_only(bench: Bench) -> None:
    bench.nvic.activate(16 + 33)
    bench.write(IABR + 4, 0)
    assert bench.read(IABR + 4) == 2
    assert bench.read(IABR + 0x84) == 0  # reserved


def test_stir_pends(bench: Bench) -> None:
    bench.write(STIR, 103)
    assert bench.read(ISPR + 12) == 0x80
    bench.write(STIR, 150)
    assert bench.read(ISPR + 16) == 0


def test_stir_is_open_to_unprivileged_code_if_ccr_says_so(bench: Bench) -> None:
    assert not bench.space.open_to_unprivileged(STIR)
    bench.write(CCR, 0x202)
    assert bench.space.open_to_unprivileged(STIR)
    assert not bench.space.open_to_unprivileged(ISPR)


# -- ICSR, AIRCR, SHCSR ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "set_bit", "clear_bit"), [(PENDSV, 28, 27), (SYSTICK, 26, 25)], ids=["PendSV", "SysTick"]
)
def test_icsr_pends_and_unpends(bench: Bench, number: int, set_bit: int, clear_bit: int) -> None:
    bench.write(ICSR, 1 << set_bit)
    assert bench.nvic.pending == 1 << number
    assert bench.read(ICSR) >> set_bit & 1
    assert not bench.read(ICSR) >> clear_bit & 1
    bench.write(ICSR, 1 << clear_bit)
    assert bench.nvic.pending == 0


def test_icsr_pends_nmi(bench: Bench) -> None:
    bench.write(ICSR, 1 << 31)
    assert bench.nvic.pending == 1 << NMI
    assert bench.read(ICSR) >> 31 == 1


def test_icsr_says_what_is_active_and_pending(bench: Bench) -> None:
    bench.write(ISER, 1 << 4)
    bench.write(ISPR, 1 << 4)
    bench.nvic.activate(16 + 9)
    bench.active = 16 + 9
    assert bench.read(ICSR) == 1 << 22 | (16 + 4) << 12 | 1 << 11 | (16 + 9)
    bench.nvic.activate(SVCALL)  # something else is active: RETTOBASE falls
    assert not bench.read(ICSR) >> 11 & 1


def test_isrpending_counts_disabled_interrupts_vectpending_does_not(bench: Bench) -> None:
    bench.write(ISPR, 1)
    assert bench.read(ICSR) & (1 << 22 | 0x1FF << 12) == 1 << 22


def test_vectpending_leaves_out_what_basepri_and_faultmask_hold_back(bench: Bench) -> None:
    bench.write(ISER, 1)
    bench.write(ISPR, 1)
    bench.write(IPR, 0x40, 1)
    seen = {}
    for masks in ((1, 0, 0), (0, 0x40, 0), (0, 0x50, 0), (0, 0, 1)):
        bench.space.masks = lambda masks=masks: masks
        seen[masks] = bench.read(ICSR) >> 12 & 0x1FF
    assert seen == {(1, 0, 0): 16, (0, 0x40, 0): 0, (0, 0x50, 0): 16, (0, 0, 1): 0}


def test_aircr_takes_prigroup_with_the_key_only(bench: Bench) -> None:
    bench.write(AIRCR, 0x05FA0300)
    assert bench.read(AIRCR) == 0xFA050300
    bench.write(AIRCR, 0xFA050700)
    bench.write(AIRCR, 0x00000700)
    assert bench.nvic.prigroup == 3


def test_sysresetreq_needs_the_key(bench: Bench) -> None:
    bench.write(AIRCR, 1 << 2)
    assert bench.resets == 0
    bench.write(AIRCR, 0x05FA0004)
    assert bench.resets == 1


def test_shcsr_enables_faults(bench: Bench) -> None:
    bench.write(SHCSR, 0x00070000)
    assert bench.read(SHCSR) == 0x00070000
    assert bench.nvic.enabled & 0x70 == 0x70
    bench.write(SHCSR, 0x00020000)
    assert bench.nvic.enabled & 0x70 == 1 << BUSFAULT


def test_shcsr_shows_and_sets_active_and_pending(bench: Bench) -> None:
    bench.nvic.activate(SVCALL)
    bench.nvic.activate(SYSTICK)
    bench.nvic.pend(USAGEFAULT)
    assert bench.read(SHCSR) == 1 << 7 | 1 << 11 | 1 << 12
    bench.write(SHCSR, 1 << 15 | 1 << 10)
    assert bench.nvic.pending == 1 << SVCALL
    assert bench.nvic.active == 1 << PENDSV


# -- fault status and the rest --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "value", "width", "left"),
    [
        (CFSR, 0x00010000, 4, 0x00028381),
        (CFSR, 0xFF, 1, 0x00038300),  # MMFSR
        (CFSR + 1, 0x82, 1, 0x00030181),  # BFSR
        (CFSR + 2, 0x0001, 2, 0x00028381),  # UFSR
        (CFSR, 0xFFFFFFFF, 4, 0),
    ],
)
def test_cfsr_is_cleared_by_ones_in_any_width(bench: Bench, offset: int, value: int, width: int, left: int) -> None:
    bench.space.registers[CFSR] = 0x00038381
    bench.write(offset, value, width)
    assert bench.read(CFSR) == left


def test_cfsr_is_read_in_any_width(bench: Bench) -> None:
    bench.space.registers[CFSR] = 0x00048201
    assert [bench.read(CFSR, 1), bench.read(CFSR + 1, 1), bench.read(CFSR + 2, 2)] == [0x01, 0x82, 0x0004]


def test_hfsr_is_cleared_by_ones(bench: Bench) -> None:
    bench.space.registers[HFSR] = 0xC0000002
    bench.write(HFSR, 0x40000000)
    assert bench.read(HFSR) == 0x80000002


def test_vtor_is_aligned(bench: Bench) -> None:
    bench.write(VTOR, 0x1000FFFF)
    assert bench.read(VTOR) == 0x1000FF80


@pytest.mark.parametrize(("offset", "mask"), [(SCR, 0x16), (CCR, 0x31B), (CPACR, 0x00F00000), (BFAR, 0xFFFFFFFF)])
def test_writable_bits(bench: Bench, offset: int, mask: int) -> None:
    bench.write(offset, 0xFFFFFFFF)
    assert bench.read(offset) == mask


def test_systick_is_reached(bench: Bench) -> None:
    bench.write(RVR, 99)
    bench.write(CVR, 0)
    bench.write(CSR, 7)
    assert bench.space.systick.expiry() == 1563  # 100 ticks of 15.625 ns, rounded up


def test_reserved_reads_zero(bench: Bench) -> None:
    assert [bench.read(offset) for offset in (0x000, 0x0FC, 0x600, 0xCFC, STIR)] == [0] * 5


def test_reset_forgets_everything(bench: Bench) -> None:
    for offset in (VTOR, SCR, RVR, ISER, IPR, SHCSR):
        bench.write(offset, 0xFFFFFFFF)
    bench.space.reset()
    assert [bench.read(offset) for offset in (VTOR, SCR, RVR, ISER, IPR, SHCSR)] == [0] * 6


def test_state_goes_on_in_another_one(bench: Bench) -> None:
    bench.write(VTOR, 0x10000000)
    bench.write(ISER + 12, 0x80)
    bench.write(AIRCR, 0x05FA0400)
    bench.write(RVR, 4711)
    other = Bench()
    other.space.from_state(bench.space.state())
    assert [other.read(offset) for offset in (VTOR, ISER + 12, AIRCR, RVR)] == [0x10000000, 0x80, 0xFA050400, 4711]
    assert other.space.state() == bench.space.state()
