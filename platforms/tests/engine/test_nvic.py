"""The NVIC as the Armv7-M manual has it: priorities, groups, ties, masks, and lines. No core is needed."""

from __future__ import annotations

import pytest

from mp1bench.cortexm.nvic import HARDFAULT, IDLE_PRIORITY, NMI, PENDSV, SVCALL, SYSTICK, Nvic, bits, exception_name

IRQ0, IRQ1, IRQ149 = 16, 17, 165


@pytest.fixture
def nvic() -> Nvic:
    nvic = Nvic()
    nvic.enabled |= (1 << 150) - 1 << 16
    return nvic


def test_four_priority_bits_are_kept(nvic: Nvic) -> None:
    nvic.set_priority(IRQ0, 0xFF)
    assert nvic.priority[IRQ0] == 0xF0


def test_lowest_priority_value_comes_first(nvic: Nvic) -> None:
    nvic.set_priority(IRQ0, 0x20)
    nvic.set_priority(IRQ149, 0x10)
    nvic.pend(IRQ0)
    nvic.pend(IRQ149)
    assert nvic.next_pending() == IRQ149


@pytest.mark.parametrize(("first", "second"), [(SVCALL, PENDSV), (PENDSV, SYSTICK), (SYSTICK, IRQ0), (IRQ0, IRQ1)])
def test_lowest_number_comes_first_among_equals(nvic: Nvic, first: int, second: int) -> None:
    nvic.pend(second)
    nvic.pend(first)
    assert nvic.next_pending() == first


def test_fixed_priorities_come_before_all_others(nvic: Nvic) -> None:
    for number in (IRQ0, HARDFAULT, NMI):
        nvic.pend(number)
    assert nvic.next_pending() == NMI
    nvic.unpend(NMI)
    assert nvic.next_pending() == HARDFAULT


def test_disabled_exceptions_stay_pending_and_are_not_chosen(nvic: Nvic) -> None:
    nvic.enabled &= ~(1 << IRQ0)
    nvic.pend(IRQ0)
    assert nvic.next_pending() is None
    assert nvic.pending >> IRQ0 & 1


@pytest.mark.parametrize(
    ("prigroup", "group"), [(0, 0xF0), (3, 0xF0), (4, 0xE0), (5, 0xC0), (6, 0x80), (7, 0x00)]
)  # PRIGROUP is the position of the lowest group bit, less one
def test_prigroup_divides_group_from_subpriority(nvic: Nvic, prigroup: int, group: int) -> None:
    nvic.prigroup = prigroup
    nvic.set_priority(IRQ0, 0xFF)
    nvic.activate(IRQ0)
    assert nvic.execution_priority(0, 0, 0) == group


def test_subpriority_orders_within_a_group(nvic: Nvic) -> None:
    nvic.prigroup = 5
    nvic.set_priority(IRQ0, 0x70)
    nvic.set_priority(IRQ1, 0x40)
    nvic.pend(IRQ0)
    nvic.pend(IRQ1)
    assert nvic.next_pending() == IRQ1


def test_fixed_priorities_are_no_matter_of_groups(nvic: Nvic) -> None:
    nvic.prigroup = 7
    nvic.activate(HARDFAULT)
    assert nvic.execution_priority(0, 0, 0) == -1


@pytest.mark.parametrize(
    ("masks", "priority"),
    [
        ((0, 0, 0), IDLE_PRIORITY),
        ((1, 0, 0), 0),
        ((0, 0x50, 0), 0x50),
        ((0, 0x5F, 0), 0x50),  # only four bits are implemented
        ((0, 0x0F, 0), IDLE_PRIORITY),
        ((1, 0x50, 0), 0),
        ((0, 0, 1), -1),
        ((1, 0x50, 1), -1),
    ],
)
def test_masks_raise_the_execution_priority(nvic: Nvic, masks: tuple[int, int, int], priority: int) -> None:
    nvic.prigroup = 3
    assert nvic.execution_priority(*masks) == priority


def test_basepri_is_taken_by_its_group(nvic: Nvic) -> None:
    nvic.prigroup = 5
    assert nvic.execution_priority(0, 0x70, 0) == 0x40
    nvic.prigroup = 7
    assert nvic.execution_priority(0, 0x70, 0) == 0


def test_masks_never_lower_the_priority_of_what_is_active(nvic: Nvic) -> None:
    nvic.set_priority(IRQ0, 0x20)
    nvic.activate(IRQ0)
    assert nvic.execution_priority(0, 0x80, 0) == 0x20
    nvic.activate(NMI)
    assert nvic.execution_priority(1, 0, 1) == -2


def test_most_urgent_of_the_active_ones_counts(nvic: Nvic) -> None:
    nvic.set_priority(IRQ0, 0x20)
    nvic.set_priority(IRQ1, 0x90)
    nvic.activate(IRQ0)
    nvic.activate(IRQ1)
    assert nvic.active_priority() == 0x20
    nvic.set_priority(IRQ0, 0xA0)  # while it is active
    assert nvic.active_priority() == 0x90


def test_activation_takes_pending_away(nvic: Nvic) -> None:
    nvic.pend(IRQ0)
    nvic.activate(IRQ0)
    assert (nvic.pending, nvic.active) == (0, 1 << IRQ0)


def test_level_that_stays_high_pends_again_on_return(nvic: Nvic) -> None:
    nvic.set_line(0, True)
    nvic.activate(IRQ0)
    assert nvic.pending == 0
    nvic.deactivate(IRQ0)
    assert nvic.next_pending() == IRQ0


def test_level_that_fell_in_the_handler_does_not_pend_again(nvic: Nvic) -> None:
    nvic.set_line(0, True)
    nvic.activate(IRQ0)
    nvic.set_line(0, False)
    nvic.deactivate(IRQ0)
    assert nvic.next_pending() is None


def test_pulse_stays_pending(nvic: Nvic) -> None:
    nvic.set_line(0, True)
    nvic.set_line(0, False)
    assert nvic.next_pending() == IRQ0


def test_pulse_in_the_handler_pends_again(nvic: Nvic) -> None:
    nvic.set_line(0, True)
    nvic.activate(IRQ0)
    nvic.set_line(0, False)
    nvic.set_line(0, True)
    nvic.set_line(0, False)
    nvic.deactivate(IRQ0)
    assert nvic.next_pending() == IRQ0


def test_a_high_line_cannot_be_unpended(nvic: Nvic) -> None:
    nvic.set_line(0, True)
    nvic.unpend(IRQ0)
    assert nvic.next_pending() == IRQ0
    nvic.set_line(0, False)
    nvic.unpend(IRQ0)
    assert nvic.next_pending() is None


def test_only_a_rising_edge_is_news(nvic: Nvic) -> None:
    assert nvic.set_line(5, True)
    assert not nvic.set_line(5, True)
    assert not nvic.set_line(5, False)
    assert nvic.set_line(5, True)


def test_reset_pends_what_is_still_high(nvic: Nvic) -> None:
    nvic.set_line(3, True)
    nvic.set_priority(IRQ0, 0x40)
    nvic.activate(19)
    nvic.reset()
    assert (nvic.pending, nvic.active, nvic.priority[IRQ0]) == (1 << 19, 0, 0)
    assert nvic.next_pending() is None  # not enabled


def test_150_lines(nvic: Nvic) -> None:
    nvic.set_line(149, True)
    assert nvic.next_pending() == IRQ149
    assert len(nvic.priority) == 166


def test_state_is_all_there_is(nvic: Nvic) -> None:
    nvic.set_line(103, True)
    nvic.prigroup = 4
    nvic.set_priority(119, 0x30)
    nvic.activate(IRQ1)
    other = Nvic()
    other.from_state(nvic.state())
    assert other.state() == nvic.state()
    assert other.next_pending() == 119


def test_names() -> None:
    assert [exception_name(n) for n in (2, 3, 11, 15, 16, 119, 9)] == [
        "NMI",
        "HardFault",
        "SVCall",
        "SysTick",
        "IRQ0",
        "IRQ103",
        "exception 9",
    ]
    assert bits(0b1001_0000) == [4, 7]
