"""The independent watchdog: keys, registers that take a while, and a reset at the very count."""

from __future__ import annotations

import pytest
from virtual_time import Clockwork

from stm32mp1.iwdg import EWCR, KR, PR, RLR, SR, WINR, Iwdg

LSI = 32_000
START, RELOAD, UNLOCK = 0xCCCC, 0xAAAA, 0x5555
MS = 1_000_000


def dog(prescaler: int = 0, reload: int = 99, window: int = 0xFFF) -> Clockwork:
    """Started, and 4 << prescaler cycles of the LSI from count to count."""
    clockwork = Clockwork(Iwdg(), LSI)
    clockwork.write(KR, START)
    clockwork.write(KR, UNLOCK)
    clockwork.write(PR, prescaler)
    clockwork.write(RLR, reload)
    clockwork.write(WINR, window)  # which sets it back, too
    return clockwork


def test_registers_after_reset() -> None:
    iwdg = Iwdg()
    assert [iwdg.read(offset, 4) for offset in (PR, RLR, SR, WINR, EWCR)] == [7, 0xFFF, 0, 0xFFF, 0]
    assert [iwdg.read(offset, 4) for offset in (0x3F4, 0x3F8, 0x3FC)] == [0x23, 0x00120041, 0xA3C5DD01]


def test_key_reads_zero() -> None:
    iwdg = Iwdg()
    iwdg.write(KR, UNLOCK, 4)
    assert iwdg.read(KR, 4) == 0


def test_registers_are_locked_without_the_key() -> None:
    iwdg = Iwdg()
    iwdg.write(RLR, 5, 4)
    assert iwdg.read(RLR, 4) == 0xFFF
    iwdg.write(KR, UNLOCK, 4)
    iwdg.write(RLR, 5, 4)
    assert iwdg.read(RLR, 4) == 5


@pytest.mark.parametrize("key", [START, RELOAD, 0])
def test_any_other_key_locks_again(key: int) -> None:
    iwdg = Iwdg()
    iwdg.write(KR, UNLOCK, 4)
    iwdg.write(KR, key, 4)
    iwdg.write(RLR, 5, 4)
    assert iwdg.read(RLR, 4) == 0xFFF


def test_a_written_register_is_on_its_way_for_five_cycles_of_the_lsi() -> None:
    clockwork = Clockwork(Iwdg(), LSI)
    clockwork.write(KR, UNLOCK)
    for offset, busy in ((PR, 1), (RLR, 3), (WINR, 7), (EWCR, 15)):
        clockwork.write(offset, 1)
        assert clockwork.read(SR) == busy
    clockwork.run(5 * 10**9 // LSI)
    assert clockwork.read(SR) == 0


@pytest.mark.parametrize("prescaler", range(8))
def test_bites_after_reload_times_prescaler_cycles_of_the_lsi(prescaler: int) -> None:
    clockwork = dog(prescaler, 100)
    clockwork.run(10**10)
    assert clockwork.rises("RESET") == [100 * (4 << prescaler) * 10**9 // LSI]


def test_does_nothing_until_it_is_started() -> None:
    clockwork = Clockwork(Iwdg(), LSI)
    clockwork.write(KR, RELOAD)
    clockwork.run(10**12)
    assert clockwork.changes == []


def test_set_back_in_time_it_never_bites() -> None:
    clockwork = dog()  # 12.375 ms
    for _ in range(100):
        clockwork.run(12 * MS)
        clockwork.write(KR, RELOAD)
    assert clockwork.rises("RESET") == []
    clockwork.run(13 * MS)
    assert len(clockwork.rises("RESET")) == 1


def test_set_back_above_the_window_it_bites_at_once() -> None:
    clockwork = dog(window=50)
    clockwork.run(6 * MS)  # 48 counts
    clockwork.write(KR, RELOAD)
    assert clockwork.rises("RESET") == [clockwork.now]


def test_its_reset_is_a_pulse_and_resets_itself() -> None:
    clockwork = dog()
    clockwork.run(10**9)
    assert [(line, level) for _, line, level in clockwork.changes] == [("RESET", True), ("RESET", False)]
    assert clockwork.read(RLR) == 0xFFF


def test_early_interrupt_comes_at_its_count() -> None:
    clockwork = dog()
    clockwork.write(KR, UNLOCK)
    clockwork.write(EWCR, 1 << 15 | 20)
    clockwork.run(10 * MS)
    assert clockwork.rises("IRQ") == [79 * 125_000]
    clockwork.write(EWCR, 1 << 15 | 1 << 14 | 20)
    assert not clockwork.device.level("IRQ")
    assert clockwork.read(EWCR) == 1 << 15 | 20


def test_another_one_goes_on_from_its_state() -> None:
    clockwork = dog()
    clockwork.run(5 * MS)
    other = Clockwork(Iwdg(), LSI)
    other.now = clockwork.now
    other.device.from_state(clockwork.device.state())
    for one in (clockwork, other):
        one.run(20 * MS)
    assert other.changes == clockwork.changes != []


def test_largest_prescaler_is_1024() -> None:
    clockwork = dog(prescaler=15, reload=1)
    clockwork.run(1023 * 10**9 // LSI)
    assert clockwork.rises("RESET") == []
    clockwork.run(2 * 10**9 // LSI)
    assert len(clockwork.rises("RESET")) == 1
