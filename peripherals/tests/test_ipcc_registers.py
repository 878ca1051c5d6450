"""The IPCC's registers, claim by claim, against ipcc-hardware.md §2, §3 and §8. Channels count from 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

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
# A writer's SCR, the status of the channels it sends on, the status of those it receives on.
SIDES = pytest.mark.parametrize(
    ("scr", "sends", "receives"),
    [(C1SCR, C1TOC2SR, C2TOC1SR), (C2SCR, C2TOC1SR, C1TOC2SR)],
    ids=["processor1", "processor2"],
)
CHANNELS = pytest.mark.parametrize("channel", range(1, 7))

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


# -- SCR: signals ---------------------------------------------------------------------------------------------


@SIDES
@CHANNELS
def test_set_bit_occupies_the_channel_the_writer_sends_on(scr: int, sends: int, receives: int, channel: int) -> None:
    ipcc = Ipcc()
    ipcc.write(scr, 1 << 16 + channel - 1, 4)
    assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (1 << channel - 1, 0)


@SIDES
@CHANNELS
def test_clear_bit_frees_the_channel_the_writer_receives_on(scr: int, sends: int, receives: int, channel: int) -> None:
    ipcc = Ipcc()
    ipcc.write(C1SCR, 0x003F0000, 4)
    ipcc.write(C2SCR, 0x003F0000, 4)
    ipcc.write(scr, 1 << channel - 1, 4)
    assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (0x3F, 0x3F & ~(1 << channel - 1))


@SIDES
def test_zero_bits_do_nothing(scr: int, sends: int, receives: int, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    ipcc.write(scr, 0x00000000, 4)
    assert ipcc.state() == before
    assert heard == []


@SIDES
def test_one_write_sets_and_clears_the_same_channel_number_in_both_directions(
    scr: int, sends: int, receives: int
) -> None:
    ipcc = Ipcc()
    ipcc.write(C2SCR if scr == C1SCR else C1SCR, 0x00010000, 4)
    ipcc.write(scr, 0x00010001, 4)
    assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (0x1, 0x0)


@SIDES
def test_one_write_may_mix_channels(scr: int, sends: int, receives: int) -> None:
    ipcc = Ipcc()
    ipcc.write(C1SCR, 0x003F0000, 4)
    ipcc.write(C2SCR, 0x003F0000, 4)
    ipcc.write(C1SCR, 0x0000000F, 4)
    ipcc.write(C2SCR, 0x0000000F, 4)
    ipcc.write(scr, 0x00050030, 4)
    assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (0x35, 0x00)


@SIDES
def test_scr_reads_zero(scr: int, sends: int, receives: int) -> None:
    ipcc = Ipcc()
    ipcc.write(scr, 0x003F003F, 4)
    assert ipcc.read(scr, 4) == 0


@SIDES
def test_scr_read_modify_write_does_not_replay(scr: int, sends: int, receives: int) -> None:
    """Linux, U-Boot and ST's HAL all signal this way."""
    ipcc = Ipcc()
    peer = C2SCR if scr == C1SCR else C1SCR
    ipcc.write(scr, ipcc.read(scr, 4) | 0x00010000, 4)
    ipcc.write(peer, ipcc.read(peer, 4) | 0x00000001, 4)
    ipcc.write(scr, ipcc.read(scr, 4) | 0x00020000, 4)
    assert ipcc.read(sends, 4) == 0b10


@SIDES
def test_signals_coalesce(scr: int, sends: int, receives: int, listen: Listen) -> None:
    ipcc = Ipcc()
    heard = listen(ipcc)
    ipcc.write(scr, 0x00010000, 4)
    ipcc.write(scr, 0x00010000, 4)
    assert ipcc.read(sends, 4) == 0x1
    assert len(heard) == 1


@SIDES
def test_freeing_a_free_channel_changes_nothing(scr: int, sends: int, receives: int, listen: Listen) -> None:
    ipcc = Ipcc()
    heard = listen(ipcc)
    ipcc.write(scr, 0x0000003F, 4)
    assert ipcc.state() == Ipcc().state()
    assert heard == []


@SIDES
def test_bits_of_channels_that_are_not_there_do_nothing(scr: int, sends: int, receives: int, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    ipcc.write(scr, 0xFFC0FFC0, 4)
    assert ipcc.state() == before
    assert heard == []


@SIDES
def test_sender_cannot_free_the_channel_it_occupies(scr: int, sends: int, receives: int) -> None:
    ipcc = Ipcc()
    ipcc.write(scr, 0x00010000, 4)
    ipcc.write(scr, 0x0000003F, 4)
    assert ipcc.read(sends, 4) == 0x1


def test_masks_and_enables_leave_the_flags_alone() -> None:
    ipcc = busy()
    for offset in (0x000, 0x004, 0x010, 0x014):
        ipcc.write(offset, 0x00000000, 4)
        ipcc.write(offset, 0xFFFFFFFF, 4)
    assert (ipcc.read(C1TOC2SR, 4), ipcc.read(C2TOC1SR, 4)) == (0b01, 0b10)


def test_flag_changes_are_reported_one_by_one_from_channel_1_up(listen: Listen) -> None:
    ipcc = Ipcc()
    ipcc.write(C2SCR, 0x00050000, 4)
    heard = listen(ipcc)
    ipcc.write(C1SCR, 0x00220005, 4)
    assert heard == [
        ("flag", "C1TOC2SR.CH2F", 0, 1),
        ("flag", "C1TOC2SR.CH6F", 0, 1),
        ("flag", "C2TOC1SR.CH1F", 1, 0),
        ("flag", "C2TOC1SR.CH3F", 1, 0),
    ]


def test_reset_reports_the_flags_it_clears(listen: Listen) -> None:
    ipcc = busy()
    heard = listen(ipcc)
    ipcc.reset()
    assert [report for report in heard if report[0] == "flag"] == [
        ("flag", "C1TOC2SR.CH1F", 1, 0),
        ("flag", "C2TOC1SR.CH2F", 1, 0),
    ]


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


@pytest.mark.parametrize("offset", [0x020, 0x024, 0x1F0, 0x3EC])
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


@pytest.mark.parametrize("offset", [0x400, 0x404, 0x1000])
def test_access_outside_the_window_does_nothing(offset: int, listen: Listen) -> None:
    ipcc = busy()
    before = ipcc.state()
    heard = listen(ipcc)
    assert ipcc.read(offset, 4) == 0
    ipcc.write(offset, 0xFFFFFFFF, 4)
    assert ipcc.state() == before
    assert heard == [
        ("illegal", f"read outside the window at +0x{offset:03X}", 0, 0),
        ("illegal", f"write outside the window at +0x{offset:03X}", 0xFFFFFFFF, 0),
    ]
