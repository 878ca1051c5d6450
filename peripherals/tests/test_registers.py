"""The vocabulary: what a declaration says, what it refuses, and how names are found."""

from __future__ import annotations

import pytest

from stm32mp1.catalogue import CATALOGUE
from stm32mp1.ipcc import Ipcc
from stm32mp1.registers import (
    CONST,
    RES0,
    RES1,
    RO,
    RW,
    RW0C,
    RW1C,
    RW1S,
    W1,
    WO,
    Field,
    Register,
    RegisterTable,
    identification,
    set_clear_pair,
)


def register(fields: list[Field], access: str = RW, reset: int = 0, reserved: str = RES0) -> Register:
    return Register(0x0, "CR", "Control", access, reset, fields, "A register.", reserved=reserved)


def test_field_takes_the_access_of_its_register_unless_it_has_its_own() -> None:
    mixed = register([Field("EN", 0, "on"), Field("RDY", 1, "ready", access=RO)])
    assert [field.access for field in mixed.fields] == [RW, RO]


def test_fields_may_be_declared_once_and_used_in_two_registers() -> None:
    shared = [Field("EN", 0, "on")]
    assert register(shared, RW).fields[0].access == RW
    assert register(shared, W1).fields[0].access == W1


@pytest.mark.parametrize(
    ("access", "writable", "sets", "clears", "readable"),
    [
        (RW, 1, 0, 0, 1),
        (RO, 0, 0, 0, 1),
        (CONST, 0, 0, 0, 1),
        (WO, 0, 0, 0, 0),
        (W1, 0, 0, 0, 0),
        (RW1S, 0, 1, 0, 1),
        (RW1C, 0, 0, 1, 1),
        (RW0C, 0, 0, 0, 1),
    ],
)
def test_access_says_what_a_write_does_and_a_read_shows(
    access: str, writable: int, sets: int, clears: int, readable: int
) -> None:
    one_bit = register([Field("B", 0, "set")], access)
    assert (one_bit.writable, one_bit.sets, one_bit.clears, one_bit.readable) == (writable, sets, clears, readable)


def test_reserved_bits_read_zero_by_default() -> None:
    plain = register([Field("EN", 4, "on")])
    assert (plain.ones, plain.readable) == (0, 0x10)


def test_reserved_bits_can_be_declared_to_read_one() -> None:
    mask = register([Field("M", 0, "masked")], reset=0xFFFFFFFF, reserved=RES1)
    assert (mask.ones, mask.writable) == (0xFFFFFFFE, 0x00000001)


def test_register_without_fields_is_one_word() -> None:
    assert register([]).writable == 0xFFFFFFFF
    assert register([], reserved=RES1).ones == 0, "it has no reserved bits"


def test_words_for_people_say_what_an_access_does() -> None:
    assert (RW, RO, CONST, WO) == ("read-write", "read-only", "read-only, constant", "write-only, reads 0")
    assert (W1, RW1S, RW1C) == ("writing 1 acts, reads 0", "writing 1 sets", "writing 1 clears")
    assert RW0C == "writing 0 clears"
    assert (RES0, RES1) == ("reserved, reads 0", "reserved, reads 1")
    assert register([]).reserved == RES0
    assert register([Field("M", 0, "masked")], reset=0xFFFFFFFF, reserved=RES1).reserved == RES1


def test_decode_names_the_fields_that_are_not_zero_from_bit_0_up() -> None:
    scr = Ipcc.TABLE.at(0x008)
    assert scr is not None
    assert [(d.name, d.value, d.meaning) for d in scr.decode(0x00010002)] == [
        ("CH2C", 1, "free channel 2 from processor 2"),
        ("CH1S", 1, "occupy channel 1 to processor 2"),
    ]


def test_decode_is_in_the_order_of_bits_however_declared() -> None:
    assert [d.name for d in register([Field("B", 1, "b"), Field("A", 0, "a")]).decode(0x3)] == ["A", "B"]


def test_decode_gives_the_value_of_a_wide_field() -> None:
    hwcfgr = Ipcc.TABLE.named("HWCFGR")
    assert hwcfgr is not None
    assert [(d.name, d.value) for d in hwcfgr.decode(0x00000006)] == [("CHANNELS", 6)]


def test_decode_ignores_reserved_bits() -> None:
    assert register([Field("EN", 0, "on")]).decode(0xFFFFFFFE) == []


def test_field_is_found_in_any_case() -> None:
    found = register([Field("RXOIE", 0, "on")]).field("rxoie")
    assert found is not None
    assert found.mask == 1
    assert register([Field("RXOIE", 0, "on")]).field("RXO") is None


@pytest.mark.parametrize(
    "spelling",
    ["C1TOC2SR", "c1toc2sr", "Processor1ToProcessor2Status", "IPCC_C1TOC2SR", "ipcc_processor1toprocessor2status"],
)
def test_register_is_found_by_every_name(spelling: str) -> None:
    assert Ipcc.TABLE.named(spelling) is Ipcc.TABLE.at(0x00C)


@pytest.mark.parametrize(
    ("alias", "offset"), [("VER", 0x3F4), ("ID", 0x3F8), ("SID", 0x3FC), ("IPCC_VER", 0x3F4), ("IPCC_SID", 0x3FC)]
)
def test_register_is_found_by_the_vendors_other_names(alias: str, offset: int) -> None:
    assert Ipcc.TABLE.named(alias) is Ipcc.TABLE.at(offset)


@pytest.mark.parametrize("spelling", ["", "C3CR", "C1TOC2", "IPCC_", "0x4"])
def test_unknown_name_finds_nothing(spelling: str) -> None:
    assert Ipcc.TABLE.named(spelling) is None


def test_names_are_all_that_named_knows() -> None:
    names = Ipcc.TABLE.names()
    assert all(Ipcc.TABLE.named(name) is not None for name in names)
    assert {"C1CR", "Processor1Control", "VERR", "VER"} <= set(names)


def test_only_the_exact_offset_finds_a_register() -> None:
    assert Ipcc.TABLE.at(0x00D) is None
    assert Ipcc.TABLE.at(0x020) is None


def test_table_is_in_the_order_of_offsets() -> None:
    table = RegisterTable("T", [Register(n, f"R{n}", f"Word{n}", RW, 0, [], "A word.") for n in (8, 0, 4)])
    assert [r.offset for r in table] == [0, 4, 8]
    assert len(table) == 3


def test_set_clear_pair_is_one_word_with_two_registers() -> None:
    setr, clrr = set_clear_pair(0x10, "EN", "Enable", "Gates.", gap=0x40)
    assert (setr.human, clrr.human) == ("EnableSet", "EnableClear")
    assert (setr.name, setr.offset, setr.access, setr.twin) == ("ENSETR", 0x10, RW1S, 0x50)
    assert (clrr.name, clrr.offset, clrr.access, clrr.twin) == ("ENCLRR", 0x50, RW1C, 0x10)


@pytest.mark.parametrize(("kib", "offset", "sidr"), [(1, 0x3F4, 0xA3C5DD01), (4, 0xFF4, 0xA3C5DD04)])
def test_identification_closes_the_window(kib: int, offset: int, sidr: int) -> None:
    registers = identification(0x10, 0x00100071, kib)
    assert [(r.name, r.offset, r.reset) for r in registers] == [
        ("VERR", offset, 0x10),
        ("IPIDR", offset + 4, 0x00100071),
        ("SIDR", offset + 8, sidr),
    ]


@pytest.mark.parametrize("spelling", ["C1MRxCH1OM", "C1MR CH1OM", "C1MR-CH1OM", "C1MR.", ".CH1OM"])
def test_only_a_point_or_an_underscore_stands_between_a_register_and_its_field(spelling: str) -> None:
    assert Ipcc.TABLE.find(spelling) == []


def test_reading_changes_something_only_where_it_is_declared() -> None:
    assert not register([]).read_acts
    acts = {(name, r.name) for name, model in CATALOGUE.items() for r in model.TABLE if r.read_acts}
    assert {("STM32MP1.HSEM", f"RLR{n}") for n in range(32)} <= acts
    assert not [name for name, _ in acts if name == "STM32MP1.IPCC"]


# -- what a declaration refuses -------------------------------------------------------------------------------


def test_wrong_overlapping_fields() -> None:
    with pytest.raises(ValueError, match=r"^CR\.B overlaps another field or leaves the register\.$"):
        register([Field("A", 0, "a", width=2), Field("B", 1, "b")])


def test_wrong_field_beyond_bit_31() -> None:
    with pytest.raises(ValueError, match=r"^CR\.A overlaps another field or leaves the register\.$"):
        register([Field("A", 31, "a", width=2)])


@pytest.mark.parametrize(
    "declare",
    [
        lambda: register([Field("A", 0, "a")], reset=0x2),
        lambda: register([Field("A", 0, "a")], W1, reset=0x1),
        lambda: register([Field("A", 0, "a")], reset=0x0, reserved=RES1),
    ],
    ids=["reserved_bit_set", "action_reads_one", "reserved_one_reads_zero"],
)
def test_wrong_reset_value(declare: object) -> None:
    assert callable(declare)
    with pytest.raises(ValueError, match=r"^CR cannot read 0x0000000\d after reset: not all its bits can\.$"):
        declare()


def test_wrong_two_registers_at_one_offset() -> None:
    with pytest.raises(ValueError, match=r"^T has two registers at \+0x000\.$"):
        RegisterTable("T", [register([]), Register(0x0, "SR", "Status", RO, 0, [], "Another.")])


def test_wrong_two_registers_of_one_name() -> None:
    with pytest.raises(ValueError, match=r"^T has two registers called Control\.$"):
        RegisterTable("T", [register([]), Register(0x4, "SR", "Control", RO, 0, [], "Another.")])
