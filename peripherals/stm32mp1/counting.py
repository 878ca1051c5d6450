"""A device around a counter: it lets the counter catch up with virtual time, and asks to be woken for its next event.

What the counter means, and what its events do, is for each device to say.
"""

from stm32mp1.counter import Counter
from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

_SECOND = 10**9


class CountingDevice(Queues, TimedDevice):
    """BITS and CHANNELS are the counter's. Its clock is taken when it starts, and looked at again at each catching up.

    A subclass calls `_catch_up` before it looks at the counter or changes it, and `_plan` afterwards; it overrides
    `_counted` and `_heard`.
    """

    BITS = 16
    CHANNELS = 0
    QUEUES = ("progress",)

    def __init__(self):
        self._forget()
        super(CountingDevice, self).__init__()

    def _forget(self):
        self._counter = Counter(self.BITS, self.CHANNELS)
        self._since = 0  # when the cycles began to be counted, in ns
        self._cycles = 0  # those that the counter has seen
        self._hz = 0

    def _begin(self):
        """Count cycles from now, at the frequency of now."""
        self._since, self._cycles, self._hz = self.now(), 0, self._frequency()

    def _frequency(self):
        return self.clock_hz()

    def _catch_up(self):
        """True if more than the count has changed: what was planned may hold no longer."""
        if not self._counter.running:
            return False
        cycles = (self.now() - self._since) * self._hz // _SECOND
        passed, self._cycles = cycles - self._cycles, cycles
        events = self._counter.advance(passed)
        other_clock = self._hz != self._frequency()
        if other_clock:
            self._begin()
        self._counted(events)
        return bool(events) or other_clock

    def _counted(self, events):
        """The counter has moved on, and these events have happened on its way."""

    def _heard(self):
        """The events that move a line, if they happen now."""
        return 0

    def _plan(self):
        cycles = self._counter.cycles_to(self._heard()) if self._hz else None
        if cycles is None:
            self._wake_at(None)
        else:
            self._wake_at(self._since - -(self._cycles + cycles) * _SECOND // self._hz)

    def alarm(self):
        self._catch_up()
        self._plan()
        self._settle()

    def reset(self):
        self._forget()
        super(CountingDevice, self).reset()
        self._plan()

    def state(self):
        self._catch_up()
        counter = self._counter
        clock = [self._since, self._cycles, self._hz] if counter.running else [0, 0, 0]
        self._queues["progress"] = clock + [int(number) for number in counter.where()]
        return super(CountingDevice, self).state()

    def from_state(self, state):
        super(CountingDevice, self).from_state(state)
        progress = self._queues["progress"]
        self._since, self._cycles, self._hz = progress[:3]
        self._counter.go(progress[3:])
        self._plan()

    def _may_hold(self, name, queue):
        return len(queue) == 3 + len(self._counter.where())
