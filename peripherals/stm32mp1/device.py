"""What every device model is: 32-bit registers behind `read` and `write`, output lines, a report of what happened.

It knows no engine, no bus and no time, and no access ever raises: one that the hardware does not take is reported.
"""

import numbers

from stm32mp1.registers import CONST, RO, RegisterTable

CPU1 = 1  # the Cortex-A7, Linux
CPU2 = 2  # the Cortex-M4, the firmware

_WORD = 0xFFFFFFFF


class Device(object):
    """A device whose registers are plain storage by the rules of its table; a subclass adds what they do.

    `_words` holds what each register reads as, by offset. A subclass overrides `_store` to act on a write, `_outputs` to
    say the level of each of its LINES, and `_derive` if it keeps anything that follows from `_words`.
    """

    TABLE = RegisterTable("NONE", ())
    SIZE = 0x400
    LINES = ()
    TRACED = False

    def __init__(self):
        self.processor = CPU2
        self.on_line = None
        self.on_event = None
        self._levels = [False] * len(self.LINES)
        self._words = self._initial()
        self._derive()

    # -- the bus ----------------------------------------------------------------------------------------------

    def read(self, offset, width):
        if width == 4 and offset in self._words:
            return self._words[offset]
        self._refuse("read", "of", offset, width, 0)
        return 0

    def write(self, offset, value, width):
        register = self.TABLE.at(offset)
        if width != 4 or register is None or register.access in (RO, CONST):
            self._refuse("write", "to", offset, width, value)
            return
        self._store(register, value & _WORD)
        self._settle()

    def _store(self, register, value):
        """Act on a legal write: here, replace the writable bits."""
        kept = self._words[register.offset] & ~register.writable
        self._words[register.offset] = kept | value & register.writable

    def _refuse(self, verb, preposition, offset, width, value):
        if self.on_event is None:
            return
        register = self.TABLE.at(offset)
        if not 0 <= offset < self.SIZE:
            what = "%s outside the window at +0x%03X" % (verb, offset)
        elif offset & (width - 1):
            what = "unaligned %d-byte %s at +0x%03X" % (width, verb, offset)
        elif width != 4:
            place = "at +0x%03X" % offset if register is None else "%s %s" % (preposition, register.name)
            what = "%d-byte %s %s" % (width, verb, place)
        elif register is None:
            what = "%s %s reserved +0x%03X" % (verb, preposition, offset)
        else:
            what = "write to read-only %s" % register.name
        self.on_event("illegal", what, value, 0)

    # -- output lines -----------------------------------------------------------------------------------------

    def level(self, line):
        return self._levels[self.LINES.index(line)]

    def _outputs(self):
        return self._levels

    def _settle(self):
        """Report each line whose level is no longer what was last reported, in the order of LINES."""
        levels = self._outputs()
        if levels == self._levels:
            return
        if self.on_line is None:
            self._levels = levels
            return
        for index, line in enumerate(self.LINES):
            if levels[index] != self._levels[index]:
                self._levels[index] = levels[index]
                self.on_line(line, levels[index])
                levels = self._outputs()  # whoever heard of it may have accessed the device

    # -- reset and state --------------------------------------------------------------------------------------

    def _initial(self):
        return dict((register.offset, register.reset) for register in self.TABLE)

    def _derive(self):
        """All of `_words` is new: bring what follows from it up to date."""

    def reset(self):
        self._words = self._initial()
        self._derive()
        self._settle()

    def state(self):
        return dict((register.name, self._words[register.offset]) for register in self._stored())

    def from_state(self, state):
        stored = self._stored()
        names = [register.name for register in stored]
        if sorted(state) != sorted(names):
            odd = sorted(set(state).symmetric_difference(names))
            raise ValueError("this is not a state of %s: see %s." % (self.TABLE.name, ", ".join(odd)))
        for register in stored:
            value = state[register.name]
            if not isinstance(value, numbers.Integral) or value & ~register.readable or register.ones & ~value:
                raise ValueError("%s.%s cannot hold %r." % (self.TABLE.name, register.name, value))
        for register in stored:
            self._words[register.offset] = state[register.name]
        self._derive()
        self._settle()

    def _stored(self):
        return [register for register in self.TABLE if register.access != CONST and register.readable]
