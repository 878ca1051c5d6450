"""The RAM in which the CAN controllers find their filters and keep their messages: plain storage of 10 KiB.

Who owns which part of it, and what stands there, is the controllers' business.
"""

from stm32mp1.device import Device
from stm32mp1.queues import Queues
from stm32mp1.registers import RegisterTable

WORDS = 2560


class MessageRam(Queues, Device):
    """SRAMCAN. Accesses of 1, 2 and 4 bytes reach it, as they do any RAM; a reset leaves it alone."""

    TABLE = RegisterTable("SRAMCAN", ())
    SIZE = 4 * WORDS
    QUEUES = ("words",)

    def __init__(self):
        super(MessageRam, self).__init__()
        self._queues["words"] = [0] * WORDS

    def read(self, offset, width):
        if not self._holds(offset, width):
            return super(MessageRam, self).read(offset, width)
        return self._queues["words"][offset // 4] >> 8 * (offset & 3) & ((1 << 8 * width) - 1)

    def write(self, offset, value, width):
        if not self._holds(offset, width):
            super(MessageRam, self).write(offset, value, width)
            return
        shift, mask = 8 * (offset & 3), (1 << 8 * width) - 1
        word = self._queues["words"][offset // 4]
        self._queues["words"][offset // 4] = word & ~(mask << shift) | (value & mask) << shift

    def _holds(self, offset, width):
        inside = width in (1, 2, 4) and 0 <= offset < self.SIZE and not offset & (width - 1)
        return inside and not self.stopped

    def reset(self):
        words = self._queues["words"]
        super(MessageRam, self).reset()
        self._queues["words"] = words

    def _may_hold(self, name, queue):
        return len(queue) == WORDS and max(queue) <= 0xFFFFFFFF
