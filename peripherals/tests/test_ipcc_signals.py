"""The IPCC's signals against ipcc-hardware.md §3: what a write to SCR does to the flags, and who hears."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc

Listen = Callable[[Device], list[tuple[object, ...]]]

C1SCR, C1TOC2SR, C2SCR, C2TOC1SR = 0x008, 0x00C, 0x018, 0x01C
# A writer's SCR, the status of the channels it sends on, the status of those it receives on.
SIDES = pytest.mark.parametrize(
    ("scr", "sends", "receives"),
    [(C1SCR, C1TOC2SR, C2TOC1SR), (C2SCR, C2TOC1SR, C1TOC2SR)],
    ids=["processor1", "processor2"],
)
CHANNELS = pytest.mark.parametrize("channel", range(1, 7))


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
@CHANNELS
def test_second_set_and_second_clear_change_nothing(
    scr: int, sends: int, receives: int, channel: int, listen: Listen
) -> None:
    ipcc = busy()
    peer = C2SCR if scr == C1SCR else C1SCR
    for writer, value in ((scr, 1 << 16 + channel - 1), (peer, 1 << channel - 1)):
        ipcc.write(writer, value, 4)
        before = ipcc.state()
        heard = listen(ipcc)
        ipcc.write(writer, value, 4)
        assert ipcc.state() == before
        assert heard == []


@SIDES
def test_two_signals_are_freed_by_one_clear(scr: int, sends: int, receives: int) -> None:
    """The flag is no counter."""
    ipcc = Ipcc()
    ipcc.write(scr, 0x00010000, 4)
    ipcc.write(scr, 0x00010000, 4)
    ipcc.write(C2SCR if scr == C1SCR else C1SCR, 0x00000001, 4)
    assert ipcc.read(sends, 4) == 0x0


@SIDES
def test_freed_channel_can_be_occupied_again(scr: int, sends: int, receives: int) -> None:
    ipcc = Ipcc()
    for _ in range(3):
        ipcc.write(scr, 0x00200000, 4)
        assert ipcc.read(sends, 4) == 0x20
        ipcc.write(C2SCR if scr == C1SCR else C1SCR, 0x00000020, 4)
        assert ipcc.read(sends, 4) == 0x00


@SIDES
def test_both_directions_of_a_channel_are_apart(scr: int, sends: int, receives: int) -> None:
    ipcc = Ipcc()
    ipcc.write(C1SCR, 0x00040000, 4)
    ipcc.write(C2SCR, 0x00040000, 4)
    ipcc.write(scr, 0x00000004, 4)
    assert (ipcc.read(sends, 4), ipcc.read(receives, 4)) == (0x4, 0x0)


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


@SIDES
def test_flags_that_stay_are_not_reported(scr: int, sends: int, receives: int, listen: Listen) -> None:
    ipcc = Ipcc()
    ipcc.write(C1SCR, 0x00150000, 4)
    ipcc.write(C2SCR, 0x00150000, 4)
    heard = listen(ipcc)
    ipcc.write(scr, 0x00070004, 4)
    names = {C1TOC2SR: "C1TOC2SR", C2TOC1SR: "C2TOC1SR"}
    changes = [("flag", f"{names[sends]}.CH2F", 0, 1), ("flag", f"{names[receives]}.CH3F", 1, 0)]
    assert heard == (changes if sends == C1TOC2SR else changes[::-1])


def test_reset_reports_the_flags_it_clears(listen: Listen) -> None:
    ipcc = busy()
    heard = listen(ipcc)
    ipcc.reset()
    assert [report for report in heard if report[0] == "flag"] == [
        ("flag", "C1TOC2SR.CH1F", 1, 0),
        ("flag", "C2TOC1SR.CH2F", 1, 0),
    ]
