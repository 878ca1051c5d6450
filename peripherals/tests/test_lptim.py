"""The low-power timer: periods on its clock, pulses from outside, and the polls that drivers end on."""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.lptim import ARR, CFGR, CMP, CNT, CR, ICR, IER, ISR, Lptim

LSE = 32_768
CMPM, ARRM, CMPOK, ARROK = 1 << 0, 1 << 1, 1 << 3, 1 << 4
ENABLE, SNGSTRT, CNTSTRT, COUNTRST, RSTARE = 1, 2, 4, 8, 16
CKSEL, PRELOAD, COUNTMODE = 1, 1 << 22, 1 << 23


def at(cycles: int) -> int:
    """When a cycle of the LSE is over."""
    return -(-cycles * 10**9 // LSE)


def on(interrupts: int = 0, configuration: int = 0, reload: int = 99, compare: int = 0) -> Clockwork:
    clockwork = Clockwork(Lptim(), LSE)
    clockwork.write(CFGR, configuration)
    clockwork.write(IER, interrupts)
    clockwork.write(CR, ENABLE)
    clockwork.write(ARR, reload)
    clockwork.write(CMP, compare)
    clockwork.write(ICR, 0x7F)
    return clockwork


def test_registers_after_reset() -> None:
    lptim = Lptim()
    assert [lptim.read(offset, 4) for offset in (ISR, IER, CFGR, CR, CMP, ARR, CNT)] == [0, 0, 0, 0, 0, 1, 0]
    assert [lptim.read(offset, 4) for offset in (0x3F4, 0x3F8, 0x3FC)] == [0x14, 0x00120011, 0xA3C5DD01]


def test_a_written_register_says_that_it_has_arrived() -> None:
    clockwork = on()
    clockwork.write(ARR, 5)
    assert clockwork.read(ISR) == ARROK
    clockwork.write(CMP, 3)
    assert clockwork.read(ISR) == ARROK | CMPOK
    clockwork.write(ICR, ARROK)
    assert clockwork.read(ISR) == CMPOK


def test_configuration_is_locked_while_it_is_on() -> None:
    clockwork = on()
    clockwork.write(CFGR, 0xE00)
    assert clockwork.read(CFGR) == 0


def test_does_not_count_until_it_is_started() -> None:
    clockwork = on()
    clockwork.run(10**9)
    assert clockwork.read(CNT) == 0


@pytest.mark.parametrize("prescaler", range(8))
def test_counts_its_clock_by_the_prescaler(prescaler: int) -> None:
    clockwork = on(configuration=prescaler << 9, reload=0xFFFF)
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(at(10 << prescaler) - 1)
    assert clockwork.read(CNT) == 9
    clockwork.run(1)
    assert clockwork.read(CNT) == 10


def test_interrupts_once_per_period_when_arr_is_reached() -> None:
    clockwork = on(ARRM)
    clockwork.write(CR, ENABLE | CNTSTRT)
    for _ in range(3):
        clockwork.run(at(100))
        clockwork.write(ICR, ARRM)
    assert clockwork.rises("IRQ") == [at(99), at(199), at(299)]


def test_interrupts_when_cmp_is_reached() -> None:
    clockwork = on(CMPM, compare=40)
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(at(100))
    assert clockwork.rises("IRQ") == [at(40)]


def test_nobody_is_woken_for_an_interrupt_that_is_off() -> None:
    clockwork = on()
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(10**9)
    assert clockwork.alarms == 0
    assert clockwork.read(ISR) == CMPM | ARRM


def test_single_start_counts_one_period_and_can_be_repeated() -> None:
    clockwork = on(ARRM)
    for _ in range(2):
        clockwork.write(CR, ENABLE | SNGSTRT)
        clockwork.run(10**9)
        assert clockwork.read(CNT) == 0
        clockwork.write(ICR, ARRM)
    assert clockwork.rises("IRQ") == [at(99), 10**9 + at(99)]


def test_continuous_start_makes_a_single_one_go_on() -> None:
    clockwork = on(ARRM)
    clockwork.write(CR, ENABLE | SNGSTRT)
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(at(150))
    assert clockwork.read(CNT) == 50


def test_a_preloaded_period_ends_before_the_next_one_is_other() -> None:
    clockwork = on(ARRM, PRELOAD)
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.write(ARR, 9)
    clockwork.run(at(99))
    clockwork.write(ICR, ARRM)
    clockwork.run(at(50))
    assert clockwork.rises("IRQ") == [at(99), at(109)]


def test_switching_it_off_sets_the_count_to_zero() -> None:
    clockwork = on()
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(at(50))
    clockwork.write(CR, 0)
    clockwork.run(10**9)
    assert (clockwork.read(CNT), clockwork.read(CR)) == (0, 0)


def test_count_can_be_reset_by_a_bit_and_by_being_read() -> None:
    clockwork = on()
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(at(50))
    clockwork.write(CR, ENABLE | COUNTRST | RSTARE)
    assert clockwork.read(CNT) == 0
    clockwork.run(at(30))
    assert [clockwork.read(CNT), clockwork.read(CNT)] == [pytest.approx(30, abs=1), 0]


@pytest.mark.parametrize(("polarity", "counted"), [(0, 3), (1, 2), (2, 5)], ids=["rising", "falling", "both"])
@pytest.mark.parametrize("source", [CKSEL, COUNTMODE], ids=["CKSEL", "COUNTMODE"])
def test_counts_edges_from_outside(source: int, polarity: int, counted: int) -> None:
    clockwork = on(configuration=source | polarity << 1)
    clockwork.write(CR, ENABLE | CNTSTRT)
    for level in (True, False, True, False, True):
        clockwork.run(10**6)
        clockwork.device.input(0, level)
    assert clockwork.read(CNT) == counted


def test_interrupts_after_as_many_pulses() -> None:
    clockwork = on(ARRM, CKSEL, reload=3)
    clockwork.write(CR, ENABLE | CNTSTRT)
    for _ in range(2):
        clockwork.device.input(0, True)
        clockwork.device.input(0, False)
    assert clockwork.rises("IRQ") == []
    clockwork.device.input(0, True)
    assert clockwork.device.level("IRQ")


def test_pulses_mean_nothing_to_one_that_counts_its_clock() -> None:
    clockwork = on()
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.device.input(0, True)
    assert clockwork.read(CNT) == 0


def test_another_one_goes_on_from_its_state() -> None:
    clockwork = on(ARRM | CMPM, compare=70)
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.run(at(50) + 3)
    other = Clockwork(Lptim(), LSE)
    other.now = clockwork.now
    other.device.from_state(clockwork.device.state())
    for one in (clockwork, other):
        one.run(at(200))
    assert other.changes == clockwork.changes != []


def test_start_in_the_write_that_switches_it_on_is_none() -> None:
    clockwork = Clockwork(Lptim(), LSE)
    clockwork.write(CR, ENABLE | CNTSTRT)
    clockwork.write(ARR, 99)
    clockwork.run(at(5))
    assert clockwork.read(CNT) == 0
