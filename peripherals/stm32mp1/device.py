"""What every device model is: 32-bit registers behind `read` and `write`, output lines, reports of what happened.

It knows no engine, no bus and no time. No access raises: one that the hardware does not take is reported.
"""

from stm32mp1.registers import CONST, RO, RegisterTable

CPU1 = 1
CPU2 = 2

_WORD = 0xFFFFFFFF
_WHOLE = (int, type(1 << 64))  # the second is Python 2's for large numbers


class Device(object):
    """A device that keeps its registers by the rules of its TABLE; a subclass adds what they do.

    `_words` is what each register reads as, by offset. A subclass overrides `_store` to act on a write, `_outputs`
    to say the level of each of its LINES, and `_derive` if it keeps anything that follows from `_words`.
    """

    TABLE = RegisterTable("NONE", ())
    SIZE = 0x400
    LINES = ()
    INPUTS = 0
    INPUTS_TRACED = True
    EVENTS = {}
    TRACED = False

    def __init__(self):
        self.stopped = ""
        self.processor = CPU2
        self.on_event = None
        self.on_heeding = None
        self._on_line = None
        self._levels = [False] * len(self.LINES)  # as last reported
        self._settlings = 0
        self._words = self._initial()
        self._derive()

    # -- the bus --------------------------------------------------------------------------------------------

    def read(self, offset, width):
        if width == self._served and offset in self._words:
            return self._words[offset]
        self._refuse("read", offset, width, 0)
        return 0

    def write(self, offset, value, width):
        register = self.TABLE.at(offset)
        if width != self._served or register is None or register.access in (RO, CONST):
            self._refuse("write", offset, width, value)
            return
        self._store(register, value & _WORD)
        self._settle()

    def _store(self, register, value):
        """Act on a legal write: here, only what the accesses of the fields say."""
        word = self._words[register.offset] & ~register.writable | value & register.writable
        word = (word | value & register.sets) & ~(value & register.clears) & (value | ~register.keeps)
        self._words[register.offset] = word
        if register.twin is not None:
            self._words[register.twin] = word

    def _refuse(self, verb, offset, width, value):
        if self.on_event is None:
            return
        preposition = "of" if verb == "read" else "to"
        register = self.TABLE.at(offset & ~3)
        if not 0 <= offset < self.SIZE:
            what = "%s outside the window at %s0x%03X" % (verb, "-" if offset < 0 else "+", abs(offset))
        elif offset & (width - 1):
            what = "unaligned %d-byte %s at +0x%03X" % (width, verb, offset)
        elif register is None:
            what = "%s %s reserved +0x%03X" % (verb, preposition, offset)
        elif width != 4:
            what = "%d-byte %s %s %s" % (width, verb, preposition, register.name)
        elif self.stopped:
            what = "%s %s %s %s" % (verb, preposition, register.name, self.stopped)
        else:
            what = "%s %s read-only %s" % (verb, preposition, register.name)
        self.on_event("illegal", what, value, 0)

    @property
    def stopped(self):
        return self._stopped

    @stopped.setter
    def stopped(self, why):
        self._stopped = why
        self._served = None if why else 4  # the width of an access that is served

    def input(self, number, level):
        """A line that is wired to input `number` has changed to `level`."""

    def heeds(self, number):
        """Whether a pulse at input `number` would do anything now; `on_heeding` is called when that has changed."""
        return True

    # -- output lines ---------------------------------------------------------------------------------------

    @property
    def on_line(self):
        return self._on_line

    @on_line.setter
    def on_line(self, listener):
        self._on_line = listener
        self._levels = self._outputs()  # what it will hear of are changes from now on

    def heeded(self, line, anybody):
        """Whether anybody heeds a pulse on a line from now on."""

    def level(self, line):
        if line not in self.LINES:
            line = self.line_of(line)
        return self._outputs()[self.LINES.index(line)]

    @classmethod
    def line_of(cls, output):
        """The line that leaves the device as `output`: itself, or the one behind an event."""
        line = cls.EVENTS.get(output, output)
        if line not in cls.LINES:
            known = ", ".join(list(cls.LINES) + sorted(cls.EVENTS)) or "none"
            raise ValueError("%s has no output line %r; its lines are: %s." % (cls.TABLE.name, output, known))
        return line

    def _outputs(self):
        """The level of each line, in the order of LINES."""
        return [False] * len(self.LINES)

    def _settle(self):
        """Report each line whose level is no longer what was last reported, in the order of LINES."""
        if self._on_line is None:
            return
        self._settlings += 1
        mine = self._settlings
        levels = self._outputs()
        if levels == self._levels:
            return
        for index, line in enumerate(self.LINES):
            if levels[index] != self._levels[index]:
                self._levels[index] = levels[index]
                self._on_line(line, levels[index])
                if self._settlings != mine:
                    return  # whoever heard of it accessed the device, and that has settled all

    # -- reset and state ------------------------------------------------------------------------------------

    def _initial(self):
        return dict(self.TABLE.resets)

    def _derive(self):
        """All of `_words` is new: bring what follows from it up to date."""

    def reset(self):
        self._words = self._initial()
        self._derive()
        self._settle()

    def state(self):
        return dict((register.name, self._words[register.offset]) for register in self.TABLE.kept)

    def from_state(self, state):
        kept = self.TABLE.kept
        if not hasattr(state, "keys"):
            raise ValueError("this is not a state of %s: it is no mapping of names to words." % self.TABLE.name)
        odd = set(state).symmetric_difference(register.name for register in kept)
        if odd:
            names = ", ".join(sorted(str(name) for name in odd))
            raise ValueError("this is not a state of %s: look at %s." % (self.TABLE.name, names))
        for register in kept:
            word = state[register.name]
            if type(word) not in _WHOLE or word & ~register.readable or register.ones & ~word:
                raise ValueError("%s.%s cannot hold %r." % (self.TABLE.name, register.name, word))
        for register in kept:
            self._words[register.offset] = state[register.name]
            if register.twin is not None:
                self._words[register.twin] = state[register.name]
        self._derive()
        self._settle()
