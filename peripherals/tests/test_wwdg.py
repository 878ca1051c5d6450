"""The window watchdog: set back in its window it never bites, and otherwise at the very count."""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.wwdg import CFR, CR, SR, Wwdg

PCLK1 = 64_000_000
WDGA, EWI = 1 << 7, 1 << 9
TICK = 4096 * 1_000_000_000 // PCLK1  # of the counter, in ns, at the lowest prescaler


def dog(configuration: int = 0x7F, control: int = WDGA | 0x7F) -> Clockwork:
    clockwork = Clockwork(Wwdg(), PCLK1)
    clockwork.write(CFR, configuration)
    clockwork.write(CR, control)
    return clockwork


def test_registers_after_reset() -> None:
    wwdg = Wwdg()
    assert [wwdg.read(offset, 4) for offset in (CR, CFR, SR)] == [0x7F, 0x7F, 0]
    assert [wwdg.read(offset, 4) for offset in (0x3F4, 0x3F8, 0x3FC)] == [0x21, 0x00120051, 0xA3C5DD01]


def test_does_nothing_until_it_is_switched_on() -> None:
    clockwork = dog(control=0x40)
    clockwork.run(10**9)
    assert (clockwork.changes, clockwork.alarms) == ([], 0)


@pytest.mark.parametrize("wdgtb", range(8))
def test_counts_pclk_by_4096_and_the_prescaler(wdgtb: int) -> None:
    clockwork = dog(0x7F | wdgtb << 11)
    tick = TICK << wdgtb
    clockwork.run(3 * tick - 1)
    assert clockwork.read(CR) == WDGA | 0x7F - 2
    clockwork.run(1)
    assert clockwork.read(CR) == WDGA | 0x7F - 3


def test_bites_when_the_count_falls_below_0x40() -> None:
    clockwork = dog(control=WDGA | 0x45)
    clockwork.run(6 * TICK - 1)
    assert clockwork.rises("RESET") == []
    clockwork.run(1)
    assert clockwork.rises("RESET") == [6 * TICK]


def test_its_reset_is_a_pulse_and_resets_itself() -> None:
    clockwork = dog(EWI | 0x7F, control=WDGA | 0x40)
    clockwork.run(10**9)
    assert [(line, level) for _, line, level in clockwork.changes if line == "RESET"] == [
        ("RESET", True),
        ("RESET", False),
    ]
    assert [clockwork.read(offset) for offset in (CR, CFR, SR)] == [0x7F, 0x7F, 0]


def test_set_back_in_time_it_never_bites() -> None:
    clockwork = dog(control=WDGA | 0x7F)
    for _ in range(100):
        clockwork.run(60 * TICK)
        clockwork.write(CR, WDGA | 0x7F)
    assert clockwork.rises("RESET") == []


def test_writing_a_count_below_0x40_bites_at_once() -> None:
    clockwork = dog()
    clockwork.write(CR, WDGA | 0x3F)
    assert clockwork.rises("RESET") == [0]


def test_set_back_above_the_window_it_bites_at_once() -> None:
    clockwork = dog(0x50)
    clockwork.run(46 * TICK)  # 0x7F - 46 = 0x51
    clockwork.write(CR, WDGA | 0x7F)
    assert clockwork.rises("RESET") == [clockwork.now]


def test_may_be_set_back_at_the_top_of_the_window() -> None:
    clockwork = dog(0x50)
    clockwork.run(47 * TICK)
    assert clockwork.read(CR) == WDGA | 0x50
    clockwork.write(CR, WDGA | 0x7F)
    assert clockwork.rises("RESET") == []


def test_early_interrupt_comes_at_0x40_one_count_before_the_reset() -> None:
    clockwork = dog(EWI | 0x7F, control=WDGA | 0x42)
    clockwork.run(10**9)
    assert (clockwork.rises("EWI"), clockwork.rises("RESET")) == ([2 * TICK], [3 * TICK])


def test_early_flag_is_set_without_the_interrupt_and_cleared_by_writing_zero() -> None:
    clockwork = dog(0x7F, control=WDGA | 0x41)
    clockwork.run(TICK)
    assert (clockwork.read(SR), clockwork.rises("EWI")) == (1, [])
    clockwork.write(SR, 1)
    assert clockwork.read(SR) == 1
    clockwork.write(SR, 0)
    assert clockwork.read(SR) == 0


def test_interrupt_falls_with_its_flag() -> None:
    clockwork = dog(EWI | 0x7F, control=WDGA | 0x41)
    clockwork.run(TICK)
    clockwork.write(SR, 0)
    assert [(line, level) for _, line, level in clockwork.changes] == [("EWI", True), ("EWI", False)]


def test_software_cannot_switch_it_or_its_interrupt_off() -> None:
    clockwork = dog(EWI | 0x7F)
    clockwork.write(CR, 0x7F)
    clockwork.write(CFR, 0x7F)
    assert (clockwork.read(CR) & WDGA, clockwork.read(CFR) & EWI) == (WDGA, EWI)


def test_reset_of_the_processor_resets_it() -> None:
    clockwork = dog()
    clockwork.device.input(0, True)
    clockwork.run(10**9)
    assert (clockwork.read(CR), clockwork.rises("RESET")) == (0x7F, [])


def test_a_reset_that_its_bite_causes_does_not_cut_the_bite_short() -> None:
    """The RCC hears of the bite first, and resets it at once; the EXTI has to hear of it, too."""
    clockwork = dog()
    levels: list[bool] = []

    def hear(line: str, level: bool) -> None:
        if line == "RESET" and level:
            clockwork.device.input(0, True)
            clockwork.device.input(0, False)
        levels.append(level)

    clockwork.device.on_line = hear
    clockwork.run(10**9)
    assert levels == [True, False]
    assert clockwork.read(CR) == 0x7F


def test_another_one_goes_on_from_its_state() -> None:
    clockwork = dog(control=WDGA | 0x50)
    clockwork.run(5 * TICK + 7)
    other = Clockwork(Wwdg(), PCLK1)
    other.now = clockwork.now
    other.device.from_state(clockwork.device.state())
    for one in (clockwork, other):
        one.run(20 * TICK)
    assert other.changes == clockwork.changes != []
