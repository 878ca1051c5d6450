"""The low-power timers: a counter on a clock that runs in stop too, or on pulses from outside.

A written ARR or CMP has arrived at once. Encoders, outputs and starts by a trigger are left out: no trigger comes.
"""

from stm32mp1.counter import ARR as RELOAD
from stm32mp1.counter import CC1, CCR1, PSC
from stm32mp1.counting import CountingDevice
from stm32mp1.registers import CONST, RO, RW, W1, Field, Register, RegisterTable, identification

ISR = 0x00
ICR = 0x04
IER = 0x08
CFGR = 0x0C
CR = 0x10
CMP = 0x14
ARR = 0x18
CNT = 0x1C

_CMPM = 1 << 0  # in ISR, IER and ICR, as are:
_ARRM = 1 << 1
_CMPOK = 1 << 3
_ARROK = 1 << 4

_CKSEL = 1 << 0  # in CFGR
_TRIGEN = 3 << 17
_PRELOAD = 1 << 22
_COUNTMODE = 1 << 23
_RISING, _FALLING = (0, 2), (1, 2)  # CFGR.CKPOL that counts the edge

_ENABLE = 1 << 0  # in CR
_SNGSTRT = 1 << 1
_CNTSTRT = 1 << 2
_COUNTRST = 1 << 3
_RSTARE = 1 << 4


def _flags(suffix, words):
    """The seven events as they stand in ISR, ICR or IER."""
    names = ("CMPM", "ARRM", "EXTTRIG", "CMPOK", "ARROK", "UP", "DOWN")
    meanings = ("CMP reached", "ARR reached", "trigger", "CMP arrived", "ARR arrived", "counting up", "counting down")
    return [Field(name + suffix, bit, words % meanings[bit]) for bit, name in enumerate(names)]


class Lptim(CountingDevice):
    """LPTIM1 to LPTIM5. IRQ is a level; input 0 is IN1, whose edges count if CFGR says so."""

    TABLE = RegisterTable("LPTIM", [
        Register(0x00, "ISR", "InterruptStatus", RO, 0x0, _flags("", "%s"), "What has happened."),
        Register(0x04, "ICR", "InterruptClear", W1, 0x0, _flags("CF", "clear: %s"), "Clears flags of ISR."),
        Register(0x08, "IER", "InterruptEnable", RW, 0x0, _flags("IE", "interrupt enabled: %s"), "What interrupts."),
        Register(0x0C, "CFGR", "Configuration", RW, 0x0, [
            Field("CKSEL", 0, "counts pulses on IN1"),
            Field("CKPOL", 1, "which edges: rising, falling (1) or both (2)", width=2),
            Field("CKFLT", 3, "pulse filter", width=2),
            Field("TRGFLT", 6, "trigger filter", width=2),
            Field("PRESC", 9, "prescaler, a power of two", width=3),
            Field("TRIGSEL", 13, "which trigger", width=3),
            Field("TRIGEN", 17, "started by the trigger", width=2),
            Field("TIMOUT", 19, "a trigger starts anew"),
            Field("WAVE", 20, "set-once output"),
            Field("WAVPOL", 21, "output inverted"),
            Field("PRELOAD", 22, "ARR and CMP wait for the end of the period"),
            Field("COUNTMODE", 23, "counts pulses, sampled by the clock"),
            Field("ENC", 24, "encoder"),
        ], "How it counts; can be written while it is off."),
        Register(0x10, "CR", "Control", RW, 0x0, [
            Field("ENABLE", 0, "on"),
            Field("SNGSTRT", 1, "counts one period"),
            Field("CNTSTRT", 2, "counts on and on"),
            Field("COUNTRST", 3, "set CNT to 0", access=W1),
            Field("RSTARE", 4, "reading CNT sets it to 0"),
        ], "Switches it on, and starts it."),
        Register(0x14, "CMP", "Compare", RW, 0x0, [Field("CMP", 0, "count", width=16)], "The count to look for."),
        Register(0x18, "ARR", "AutoReload", RW, 0x1, [Field("ARR", 0, "last count", width=16)], "Where a period ends."),
        Register(0x1C, "CNT", "Counter", RO, 0x0, [Field("CNT", 0, "count", width=16)], "The count."),
        Register(0x24, "CFGR2", "Configuration2", RW, 0x0, [
            Field("IN1SEL", 0, "what IN1 is connected to", width=4),
            Field("IN2SEL", 4, "what IN2 is connected to", width=4),
        ], "Where pulses come from; all are input 0 here."),
        Register(0x3F0, "HWCFGR", "HardwareConfiguration", CONST, 0x00010804, [], "What the block can do."),
    ] + identification(0x14, 0x00120011))  # fmt: skip
    CHANNELS = 2  # CMP and the end of the period
    LINES = ("IRQ",)
    INPUTS = 1

    def _frequency(self):
        return 0 if self._words[CFGR] & (_CKSEL | _COUNTMODE) else super(Lptim, self)._frequency()

    def input(self, number, level):
        if self._counter.running and self._words[CFGR] & (_CKSEL | _COUNTMODE):
            if self._words[CFGR] >> 1 & 3 in (_RISING if level else _FALLING):
                self._counted(self._counter.advance(1))
                self._settle()

    def read(self, offset, width):
        self._catch_up()
        word = super(Lptim, self).read(offset, width)
        if offset == CNT and width == self._served and self._words[CR] & _RSTARE:
            self._counter.count = self._counter.phase = self._words[CNT] = 0
            self._plan()
        return word

    def _store(self, register, value):
        self._catch_up()
        words, offset = self._words, register.offset
        if offset == ICR:
            words[ISR] &= ~value
        elif offset == CR:
            self._control(value)
        elif offset != CFGR or not words[CR] & _ENABLE:
            super(Lptim, self)._store(register, value)
            words[ISR] |= _ARROK if offset == ARR else _CMPOK if offset == CMP else 0
            self._derive()
        self._plan()

    def _control(self, value):
        counter = self._counter
        if not value & _ENABLE:
            self._words[CR] = 0
            counter.running = False
            counter.count = counter.phase = self._words[CNT] = 0
            return
        # The last start stays to be seen until it is switched off; in the write that switches it on there is none.
        starts = value & (_SNGSTRT | _CNTSTRT) if self._words[CR] & _ENABLE else 0
        self._words[CR] = value & (_ENABLE | _RSTARE) | (starts or self._words[CR] & (_SNGSTRT | _CNTSTRT))
        if value & _COUNTRST:
            counter.count = counter.phase = self._words[CNT] = 0
        if starts:
            counter.one_pulse = not starts & _CNTSTRT
            if not counter.running and not self._words[CFGR] & _TRIGEN:
                counter.running = True
                counter.shadow = list(counter.preload)
                self._begin()

    def _derive(self):
        counter, words = self._counter, self._words
        counter.preload = [(1 << (words[CFGR] >> 9 & 7)) - 1, words[ARR], 0, words[CMP], words[ARR]]
        if not words[CFGR] & _PRELOAD:
            counter.shadow[RELOAD], counter.shadow[CCR1:] = words[ARR], [words[CMP], words[ARR]]
        counter.shadow[PSC] = counter.preload[PSC]
        counter.one_pulse = not words[CR] & _CNTSTRT

    def _counted(self, events):
        self._words[CNT] = self._counter.count
        if events & CC1:
            self._words[ISR] |= _CMPM
        if events & CC1 << 1:
            self._words[ISR] |= _ARRM

    def _heard(self):
        missing = self._words[IER] & ~self._words[ISR]
        return (CC1 if missing & _CMPM else 0) | (CC1 << 1 if missing & _ARRM else 0)

    def _outputs(self):
        return [self._words[ISR] & self._words[IER] != 0]
