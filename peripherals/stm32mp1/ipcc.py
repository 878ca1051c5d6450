"""The inter-processor communication controller: one flag per channel and direction, and level interrupt lines.

It carries signals, not data, and it does not know who accesses it: either processor reaches all of it.
"""

from stm32mp1.device import Device
from stm32mp1.ipcc_table import (
    C1CR,
    C1MR,
    C1SCR,
    C1SECCFGR,
    C1TOC2SR,
    C2CR,
    C2MR,
    C2SCR,
    C2SECCFGR,
    C2TOC1SR,
    HALF,
    STM32MP15,
    ipcc_table,
)
from stm32mp1.registers import RW


class Ipcc(Device):
    """The IPCC of the STM32MP15: six channels, RX0 and TX0 to processor 1, RX1 and TX1 to processor 2.

    The lines are levels: a TX line is high for as long as a channel on which its processor sends is free and not
    masked. `ipcc_class` makes the IPCC of another part.
    """

    VARIANT = STM32MP15
    CHANNELS = STM32MP15.channels
    TABLE = ipcc_table(STM32MP15)
    LINES = tuple(line.name for line in STM32MP15.lines)
    EVENTS = dict(STM32MP15.events)
    TRACED = True

    def __init__(self):
        self._low = (1 << self.CHANNELS) - 1
        self._high = self._low << HALF
        # The registers that keep what is written, by offset: the bits that a write replaces, those that read one.
        self._plain = {}
        for register in self.TABLE:
            if register.access == RW:
                self._plain[register.offset] = register.writable, register.ones
        Device.__init__(self)

    def read(self, offset, width):
        if width == self._served:
            if offset == C1TOC2SR:
                return self._flags >> HALF
            if offset == C2TOC1SR:
                return self._flags & self._low
            if offset in self._words:
                return self._words[offset]
        return Device.read(self, offset, width)

    def write(self, offset, value, width):
        if width != self._served:
            self._refuse("write", offset, width, value)
            return
        before = self._flags
        # The halves of SCR are about opposite directions: one write never occupies and frees the same channel.
        if offset == C1SCR:
            flags = (before | value & self._high) & ~(value & self._low)
        elif offset == C2SCR:
            flags = (before | value >> HALF & self._low) & ~(value << HALF)
        else:
            try:
                writable, ones = self._plain[offset]
            except KeyError:
                self._refuse("write", offset, width, value)
                return
            self._words[offset] = value & writable | ones
            if self._on_line is not None:
                self._settle()
            return
        if flags != before:
            self._flags = flags
            if self.on_event is not None:
                self._report(flags ^ before)
            if self._on_line is not None:
                self._settle()

    def reset(self):
        changed = self._flags
        self._words = self._initial()
        self._derive()
        if self.on_event is not None:
            self._report(changed)
        self._settle()

    def _report(self, changed):
        """Report the flags that changed: those to processor 2 first, from channel 1 up."""
        flags = self._flags
        for status, half in ((C1TOC2SR, HALF), (C2TOC1SR, 0)):
            register = self.TABLE.at(status)
            for field in register.fields:
                if changed >> half & field.mask:
                    occupied = flags >> half >> field.lsb & 1
                    self.on_event("flag", "%s.%s" % (register.name, field.name), 1 - occupied, occupied)

    def state(self):
        self._words[C1TOC2SR] = self._flags >> HALF
        self._words[C2TOC1SR] = self._flags & self._low
        return Device.state(self)

    def _derive(self):
        # All flags in one word, with the halves of C1SCR. The two status registers are views of it.
        self._flags = self._words[C1TOC2SR] << HALF | self._words[C2TOC1SR]

    def _outputs(self):
        """RX is high while a channel to it is occupied, TX while one from it is free (ipcc-hardware.md section 4)."""
        words, low = self._words, self._low
        # An enable is bit 0 of its half: times all channels it covers that half. A reason is a channel that is
        # occupied, in the half that its processor receives on, or free, in the one that it sends on.
        reasons = self._flags ^ self._high
        pending1 = reasons & words[C1CR] * low & ~words[C1MR]
        reasons = self._flags ^ low
        pending2 = (reasons >> HALF | (reasons & low) << HALF) & words[C2CR] * low & ~words[C2MR]
        # RX0, TX0, RX1, TX1
        return [pending1 & low != 0, pending1 > low, pending2 & low != 0, pending2 > low]


class OtherIpcc(Ipcc):
    """An IPCC whose lines are not the four of the STM32MP15: combined ones, or more for secure channels.

    Its equation is the general one; that of the STM32MP15 stands apart because every access of a board waits for it.
    """

    def _outputs(self):
        signals = self._signals()
        return [any([signals[source] for source in line.sources]) for line in self.VARIANT.lines]

    def _signals(self):
        """What each source of a line says, by its name."""
        signals = {}
        of_1 = self._flags
        of_2 = of_1 >> HALF | (of_1 & self._low) << HALF  # in the halves of C2SCR
        for index, flags in ((0, of_1), (1, of_2)):
            control = self._words[C1CR + index * (C2CR - C1CR)]
            open_ones = (flags ^ self._high) & ~self._words[C1MR + index * (C2MR - C1MR)]
            secure = 0
            if self.VARIANT.secured:
                secure = self._words[C1SECCFGR + index * (C2SECCFGR - C1SECCFGR)] * (1 | 1 << HALF)
            for suffix, enables, channels in (("", control, ~secure), ("S", control >> 1, secure)):
                pending = open_ones & channels
                signals["RX%d%s" % (index, suffix)] = enables & 1 and pending & self._low != 0
                signals["TX%d%s" % (index, suffix)] = enables >> HALF & 1 and pending > self._low
        return signals


def ipcc_class(variant):
    """The class of IPCCs of a variant: one of VARIANTS, or your own. ValueError if there can be no such IPCC."""
    table = ipcc_table(variant)  # what it refuses may not even be a key
    if variant == STM32MP15:
        return Ipcc
    if variant not in _CLASSES:
        straight = [line.sources for line in variant.lines] == [(name,) for name in Ipcc.LINES]
        _CLASSES[variant] = type(variant.name, (Ipcc if straight and not variant.secured else OtherIpcc,), {
            "__doc__": "The IPCC of %s." % variant.parts,
            "VARIANT": variant,
            "CHANNELS": variant.channels,
            "TABLE": table,
            "LINES": tuple(line.name for line in variant.lines),
            "EVENTS": dict(variant.events),
        })  # fmt: skip
    return _CLASSES[variant]


_CLASSES = {}
