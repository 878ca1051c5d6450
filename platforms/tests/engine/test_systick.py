"""SysTick against the arithmetic of its definition: a count of reload + 1 ticks at the frequency of the clock tree."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from mp1bench.cortexm.systick import CSR, CVR, RVR, SysTick

ENABLE, TICKINT, CLKSOURCE, COUNTFLAG = 1 << 0, 1 << 1, 1 << 2, 1 << 16
ON = ENABLE | TICKINT | CLKSOURCE
GHZ = 1_000_000_000


class Bench:
    """A SysTick with a clock in the test's hand."""

    def __init__(self, hz: int = GHZ) -> None:
        self.now, self.hz, self.pended = 0, hz, 0
        self.systick = SysTick(lambda: self.now, lambda: self.hz, self._pend)

    def _pend(self) -> None:
        self.pended += 1

    def start(self, reload: int, control: int = ON) -> SysTick:
        self.systick.write(RVR, reload)
        self.systick.write(CVR, 0)
        self.systick.write(CSR, control)
        return self.systick

    def at(self, now: int) -> SysTick:
        self.now = now
        self.systick.catch_up()
        return self.systick


def test_reset_leaves_it_stopped() -> None:
    systick = Bench().systick
    assert [systick.read(offset) for offset in (CSR, RVR, CVR)] == [0, 0, 0]
    assert systick.expiry() is None


@pytest.mark.parametrize("hz", [64_000_000, 208_877_929])
@pytest.mark.parametrize("reload", [63, 63_999, 208_876, 0xFFFFFF])
def test_zeros_come_exactly_every_reload_plus_one_ticks(hz: int, reload: int) -> None:
    bench = Bench(hz)
    bench.now = 1234
    systick = bench.start(reload)
    for count in range(1, 50):
        expiry = math.ceil(1234 + Fraction(count * (reload + 1) * GHZ, hz))
        assert systick.expiry() == expiry
        bench.at(expiry)
    assert bench.pended == 49


def test_a_millisecond_at_64_mhz() -> None:
    assert Bench(64_000_000).start(63_999).expiry() == 1_000_000


def test_late_look_pends_once_and_goes_on_in_step() -> None:
    bench = Bench()
    systick = bench.start(9)
    bench.at(105)
    assert bench.pended == 1
    assert systick.expiry() == 110


def test_counter_loads_on_the_first_tick_and_counts_down() -> None:
    bench = Bench()
    systick = bench.start(3)
    values = []
    for now in range(9):
        bench.now = now
        values.append(systick.read(CVR))
    assert values == [0, 3, 2, 1, 0, 3, 2, 1, 0]


def test_counter_between_two_ticks() -> None:
    bench = Bench(64_000_000)
    systick = bench.start(99)
    bench.now = 78  # 4.992 ticks
    assert systick.read(CVR) == 96
    bench.now = 79  # 5.056
    assert systick.read(CVR) == 95


def test_any_write_clears_counter_and_countflag() -> None:
    bench = Bench()
    systick = bench.start(99)
    bench.now = 150
    systick.write(CVR, 0x1234)
    assert systick.read(CVR) == 0
    assert not systick.read(CSR) & COUNTFLAG
    assert systick.expiry() == 250


def test_countflag_is_set_at_zero_and_cleared_by_reading() -> None:
    bench = Bench()
    systick = bench.start(9)
    bench.now = 9
    assert systick.read(CSR) == ON
    bench.now = 10
    assert systick.read(CSR) == ON | COUNTFLAG
    assert systick.read(CSR) == ON


def test_writing_csr_keeps_countflag() -> None:
    bench = Bench()
    systick = bench.start(9)
    bench.now = 10
    systick.write(CSR, 0)
    assert systick.read(CSR) == COUNTFLAG


def test_a_zero_is_not_lost_to_the_write_that_comes_after_it() -> None:
    bench = Bench()
    systick = bench.start(9)
    bench.now = 11  # the zero of 10 has not been looked at
    systick.write(CVR, 0)
    assert bench.pended == 1


def test_without_tickint_nothing_pends() -> None:
    bench = Bench()
    systick = bench.start(9, ENABLE | CLKSOURCE)
    bench.at(100)
    assert bench.pended == 0
    assert systick.read(CSR) & COUNTFLAG


def test_new_reload_value_counts_from_the_next_load() -> None:
    bench = Bench()
    systick = bench.start(9)
    bench.now = 5
    systick.write(RVR, 99)
    assert systick.expiry() == 10
    bench.at(10)
    assert systick.expiry() == 110


def test_smaller_reload_value_leaves_the_count_alone() -> None:
    bench = Bench()
    systick = bench.start(999)
    bench.now = 10
    systick.write(RVR, 9)
    assert systick.read(CVR) == 990
    assert systick.expiry() == 1000
    bench.at(1000)
    assert systick.expiry() == 1010


def test_disabling_freezes_the_count_and_enabling_goes_on() -> None:
    bench = Bench()
    systick = bench.start(99)
    bench.now = 50
    systick.write(CSR, 0)
    bench.now = 500
    assert systick.read(CVR) == 50
    assert systick.expiry() is None
    systick.write(CSR, ON)
    assert systick.expiry() == 550


def test_reload_value_zero_does_not_count() -> None:
    bench = Bench()
    systick = bench.start(0)
    assert systick.expiry() is None
    assert systick.read(CVR) == 0
    systick.write(RVR, 4)
    assert systick.expiry() == 5


def test_reload_value_zero_stops_at_the_next_zero() -> None:
    bench = Bench()
    systick = bench.start(9)
    bench.now = 3
    systick.write(RVR, 0)
    bench.at(50)
    assert bench.pended == 1
    assert systick.expiry() is None


def test_new_frequency_counts_from_the_next_load() -> None:
    bench = Bench()
    systick = bench.start(99)
    bench.hz = GHZ // 2
    assert systick.expiry() == 100
    bench.at(100)
    assert systick.expiry() == 300


def test_external_clock_is_an_eighth_of_the_core_clock() -> None:
    assert Bench().start(99, ENABLE).expiry() == 800


def test_reload_and_control_keep_their_bits_only() -> None:
    systick = Bench().systick
    systick.write(RVR, 0xFFFFFFFF)
    systick.write(CSR, 0xFFFFFFFF)
    assert systick.read(RVR) == 0xFFFFFF
    assert systick.read(CSR) == ON


def test_state_goes_on_in_another_one() -> None:
    bench, other = Bench(208_877_929), Bench(208_877_929)
    bench.start(4711)
    bench.at(12_345)
    other.now = 12_345
    other.systick.from_state(bench.systick.state())
    assert other.systick.read(CVR) == bench.systick.read(CVR)
    assert other.systick.expiry() == bench.systick.expiry()
    assert other.systick.state() == bench.systick.state()
