"""A device in whose registers time passes: it asks what time it is, and to be woken at a time.

Nothing ticks: between two looks there is only arithmetic. Times are whole nanoseconds of virtual time.
"""

from stm32mp1.device import Device


class TimedDevice(Device):
    """A subclass overrides `alarm`, and calls `_wake_at` to have it called."""

    def __init__(self):
        self.now = lambda: 0
        self.clock_hz = lambda: 64000000
        self.on_wake_at = None
        Device.__init__(self)

    def _wake_at(self, at):
        if self.on_wake_at is not None:
            self.on_wake_at(at)

    def alarm(self):
        """The time asked for may have come."""
