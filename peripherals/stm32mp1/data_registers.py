"""Registers through which data flows: each access of 1, 2 or 4 bytes moves an item, as software and DMA use them.

The device's other registers take such accesses too, at their own offset: the rest of the word stays as it is.
"""

_WIDTHS = (1, 2, 4)


class DataRegisters(object):
    """Stands in front of a device class. SOURCES and SINKS are the offsets of such registers, read and written.

    A subclass overrides `_take`, which gives what a read of so many bytes finds, and `_give`.
    """

    SOURCES = ()
    SINKS = ()

    def read(self, offset, width):
        if offset not in self._words or width not in _WIDTHS or self.stopped:
            return super(DataRegisters, self).read(offset, width)
        if offset not in self.SOURCES:
            return super(DataRegisters, self).read(offset, 4) & ((1 << 8 * width) - 1)
        value = self._take(offset, width) & ((1 << 8 * width) - 1)
        self._settle()
        return value

    def write(self, offset, value, width):
        register = self.TABLE.at(offset)
        if register is None or width not in _WIDTHS or self.stopped:
            super(DataRegisters, self).write(offset, value, width)
            return
        mask = (1 << 8 * width) - 1
        if offset not in self.SINKS:
            kept = self._words[offset] & register.writable & ~mask
            super(DataRegisters, self).write(offset, kept | value & mask, 4)
            return
        self._give(offset, value & mask, width)
        self._settle()

    def _take(self, offset, width):
        """What a read of the register finds."""
        return self._words[offset]

    def _give(self, offset, value, width):
        """Act on a write."""
        self._words[offset] = value
