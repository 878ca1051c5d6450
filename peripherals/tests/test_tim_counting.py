"""A timer beside a second one that counts cycle by cycle, as the reference manual describes it: they never differ.

The timer has 4 bits, so that a few cycles reach every corner; one cycle is one nanosecond.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stm32mp1.counter import Counter
from stm32mp1.tim import Tim1
from stm32mp1.tim_table import ARR, BDTR, CCMR1, CCR1, CNT, CR1, DIER, EGR, PSC, RCR, SR, tim_table

CEN, UDIS, URS, OPM, DIR, CMS, ARPE = 1, 2, 4, 8, 16, 3 << 5, 1 << 7
UIF, CC1IF, CC2IF = 1, 2, 4
LIMIT = 15


class Small(Tim1):
    TABLE = tim_table(bits=4, channels=2, repetitions=8)
    BITS = 4
    CHANNELS = 2


class Manual:
    """What the manual says, in the order in which it says it. One `cycle` at a time."""

    def __init__(self) -> None:
        self.words = {CR1: 0, DIER: 0, SR: 0, PSC: 0, ARR: LIMIT, RCR: 0, CCR1: 0, CCR1 + 4: 0, CCMR1: 0, BDTR: 0}
        self.count = self.phase = self.repetition = 0
        self.psc, self.arr, self.rcr, self.ccr = 0, LIMIT, 0, [0, 0]
        self.down = False
        self.due = [False, False]

    def write(self, offset: int, value: int) -> None:
        if offset == SR:
            self.words[SR] &= value
        elif offset == EGR:
            if value & UIF:
                self.update_generation()
        elif offset == CNT:
            self.count = value & LIMIT
            self.meet()
        elif offset == CR1 and self.words[CR1] & CMS and value & CMS:
            self.words[CR1] = value & ~DIR  # read-only in centre-aligned mode
        else:
            self.words[offset] = value
            if offset == CR1:
                self.down = bool(value & DIR)
        self.take_over_at_once()
        for n in (0, 1):
            if offset == CCR1 + 4 * n:
                at_once = not self.words[CCMR1] >> 8 * n & 8
                self.due[n] = bool(self.words[CR1] & CEN) and at_once and value == self.count
        if self.centre and self.count == 0:
            self.down = False

    @property
    def centre(self) -> int:
        return (self.words[CR1] & CMS) >> 5

    def take_over_at_once(self) -> None:
        """Registers without preload are in force when written."""
        if not self.words[CR1] & ARPE:
            self.arr = self.words[ARR]
        for n in (0, 1):
            if not self.words[CCMR1] >> 8 * n & 8:
                self.ccr[n] = self.words[CCR1 + 4 * n]

    def take_over(self) -> None:
        """An update event."""
        self.psc, self.arr, self.rcr = self.words[PSC], self.words[ARR], self.words[RCR]
        self.ccr = [self.words[CCR1], self.words[CCR1 + 4]]

    def update_generation(self) -> None:
        if not self.words[CR1] & UDIS:
            self.take_over()
            if not self.words[CR1] & URS:
                self.words[SR] |= UIF
        self.phase = 0
        self.repetition = self.rcr
        if self.centre:
            self.down = False
        self.count = self.arr if self.down else 0
        self.meet()

    def meet(self) -> None:
        """The counter is set to a value."""
        self.due = [False, False]
        for n in (0, 1):
            if self.ccr[n] == self.count:
                self.words[SR] |= CC1IF << n

    def cycle(self) -> None:
        if not self.words[CR1] & CEN or self.arr == 0:
            return
        if self.phase < self.psc:
            self.phase += 1
            return
        self.phase = 0
        overflow = self.tick()
        for n in (0, 1):
            if self.due[n]:
                self.words[SR] |= CC1IF << n
        self.due = [False, False]
        if (self.centre == 1 and not self.down) or (self.centre == 2 and self.down):
            return
        for n in (0, 1):
            beyond = self.ccr[n] > self.arr and overflow and (self.down or not self.centre)
            if self.ccr[n] == self.count or beyond:
                self.words[SR] |= CC1IF << n

    def tick(self) -> bool:
        """One count. Says whether it was an overflow or underflow."""
        if not self.down:
            last = self.arr - 1 if self.centre else self.arr
            if self.count == last:
                self.overflow(self.centre > 0)
                return True
            self.count = (self.count + 1) & LIMIT
        elif self.count == (1 if self.centre else 0):
            self.overflow(not self.centre)
            return True
        else:
            self.count -= 1
        return False

    def overflow(self, down: bool) -> None:
        if self.repetition:
            self.repetition -= 1
        else:
            if not self.words[CR1] & UDIS:
                self.take_over()
                self.words[SR] |= UIF
                if self.words[CR1] & OPM:
                    self.words[CR1] &= ~CEN
            self.repetition = self.rcr
        self.down = down
        self.count = self.arr if down else 0


class Pair:
    """Both timers through the same writes and the same cycles."""

    def __init__(self) -> None:
        self.now = 0
        self.wake: int | None = None
        self.rises: list[int] = []
        self.manual, self.manual_rises = Manual(), []
        self.timer = Small()
        self.timer.now = lambda: self.now
        self.timer.clock_hz = lambda: 1_000_000_000
        self.timer.on_wake_at = self.wake_at
        self.timer.on_line = self.line

    def wake_at(self, at: int | None) -> None:
        assert at is None or at > self.now
        self.wake = at

    def line(self, line: str, level: bool) -> None:
        if line in ("UP", "CC") and level:
            self.rises.append(self.now)

    def pending(self) -> tuple[bool, bool]:
        flags = self.manual.words[SR] & self.manual.words[DIER]
        return bool(flags & UIF), bool(flags & (CC1IF | CC2IF))

    def write(self, offset: int, value: int) -> None:
        before = self.pending()
        self.manual.write(offset, value)
        self.note(before)
        self.timer.write(offset, value, 4)

    def note(self, before: tuple[bool, bool]) -> None:
        after = self.pending()
        self.manual_rises += [self.now] * sum(new and not old for old, new in zip(before, after, strict=True))

    def run(self, cycles: int) -> None:
        end = self.now + cycles
        while self.now < end:
            self.now += 1
            before = self.pending()
            self.manual.cycle()
            self.note(before)
            if self.wake is not None and self.wake <= self.now:
                self.wake = None
                self.timer.alarm()

    def check(self) -> None:
        manual = self.manual
        assert self.timer.read(CNT, 4) == manual.count
        assert self.timer.read(SR, 4) == manual.words[SR]
        assert self.timer.read(CR1, 4) & CEN == manual.words[CR1] & CEN
        assert bool(self.timer.read(CR1, 4) & DIR) == manual.down
        assert self.rises == self.manual_rises


VALUES = {
    CR1: st.sampled_from([0, CEN, CEN | ARPE, CEN | DIR, CEN | URS, CEN | UDIS, CEN | OPM]).flatmap(
        lambda bits: st.sampled_from([0, 0, 1 << 5, 2 << 5, 3 << 5]).map(lambda cms: bits | cms)
    ),
    DIER: st.integers(0, 7),
    SR: st.integers(0, 7),
    EGR: st.just(UIF),
    CNT: st.integers(0, LIMIT),
    PSC: st.integers(0, 3),
    ARR: st.integers(0, LIMIT),
    RCR: st.integers(0, 3),
    CCR1: st.integers(0, LIMIT),
    CCR1 + 4: st.integers(0, LIMIT),
    CCMR1: st.sampled_from([0, 0x0008, 0x0808]),
}
WRITE = st.sampled_from(sorted(VALUES)).flatmap(lambda offset: st.tuples(st.just(offset), VALUES[offset]))
STEP = st.one_of(WRITE, st.integers(1, 250))


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(STEP, max_size=25))
@example([(ARR, 3), (CR1, CEN | 3 << 5), (DIER, 7), (CCR1, 2), 100, (RCR, 2), 100, (SR, 0), 100])
def test_timer_counts_as_the_manual_says(steps: list[int | tuple[int, int]]) -> None:
    pair = Pair()
    pair.write(CR1, CEN)
    for step in steps:
        if isinstance(step, tuple):
            pair.write(*step)
        else:
            pair.run(step)
        pair.check()


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(STEP, max_size=25))
def test_a_timer_that_nobody_looks_at_meanwhile_ends_at_the_same_place(steps: list[int | tuple[int, int]]) -> None:
    """Nothing hangs on how often somebody looks."""
    pair, other = Pair(), Small()
    other.now, other.clock_hz = pair.timer.now, pair.timer.clock_hz
    for timer in (pair.timer, other):
        timer.write(CR1, CEN, 4)
    for step in steps:
        if isinstance(step, tuple):
            pair.timer.write(*step, 4)
            other.write(*step, 4)
        else:
            for _ in range(step):
                pair.now += 1
                pair.timer.read(CNT, 4)
    assert other.state() == pair.timer.state()


@pytest.mark.parametrize("updates", [False, True])
@pytest.mark.parametrize("one_pulse", [False, True])
@pytest.mark.parametrize("centre", range(4))
def test_many_short_laps_are_counted_in_a_few_steps(
    monkeypatch: pytest.MonkeyPatch, updates: bool, one_pulse: bool, centre: int
) -> None:
    end_lap, laps = Counter.__dict__["_end_lap"], 0

    def counted(counter: Counter) -> object:
        nonlocal laps
        laps += 1
        return end_lap(counter)

    monkeypatch.setattr(Counter, "_end_lap", counted)
    counter = Counter(16, 1)
    counter.shadow = [0, 1, 0, 0]
    counter.preload = list(counter.shadow)
    counter.running, counter.updates, counter.one_pulse, counter.centre = True, updates, one_pulse, centre
    counter.advance(1000)
    assert laps < 10
    assert counter.running is not (updates and one_pulse), "without updates nothing stops it"
