"""The analogue-to-digital converters ADC1 and ADC2: they convert what a test puts on their channels.

A conversion takes its sampling time at 32 MHz, and CONVERSION_NS at least; calibration takes none. Dual mode is only
stored.
"""

from stm32mp1.adc_table import (
    ADC_TABLE,
    AWD2CR,
    AWD3CR,
    CFGR,
    CFGR2,
    COMMON,
    CR,
    DR,
    HTR1,
    HTR2,
    HTR3,
    IER,
    ISR,
    JDR1,
    JSQR,
    LTR1,
    LTR2,
    LTR3,
    SMPR1,
    SQR1,
    UNIT,
)  # fmt: skip
from stm32mp1.data_registers import DataRegisters
from stm32mp1.queues import Queues
from stm32mp1.timed import TimedDevice

CONVERSION_NS = 1000
FULL_SCALE_MV = 3300
_SAMPLING_NS = (47, 78, 266, 516, 1016, 2016, 12109, 25328)  # by SMP: 1.5 to 810.5 cycles
CHANNELS = 20

_ADRDY, _EOSMP, _EOC, _EOS, _OVR, _JEOC, _JEOS = (1 << n for n in range(7))
_LDORDY = 1 << 12
_ADEN, _ADDIS, _ADSTART, _JADSTART, _ADSTP, _JADSTP = (1 << n for n in range(6))
_ADVREGEN = 1 << 28
_ADCAL = 1 << 31
_COMMANDS = 0x3F  # of CR: writing 0 does nothing
_OVRMOD, _CONT, _DISCEN, _AWD1SGL, _AWD1EN = 1 << 12, 1 << 13, 1 << 16, 1 << 22, 1 << 23  # in CFGR

_DMA_ONCE = 1  # CFGR.DMNGT

# What a unit remembers: place in its sequence, when the conversion under way ends (ns; 0: none), the same injected.
_NEXT, _DUE, _INJECTED_DUE = range(3)


class Adc(Queues, DataRegisters, TimedDevice):
    """IRQ1 and IRQ2 are the interrupts, DMA1 and DMA2 the requests. Input n is the trigger that EXTSEL = n chooses."""

    TABLE = ADC_TABLE
    LINES = ("IRQ1", "IRQ2", "DMA1", "DMA2")
    INPUTS = 32
    INPUTS_TRACED = False
    SOURCES = (DR, UNIT + DR)
    QUEUES = ("unit1", "unit2", "millivolts1", "millivolts2")

    def __init__(self):
        super(Adc, self).__init__()
        self._begin()

    def _begin(self):
        for unit in ("1", "2"):
            self._queues["unit" + unit] = [0, 0, 0]
            self._queues["millivolts" + unit] = self._queues["millivolts" + unit] or [0] * CHANNELS

    def set_channel(self, unit, channel, millivolts):
        if unit not in (1, 2) or not 0 <= channel < CHANNELS:
            raise ValueError("there is no channel %r of ADC%r: units are 1 and 2, channels 0 to 19." % (channel, unit))
        self._queues["millivolts%d" % unit][channel] = min(max(int(millivolts), 0), FULL_SCALE_MV)

    # -- software -------------------------------------------------------------------------------------------

    def _store(self, register, value):
        before = self._awaited()
        self._change(register, value)
        if self.on_heeding is not None and self._awaited() != before:
            self.on_heeding()

    def _change(self, register, value):
        unit, offset = divmod(register.offset, UNIT)
        if register.offset >= COMMON or offset not in (CR, ISR):
            TimedDevice._store(self, register, value)
        elif offset == CR:
            self._command(unit + 1, value & register.writable)
        else:
            self._words[register.offset] &= ~(value & ~_LDORDY)
            self._go_on(unit + 1)

    def _command(self, unit, value):
        at = UNIT * (unit - 1)
        words, now = self._words, self._words[at + CR]
        words[at + CR] = (now & _COMMANDS) | (value & ~_COMMANDS & ~_ADCAL)
        words[at + ISR] = words[at + ISR] & ~_LDORDY | (_LDORDY if value & _ADVREGEN else 0)
        if value & _ADEN and not now & _ADEN:
            words[at + CR] |= _ADEN
            words[at + ISR] |= _ADRDY
        if value & (_ADSTP | _ADDIS):
            words[at + CR] &= ~_ADSTART
            self._queues["unit%d" % unit][_DUE] = 0
        if value & (_JADSTP | _ADDIS):
            words[at + CR] &= ~_JADSTART
            self._queues["unit%d" % unit][_INJECTED_DUE] = 0
        if value & _ADDIS:
            words[at + CR] &= ~_ADEN
            words[at + ISR] &= ~_ADRDY
        if words[at + CR] & _ADEN:
            if value & _ADSTART and not now & _ADSTART:
                words[at + CR] |= _ADSTART
                self._queues["unit%d" % unit][_NEXT] = 0
                if not words[at + CFGR] >> 10 & 0x3:
                    self._convert(unit)
            if value & _JADSTART and not now & _JADSTART:
                words[at + CR] |= _JADSTART
                if not words[at + JSQR] >> 7 & 0x3:
                    self._queues["unit%d" % unit][_INJECTED_DUE] = self.now() + CONVERSION_NS
        self._arrange()

    def _take(self, offset, width):
        self._words[offset - DR + ISR] &= ~_EOC
        self._go_on(offset // UNIT + 1)
        return self._words[offset]

    def _derive(self):
        super(Adc, self)._derive()
        if self.on_heeding is not None:
            self.on_heeding()

    def _awaited(self):
        """The trigger that each unit waits for, or converts by; None if it does not."""
        words, triggers = self._words, []
        for at in (0, UNIT):
            triggered = words[at + CR] & _ADSTART and words[at + CFGR] >> 10 & 0x3
            triggers.append(words[at + CFGR] >> 5 & 0x1F if triggered else None)
        return triggers

    def heeds(self, number):
        return number in self._awaited()

    def input(self, number, level):
        for unit in (1, 2):
            at = UNIT * (unit - 1)
            configuration = self._words[at + CFGR]
            edge = 1 if level else 2
            waiting = self._words[at + CR] & _ADSTART and not self._queues["unit%d" % unit][_DUE]
            if waiting and configuration >> 10 & edge and configuration >> 5 & 0x1F == number:
                self._convert(unit)
                self._arrange()

    # -- conversions ----------------------------------------------------------------------------------------

    def _convert(self, unit):
        """Begin the next conversion of the sequence."""
        at, mine = UNIT * (unit - 1), self._queues["unit%d" % unit]
        channel = self._channel(at, mine[_NEXT])
        sampling = self._words[at + SMPR1 + 4 * (channel // 10)] >> 3 * (channel % 10) & 0x7
        oversampled = self._words[at + CFGR2]
        times = (oversampled >> 16 & 0x3FF) + 1 if oversampled & 1 else 1
        mine[_DUE] = self.now() + max(_SAMPLING_NS[sampling], CONVERSION_NS) * times

    def _channel(self, at, place):
        """The channel at a place of the sequence, which counts from 0; the first register holds four of them."""
        return min(self._words[at + SQR1 + 4 * ((place + 1) // 5)] >> 6 * ((place + 1) % 5) & 0x1F, CHANNELS - 1)

    def _go_on(self, unit):
        """A continuous unit that had stopped, since nobody read its results, converts again."""
        at, due = UNIT * (unit - 1), self._queues["unit%d" % unit][_DUE]
        if self._words[at + CR] & _ADSTART and not due and self._words[at + CFGR] & _CONT:
            self._convert(unit)
            self._arrange()

    def _arrange(self):
        times = [time for name in ("unit1", "unit2") for time in self._queues[name][_DUE:] if time]
        self._wake_at(min(times) if times else None)

    def alarm(self):
        for unit in (1, 2):
            mine = self._queues["unit%d" % unit]
            if mine[_DUE] and mine[_DUE] <= self.now():
                mine[_DUE] = 0
                self._finish(unit, mine)
            if mine[_INJECTED_DUE] and mine[_INJECTED_DUE] <= self.now():
                mine[_INJECTED_DUE] = 0
                self._finish_injected(unit)
        self._arrange()
        self._settle()

    def _finish(self, unit, mine):
        at, words = UNIT * (unit - 1), self._words
        configuration, length = words[at + CFGR], words[at + SQR1] & 0xF
        channel = self._channel(at, mine[_NEXT])
        unread = words[at + ISR] & _EOC
        if unread and configuration & 0x3 == _DMA_ONCE:
            return  # the stream has all that it wanted: data and sequence freeze, and nothing is lost
        overrun_before = words[at + ISR] & _OVR
        if unread:
            words[at + ISR] |= _OVR
        if not unread or configuration & _OVRMOD:
            words[at + DR] = self._result(unit, channel)
        words[at + ISR] |= _EOSMP | _EOC
        last = mine[_NEXT] >= length
        mine[_NEXT] = 0 if last else mine[_NEXT] + 1
        if last:
            words[at + ISR] |= _EOS
            if configuration & _CONT:
                if not overrun_before:
                    self._convert(unit)
            elif not configuration >> 10 & 0x3:
                words[at + CR] &= ~_ADSTART
        elif configuration & _DISCEN and mine[_NEXT] % ((configuration >> 17 & 0x7) + 1) == 0:
            if not configuration >> 10 & 0x3:
                words[at + CR] &= ~_ADSTART
        else:
            self._convert(unit)

    def _finish_injected(self, unit):
        at, words = UNIT * (unit - 1), self._words
        for n in range((words[at + JSQR] & 0x3) + 1):
            words[at + JDR1 + 4 * n] = self._result(unit, words[at + JSQR] >> (9 + 6 * n) & 0x1F)
        words[at + ISR] |= _JEOC | _JEOS
        words[at + CR] &= ~_JADSTART

    def _result(self, unit, channel):
        """The channel's voltage in the resolution chosen, and what the watchdogs say of it."""
        at, words, millivolts = UNIT * (unit - 1), self._words, self._queues["millivolts%d" % unit]
        selection = min(words[at + CFGR] >> 2 & 0x7, 4)
        bits = 16 - 2 * selection
        value = (millivolts[channel] if channel < CHANNELS else 0) * ((1 << bits) - 1) // FULL_SCALE_MV
        if words[at + CFGR2] & 1:  # oversampled: the sum of equal results, shifted
            value = value * ((words[at + CFGR2] >> 16 & 0x3FF) + 1) >> (words[at + CFGR2] >> 5 & 0xF)
        self._watch(at, channel, value << 2 * selection)
        return value

    def _watch(self, at, channel, value):
        words = self._words
        configuration = words[at + CFGR]
        first = configuration & _AWD1EN and (
            not configuration & _AWD1SGL or configuration >> 26 & 0x1F == channel
        )  # fmt: skip
        guards = (
            (first, LTR1, HTR1),
            (words[at + AWD2CR] >> channel & 1, LTR2, HTR2),
            (words[at + AWD3CR] >> channel & 1, LTR3, HTR3),
        )
        for n, (on, low, high) in enumerate(guards):
            if on and not words[at + low] <= value <= words[at + high]:
                words[at + ISR] |= 1 << (7 + n)

    # -- lines, reset and state -----------------------------------------------------------------------------

    def _outputs(self):
        words = self._words
        interrupts = [words[at + ISR] & words[at + IER] & 0x7FF != 0 for at in (0, UNIT)]
        return interrupts + [words[at + CFGR] & 1 != 0 and words[at + ISR] & _EOC != 0 for at in (0, UNIT)]

    def read(self, offset, width):
        self._words[COMMON] = self._words[ISR] & 0x7FF | (self._words[UNIT + ISR] & 0x7FF) << 16
        return super(Adc, self).read(offset, width)

    def reset(self):
        voltages = dict((name, self._queues[name]) for name in ("millivolts1", "millivolts2"))
        super(Adc, self).reset()
        self._queues.update(voltages)  # the world outside stays
        self._begin()
        self._wake_at(None)

    def _may_hold(self, name, queue):
        return len(queue) == (3 if name.startswith("unit") else CHANNELS)
