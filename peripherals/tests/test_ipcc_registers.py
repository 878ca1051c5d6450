"""The IPCC's registers, claim by claim, against ipcc-hardware.md §2 and §8. Channels count from 1."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from stm32mp1 import ipcc_table
from stm32mp1.device import CPU1, CPU2, Device
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP15

Listen = Callable[[Device], list[tuple[object, ...]]]


class Spec(NamedTuple):
    offset: int
    name: str
    reset: int
    writable: int


SPECS = (
    Spec(0x000, "C1CR", 0x00000000, 0x00010001),
    Spec(0x004, "C1MR", 0xFFFFFFFF, 0x003F003F),
    Spec(0x008, "C1SCR", 0x00000000, 0),
    Spec(0x00C, "C1TOC2SR", 0x00000000, 0),
    Spec(0x010, "C2CR", 0x00000000, 0x00010001),
    Spec(0x014, "C2MR", 0xFFFFFFFF, 0x003F003F),
    Spec(0x018, "C2SCR", 0x00000000, 0),
    Spec(0x01C, "C2TOC1SR", 0x00000000, 0),
    Spec(0x3F0, "HWCFGR", 0x00000006, 0),
    Spec(0x3F4, "VERR", 0x00000010, 0),
    Spec(0x3F8, "IPIDR", 0x00100071, 0),
    Spec(0x3FC, "SIDR", 0xA3C5DD01, 0),
)
READ_ONLY = ("C1TOC2SR", "C2TOC1SR", "HWCFGR", "VERR", "IPIDR", "SIDR")

C1SCR, C1TOC2SR, C2SCR, C2TOC1SR = 0x008, 0x00C, 0x018, 0x01C

EACH = pytest.mark.parametrize("spec", SPECS, ids=[spec.name for spec in SPECS])
STORED = pytest.mark.parametrize("spec", [s for s in SPECS if s.writable], ids=[s.name for s in SPECS if s.writable])
FIXED = pytest.mark.parametrize(
    "spec", [s for s in SPECS if s.name in READ_ONLY], ids=[s.name for s in SPECS if s.name in READ_ONLY]
)


def busy() -> Ipcc:
    """Channel 1 occupied to processor 2, channel 2 to processor 1; everything enabled, channel 3 unmasked."""
    ipcc = Ipcc()
    ipcc.write(0x000, 0x00010001, 4)
    ipcc.write(0x010, 0x00010001, 4)
    ipcc.write(0x004, 0xFFFBFFFB, 4)
    ipcc.write(0x014, 0xFFFBFFFB, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    ipcc.write(C2SCR, 0x00020000, 4)
    return ipcc


# -- reset, and what a write keeps ----------------------------------------------------------------------------


def test_table_has_these_twelve_registers_and_no_other() -> None:
    assert [(r.offset, r.name, r.reset, r.writable) for r in Ipcc.TABLE] == [tuple(spec) for spec in SPECS]


def test_registers_have_a_name_for_people_and_the_vendors_other_names() -> None:
    bank = {"CR": "Control", "MR": "Mask", "SCR": "SetClear"}
    people = {f"C{p}{name}": f"Processor{p}{human}" for p in (1, 2) for name, human in bank.items()}
    people |= {"C1TOC2SR": "Processor1ToProcessor2Status", "C2TOC1SR": "Processor2ToProcessor1Status"}
    people |= {"HWCFGR": "HardwareConfiguration", "VERR": "Version", "IPIDR": "Identification"}
    people |= {"SIDR": "SizeIdentification"}
    assert {register.name: register.human for register in Ipcc.TABLE} == people
    arrows = {f"C{p}->{name}": f"C{p}{name}" for p in (1, 2) for name in bank}
    arrows |= {"C1->SR": "C1TOC2SR", "C2->SR": "C2TOC1SR", "VER": "VERR", "ID": "IPIDR", "SID": "SIDR"}
    for alias, name in arrows.items():
        assert Ipcc.TABLE.named(alias) is Ipcc.TABLE.named(name), alias


def test_sentences_speak_of_the_right_processor() -> None:
    said = {r.name: re.findall(r"rocessor (\d)", r.sentence) for r in ipcc_table.ipcc_table(ipcc_table.STM32MP25)}
    for own, peer in ("12", "21"):
        for name in ("CR", "MR", "SCR", "SECCFGR", "PRIVCFGR", "CIDCFGR"):
            assert said[f"C{own}{name}"] == [own]
        assert said[f"C{own}TOC{peer}SR"] == [own, peer]


def test_fields_of_scr_say_towards_and_from_whom() -> None:
    for own, peer in ("12", "21"):
        scr = Ipcc.TABLE.named(f"C{own}SCR")
        assert scr is not None
        meanings = {field.name: field.meaning for field in scr.fields}
        for n in range(1, 7):
            assert meanings[f"CH{n}C"] == f"free channel {n} from processor {peer}"
            assert meanings[f"CH{n}S"] == f"occupy channel {n} to processor {peer}"


def test_constants_for_drivers_are_the_bits_and_offsets_of_the_table() -> None:
    assert (ipcc_table.HALF, ipcc_table.RXOIE, ipcc_table.TXFIE) == (16, 0x00000001, 0x00010000)
    for spec in SPECS[:8]:
        assert getattr(ipcc_table, spec.name) == spec.offset
    assert (ipcc_table.C1SECCFGR, ipcc_table.C2SECCFGR) == (0x080, 0x090)


def test_fields_stand_at_the_bits_of_the_reference_manual() -> None:
    halves = {
        "MR": [(f"CH{n}OM", n - 1) for n in range(1, 7)] + [(f"CH{n}FM", 15 + n) for n in range(1, 7)],
        "SCR": [(f"CH{n}C", n - 1) for n in range(1, 7)] + [(f"CH{n}S", 15 + n) for n in range(1, 7)],
        "SR": [(f"CH{n}F", n - 1) for n in range(1, 7)],
        "CR": [("RXOIE", 0), ("TXFIE", 16)],
    }
    seen = {r.name: [(field.name, field.lsb) for field in r.fields] for r in Ipcc.TABLE if r.name.startswith("C")}
    assert seen == {
        "C1CR": halves["CR"], "C1MR": halves["MR"], "C1SCR": halves["SCR"], "C1TOC2SR": halves["SR"],
        "C2CR": halves["CR"], "C2MR": halves["MR"], "C2SCR": halves["SCR"], "C2TOC1SR": halves["SR"],
    }  # fmt: skip
    wide = {r.name: [(field.name, field.lsb, field.width) for field in r.fields] for r in Ipcc.TABLE}
    assert wide["HWCFGR"] == [("CHANNELS", 0, 8)]
    assert wide["VERR"] == [("MINREV", 0, 4), ("MAJREV", 4, 4)]
    assert wide["IPIDR"] == wide["SIDR"] == []


@EACH
def test_reset_value(spec: Spec) -> None:
    assert Ipcc().read(spec.offset, 4) == spec.reset


@EACH
def test_reset_from_a_busy_state_is_power_on(spec: Spec) -> None:
    ipcc = busy()
    ipcc.reset()
    assert ipcc.read(spec.offset, 4) == spec.reset
    assert ipcc.state() == Ipcc().state()


@STORED
@pytest.mark.parametrize("value", [0x00000000, 0xFFFFFFFF, 0x00010000, 0x55555555, 0xAAAAAAAA])
def test_writable_bits_are_kept_and_reserved_bits_read_as_after_reset(spec: Spec, value: int) -> None:
    ipcc = Ipcc()
    ipcc.write(spec.offset, value, 4)
    assert ipcc.read(spec.offset, 4) == value & spec.writable | spec.reset & ~spec.writable


@STORED
def test_write_to_one_register_changes_no_other(spec: Spec) -> None:
    ipcc = Ipcc()
    ipcc.write(spec.offset, ~spec.reset & 0xFFFFFFFF, 4)
    for other in SPECS:
        if other is not spec:
            assert ipcc.read(other.offset, 4) == other.reset


@EACH
def test_both_processors_read_the_same(spec: Spec) -> None:
    ipcc = busy()
    seen = []
    for processor in (CPU1, CPU2):
        ipcc.processor = processor
        seen.append(ipcc.read(spec.offset, 4))
    assert seen[0] == seen[1]


@EACH
def test_both_processors_write_with_the_same_effect(spec: Spec) -> None:
    states = []
    for processor in (CPU1, CPU2):
        ipcc = busy()
        ipcc.processor = processor
        ipcc.write(spec.offset, 0x002A0015, 4)
        states.append(ipcc.state())
    assert states[0] == states[1]


@EACH
def test_reading_has_no_side_effect(spec: Spec, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    first = ipcc.read(spec.offset, 4)
    assert ipcc.read(spec.offset, 4) == first
    assert ipcc.state() == before
    assert heard == []


def test_another_number_of_channels_is_another_table() -> None:
    ipcc = ipcc_class(STM32MP15._replace(name="SIXTEEN", channels=16))()
    ipcc.write(0x010, 0x00010001, 4)
    ipcc.write(0x014, 0x7FFF7FFF, 4)
    assert ipcc.read(0x3F0, 4) == 16
    assert (ipcc.level("RX1"), ipcc.level("TX1")) == (False, True)
    ipcc.write(C1SCR, 0x80000000, 4)
    ipcc.write(C2SCR, 0x80000000, 4)
    assert (ipcc.read(C1TOC2SR, 4), ipcc.read(C2TOC1SR, 4)) == (0x8000, 0x8000)
    assert (ipcc.level("RX1"), ipcc.level("TX1")) == (True, False)


# -- accesses that the hardware does not take -----------------------------------------------------------------


@FIXED
def test_read_only_register_ignores_a_write(spec: Spec, listen: Listen) -> None:
    ipcc = busy()
    before, read = ipcc.state(), ipcc.read(spec.offset, 4)
    heard = listen(ipcc)
    ipcc.write(spec.offset, ~read & 0xFFFFFFFF, 4)
    assert (ipcc.state(), ipcc.read(spec.offset, 4)) == (before, read)
    assert heard == [("illegal", f"write to read-only {spec.name}", ~read & 0xFFFFFFFF, 0)]


@EACH
@pytest.mark.parametrize("width", [1, 2, 8])
@pytest.mark.parametrize("byte", [0, 1, 2, 3])
def test_access_that_is_no_word_does_nothing(spec: Spec, width: int, byte: int, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    assert ipcc.read(spec.offset + byte, width) == 0
    ipcc.write(spec.offset + byte, 0xFF, width)
    assert ipcc.state() == before
    assert [(report[0], report[2:]) for report in heard] == [("illegal", (0, 0)), ("illegal", (0xFF, 0))]


@EACH
@pytest.mark.parametrize("byte", [1, 2, 3])
def test_unaligned_word_does_nothing(spec: Spec, byte: int, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    offset = spec.offset + byte
    assert ipcc.read(offset, 4) == 0
    ipcc.write(offset, 0xFFFFFFFF, 4)
    assert ipcc.state() == before
    assert heard == [
        ("illegal", f"unaligned 4-byte read at +0x{offset:03X}", 0, 0),
        ("illegal", f"unaligned 4-byte write at +0x{offset:03X}", 0xFFFFFFFF, 0),
    ]


@pytest.mark.parametrize("value", [1 << 32, 0xFF << 32, 0x5A5A << 40])
@EACH
def test_bits_beyond_31_of_a_value_do_nothing(spec: Spec, value: int) -> None:
    ipcc, other = busy(), busy()
    ipcc.write(spec.offset, value | 0x00250012, 4)
    other.write(spec.offset, 0x00250012, 4)
    assert ipcc.state() == other.state()
    assert 0 <= ipcc.read(spec.offset, 4) <= 0xFFFFFFFF


@EACH
def test_negative_value_is_taken_as_the_word_of_its_low_32_bits(spec: Spec) -> None:
    ipcc, other = busy(), busy()
    ipcc.write(spec.offset, -0x00250012, 4)
    other.write(spec.offset, -0x00250012 & 0xFFFFFFFF, 4)
    assert ipcc.state() == other.state()


@pytest.mark.parametrize("offset", range(0x020, 0x3F0, 4))
def test_reserved_word_reads_zero_and_ignores_a_write(offset: int, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    assert ipcc.read(offset, 4) == 0
    ipcc.write(offset, 0xFFFFFFFF, 4)
    assert ipcc.state() == before
    assert heard == [
        ("illegal", f"read of reserved +0x{offset:03X}", 0, 0),
        ("illegal", f"write to reserved +0x{offset:03X}", 0xFFFFFFFF, 0),
    ]


@pytest.mark.parametrize(
    ("offset", "place"),
    [
        (0x400, "+0x400"), (0x404, "+0x404"), (0x408, "+0x408"), (0x410, "+0x410"), (0x418, "+0x418"),
        (0x1000, "+0x1000"), (0x1008, "+0x1008"), (-4, "-0x004"), (-0x400, "-0x400"), (1 << 32, "+0x100000000"),
    ],
)  # fmt: skip
def test_access_outside_the_window_does_nothing(offset: int, place: str, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    assert ipcc.read(offset, 4) == 0
    ipcc.write(offset, 0xFFFFFFFF, 4)
    assert ipcc.state() == before
    assert heard == [
        ("illegal", f"read outside the window at {place}", 0, 0),
        ("illegal", f"write outside the window at {place}", 0xFFFFFFFF, 0),
    ]


@EACH
def test_refused_access_is_harmless_when_nobody_listens(spec: Spec) -> None:
    ipcc = busy()
    before = ipcc.state()
    for offset, width in ((spec.offset, 1), (spec.offset, 2), (spec.offset + 2, 4), (spec.offset + 0x400, 4)):
        assert ipcc.read(offset, width) == 0
        ipcc.write(offset, 0xFFFFFFFF, width)
    assert ipcc.state() == before


@EACH
def test_stopped_ipcc_reads_zero_ignores_writes_and_keeps_its_state(spec: Spec, listen: Listen) -> None:
    ipcc = busy()
    before, read = ipcc.state(), ipcc.read(spec.offset, 4)
    heard = listen(ipcc)
    ipcc.stopped = "with the clock off"
    assert ipcc.read(spec.offset, 4) == 0
    ipcc.write(spec.offset, 0x00140021, 4)
    ipcc.stopped = ""
    assert (ipcc.state(), ipcc.read(spec.offset, 4)) == (before, read)
    assert heard == [
        ("illegal", f"read of {spec.name} with the clock off", 0, 0),
        ("illegal", f"write to {spec.name} with the clock off", 0x00140021, 0),
    ]
