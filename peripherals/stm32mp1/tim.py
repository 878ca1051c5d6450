"""The timers TIM1 to TIM8 and TIM12 to TIM17: counting, updates, compare, and the lines that follow.

Pins, capture and what one timer makes another do are left out: an external clock and a gate never come.
"""

from stm32mp1 import tim_table as at
from stm32mp1.counter import ARR, CC1, CCR1, PSC, RCR, UPDATE
from stm32mp1.counting import CountingDevice
from stm32mp1.device import Device
from stm32mp1.tim_table import tim_table

_CEN = 1 << 0
_UDIS = 1 << 1
_URS = 1 << 2
_OPM = 1 << 3
_DIR = 1 << 4
_CMS = 3 << 5
_ARPE = 1 << 7
_UIFREMAP = 1 << 11
_CCDS = 1 << 3  # in CR2
_ECE = 1 << 14  # in SMCR
_MOE = 1 << 15  # in BDTR
_OCPE = 1 << 3  # in CCMR, of the first channel in it

_COM = 1 << 5  # in SR, DIER and EGR, as are:
_TRIGGER = 1 << 6
_BREAKS = 1 << 7 | 1 << 8  # B and B2; EGR has both, DIER one for both
_SBIF = 1 << 13

_EXTERNAL = (1, 2, 3, 5, 7)  # SMCR.SMS of encoders, gated mode and external clock: nothing of the sort comes
_RESTART = 1 << 16  # beside them: what EGR.UG means for TRGO
_REQUESTS = 0x1F  # update and compare, as they request DMA
_TRGO = 1 << 5  # in `_pulse`, above those


class Tim(CountingDevice):
    """What all timers have in common; a subclass says of how many BITS and with how many CHANNELS it is.

    Lines: IRQ, or the four of an advanced timer (UP, CC, BRK, TRG), are levels. UPDMA, CH1DMA to CH4DMA and TRGO
    are pulses: high and low again at the same instant, at an event that DIER or CR2.MMS lets out.
    """

    BITS = 16
    CHANNELS = 4
    QUEUES = ("progress", "burst")
    LINES = ("IRQ", "UPDMA", "CH1DMA", "CH2DMA", "CH3DMA", "CH4DMA", "TRGO")

    def __init__(self):
        self._triggering = True  # somebody heeds TRGO
        super(Tim, self).__init__()

    def _forget(self):
        super(Tim, self)._forget()
        self._burst = 0  # registers of a burst that have had their turn
        self._request = 0  # what asked for DMA last
        self._pulse = 0

    # -- the bus ----------------------------------------------------------------------------------------------

    def write(self, offset, value, width):
        if width == 2 and offset in self._words and not self.stopped:  # as DMA does, whose items are half-words
            value, width = self._words[offset] & 0xFFFF0000 | value & 0xFFFF, 4
        super(Tim, self).write(offset, value, width)

    def read(self, offset, width):
        if width == 2 and offset in self._words and not self.stopped:
            return self.read(offset, 4) & 0xFFFF
        if width != self._served:
            return Device.read(self, offset, width)
        if offset in (at.CR1, at.SR, at.CNT):
            if self._catch_up():
                self._plan()
        elif offset == at.DMAR and offset in self._words:
            return Device.read(self, self._next_in_burst(), width)
        word = Device.read(self, offset, width)
        if offset == at.CNT and self._words[at.CR1] & _UIFREMAP:
            return word & 0x7FFFFFFF | (self._words[at.SR] & UPDATE) << 31
        return word

    def _store(self, register, value):
        self._catch_up()
        offset = register.offset
        if offset == at.DMAR:
            register = self.TABLE.at(self._next_in_burst())
            if register is not None and register.offset != at.DMAR:
                self._store(register, value)
            return
        ran = self._counter.running
        if offset == at.EGR:
            self._generate(value & sum([field.mask for field in register.fields]))
        else:
            Device._store(self, register, value)
        if offset == at.CNT:
            self._happen(self._counter.put(self._words[at.CNT]) & self._compares(), 0)
        self._derive()
        self._show()
        channel = (offset - at.CCR1) // 4
        if 0 <= channel < self.CHANNELS:
            late = ran and not self._mode(channel) & _OCPE and self._words[offset] == self._counter.count
            self._counter.due = self._counter.due & ~(CC1 << channel) | (CC1 << channel if late else 0)
        if self._counter.running and not ran:
            self._begin()
        self._plan()

    def _next_in_burst(self):
        """The offset of the register whose turn it is; as long as there are more, they are asked for."""
        base, more = self._words[at.DCR] & 0x1F, self._words[at.DCR] >> 8 & 0x1F
        offset = 4 * (base + self._burst)
        self._burst = 0 if self._burst >= more else self._burst + 1
        if self._burst:
            self._send(self._request)
        return offset

    def _generate(self, causes):
        events = causes
        if causes & UPDATE:
            events |= self._counter.restart() & self._compares()
            self._show()
            if self._words[at.CR1] & _UDIS:
                events &= ~UPDATE
        quiet = events & ~UPDATE if self._words[at.CR1] & _URS else events
        self._happen(quiet, events | (_RESTART if causes & UPDATE else 0))

    # -- events -----------------------------------------------------------------------------------------------

    def _counted(self, events):
        self._show()
        if not self._counter.running:
            self._words[at.CR1] &= ~_CEN
        if events:
            events &= UPDATE | self._compares()
            self._happen(events, events)

    def _heard(self):
        """The events that move a line, if they happen now."""
        words = self._words
        heard = words[at.DIER] & ~words[at.SR]
        requests = words[at.DIER] >> 8 & _REQUESTS
        heard |= UPDATE if requests and words[at.CR2] & _CCDS else requests
        mode = words[at.CR2] >> 4 & 7
        if mode == 1:
            heard |= UPDATE if self._counter.one_pulse else 0
        elif mode and self._triggering:
            heard |= UPDATE if mode == 2 else self._of_compare(mode)
        return heard & (UPDATE | self._compares())

    def _happen(self, events, trigger):
        """Set flags, and pulse what goes out: `trigger` is what TRGO makes of it."""
        words = self._words
        words[at.SR] |= events & self.TABLE.at(at.SR).readable
        if events & _BREAKS:
            words[at.BDTR] &= ~_MOE
        if words[at.CR2] & _CCDS:  # requests of all channels come with the update
            events = _REQUESTS if events & UPDATE else 0
        requests = events & words[at.DIER] >> 8 & _REQUESTS
        if requests:
            self._request, self._burst = requests, 0
        self._send(requests | (_TRGO if self._triggers(trigger) else 0))

    def _send(self, pulse):
        self._pulse = pulse
        self._settle()
        if self._pulse:
            self._pulse = 0
            self._settle()

    def heeded(self, line, anybody):
        if line == "TRGO" and anybody != self._triggering:
            self._catch_up()  # what has happened until now is nobody's business
            self._triggering = anybody
            self._plan()

    def _triggers(self, events):
        mode = self._words[at.CR2] >> 4 & 7
        if not self._triggering:
            return 0
        if mode == 0:
            return events & _RESTART
        if mode == 2:
            return events & UPDATE
        return mode >= 3 and events & self._of_compare(mode)

    def _of_compare(self, mode):
        """The event behind CR2.MMS: the flag of channel 1, or the output of a channel."""
        return CC1 << max(mode - 4, 0)

    def _compares(self):
        """The channels that compare: those that are no inputs."""
        mask = 0
        for channel in range(self.CHANNELS):
            mask |= 0 if self._mode(channel) & 3 else CC1 << channel
        return mask

    def _mode(self, channel):
        """What CCMR1 or CCMR2 says of a channel, counted from 0."""
        return self._words[at.CCMR1 + 4 * (channel // 2)] >> 8 * (channel % 2) & 0xFF

    # -- what follows -----------------------------------------------------------------------------------------

    def _show(self):
        """Bring the registers up to date with the counter."""
        counter, words = self._counter, self._words
        words[at.CNT] = counter.count
        if counter.centre:
            words[at.CR1] = words[at.CR1] & ~_DIR | (_DIR if counter.down else 0)

    def _derive(self):
        """Bring the counter up to date with the registers, but for where it is."""
        counter, words = self._counter, self._words
        control = words[at.CR1]
        slave = words.get(at.SMCR, 0)
        outside = slave & 7 in _EXTERNAL or slave & _ECE
        counter.running = bool(control & _CEN and not outside)
        counter.updates = not control & _UDIS
        counter.one_pulse = bool(control & _OPM)
        if not (counter.centre and control & _CMS):  # DIR is read-only while both count up and down
            counter.down = bool(control & _DIR)
        counter.centre = (control & _CMS) >> 5
        if counter.centre and not counter.count:
            counter.down = False  # there is no other way from there
        counter.preload[PSC] = words[at.PSC]
        counter.preload[ARR] = words[at.ARR]
        counter.preload[RCR] = words.get(at.RCR, 0)
        if not control & _ARPE:
            counter.shadow[ARR] = words[at.ARR]
        for channel in range(self.CHANNELS):
            value = counter.preload[CCR1 + channel] = words[at.CCR1 + 4 * channel]
            if not self._mode(channel) & _OCPE:
                counter.shadow[CCR1 + channel] = value

    def _outputs(self):
        pulses = [self._pulse >> bit & 1 != 0 for bit in range(6)]
        if self._words[at.CR2] >> 4 & 7 == 1:
            pulses[5] = self._words[at.CR1] & _CEN != 0
        return self._interrupts() + pulses

    def _interrupts(self):
        return [self._words[at.SR] & self._words[at.DIER] & 0xFF != 0 or self._broken()]

    def _broken(self):
        return bool(self._words[at.SR] & (_BREAKS | _SBIF) and self._words[at.DIER] & _BREAKS)

    # -- state ------------------------------------------------------------------------------------------------

    def state(self):
        self._queues["burst"] = [self._burst, self._request]
        return super(Tim, self).state()

    def from_state(self, state):
        super(Tim, self).from_state(state)
        self._burst, self._request = self._queues["burst"]

    def _may_hold(self, name, queue):
        return len(queue) == 2 if name == "burst" else super(Tim, self)._may_hold(name, queue)


class Tim1(Tim):
    """TIM1 and TIM8, the advanced timers."""

    TABLE = tim_table(repetitions=16)
    LINES = ("UP", "CC", "BRK", "TRG") + Tim.LINES[1:]

    def _interrupts(self):
        flags = self._words[at.SR] & self._words[at.DIER]
        return [flags & UPDATE != 0, flags & 0x1E != 0, self._broken(), flags & (_COM | _TRIGGER) != 0]


class Tim2(Tim):
    """TIM2 and TIM5, which count 32 bits."""

    TABLE = tim_table(bits=32)
    BITS = 32


class Tim3(Tim):
    """TIM3 and TIM4."""

    TABLE = tim_table()


class Tim6(Tim):
    """TIM6 and TIM7, the basic timers."""

    TABLE = tim_table(channels=0, basic=True)
    CHANNELS = 0


class Tim12(Tim):
    """TIM12."""

    TABLE = tim_table(channels=2)
    CHANNELS = 2


class Tim13(Tim):
    """TIM13 and TIM14."""

    TABLE = tim_table(channels=1, slave=False)
    CHANNELS = 1


class Tim15(Tim):
    """TIM15."""

    TABLE = tim_table(channels=2, repetitions=8)
    CHANNELS = 2


class Tim16(Tim):
    """TIM16 and TIM17."""

    TABLE = tim_table(channels=1, slave=False, repetitions=8)
    CHANNELS = 1
