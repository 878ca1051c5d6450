"""The variants of the IPCC as data, and the register table that follows from one.

It says what there is; what the registers do is for `ipcc.py`. Facts: ipcc-hardware.md sections 2, 5 and 9.
"""

import numbers
from collections import namedtuple

from stm32mp1.registers import CONST, RES1, RO, RW, W1, Field, Register, RegisterTable, identification

C1CR = 0x00
C1MR = 0x04
C1SCR = 0x08
C1TOC2SR = 0x0C
C2CR = 0x10
C2MR = 0x14
C2SCR = 0x18
C2TOC1SR = 0x1C
C1SECCFGR = 0x80
C2SECCFGR = 0x90

HALF = 16  # bit n of a half is channel n + 1: what a processor receives on below, what it sends on above
RXOIE = 1
TXFIE = 1 << HALF

# One IPCC as a part has it; the stub says what each of these is.
Variant = namedtuple("Variant", "name parts base channels cores lines identified secured events")
Line = namedtuple("Line", "name receiver sources")

SOURCES = ("RX0", "TX0", "RX1", "TX1")
SECURE_SOURCES = ("RX0S", "TX0S", "RX1S", "TX1S")


def _lines(**receivers):
    """One line for each source that is named, in the usual order, and where it goes."""
    return tuple(Line(name, receivers[name], (name,)) for name in SOURCES + SECURE_SOURCES if name in receivers)


STM32MP15 = Variant(
    "STM32MP15", "STM32MP151, STM32MP153, STM32MP157", 0x4C001000, 6,
    ("Cortex-A7", "Cortex-M4"),
    _lines(RX0="GIC SPI 100", TX0="GIC SPI 101", RX1="NVIC 103", TX1="NVIC 104"),
    identified=True, secured=False,
    events=(("EXTI61", "RX0"), ("EXTI62", "RX1")),
)  # fmt: skip

STM32WB55 = Variant(
    "STM32WB55", "STM32WB55, STM32WB50, STM32WB35, STM32WB30", 0x58000C00, 6,
    ("Cortex-M4", "Cortex-M0+"),
    _lines(RX0="NVIC 44", TX0="NVIC 45", RX1="NVIC 19", TX1=""),
    identified=True, secured=False, events=(),
)  # fmt: skip

STM32WB15 = STM32WB55._replace(
    name="STM32WB15",
    parts="STM32WB15, STM32WB10",
    lines=_lines(RX0="NVIC 44", TX0="NVIC 45", RX1="", TX1=""),
    identified=False,
)

STM32WL5x = Variant(
    "STM32WL5x", "STM32WL55, STM32WL54", 0x58000C00, 6,
    ("Cortex-M4", "Cortex-M0+"),
    _lines(RX0="NVIC 45", TX0="NVIC 46") + (Line("RXTX1", "NVIC 18", ("RX1", "TX1")),),
    identified=True, secured=False, events=(),
)  # fmt: skip

STM32MP25 = Variant(
    "STM32MP25", "STM32MP25, STM32MP23, STM32MP21: IPCC1", 0x40490000, 16,
    ("Cortex-A35", "Cortex-M33"),
    _lines(RX0="GIC SPI 171", TX0="GIC SPI 172", RX1="", TX1="", RX0S="", TX0S="", RX1S="NVIC 173", TX1S=""),
    identified=True, secured=True, events=(),
)  # fmt: skip

VARIANTS = (STM32MP15, STM32WB55, STM32WB15, STM32WL5x, STM32MP25)


class IpccTable(RegisterTable):
    """The registers of an IPCC, and the variant that they follow from."""

    def __init__(self, variant, registers):
        RegisterTable.__init__(self, "IPCC", registers)
        self.variant = variant


def ipcc_table(variant):
    """The registers of that IPCC (ipcc-hardware.md section 2). Channels count from 1."""
    _check(variant)
    registers = []
    for own, peer in ((1, 2), (2, 1)):
        registers += _bank(variant, own, peer)
        if variant.secured:
            registers += _protection(variant, own)
    if variant.identified:
        registers.append(
            Register(
                0x3F0, "HWCFGR", "HardwareConfiguration", CONST, variant.channels,
                [Field("CHANNELS", 0, "number of channels", width=8)],
                "How many channels there are in each direction.",
            )
        )  # fmt: skip
        registers += identification(0x10, 0x00100071)
    return IpccTable(variant, registers)


def _check(variant):
    """Refuse a variant that no table and no device can be made of."""
    if not isinstance(variant, Variant):
        raise ValueError('%r is no variant; one is STM32MP15._replace(name="MINE", channels=3).' % (variant,))
    for field, accepts, words in _FIELDS:
        value = getattr(variant, field)
        if not accepts(value):
            raise ValueError("the %s of a variant must be %s, not %r." % (field, words, value))
    if not 1 <= variant.channels <= HALF:
        raise ValueError("%s cannot have %r channels: an IPCC has 1 to 16." % (variant.name, variant.channels))
    known = SOURCES + SECURE_SOURCES * variant.secured
    names = [line.name for line in variant.lines]
    for line in variant.lines:
        odd = [source for source in line.sources if source not in known]
        if odd:
            raise ValueError("%s.%s has no source %s; there are: %s." % (
                variant.name, line.name, odd[0], ", ".join(known)))  # fmt: skip
        if names.count(line.name) > 1:
            raise ValueError("%s has two lines called %s." % (variant.name, line.name))
    events = [event for event, _ in variant.events]
    for event, line in variant.events:
        if line not in names or event in names or events.count(event) > 1:
            raise ValueError("%s.%s must be a name of its own for one of: %s." % (
                variant.name, event, ", ".join(names)))  # fmt: skip


def _is_text(value):
    return isinstance(value, str) and value != ""


def _is_whole(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_line(value):
    return (
        isinstance(value, Line)
        and _is_text(value.name)
        and isinstance(value.receiver, str)
        and isinstance(value.sources, tuple)
        and value.sources != ()
    )


def _are(accepts, count=None):
    """A test for tuples of such values, with so many of them."""
    return lambda values: (
        isinstance(values, tuple) and all([accepts(one) for one in values]) and count in (None, len(values))
    )


# What each part of a variant must be, as a test and in words.
_FIELDS = (
    ("name", _is_text, "a text"),
    ("parts", lambda value: isinstance(value, str), "a text"),
    ("base", lambda value: _is_whole(value) and 0 <= value < 1 << 32 and value % 4 == 0, "the address of a word"),
    ("channels", _is_whole, "a whole number"),
    ("cores", _are(_is_text, 2), "a tuple of two texts"),
    ("lines", _are(_is_line), "a tuple of Line(name, receiver, sources), sources being a tuple with one at least"),
    ("identified", lambda value: isinstance(value, bool), "True or False"),
    ("secured", lambda value: isinstance(value, bool), "True or False"),
    ("events", _are(_are(_is_text, 2)), "a tuple of pairs: name and line"),
)


def _bank(variant, own, peer):
    """The four registers through which a processor works."""
    at = C2CR * (own - 1)
    numbers = range(1, variant.channels + 1)
    enables = [
        Field("RXOIE", 0, "receive channel occupied interrupt enabled"),
        Field("TXFIE", HALF, "transmit channel free interrupt enabled"),
    ]
    if variant.secured:
        enables += [
            Field("SECRXOIE", 1, "secure receive channel occupied interrupt enabled"),
            Field("SECTXFIE", HALF + 1, "secure transmit channel free interrupt enabled"),
        ]
    return [
        Register(
            at + C1CR, "C%dCR" % own, "Processor%dControl" % own, RW, 0x00000000, enables,
            "Enables the interrupt lines of processor %d." % own,
            aliases=["C%d->CR" % own],
        ),
        Register(
            at + C1MR, "C%dMR" % own, "Processor%dMask" % own, RW, 0xFFFFFFFF,
            [Field("CH%dOM" % n, n - 1, "channel %d occupied masked" % n) for n in numbers]
            + [Field("CH%dFM" % n, HALF + n - 1, "channel %d free masked" % n) for n in numbers],
            "Keeps channels from raising the interrupt lines of processor %d." % own,
            aliases=["C%d->MR" % own], reserved=RES1,
        ),
        Register(
            at + C1SCR, "C%dSCR" % own, "Processor%dSetClear" % own, W1, 0x00000000,
            [Field("CH%dC" % n, n - 1, "free channel %d from processor %d" % (n, peer)) for n in numbers]
            + [Field("CH%dS" % n, HALF + n - 1, "occupy channel %d to processor %d" % (n, peer)) for n in numbers],
            "Processor %d occupies a channel to send, frees one when it has received." % own,
            aliases=["C%d->SCR" % own],
        ),
        Register(
            at + C1TOC2SR, "C%dTOC%dSR" % (own, peer), "Processor%dToProcessor%dStatus" % (own, peer),
            RO, 0x00000000,
            [Field("CH%dF" % n, n - 1, "channel %d occupied" % n) for n in numbers],
            "The flags of the channels from processor %d to processor %d, before masking." % (own, peer),
            aliases=["C%d->SR" % own],
        ),
    ]  # fmt: skip


def _protection(variant, own):
    """Who may use a processor's channels: the security routes interrupts, the rest is kept and not enforced."""
    at = C1SECCFGR + (C2SECCFGR - C1SECCFGR) * (own - 1)
    numbers = range(1, variant.channels + 1)
    return [
        Register(
            at, "C%dSECCFGR" % own, "Processor%dSecurity" % own, RW, 0x00000000,
            [Field("CH%dSEC" % n, n - 1, "channel %d secure" % n) for n in numbers],
            "Channels whose interrupts to processor %d are secure." % own,
        ),
        Register(
            at + 0x4, "C%dPRIVCFGR" % own, "Processor%dPrivilege" % own, RW, 0x00000000,
            [Field("CH%dPRIV" % n, n - 1, "channel %d privileged" % n) for n in numbers],
            "Channels that processor %d may use when privileged; kept, not enforced." % own,
        ),
        Register(
            at + 0x8, "C%dCIDCFGR" % own, "Processor%dCompartment" % own, RW, 0x00000000,
            [Field("CFEN", 0, "accesses filtered by compartment"), Field("CID", 4, "the compartment", width=4)],
            "The compartment that processor %d belongs to; kept, not enforced." % own,
        ),
    ]  # fmt: skip
