"""The real-time clock: keys, initialization mode, and a calendar that is compared with Python's own."""

from __future__ import annotations

import datetime

import pytest
from virtual_time import Clockwork

from stm32mp1.rtc import DR, ICSR, PRER, SSR, TR, WPR, Rtc

LSE = 32_768
INIT, INITF, RSF, INITS = 1 << 7, 1 << 6, 1 << 5, 1 << 4
SECOND = 10**9
DAY = 24 * 60 * 60


def bcd(number: int) -> int:
    return int(str(number), 16)


def clock(hz: int = LSE) -> Clockwork:
    """Unlocked."""
    clockwork = Clockwork(Rtc(), hz)
    clockwork.write(WPR, 0xCA)
    clockwork.write(WPR, 0x53)
    return clockwork


def shown(clockwork: Clockwork) -> tuple[str, int]:
    """Date and time, and the day of the week."""
    time, date = clockwork.read(TR), clockwork.read(DR)
    day = f"20{date >> 16:02x}-{date >> 8 & 0x1F:02x}-{date & 0x3F:02x}"
    return f"{day} {time >> 16:02x}:{time >> 8 & 0x7F:02x}:{time & 0x7F:02x}", date >> 13 & 0x7


def set_to(clockwork: Clockwork, moment: datetime.datetime) -> None:
    """As software does: initialization mode, time and date, and out of it again."""
    clockwork.write(ICSR, INIT)
    clockwork.write(TR, bcd(moment.hour) << 16 | bcd(moment.minute) << 8 | bcd(moment.second))
    weekday, year = moment.isoweekday(), moment.year - 2000
    clockwork.write(DR, bcd(year) << 16 | weekday << 13 | bcd(moment.month) << 8 | bcd(moment.day))
    clockwork.write(ICSR, 0)


def test_registers_after_reset() -> None:
    rtc = Rtc()
    assert [rtc.read(offset, 4) for offset in (TR, DR, SSR, ICSR, PRER)] == [0, 0x2101, 0, 0x7, 0x007F00FF]
    assert [rtc.read(offset, 4) for offset in (0x3F8, 0x3FC)] == [0x00120033, 0xA3C5DD01]


def test_counts_the_seconds_of_the_lse() -> None:
    clockwork = clock()
    clockwork.run(SECOND - 1)
    assert clockwork.read(TR) == 0
    clockwork.run(1)
    assert clockwork.read(TR) == 0x000001
    clockwork.run(59 * SECOND)
    assert clockwork.read(TR) == 0x000100


def test_subseconds_count_down_from_the_synchronous_prescaler() -> None:
    clockwork = clock()
    clockwork.run(SECOND // 2)
    assert clockwork.read(SSR) == 0xFF - 128
    clockwork.run(SECOND // 2)
    assert clockwork.read(SSR) == 0xFF


@pytest.mark.parametrize(
    ("start", "seconds"),
    [
        ("2026-11-21 16:00:00", 1),
        ("2023-02-28 23:59:59", 1),
        ("2024-02-28 23:59:59", 1),
        ("2024-02-29 23:59:59", 1),
        ("2000-02-28 23:59:59", DAY),
        ("2024-12-31 23:59:58", 3),
        ("2001-03-01 00:00:00", 40 * 365 * DAY + 12_345),
        ("2099-12-31 00:00:00", DAY - 1),
    ],
)
def test_calendar_goes_on_as_pythons_does(start: str, seconds: int) -> None:
    moment = datetime.datetime.fromisoformat(start)
    clockwork = clock()
    set_to(clockwork, moment)
    clockwork.run(seconds * SECOND)
    later = moment + datetime.timedelta(seconds=seconds)
    assert shown(clockwork) == (str(later), later.isoweekday())


def test_every_day_of_ten_years_is_the_one_of_python() -> None:
    moment = datetime.datetime(2019, 12, 31)
    clockwork = clock()
    set_to(clockwork, moment)
    for _ in range(3653):
        clockwork.run(DAY * SECOND)
        moment += datetime.timedelta(days=1)
        assert shown(clockwork) == (str(moment), moment.isoweekday())


def test_after_the_last_day_of_the_century_comes_its_first() -> None:
    clockwork = clock()
    set_to(clockwork, datetime.datetime(2099, 12, 31, 23, 59, 59))  # a Thursday
    clockwork.run(SECOND)
    assert shown(clockwork) == ("2000-01-01 00:00:00", 5)
    clockwork.run(60 * DAY * SECOND)
    assert shown(clockwork)[0] == "2000-03-01 00:00:00"


@pytest.mark.parametrize("garbage", [0, 0xFFFFFFFF, 0xAAAAAAAA, 0x99999999, 0x00A00000])
def test_whatever_it_is_set_to_it_shows_a_time_and_a_date(garbage: int) -> None:
    clockwork = clock()
    clockwork.write(ICSR, INIT)
    for offset in (TR, DR):
        clockwork.write(offset, garbage)
    clockwork.write(ICSR, 0)
    clockwork.run(SECOND)
    datetime.datetime.fromisoformat(shown(clockwork)[0])


def test_reading_often_loses_no_time() -> None:
    clockwork = clock()
    for _ in range(1000):
        clockwork.run(SECOND // 1000 + 1)
        clockwork.read(TR)
    assert clockwork.read(TR) == 0x000001


def test_locked_nothing_can_be_written() -> None:
    clockwork = Clockwork(Rtc(), LSE)
    clockwork.write(ICSR, INIT)
    assert clockwork.read(ICSR) & (INIT | INITF) == 0


@pytest.mark.parametrize("keys", [(0xCA,), (0x53,), (0x53, 0xCA), (0xCA, 0x53, 0xFF), (0xCA, 0x00, 0x53)])
def test_only_both_keys_in_order_unlock(keys: tuple[int, ...]) -> None:
    clockwork = Clockwork(Rtc(), LSE)
    for key in keys:
        clockwork.write(WPR, key)
    clockwork.write(ICSR, INIT)
    assert clockwork.read(ICSR) & INIT == 0


def test_initialization_mode_is_entered_at_once_and_stops_the_calendar() -> None:
    clockwork = clock()
    clockwork.run(5 * SECOND)
    clockwork.write(ICSR, INIT)
    assert clockwork.read(ICSR) & (INIT | INITF | RSF) == INIT | INITF
    clockwork.run(5 * SECOND)
    assert clockwork.read(TR) == 0x000005


def test_calendar_can_be_written_in_initialization_mode_only() -> None:
    clockwork = clock()
    for offset, value in ((TR, 0x123456), (DR, 0x266B21), (PRER, 0x00010001)):
        before = clockwork.read(offset)
        clockwork.write(offset, value)
        assert clockwork.read(offset) == before


def test_without_a_clock_there_is_no_initialization_mode_and_no_time() -> None:
    clockwork = clock(0)
    clockwork.run(10 * SECOND)
    clockwork.write(ICSR, INIT)
    assert (clockwork.read(ICSR) & (INITF | RSF), clockwork.read(TR)) == (0, 0)


def test_calendar_shows_itself_one_cycle_after_it_has_been_set() -> None:
    clockwork = clock()
    set_to(clockwork, datetime.datetime(2026, 1, 1))
    assert clockwork.read(ICSR) & (RSF | INITS) == INITS
    clockwork.run(SECOND // LSE + 1)
    assert clockwork.read(ICSR) & (RSF | INITS) == RSF | INITS


def test_other_prescalers_make_another_second() -> None:
    clockwork = clock(32_000)  # the LSI
    clockwork.write(ICSR, INIT)
    clockwork.write(PRER, 249)
    clockwork.write(PRER, 127 << 16 | 249)
    clockwork.write(ICSR, 0)
    clockwork.run(100 * SECOND)
    assert clockwork.read(TR) == 0x000140


def test_time_goes_on_at_another_frequency() -> None:
    clockwork = clock()
    clockwork.run(10 * SECOND)
    clockwork.device.alarm()  # as the RCC has it look, before and after
    clockwork.hz = 2 * LSE
    clockwork.device.alarm()
    clockwork.run(10 * SECOND)
    assert clockwork.read(TR) == 0x000030


def test_reset_of_the_system_leaves_the_calendar_alone() -> None:
    clockwork = clock()
    set_to(clockwork, datetime.datetime(2026, 11, 21, 16))
    clockwork.run(SECOND)
    clockwork.device.reset()
    clockwork.run(SECOND)
    assert shown(clockwork) == ("2026-11-21 16:00:02", 6)


def test_another_one_goes_on_from_its_state() -> None:
    clockwork = clock()
    set_to(clockwork, datetime.datetime(2026, 11, 21, 16))
    clockwork.run(SECOND * 7 // 2)
    other = Clockwork(Rtc(), LSE)
    other.now = clockwork.now
    other.device.from_state(clockwork.device.state())
    for one in (clockwork, other):
        one.run(SECOND // 2)
    assert shown(other) == shown(clockwork) == ("2026-11-21 16:00:04", 6)
    assert other.device.state() == clockwork.device.state()
