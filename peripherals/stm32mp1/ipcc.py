"""The inter-processor communication controller: one flag per channel and direction, and four interrupt lines.

It carries signals, not data, and it does not know who accesses it: either processor reaches all of it.
"""

from stm32mp1.device import Device
from stm32mp1.registers import CONST, RES1, RO, RW, W1, Field, Register, RegisterTable, identification

C1CR = 0x00
C1MR = 0x04
C1SCR = 0x08
C1TOC2SR = 0x0C
C2CR = 0x10
C2MR = 0x14
C2SCR = 0x18
C2TOC1SR = 0x1C

HALF = 16  # bit n of a half is channel n + 1: what a processor receives on below, what it sends on above
RXOIE = 1
TXFIE = 1 << HALF


def ipcc_table(channels):
    """The registers of an IPCC with that many channels, which count from 1 (ipcc-hardware.md section 2)."""
    numbers = range(1, channels + 1)
    registers = []
    for own, peer in ((1, 2), (2, 1)):
        bank = C2CR * (own - 1)
        registers += [
            Register(
                bank + C1CR, "C%dCR" % own, "Processor%dControl" % own, RW, 0x00000000,
                [
                    Field("RXOIE", 0, "receive channel occupied interrupt enabled"),
                    Field("TXFIE", HALF, "transmit channel free interrupt enabled"),
                ],
                "Enables the two interrupt lines of processor %d." % own,
            ),
            Register(
                bank + C1MR, "C%dMR" % own, "Processor%dMask" % own, RW, 0xFFFFFFFF,
                [Field("CH%dOM" % n, n - 1, "channel %d occupied masked" % n) for n in numbers]
                + [Field("CH%dFM" % n, HALF + n - 1, "channel %d free masked" % n) for n in numbers],
                "Keeps channels from raising the interrupt lines of processor %d." % own,
                reserved=RES1,
            ),
            Register(
                bank + C1SCR, "C%dSCR" % own, "Processor%dSetClear" % own, W1, 0x00000000,
                [Field("CH%dC" % n, n - 1, "free channel %d from processor %d" % (n, peer)) for n in numbers]
                + [Field("CH%dS" % n, HALF + n - 1, "occupy channel %d to processor %d" % (n, peer)) for n in numbers],
                "Processor %d occupies a channel to send, frees one when it has received." % own,
            ),
            Register(
                bank + C1TOC2SR, "C%dTOC%dSR" % (own, peer), "Processor%dToProcessor%dStatus" % (own, peer),
                RO, 0x00000000,
                [Field("CH%dF" % n, n - 1, "channel %d occupied" % n) for n in numbers],
                "The flags of the channels from processor %d to processor %d, before masking." % (own, peer),
            ),
        ]  # fmt: skip
    registers += [
        Register(
            0x3F0, "HWCFGR", "HardwareConfiguration", CONST, channels,
            [Field("CHANNELS", 0, "number of channels", width=8)],
            "How many channels there are in each direction.",
        ),
    ]  # fmt: skip
    return RegisterTable("IPCC", registers + identification(0x10, 0x00100071))


class Ipcc(Device):
    """The IPCC of the STM32MP15: six channels.

    RX0 and TX0 go to processor 1, RX1 and TX1 to processor 2. All four are levels: a TX line is high for as long
    as a channel on which its processor sends is free and not masked.
    """

    CHANNELS = 6
    TABLE = ipcc_table(CHANNELS)
    LINES = ("RX0", "TX0", "RX1", "TX1")
    TRACED = True

    def __init__(self):
        self._low = (1 << self.CHANNELS) - 1
        self._high = self._low << HALF
        # CR and MR of both banks, by offset: the bits that a write replaces, and those that always read one.
        self._plain = {}
        for register in self.TABLE:
            if register.access == RW:
                self._plain[register.offset] = register.writable, register.ones
        Device.__init__(self)

    def read(self, offset, width):
        if width == 4:
            if offset == C1TOC2SR:
                return self._flags >> HALF
            if offset == C2TOC1SR:
                return self._flags & self._low
        return Device.read(self, offset, width)

    def write(self, offset, value, width):
        if width == 4 and offset == C1SCR:
            flags = (self._flags | value & self._high) & ~(value & self._low)
        elif width == 4 and offset == C2SCR:
            flags = (self._flags | value >> HALF & self._low) & ~(value << HALF)
        elif width == 4 and offset in self._plain:
            self._configure(offset, value)
            return
        else:
            self._refuse("write", offset, width, value)
            return
        # The halves of SCR are about opposite directions: one write never occupies and frees the same channel.
        changed = flags ^ self._flags
        if changed:
            self._flags = flags
            if self.on_event is not None:
                self._report(changed)
            if changed & self._armed:
                self._settle()

    def _configure(self, offset, value):
        """Act on a write to CR or MR."""
        writable, ones = self._plain[offset]
        self._words[offset] = value & writable | ones
        if self._arm(offset & C2CR):
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

    # -- what follows from the registers, in the shape that is quick to work with ----------------------------

    def _derive(self):
        # All flags in one word, with the halves of C1SCR. The two status registers are views of it.
        self._flags = self._words[C1TOC2SR] << HALF | self._words[C2TOC1SR]
        self._armed1 = self._armed2 = 0
        self._arm(C1CR)
        self._arm(C2CR)

    def _arm(self, bank):
        """Note the flags that a processor's lines listen to: enabled in CR, not masked in MR. Returns what changed."""
        # An enable is bit 0 of its half: times all channels it covers that half.
        armed = self._words[bank + C1CR] * self._low & (self._words[bank + C1MR] ^ 0xFFFFFFFF)
        if bank == C1CR:
            changed = armed ^ self._armed1
            self._armed1 = armed
        else:
            armed = armed >> HALF | (armed & self._low) << HALF
            changed = armed ^ self._armed2
            self._armed2 = armed
        self._armed = self._armed1 | self._armed2
        return changed

    def _outputs(self):
        """RX is high while a flag that it listens to is occupied, TX while one is free (ipcc-hardware.md section 4)."""
        pending1 = (self._flags ^ self._high) & self._armed1
        pending2 = (self._flags ^ self._low) & self._armed2
        low = self._low
        return [pending1 & low != 0, pending1 > low, pending2 > low, pending2 & low != 0]
