"""The IPCC of each part, and of a user's own variant, against ipcc-hardware.md §9; what no IPCC can be is refused.

What all variants have in common is proven on the STM32MP15's, in `test_ipcc_registers` and `test_ipcc_lines`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import (
    STM32MP15,
    STM32MP25,
    STM32WB15,
    STM32WB55,
    VARIANTS,
    Line,
    STM32WL5x,
    Variant,
    ipcc_table,
)

Listen = Callable[[Device], list[tuple[object, ...]]]

C1CR, C1MR, C1SCR, C1TOC2SR = 0x000, 0x004, 0x008, 0x00C
C2CR, C2MR, C2SCR, C2TOC1SR = 0x010, 0x014, 0x018, 0x01C
BANKS = ["C1CR", "C1MR", "C1SCR", "C1TOC2SR", "C2CR", "C2MR", "C2SCR", "C2TOC1SR"]
PROTECTION = ["C1SECCFGR", "C1PRIVCFGR", "C1CIDCFGR", "C2SECCFGR", "C2PRIVCFGR", "C2CIDCFGR"]
IDENTITY = ["HWCFGR", "VERR", "IPIDR", "SIDR"]


class Part(NamedTuple):
    """A row of §9: `lines` says what raises each line and where it goes."""

    variant: Variant
    name: str
    base: int
    channels: int
    lines: Mapping[str, tuple[str, str]]
    registers: list[str]
    events: Mapping[str, str]


PARTS = [
    Part(
        STM32MP15, "STM32MP15", 0x4C001000, 6,
        {
            "RX0": ("RX0", "GIC SPI 100"), "TX0": ("TX0", "GIC SPI 101"),
            "RX1": ("RX1", "NVIC 103"), "TX1": ("TX1", "NVIC 104"),
        },
        [*BANKS, *IDENTITY], {"EXTI61": "RX0", "EXTI62": "RX1"},
    ),
    Part(
        STM32WB55, "STM32WB55", 0x58000C00, 6,
        {"RX0": ("RX0", "NVIC 44"), "TX0": ("TX0", "NVIC 45"), "RX1": ("RX1", "NVIC 19"), "TX1": ("TX1", "")},
        [*BANKS, *IDENTITY], {},
    ),
    Part(
        STM32WB15, "STM32WB15", 0x58000C00, 6,
        {"RX0": ("RX0", "NVIC 44"), "TX0": ("TX0", "NVIC 45"), "RX1": ("RX1", ""), "TX1": ("TX1", "")},
        BANKS, {},
    ),
    Part(
        STM32WL5x, "STM32WL5x", 0x58000C00, 6,
        {"RX0": ("RX0", "NVIC 45"), "TX0": ("TX0", "NVIC 46"), "RXTX1": ("RX1 TX1", "NVIC 18")},
        [*BANKS, *IDENTITY], {},
    ),
    Part(
        STM32MP25, "STM32MP25", 0x40490000, 16,
        {
            "RX0": ("RX0", "GIC SPI 171"), "TX0": ("TX0", "GIC SPI 172"), "RX1": ("RX1", ""), "TX1": ("TX1", ""),
            "RX0S": ("RX0S", ""), "TX0S": ("TX0S", ""), "RX1S": ("RX1S", "NVIC 173"), "TX1S": ("TX1S", ""),
        },
        [*BANKS, *PROTECTION, *IDENTITY], {},
    ),
]  # fmt: skip
EVERY_PART = pytest.mark.parametrize("part", PARTS, ids=[part.name for part in PARTS])

MINE = STM32MP15._replace(name="MINE", channels=3)


def secured(part: Part) -> bool:
    return "C1SECCFGR" in part.registers


# -- what a part has ------------------------------------------------------------------------------------------


def test_the_parts_of_the_facts_are_the_variants() -> None:
    assert [part.variant for part in PARTS] == list(VARIANTS)
    assert [variant.name for variant in VARIANTS] == [part.name for part in PARTS]


@EVERY_PART
def test_part_has_its_base_channels_and_cores(part: Part) -> None:
    cores = {
        "STM32MP15": ("Cortex-A7", "Cortex-M4"),
        "STM32WB55": ("Cortex-M4", "Cortex-M0+"),
        "STM32WB15": ("Cortex-M4", "Cortex-M0+"),
        "STM32WL5x": ("Cortex-M4", "Cortex-M0+"),
        "STM32MP25": ("Cortex-A35", "Cortex-M33"),
    }
    assert (part.variant.base, part.variant.channels) == (part.base, part.channels)
    assert part.variant.cores == cores[part.name]
    assert part.channels == ipcc_class(part.variant).CHANNELS


@EVERY_PART
def test_part_has_its_lines_in_order_and_they_go_where_the_part_wires_them(part: Part) -> None:
    assert [(line.name, line.receiver) for line in part.variant.lines] == [
        (name, receiver) for name, (_, receiver) in part.lines.items()
    ]
    assert list(ipcc_class(part.variant).LINES) == list(part.lines)


@EVERY_PART
def test_part_has_its_registers_and_no_other(part: Part) -> None:
    assert sorted(register.name for register in ipcc_class(part.variant).TABLE) == sorted(part.registers)


@EVERY_PART
def test_part_has_its_events_and_no_other(part: Part) -> None:
    assert dict(ipcc_class(part.variant).EVENTS) == part.events


OFFSETS = {
    **{name: 4 * index for index, name in enumerate(BANKS)},
    "C1SECCFGR": 0x080, "C1PRIVCFGR": 0x084, "C1CIDCFGR": 0x088,
    "C2SECCFGR": 0x090, "C2PRIVCFGR": 0x094, "C2CIDCFGR": 0x098,
    "HWCFGR": 0x3F0, "VERR": 0x3F4, "IPIDR": 0x3F8, "SIDR": 0x3FC,
}  # fmt: skip


@EVERY_PART
def test_registers_stand_at_their_offsets_and_read_their_reset_values(part: Part) -> None:
    ipcc = ipcc_class(part.variant)()
    resets = {"C1MR": 0xFFFFFFFF, "C2MR": 0xFFFFFFFF, "VERR": 0x10, "IPIDR": 0x00100071, "SIDR": 0xA3C5DD01}
    resets["HWCFGR"] = part.channels
    for name in part.registers:
        register = ipcc.TABLE.named(name)
        assert register is not None
        assert register.offset == OFFSETS[name], name
        assert ipcc.read(register.offset, 4) == resets.get(name, 0), name


@EVERY_PART
def test_writes_keep_the_bits_that_the_part_has(part: Part) -> None:
    ipcc = ipcc_class(part.variant)()
    channels = (1 << part.channels) - 1
    kept = {"CR": 0x00030003 if secured(part) else 0x00010001, "SECCFGR": channels, "PRIVCFGR": channels}
    kept["CIDCFGR"] = 0x000000F1
    for bank in ("C1", "C2"):
        for name, bits in kept.items():
            if bank + name in part.registers:
                ipcc.write(OFFSETS[bank + name], 0xFFFFFFFF, 4)
                assert ipcc.read(OFFSETS[bank + name], 4) == bits, bank + name
                ipcc.write(OFFSETS[bank + name], 0x00000000, 4)
                assert ipcc.read(OFFSETS[bank + name], 4) == 0, bank + name
        ipcc.write(OFFSETS[bank + "MR"], 0x00000000, 4)
        assert ipcc.read(OFFSETS[bank + "MR"], 4) == 0xFFFFFFFF & ~(channels | channels << 16)


@EVERY_PART
def test_every_channel_carries_a_signal_and_no_further_one_does(part: Part) -> None:
    channels = (1 << part.channels) - 1
    for scr, peer_scr, sends, receives in (
        (C1SCR, C2SCR, C1TOC2SR, C2TOC1SR),
        (C2SCR, C1SCR, C2TOC1SR, C1TOC2SR),
    ):
        ipcc = ipcc_class(part.variant)()
        ipcc.write(scr, 0xFFFF0000, 4)
        assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (channels, 0)
        ipcc.write(peer_scr, 0x0000FFFF & ~(1 << part.channels - 1), 4)
        assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (1 << part.channels - 1, 0)


@EVERY_PART
def test_words_without_a_register_read_zero_and_ignore_a_write(part: Part, listen: Listen) -> None:
    ipcc = ipcc_class(part.variant)()
    taken = {OFFSETS[name] for name in part.registers}
    heard = listen(ipcc)
    for offset in range(0x000, 0x400, 4):
        if offset not in taken:
            assert ipcc.read(offset, 4) == 0
            ipcc.write(offset, 0xFFFFFFFF, 4)
            assert heard == [
                ("illegal", f"read of reserved +0x{offset:03X}", 0, 0),
                ("illegal", f"write to reserved +0x{offset:03X}", 0xFFFFFFFF, 0),
            ]
            heard.clear()
    assert ipcc.state() == ipcc_class(part.variant)().state()


# -- a variant of one's own -----------------------------------------------------------------------------------


def test_own_variant_takes_three_lines() -> None:
    ipcc = ipcc_class(STM32MP15._replace(name="MINE", channels=3))()
    ipcc.write(C1SCR, 0xFFFF0000, 4)
    assert (ipcc.read(C1TOC2SR, 4), ipcc.read(0x3F0, 4)) == (0b111, 3)


def test_class_of_a_variant_is_made_once_and_called_like_it() -> None:
    assert ipcc_class(STM32MP15) is Ipcc
    assert ipcc_class(STM32MP15._replace()) is Ipcc
    assert ipcc_class(STM32WL5x) is ipcc_class(STM32WL5x)
    mine = ipcc_class(MINE)
    assert (mine.__name__, mine.VARIANT, mine.TRACED) == ("MINE", MINE, True)
    assert mine is not ipcc_class(MINE._replace(channels=4))


@EVERY_PART
def test_class_says_its_variant_and_parts(part: Part) -> None:
    ipcc = ipcc_class(part.variant)
    assert part.variant == ipcc.VARIANT == ipcc_table(part.variant).variant
    assert ipcc is Ipcc or ipcc.__doc__ == f"The IPCC of {part.variant.parts}."


def test_devices_of_two_variants_do_not_share_anything() -> None:
    first, second = ipcc_class(STM32MP15)(), ipcc_class(STM32WB55)()
    first.write(C1SCR, 0x00010000, 4)
    assert second.read(C1TOC2SR, 4) == 0
    assert ipcc_class(STM32WB55)().read(C1TOC2SR, 4) == 0


def test_lines_of_one_name_and_source_may_stand_in_any_order(listen: Listen) -> None:
    backwards = STM32MP15._replace(name="BACKWARDS", lines=STM32MP15.lines[::-1])
    ipcc = ipcc_class(backwards)()
    ipcc.write(C2CR, 0x00010001, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    heard = listen(ipcc)
    ipcc.write(C2MR, 0xFFFEFFFE, 4)
    assert heard == [("line", "TX1", True), ("line", "RX1", True)]


def test_state_of_another_variant_is_refused() -> None:
    state = ipcc_class(STM32MP25)().state()
    with pytest.raises(ValueError, match=r"^this is not a state of IPCC: look at C1CIDCFGR, C1PRIVCFGR, C1SECCFGR, "):
        Ipcc().from_state(state)
    sixteen = ipcc_class(STM32MP15._replace(name="SIXTEEN", channels=16))()
    sixteen.write(C1SCR, 0x00400000, 4)
    with pytest.raises(ValueError, match=r"^IPCC\.C1TOC2SR cannot hold 64\.$"):
        Ipcc().from_state({**sixteen.state(), "C1MR": 0xFFFFFFFF, "C2MR": 0xFFFFFFFF})


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        (MINE._replace(channels=0), "MINE cannot have 0 channels: an IPCC has 1 to 16."),
        (MINE._replace(channels=17), "MINE cannot have 17 channels: an IPCC has 1 to 16."),
        (MINE._replace(channels=-6), "MINE cannot have -6 channels: an IPCC has 1 to 16."),
        (
            MINE._replace(lines=(Line("IRQ", "", ("RX0", "RX2", "TX9")),), events=()),
            "MINE.IRQ has no source RX2; there are: RX0, TX0, RX1, TX1.",
        ),
        (
            MINE._replace(lines=(Line("IRQ", "", ("RX0S",)),), events=()),
            "MINE.IRQ has no source RX0S; there are: RX0, TX0, RX1, TX1.",
        ),
        (
            STM32MP25._replace(name="MINE", lines=(Line("IRQ", "", ("RX2S",)),)),
            "MINE.IRQ has no source RX2S; there are: RX0, TX0, RX1, TX1, RX0S, TX0S, RX1S, TX1S.",
        ),
        (
            MINE._replace(lines=(Line("IRQ", "", ("RX0",)), Line("IRQ", "", ("TX0",))), events=()),
            "MINE has two lines called IRQ.",
        ),
        (
            MINE._replace(events=(("EXTI61", "RX2"),)),
            "MINE.EXTI61 must be a name of its own for one of: RX0, TX0, RX1, TX1.",
        ),
        (
            MINE._replace(events=(("TX0", "RX0"),)),
            "MINE.TX0 must be a name of its own for one of: RX0, TX0, RX1, TX1.",
        ),
    ],
    ids=[
        "no_channel", "seventeen_channels", "negative_channels", "unknown_source", "secure_source_of_an_open_block",
        "unknown_source_of_a_secured_block", "two_lines_of_one_name", "event_of_no_line", "event_called_like_a_line",
    ],
)  # fmt: skip
@pytest.mark.parametrize("make", [ipcc_class, ipcc_table])
def test_wrong_variant(make: Callable[[Variant], object], variant: Variant, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared
        make(variant)
    assert str(caught.value) == message


@pytest.mark.parametrize("channels", [1, 16])
def test_one_and_sixteen_channels_are_all_right(channels: int) -> None:
    ipcc = ipcc_class(MINE._replace(channels=channels))()
    ipcc.write(C1SCR, 0xFFFF0000, 4)
    assert ipcc.read(C1TOC2SR, 4) == (1 << channels) - 1


@pytest.mark.parametrize("base", [0x00000000, 0x00000004, 0x7FFFFFFC, 0xFFFFFFFC])
def test_window_may_be_anywhere_in_32_bits(base: int) -> None:
    assert ipcc_class(MINE._replace(base=base)).VARIANT.base == base


@pytest.mark.parametrize("base", [-4, 0x00000002, 1 << 32])
def test_window_is_nowhere_else(base: int) -> None:
    with pytest.raises(ValueError, match=rf"^the base of a variant must be the address of a word, not {base}\.$"):
        ipcc_class(MINE._replace(base=base))
