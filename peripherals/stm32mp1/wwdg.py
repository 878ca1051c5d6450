"""The window watchdog: a counter that software must set back neither too early nor too late, or the Cortex-M4 is reset.

It stands still until it is switched on. Whom its reset reaches is for the board to say; it resets itself.
"""

from stm32mp1.counter import CC1, CCR1, PSC
from stm32mp1.counting import CountingDevice
from stm32mp1.registers import CONST, RW, RW0C, RW1S, Field, Register, RegisterTable, identification

CR = 0x00
CFR = 0x04
SR = 0x08

_T = 0x7F  # in CR; W has the same place in CFR
_T6 = 1 << 6
_WDGA = 1 << 7
_EWI = 1 << 9  # in CFR
_EWIF = 1 << 0

_EARLY = CC1  # the counter has reached 0x40
_LATE = CC1 << 1  # and 0x3F


class Wwdg(CountingDevice):
    """WWDG1 (m4-platform.md section 4.4). EWI is a level, RESET a pulse. Input 0 resets it when it rises."""

    TABLE = RegisterTable("WWDG", [
        Register(0x00, "CR", "Control", RW, 0x7F, [
            Field("T", 0, "count; below 0x40 it bites", width=7),
            Field("WDGA", 7, "watchdog on, until the next reset", access=RW1S),
        ], "Switches the watchdog on, and sets its counter back."),
        Register(0x04, "CFR", "Configuration", RW, 0x7F, [
            Field("W", 0, "highest count at which it may be set back", width=7),
            Field("EWI", 9, "early wake-up interrupt enabled, until the next reset", access=RW1S),
            Field("WDGTB", 11, "prescaler, a power of two", width=3),
        ], "The window and the speed."),
        Register(0x08, "SR", "Status", RW0C, 0x0, [Field("EWIF", 0, "0x40 has been reached")],
                 "The early wake-up flag; writing 0 clears it."),
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0xFFF, [], "What the block can do."),
    ] + identification(0x21, 0x00120051))  # fmt: skip
    BITS = 7
    CHANNELS = 2
    LINES = ("EWI", "RESET")
    INPUTS = 1

    def _forget(self):
        super(Wwdg, self)._forget()
        self._biting = False
        self._counter.count = _T
        self._counter.down = True
        self._counter.shadow[CCR1:] = self._counter.preload[CCR1:] = [_T6, _T6 - 1]

    def input(self, number, level):
        if level and not self._biting:  # what a bite resets is reset when all have heard of the bite
            self.reset()

    def read(self, offset, width):
        self._catch_up()
        return super(Wwdg, self).read(offset, width)

    def _store(self, register, value):
        self._catch_up()
        counter = self._counter
        on = counter.running
        early = register.offset == CR and on and counter.count > self._words[CFR] & _T
        super(Wwdg, self)._store(register, value)
        self._derive()
        if register.offset == CR:
            counter.count = value & _T
            if counter.running and not on:
                self._begin()
            if counter.running and (early or not value & _T6):
                self._bite()
        self._plan()

    def _derive(self):
        counter = self._counter
        counter.running = self._words[CR] & _WDGA != 0
        counter.shadow[PSC] = counter.preload[PSC] = (4096 << (self._words[CFR] >> 11 & 7)) - 1
        counter.phase = min(counter.phase, counter.shadow[PSC])

    def _counted(self, events):
        self._words[CR] = self._words[CR] & ~_T | self._counter.count
        if events & _EARLY:
            self._words[SR] |= _EWIF
        if events & _LATE:
            self._bite()

    def _bite(self):
        self._biting = True
        self._settle()
        self.reset()

    def _heard(self):
        early = self._words[CFR] & _EWI and not self._words[SR] & _EWIF
        return _LATE | (_EARLY if early else 0)

    def _outputs(self):
        return [self._words[CFR] & _EWI != 0 and self._words[SR] & _EWIF != 0, self._biting]
