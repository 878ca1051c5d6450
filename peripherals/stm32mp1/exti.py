"""Extended interrupts: edges of pins and events that stay pending, and which of them interrupts or wakes a processor.

The blocks behind direct lines interrupt by themselves; here their lines only wake. Events (C2EMR) wake nobody here.
"""

from stm32mp1.latched import LatchedDevice
from stm32mp1.registers import CONST, RW, RW1C, W1, Field, Register, RegisterTable, identification

RTSR1 = 0x00
FTSR1 = 0x04
SWIER1 = 0x08
RPR1 = 0x0C
FPR1 = 0x10
EXTICR1 = 0x60
C1IMR1 = 0x80
C2IMR1 = 0xC0
BANK = 0x20  # from the triggers of lines 0 to 31 to those of lines 32 to 63
VIEW = 0x10  # the same of masks

FIRST_PIN = 96  # inputs up to here are the lines, from here on pins

_LINES = ("lines_0_31", "lines_32_63", "lines_64_95")
_BANKS = tuple("pins_" + bank for bank in "ABCDEFGHIJKZ")  # in the order of EXTICR
# The lines with triggers and pending bits, by bank; all others are direct.
_CONFIGURABLE = (0x000FFFFF, 0x00000000, 0x00000216)
_IMR = (0xFFFE0000, 0xFFFFFFFF, 0x00000DE9)  # unmasked at reset


def _bits(name, meaning, mask, first):
    return [Field("%s%d" % (name, first + n), n, meaning % (first + n)) for n in range(32) if mask >> n & 1]


def _exti_table():
    registers = []
    for index, mask in enumerate(_CONFIGURABLE):
        number, bank, view, first = index + 1, BANK * index, VIEW * index, 32 * index
        lines = "lines %d to %d" % (first, first + 31)
        for offset, name, human, access, field, meaning, sentence in (
            (RTSR1, "RTSR", "RisingTrigger", RW, "RT", "line %d rising counts", "Rising edges that pend %s."),
            (FTSR1, "FTSR", "FallingTrigger", RW, "FT", "line %d falling counts", "Falling edges that pend %s."),
            (SWIER1, "SWIER", "SoftwareInterrupt", W1, "SWI", "pend line %d", "Pends %s by software."),
            (RPR1, "RPR", "RisingPending", RW1C, "RPIF", "line %d has risen", "Rising edges pending on %s."),
            (FPR1, "FPR", "FallingPending", RW1C, "FPIF", "line %d has fallen", "Falling edges pending on %s."),
        ):
            fields = _bits(field, meaning, mask, first)
            if not fields:
                access = CONST  # no line of this bank has a trigger
            name, human = "%s%d" % (name, number), "%s%d" % (human, number)
            registers.append(Register(bank + offset, name, human, access, 0x0, fields, sentence % lines))
        registers += [
            Register(bank + 0x14, "TZENR%d" % number, "TrustZoneEnable%d" % number, RW, 0x0, [],
                     "Protects %s; stored, not enforced." % lines),
            Register(C1IMR1 + view, "C1IMR%d" % number, "Processor1InterruptMask%d" % number, RW, _IMR[index], [],
                     "Interrupts to processor 1 from %s; a 1 lets through." % lines, aliases=["IMR%d" % number]),
            Register(C1IMR1 + 4 + view, "C1EMR%d" % number, "Processor1EventMask%d" % number, RW, 0x0, [],
                     "Events to processor 1 from %s." % lines, aliases=["EMR%d" % number]),
            Register(C2IMR1 + view, "C2IMR%d" % number, "Processor2InterruptMask%d" % number, RW, _IMR[index], [],
                     "Interrupts to processor 2 from %s; a 1 lets through." % lines),
            Register(C2IMR1 + 4 + view, "C2EMR%d" % number, "Processor2EventMask%d" % number, RW, 0x0, [],
                     "Events to processor 2 from %s." % lines),
        ]  # fmt: skip
    for number in range(1, 5):
        first = 4 * number - 4
        banks = [Field("EXTI%d" % (first + n), 8 * n, "bank of pin %d" % (first + n), width=8) for n in range(4)]
        registers.append(
            Register(EXTICR1 + first, "EXTICR%d" % number, "PinSelect%d" % number, RW, 0x0, banks,
                     "The GPIO bank behind lines %d to %d: 0 is A, 10 is K, 11 is Z." % (first, first + 3))
        )  # fmt: skip
    hardware = {
        13: 0x050EFFFF, 12: 0x050EFFFF, 11: 0x050EFFFF, 7: 0x000EFFFF, 6: 0x000EFFFF, 5: 0x000EFFFF,
        4: 0x0001FFFF, 3: 0x0001FFFF, 2: 0x0001FFFF, 1: 0x000B214B,
    }  # fmt: skip
    for index in range(1, 14):
        name, human = "HWCFGR%d" % index, "HardwareConfiguration%d" % index
        reset = hardware.get(index, 0)
        registers.append(Register(0x3F4 - 4 * index, name, human, CONST, reset, [], "What the block can do."))
    registers += identification(0x30, 0x000E0001)
    return RegisterTable("EXTI", registers)


class Exti(LatchedDevice):
    """The EXTI, with the views of both processors.

    Inputs 0 to 95 are the lines themselves; 96 + 16 * bank + n is pin n of a GPIO bank, in the order of EXTICR, which
    selects who drives line n. A line is high to its interrupt (`C2_14`) while an edge is pending that C2IMR lets
    through.
    """

    TABLE = _exti_table()
    LINES = tuple("C2_%d" % n for n in range(20)) + ("C2_66", "C1_68")
    INPUTS = FIRST_PIN + 16 * len(_BANKS)
    LATCHES = tuple((name, 32) for name in _LINES) + tuple((name, 16) for name in _BANKS)  # the inputs that are high

    def input(self, number, level):
        if number < FIRST_PIN:
            self._line(number, level)
            if not _CONFIGURABLE[number // 32] >> number % 32 & 1:
                return  # a direct line drives no interrupt from here
        else:
            bank, pin = divmod(number - FIRST_PIN, 16)
            pins = self._latches[_BANKS[bank]] & ~(1 << pin)
            self._latches[_BANKS[bank]] = pins | (1 << pin if level else 0)
            if self._bank(pin) != bank:
                return
            self._line(pin, level)
        self._settle()

    def wakes_c2(self):
        words = self._words
        for index, configurable in enumerate(_CONFIGURABLE):
            direct = self._latches[_LINES[index]] & ~configurable
            pending = words[RPR1 + BANK * index] | words[FPR1 + BANK * index]
            if (direct | pending) & words[C2IMR1 + VIEW * index]:
                return True
        return False

    def _store(self, register, value):
        LatchedDevice._store(self, register, value)
        if register.access == W1:
            self._words[register.offset - SWIER1 + RPR1] |= value & self.TABLE.at(register.offset - SWIER1).writable
        elif EXTICR1 <= register.offset < C1IMR1:
            for pin in range(register.offset - EXTICR1, register.offset - EXTICR1 + 4):
                self._select(pin)

    def _select(self, pin):
        """Line `pin` follows the pin of that number of the bank that EXTICR names; other banks than these are low."""
        bank = self._bank(pin)
        pins = self._latches[_BANKS[bank]] if bank < len(_BANKS) else 0
        self._line(pin, pins >> pin & 1 != 0)

    def _bank(self, pin):
        return self._words[EXTICR1 + (pin & ~3)] >> 8 * (pin & 3) & 0xFF

    def _line(self, line, level):
        index, bit = line // 32, 1 << line % 32
        if (self._latches[_LINES[index]] & bit != 0) == level:
            return
        self._latches[_LINES[index]] ^= bit
        trigger, pending = (RTSR1, RPR1) if level else (FTSR1, FPR1)
        self._words[pending + BANK * index] |= self._words[trigger + BANK * index] & bit

    def _outputs(self):
        words = self._words
        first = (words[RPR1] | words[FPR1]) & words[C2IMR1]
        third = words[RPR1 + 2 * BANK] | words[FPR1 + 2 * BANK]
        levels = [first >> n & 1 != 0 for n in range(20)]
        levels.append(third & words[C2IMR1 + 2 * VIEW] & 1 << 2 != 0)
        levels.append(third & words[C1IMR1 + 2 * VIEW] & 1 << 4 != 0)
        return levels
