"""A device that remembers more than its registers show: whole numbers of so many bits, by name.

It makes them part of the device's state. What they mean is for each device to say.
"""

import numbers

from stm32mp1.device import Device


class LatchedDevice(Device):
    """LATCHES gives name and width of each number. All are 0 when the device is made, and a reset leaves them."""

    LATCHES = ()

    def __init__(self):
        self._latches = dict((name, 0) for name, _ in self.LATCHES)
        Device.__init__(self)

    def state(self):
        state = Device.state(self)
        state.update(self._latches)
        return state

    def from_state(self, state):
        words = dict(state) if hasattr(state, "keys") else {}
        latches = {}
        for name, width in self.LATCHES:
            number = latches[name] = words.pop(name, None)
            whole = isinstance(number, numbers.Integral) and not isinstance(number, bool)
            if not whole or not 0 <= number < 1 << width:
                raise ValueError("%s cannot remember %r as its %s." % (self.TABLE.name, number, name))
        before, self._latches = self._latches, latches
        try:
            Device.from_state(self, words)
        except ValueError:
            self._latches = before
            raise
