"""A device that holds more than its registers show: lists of whole numbers, by name.

It makes them part of the device's state, and empties them in a reset; what they mean is for each device to say.
"""

import numbers


def _is_queue(value):
    if not isinstance(value, list):
        return False
    kinds = set(map(type, value))  # few, where the numbers may be thousands
    return all([issubclass(kind, numbers.Integral) and kind is not bool for kind in kinds]) and min(value or [0]) >= 0


class Queues(object):
    """Stands in front of a device class: `class Mine(Queues, Device)`. QUEUES names the lists, which begin empty."""

    QUEUES = ()

    def __init__(self):
        self._queues = dict((name, []) for name in self.QUEUES)
        super(Queues, self).__init__()

    def reset(self):
        self._queues = dict((name, []) for name in self.QUEUES)
        super(Queues, self).reset()

    def state(self):
        state = super(Queues, self).state()
        state.update((name, list(self._queues[name])) for name in self.QUEUES)
        return state

    def from_state(self, state):
        words = dict(state) if hasattr(state, "keys") else {}
        queues = {}
        for name in self.QUEUES:
            queue = words.pop(name, None)
            if not _is_queue(queue) or not self._may_hold(name, queue):
                raise ValueError("%s.%s cannot hold %r." % (self.TABLE.name, name, queue))
            queues[name] = list(queue)
        before, self._queues = self._queues, queues
        try:
            super(Queues, self).from_state(words)
        except ValueError:
            self._queues = before
            raise

    def _may_hold(self, name, queue):
        """A subclass says here what else is no state of it."""
        return True
