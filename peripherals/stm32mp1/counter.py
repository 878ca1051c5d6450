"""How timers and watchdogs count: prescaler, auto-reload, direction, repetitions and compare values, in clock cycles.

It knows no registers and no time; `counting.py` says how many cycles have passed, and what it is to look out for.
"""

# What has happened, in the places that it has in SR, DIER and EGR of a TIM; CC2 and on follow.
UPDATE = 1 << 0
CC1 = 1 << 1

# What an update takes over: places in `preload` and `shadow`. CCR2 and on follow.
PSC, ARR, RCR, CCR1 = range(4)


class Counter(object):
    """A counter of `bits` bits with `channels` compare values.

    It goes in laps: from 0 up to ARR, from ARR down to 0 or, centre-aligned, up and down by turns; each ends in an
    overflow. Every RCR + 1 overflows there is an update, at which what has been written comes into force.
    """

    def __init__(self, bits, channels):
        self.limit = (1 << bits) - 1
        self.count = 0
        self.phase = 0  # cycles into the present count
        self.repetitions = 0  # overflows that pass before the one that updates
        self.running = False
        self.down = False
        self.centre = 0  # CR1.CMS: 0, or compare while counting down (1), up (2) or both (3)
        self.updates = True  # CR1.UDIS says no
        self.one_pulse = False
        self.due = 0  # channels whose value was written equal to the count: they are met one count later
        self.preload = [0, self.limit, 0] + [0] * channels  # as written
        self.shadow = list(self.preload)  # in force

    def advance(self, cycles):
        """Let cycles pass; says what has happened meanwhile."""
        events = 0
        if self.due and self._moves() and self.phase + cycles >= self._divider():
            events, self.due = self.due, 0
        while self._moves() and cycles >= self._left():
            cycles -= self._left()
            events |= self._matched(self._place() + 1, self._end()) | self._end_lap()
            if self._moves() and not (self.updates and (self.one_pulse or self.shadow != self.preload)):
                laps, cycles = divmod(cycles, self._lap() * self._divider())
                events |= self._skip(laps)
        if self._moves():
            first = self._place() + 1
            steps, self.phase = divmod(self.phase + cycles, self._divider())
            if steps:
                self.count += -steps if self.down else steps
                events |= self._matched(first, self._place())
        return events

    def restart(self):
        """What EGR.UG does: begin anew with what has been written. Says which compare values the count meets there."""
        if self.updates:
            self.shadow = list(self.preload)
        self.phase = 0
        self.repetitions = self.shadow[RCR]
        self.down = self.down and not self.centre
        return self.put(self._first())

    def put(self, count):
        """Set the count; says which compare values it meets."""
        self.count = count
        self.due = 0
        return sum([CC1 << n for n, value in enumerate(self.shadow[CCR1:]) if value == count])

    def cycles_to(self, events):
        """How many cycles from now the first of `events` happens; None if never. It may be early, never late."""
        waits = []
        if events & UPDATE and self.updates and self._moves():
            laps = self.repetitions + (1 if self._astray() else 0)
            waits.append(self._left() + laps * self._lap() * self._divider())
        if events & self.due and self._moves():
            waits.append(self._divider() - self.phase)
        if events & ~UPDATE:
            here = self.where()
            waits.append(self._cycles_to_match(events))
            self.go(here)
        return min([cycles for cycles in waits if cycles is not None] or [None])

    def _cycles_to_match(self, events):
        """The same for compare values alone; it counts on to find out."""
        passed = 0
        for _ in range(4):  # astray, and then up and down and up again
            if not self._moves():
                return None
            places = [place for channel, place in self._places() if events & channel and place > self._place()]
            if places:
                return passed + (min(places) - self._place()) * self._divider() - self.phase
            passed += self._left()
            if self._end_lap() & events:
                return passed
        return passed if self.updates and self.shadow != self.preload else None

    def where(self):
        """All that counting changes, as numbers."""
        return [self.count, self.phase, self.repetitions, self.running, self.down, self.due] + self.shadow

    def go(self, where):
        self.count, self.phase, self.repetitions = where[:3]
        self.running, self.down = bool(where[3]), bool(where[4])
        self.due = where[5]
        self.shadow = list(where[6:])

    # -- laps -------------------------------------------------------------------------------------------------

    def _moves(self):
        return self.running and self.shadow[ARR] > 0

    def _divider(self):
        return self.shadow[PSC] + 1

    def _lap(self):
        """Counts in a lap. A centre-aligned one leaves its last to the next."""
        return self.shadow[ARR] + (0 if self.centre else 1)

    def _astray(self):
        """Past the end of a lap upwards: the count goes on to its limit and becomes 0 without an overflow."""
        return not self.down and self.count >= self._lap()

    def _place(self):
        """Counts since the lap began; negative on a way down that began above ARR."""
        return self.shadow[ARR] - self.count if self.down else self.count

    def _end(self):
        return self.limit + 1 if self._astray() else self._lap()

    def _left(self):
        """Cycles to the end of the lap."""
        return (self._end() - self._place()) * self._divider() - self.phase

    def _first(self):
        return self.shadow[ARR] if self.down else 0

    def _end_lap(self):
        events = 0
        self.phase = 0
        if not self._astray():
            self.down = not self.down if self.centre else self.down
            if self.repetitions:
                self.repetitions -= 1
            else:
                events = self._update()
                self.repetitions = self.shadow[RCR]
            events |= self._beyond()
        self.count = self._first()
        return events | self._matched(0, 0)

    def _update(self):
        if not self.updates:
            return 0
        self.shadow = list(self.preload)
        self.running = not self.one_pulse
        return UPDATE

    def _skip(self, laps):
        """Whole laps from the beginning of one, none of which changes anything but where they end."""
        events = UPDATE if self.updates and laps > self.repetitions else 0
        self.repetitions = (self.repetitions - laps) % (self.shadow[RCR] + 1)
        for _ in range(min(laps, 2 + laps % 2)):
            events |= self._matched(0, self._lap())
            self.down = not self.down if self.centre else self.down
            self.count = self._first()
            events |= self._beyond()
        return events | (self._matched(0, 0) if laps else 0)

    # -- compare ----------------------------------------------------------------------------------------------

    def _matched(self, first, last):
        """The channels whose value is met between these places of the lap."""
        return sum([channel for channel, place in self._places() if first <= place <= last])

    def _places(self):
        """Each channel that this lap meets, and where in it."""
        if self._silent():
            return []
        values = [(CC1 << n, value) for n, value in enumerate(self.shadow[CCR1:])]
        top, end = self.shadow[ARR], self._end()
        if not self.down:
            return [(channel, value) for channel, value in values if value < end]
        highest = max(top, self.count)
        return [(channel, top - value) for channel, value in values if (0 if self.centre else -1) < value <= highest]

    def _beyond(self):
        """The channels whose value is above ARR: to them, an overflow is a match."""
        if self._silent() or (self.centre and not self.down):
            return 0
        return sum([CC1 << n for n, value in enumerate(self.shadow[CCR1:]) if value > self.shadow[ARR]])

    def _silent(self):
        """CR1.CMS says that there is no compare in this direction."""
        return self.centre == (2 if self.down else 1)
