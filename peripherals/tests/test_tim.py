"""A timer's registers and lines: which kind has what, and what its interrupts, DMA requests and trigger output do.

How it counts is in test_tim_counting.py.
"""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.tim import Tim, Tim1, Tim2, Tim3, Tim6, Tim12, Tim13, Tim15, Tim16
from stm32mp1.tim_table import ARR, BDTR, CCMR1, CCR1, CNT, CR1, CR2, DCR, DIER, DMAR, EGR, PSC, RCR, SMCR, SR

HZ = 100_000_000  # 10 ns a cycle
CEN, UDIS, URS, OPM, ARPE, UIFREMAP = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 7, 1 << 11
UIF, CC1, CC2, COM, TRIGGER, BREAK = 1 << 0, 1 << 1, 1 << 2, 1 << 5, 1 << 6, 1 << 7
UDE, CC1DE = 1 << 8, 1 << 9
MOE = 1 << 15

EVERY_KIND = pytest.mark.parametrize("kind", [Tim1, Tim2, Tim3, Tim6, Tim12, Tim13, Tim15, Tim16])


def timer(kind: type[Tim] = Tim3, **registers: int) -> Clockwork:
    """A timer whose registers have been written, in the order of the arguments."""
    clockwork = Clockwork(kind(), HZ)
    for name, value in registers.items():
        register = kind.TABLE.named(name)
        assert register is not None
        clockwork.write(register.offset, value)
    return clockwork


# -- registers --------------------------------------------------------------------------------------------------


@EVERY_KIND
def test_all_registers_but_arr_and_the_alternate_functions_reset_to_zero(kind: type[Tim]) -> None:
    others = [register.name for register in kind.TABLE if register.reset]
    assert [name for name in others if name not in ("AF1", "AF2")] == ["ARR"]


@pytest.mark.parametrize(
    ("kind", "bits"),
    [(Tim1, 16), (Tim2, 32), (Tim3, 16), (Tim6, 16), (Tim12, 16), (Tim13, 16), (Tim15, 16), (Tim16, 16)],
)
def test_only_tim2_and_tim5_count_32_bits(kind: type[Tim], bits: int) -> None:
    clockwork = timer(kind, CNT=0xFFFFFFFF, PSC=0xFFFFFFFF)
    assert clockwork.read(CNT) == clockwork.read(ARR) == (1 << bits) - 1
    assert clockwork.read(PSC) == 0xFFFF, "the prescaler has 16 bits in all of them"


@pytest.mark.parametrize(
    ("kind", "channels", "repetitions", "slave"),
    [
        (Tim1, 4, 16, True),
        (Tim2, 4, 0, True),
        (Tim3, 4, 0, True),
        (Tim6, 0, 0, False),
        (Tim12, 2, 0, True),
        (Tim13, 1, 0, False),
        (Tim15, 2, 8, True),
        (Tim16, 1, 8, False),
    ],
)
def test_each_kind_has_its_own_registers(kind: type[Tim], channels: int, repetitions: int, slave: bool) -> None:
    names = {register.name for register in kind.TABLE}
    assert [f"CCR{n}" in names for n in (1, 2, 3, 4)] == [n <= channels for n in (1, 2, 3, 4)]
    assert ("SMCR" in names, "RCR" in names, "BDTR" in names) == (slave, repetitions > 0, repetitions > 0)
    if repetitions:
        clockwork = timer(kind, RCR=0xFFFFFFFF)
        assert clockwork.read(RCR) == (1 << repetitions) - 1


def test_flags_are_cleared_by_zeros_and_cannot_be_set() -> None:
    clockwork = timer(EGR=UIF | CC2)
    assert clockwork.read(SR) & (UIF | CC2) == UIF | CC2
    clockwork.write(SR, 0xFFFFFFFF & ~UIF)
    assert clockwork.read(SR) & (UIF | CC2) == CC2
    clockwork.write(SR, 0)
    clockwork.write(SR, 0xFFFFFFFF)
    assert clockwork.read(SR) == 0


def test_event_generation_reads_zero() -> None:
    assert timer(EGR=0x5F).read(EGR) == 0


def test_generated_update_meets_the_compare_values_that_are_zero() -> None:
    """What every HAL sees in SR after it has set up a time base."""
    assert timer(EGR=UIF).read(SR) == 0x1F
    assert timer(CCR1=5, EGR=UIF).read(SR) == 0x1D


def test_a_written_count_meets_the_compare_values_that_are_equal() -> None:
    """Drivers set CNT to 0 and wait for the flags, also of a timer that stands still."""
    assert timer(CCR1=5, CCR2=7, CNT=5).read(SR) == CC1


def test_a_compare_value_written_equal_to_the_count_is_met_one_count_later() -> None:
    """A driver that asks for an interrupt after no time at all gets it, and not one round later."""
    clockwork = timer(PSC=99, EGR=UIF, SR=0, CR1=CEN, DIER=CC1)
    clockwork.run(5_500)
    clockwork.write(CCR1, 5)
    clockwork.write(SR, 0)
    clockwork.run(1_000)
    assert clockwork.rises("IRQ") == [6_000]


def test_a_compare_value_at_arr_is_met_once_and_one_above_it_by_the_overflow() -> None:
    clockwork = timer(PSC=9, ARR=9, CCR1=9, CCR2=10, EGR=UIF, SR=0, CR1=CEN)
    clockwork.run(950)  # in the last count
    assert clockwork.read(SR) & (CC1 | CC2) == CC1
    clockwork.write(SR, 0)
    clockwork.run(100)
    assert clockwork.read(SR) & (CC1 | CC2) == CC2


def test_urs_keeps_a_generated_update_out_of_the_flags() -> None:
    assert timer(CR1=URS, PSC=3, EGR=UIF).read(SR) & UIF == 0


def test_udis_keeps_what_is_preloaded_out_of_force() -> None:
    clockwork = timer(CR1=UDIS | CEN, PSC=9, EGR=UIF)
    clockwork.run(1000)
    assert (clockwork.read(CNT), clockwork.read(SR) & UIF) == (100, 0)


def test_an_input_channel_does_not_compare() -> None:
    clockwork = timer(CCMR1=1, CCR1=5, CCR2=6, CR1=CEN)
    clockwork.run(1000)
    assert clockwork.read(SR) & (CC1 | CC2) == CC2


def test_uifremap_shows_the_flag_in_the_count() -> None:
    clockwork = timer(CR1=UIFREMAP, EGR=UIF)
    assert clockwork.read(CNT) == 0x80000000
    clockwork.write(SR, 0)
    assert clockwork.read(CNT) == 0


# -- time -------------------------------------------------------------------------------------------------------


def test_counts_the_cycles_of_its_clock_without_being_woken() -> None:
    clockwork = timer(Tim2, CR1=CEN)
    clockwork.run(12_345_678_909)
    assert clockwork.read(CNT) == 1_234_567_890
    assert clockwork.alarms == 0


def test_a_clock_that_divides_no_nanosecond_makes_no_drift() -> None:
    clockwork = Clockwork(Tim2(), 208_877_929)
    clockwork.write(CR1, CEN)
    for _ in range(1000):
        clockwork.run(1_000_003)
        clockwork.read(CNT)
    assert clockwork.read(CNT) == 1_000_003_000 * 208_877_929 // 10**9


def test_prescaler_waits_for_an_update_and_arr_does_not() -> None:
    clockwork = timer(PSC=1, ARR=9, CR1=CEN)
    clockwork.run(100)  # ten undivided cycles, and the update
    clockwork.run(60)
    assert clockwork.read(CNT) == 3


def test_interrupts_at_each_update_and_only_then() -> None:
    clockwork = timer(PSC=99, ARR=999, EGR=UIF, SR=0, DIER=UIF, CR1=CEN)
    for _ in range(5):
        clockwork.run(1_000_000)
        assert clockwork.device.level("IRQ")
        clockwork.write(SR, ~UIF & 0xFFFFFFFF)
    assert clockwork.rises("IRQ") == [1_000_000 * n for n in range(1, 6)]
    assert clockwork.alarms == 5, "nobody is woken for anything else"


def test_an_update_that_nobody_clears_wakes_nobody_again() -> None:
    clockwork = timer(ARR=1, DIER=UIF, CR1=CEN)
    clockwork.run(10**9)
    assert clockwork.alarms == 1


def test_one_pulse_stops_at_the_update() -> None:
    clockwork = timer(ARR=99, DIER=UIF, CR1=CEN | OPM)
    clockwork.run(10**9)
    assert (clockwork.read(CR1), clockwork.read(CNT), clockwork.rises("IRQ")) == (OPM, 0, [1000])


def test_stopped_timer_keeps_its_count_and_goes_on_from_there() -> None:
    clockwork = timer(CR1=CEN)
    clockwork.run(1000)
    clockwork.write(CR1, 0)
    clockwork.run(1000)
    assert clockwork.read(CNT) == 100
    clockwork.write(CR1, CEN)
    clockwork.run(1000)
    assert clockwork.read(CNT) == 200


def test_a_new_clock_counts_from_the_next_look_on() -> None:
    clockwork = timer(Tim2, CR1=CEN)
    clockwork.run(1000)
    clockwork.hz = HZ // 10
    assert clockwork.read(CNT) == 100
    clockwork.run(1000)
    assert clockwork.read(CNT) == 110


def test_a_timer_without_a_clock_stands_still() -> None:
    clockwork = Clockwork(Tim3(), 0)
    clockwork.write(DIER, UIF)
    clockwork.write(CR1, CEN)
    clockwork.run(10**9)
    assert (clockwork.read(CNT), clockwork.alarms) == (0, 0)


@pytest.mark.parametrize("slave", [1, 2, 3, 5, 7, 1 << 14])
def test_a_timer_that_counts_something_from_outside_stands_still(slave: int) -> None:
    clockwork = timer(SMCR=slave, CR1=CEN)
    clockwork.run(10**9)
    assert (clockwork.read(CNT), clockwork.read(CR1)) == (0, CEN)
    clockwork.write(SMCR, 0)
    clockwork.run(1000)
    assert clockwork.read(CNT) == 100


# -- lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "line"), [(UIF, "UP"), (CC1, "CC"), (1 << 4, "CC"), (COM, "TRG"), (TRIGGER, "TRG"), (BREAK, "BRK")]
)
def test_an_advanced_timer_has_four_interrupts(event: int, line: str) -> None:
    clockwork = timer(Tim1, CCR1=1, CCR4=1, DIER=event, EGR=event)
    assert [name for name in ("UP", "CC", "BRK", "TRG") if clockwork.device.level(name)] == [line]
    clockwork.write(SR, 0)
    assert not clockwork.device.level(line)


@EVERY_KIND
def test_no_interrupt_without_its_enable(kind: type[Tim]) -> None:
    clockwork = timer(kind, EGR=0xFF, CR1=CEN)
    clockwork.run(10**7)
    assert [line for _, line, _ in clockwork.changes if not line.endswith("DMA") and line != "TRGO"] == []


def test_a_break_switches_the_outputs_off() -> None:
    clockwork = timer(Tim1, BDTR=MOE, EGR=BREAK)
    assert clockwork.read(BDTR) & MOE == 0


def test_each_update_is_one_dma_request() -> None:
    clockwork = timer(ARR=99, DIER=UDE, CR1=CEN)
    clockwork.run(3500)
    assert clockwork.rises("UPDMA") == [1000, 2000, 3000]
    assert not clockwork.device.level("UPDMA")


def test_each_match_is_one_dma_request_of_its_channel() -> None:
    clockwork = timer(ARR=99, CCR1=40, CCR2=60, DIER=CC1DE, CR1=CEN)
    clockwork.run(2000)
    assert clockwork.rises("CH1DMA") == [400, 1400]
    assert clockwork.rises("CH2DMA") == []


def test_ccds_moves_the_requests_of_channels_to_the_updates() -> None:
    clockwork = timer(CR2=1 << 3, ARR=99, CCR1=40, DIER=CC1DE, CR1=CEN)
    clockwork.run(2500)
    assert clockwork.rises("CH1DMA") == [1000, 2000]


def test_a_burst_goes_through_as_many_registers_with_a_request_for_each() -> None:
    clockwork = timer(DCR=2 << 8 | ARR // 4, DIER=UDE, EGR=UIF)
    assert len(clockwork.rises("UPDMA")) == 1
    clockwork.write(DMAR, 0x111)  # ARR
    clockwork.write(DMAR, 0x222)  # RCR, which TIM3 lacks
    clockwork.write(DMAR, 0x333)  # CCR1
    assert (clockwork.read(ARR), clockwork.read(CCR1)) == (0x111, 0x333)
    assert len(clockwork.rises("UPDMA")) == 3


@pytest.mark.parametrize(
    ("mode", "rises"), [(0, []), (2, [1000, 2000]), (3, [400, 1400]), (4, [400, 1400]), (5, [600, 1600])]
)
def test_trigger_output_is_what_mms_selects(mode: int, rises: list[int]) -> None:
    clockwork = timer(CR2=mode << 4, ARR=99, CCR1=40, CCR2=60, CR1=CEN)
    clockwork.run(2000)
    assert clockwork.rises("TRGO") == rises


def test_trigger_output_may_be_the_restart_or_the_enable() -> None:
    assert timer(EGR=UIF).rises("TRGO") == [0]
    clockwork = timer(CR2=1 << 4, CR1=CEN)
    assert clockwork.device.level("TRGO")
    clockwork.write(CR1, 0)
    assert not clockwork.device.level("TRGO")


# -- state ------------------------------------------------------------------------------------------------------


def test_another_one_goes_on_from_its_state() -> None:
    settings = {"PSC": 3, "ARR": 77, "RCR": 2, "CCR1": 30, "DIER": UIF | CC1 | UDE, "CR1": CEN | ARPE | 3 << 5}
    clockwork = timer(Tim1, **settings)
    clockwork.run(12_345)
    other = Clockwork(Tim1(), HZ)
    other.now = clockwork.now
    other.device.from_state(clockwork.device.state())
    clockwork.changes.clear()
    other.changes.clear()
    for one in (clockwork, other):
        one.write(SR, 0)
        one.run(50_000)
    assert other.changes == clockwork.changes != []
    assert other.device.state() == clockwork.device.state()


def test_reset_stops_it_and_forgets_what_was_in_force() -> None:
    clockwork = timer(PSC=9, ARR=5, DIER=UIF, EGR=UIF, CR1=CEN)
    clockwork.device.reset()
    clockwork.run(10**6)
    assert (clockwork.read(CNT), clockwork.read(ARR), clockwork.device.level("IRQ")) == (0, 0xFFFF, False)
    clockwork.write(CR1, CEN)
    clockwork.run(1000)
    assert clockwork.read(CNT) == 100


def test_registers_have_the_vendors_offsets() -> None:
    offsets = {register.name: register.offset for register in Tim1.TABLE}
    assert (offsets["SMCR"], offsets["CCMR1"], offsets["BDTR"], offsets["DCR"]) == (SMCR, CCMR1, BDTR, DCR)
    assert (offsets["CCMR2"], offsets["CCER"], offsets["CCR4"], offsets["CR2"]) == (0x1C, 0x20, 0x40, CR2)
    assert (offsets["CCMR3"], offsets["CCR6"], offsets["AF2"], offsets["TISEL"]) == (0x54, 0x5C, 0x64, 0x68)


@EVERY_KIND
def test_lower_half_of_a_register_is_accessed_by_itself(kind: type[Tim]) -> None:
    clockwork = timer(kind, ARR=0xFFFF)
    clockwork.device.write(ARR, 0x1234, 2)
    clockwork.device.write(CR1, CEN, 2)
    clockwork.run(30)
    assert (clockwork.device.read(CNT, 2), clockwork.read(ARR)) == (3, 0x1234)
    clockwork.device.write(EGR, UIF, 2)
    assert (clockwork.read(CNT), clockwork.device.read(SR, 2) & UIF) == (0, UIF)


def test_upper_half_stays_when_the_lower_is_written() -> None:
    clockwork = timer(Tim2, ARR=0xABCD0000)
    clockwork.device.write(ARR, 0x1234, 2)
    assert clockwork.read(ARR) == 0xABCD1234


# -- a trigger that nobody heeds --------------------------------------------------------------------------------


def test_timer_is_not_woken_for_a_trigger_that_nobody_heeds() -> None:
    clockwork = timer(ARR=9, CR2=2 << 4, CR1=CEN)
    clockwork.device.heeded("TRGO", False)
    clockwork.run(1_000)
    assert (clockwork.alarms, clockwork.rises("TRGO")) == (0, [])


def test_trigger_comes_again_on_time_once_somebody_heeds_it_and_past_ones_do_not() -> None:
    clockwork = timer(ARR=9, CR2=2 << 4, CR1=CEN)
    clockwork.device.heeded("TRGO", False)
    clockwork.run(1_050)
    clockwork.device.heeded("TRGO", True)
    clockwork.run(100)
    assert clockwork.rises("TRGO") == [1_100]


def test_interrupts_come_all_the_same() -> None:
    clockwork = timer(ARR=9, CR2=2 << 4, DIER=UIF, CR1=CEN)
    clockwork.device.heeded("TRGO", False)
    clockwork.run(150)
    assert clockwork.rises("IRQ") == [100]
