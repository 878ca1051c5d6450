"""What of Linux's, or of its own, the firmware's transport of MCAPI finds wrong is counted, dropped or repaired.

The image is mcapi_echo, and the Linux is one that the test plays by hand.
"""

from __future__ import annotations

import pytest

from mcapi_linux_by_hand import (
    EPOCH,
    FIRMWARE,
    FREE_HEAD,
    FREE_TAIL,
    HEAD,
    HOST,
    MS,
    STATE,
    SYNCED,
    TAIL,
    WANTS,
    LinuxByHand,
)
from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import ChannelType, Count, Descriptor, Kind, Operation, Wants

HOST_BLOCK, HOST_INDICES = layout.SIDE_BLOCK[HOST], layout.INDICES[HOST]
OUR_BLOCK, OUR_INDICES = layout.SIDE_BLOCK[FIRMWARE], layout.INDICES[FIRMWARE]  # the firmware's


@pytest.fixture
def linux() -> LinuxByHand:
    linux = LinuxByHand()
    linux.come_up()
    return linux


# -- what is wrong is counted and dropped -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": 0},
        {"kind": 1},
        {"kind": 0xFF},
        {"priority": 1},
        {"length": 513},
        {"low": 24, "high": 0xFFFFFFFF - 24},
        {"low": 0xFFFFFFFF, "high": 0},
        {"high": 0},
    ],
)
def test_a_wrong_descriptor_is_dropped_and_its_slot_goes_home(linux: LinuxByHand, wrong: dict[str, int]) -> None:
    linux.message(b"wrong", **wrong)
    linux.message(b"right")
    linux.ring()
    assert linux.texts() == [b"right"]
    assert linux.counted(Count.DROPS) == 1
    assert linux.came_home() == [layout.entry(0, 0, dropped_lap=1), layout.entry(1, 1)]


def test_a_buffer_that_is_here_already_is_not_taken_twice(linux: LinuxByHand) -> None:
    linux.message(b"one")
    linux.message(b"two", low=0, high=0xFFFFFFFF)
    linux.ring()
    assert linux.texts() == [b"one"]
    assert linux.counted(Count.DROPS) == 1


def test_a_frame_for_a_port_that_nobody_has_is_dropped(linux: LinuxByHand) -> None:
    linux.message(b"x", destination=99)
    linux.ring()
    assert linux.counted(Count.DROPS) == 1
    assert linux.came_home() == [layout.entry(0, 0)]


def test_an_endpoint_is_not_connected_with_itself(linux: LinuxByHand) -> None:
    asks = Operation.CONNECT | (ChannelType.PACKET | layout.TYPE_THIRD) << 16
    linux.place(Descriptor(Kind.CONTROL, 0, 1, 0, 1, 1, asks, 0), 0)
    linux.message(b"for port 1, which is no end of a channel")
    linux.ring()
    assert linux.texts() == [b"", b"for port 1, which is no end of a channel"]


@pytest.mark.parametrize("head", [17, 0x80000000, 0xFFFFFFFF])
def test_a_head_that_cannot_be_is_counted_once_and_asked_to_be_repaired(linux: LinuxByHand, head: int) -> None:
    before = linux.rung()
    linux.put(HOST_INDICES + HEAD, head)
    linux.ring()
    assert linux.rung() - before == 1
    linux.ring()
    assert linux.counted(Count.DROPS) == 1
    assert linux.word(OUR_BLOCK + WANTS) == Wants.REPAIR
    linux.put(HOST_INDICES + HEAD, 0)
    linux.message(b"goes on")
    linux.ring()
    assert linux.texts() == [b"goes on"]
    assert linux.word(OUR_BLOCK + WANTS) == 0


def test_a_head_that_lies_delivers_nothing_twice(linux: LinuxByHand) -> None:
    linux.message(b"once")
    linux.ring()
    linux.put(HOST_INDICES + HEAD, 5)
    linux.ring()
    assert linux.texts() == [b"once"]
    assert (linux.counted(Count.DROPS), linux.index(FIRMWARE, TAIL)) == (1, 1)


@pytest.mark.parametrize("which", [HEAD, TAIL, FREE_HEAD, FREE_TAIL])
def test_what_stays_wrong_for_15_ms_makes_a_new_epoch(linux: LinuxByHand, which: int) -> None:
    epoch = linux.side(FIRMWARE)[0]
    linux.put(HOST_INDICES + which, 1000)
    linux.message(b"x", 1)
    linux.ring()
    for _ in range(8):
        linux.take()
        linux.run(2 * MS)
        linux.ring()
    assert linux.side(FIRMWARE)[0] == epoch + 1
    assert linux.index(FIRMWARE, TAIL) == linux.index(FIRMWARE, HEAD) == 0


def test_an_entry_that_is_wrong_brings_nothing_home(linux: LinuxByHand) -> None:
    linux.put(layout.FREE_RING[FIRMWARE], layout.entry(0, 3))  # a buffer that Linux never had
    linux.put(HOST_INDICES + FREE_HEAD, 1)
    linux.ring()
    assert linux.counted(Count.DROPS) == 1
    linux.put(layout.FREE_RING[FIRMWARE] + 4, 0x12345678)
    linux.put(HOST_INDICES + FREE_HEAD, 2)
    linux.ring()
    assert (linux.counted(Count.DROPS), linux.index(FIRMWARE, FREE_TAIL)) == (2, 1)


# -- its own words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [OUR_BLOCK + STATE, OUR_BLOCK + SYNCED, OUR_INDICES + HEAD, OUR_INDICES + FREE_TAIL])
def test_heals_a_word_of_its_own(linux: LinuxByHand, offset: int) -> None:
    right = linux.word(offset)
    linux.put(offset, right + 5)
    linux.ring()
    assert (linux.word(offset), linux.counted(Count.HEALED)) == (right, 1)


def test_repairs_a_slot_that_linux_finds_wrong(linux: LinuxByHand) -> None:
    linux.message(b"x")
    linux.ring()
    slot = layout.RINGS[FIRMWARE][0]
    right = linux.word(slot)
    linux.put(slot, 0xDEADBEEF)
    linux.put(HOST_BLOCK + WANTS, Wants.REPAIR)
    before = linux.rung()
    linux.take()
    linux.ring()
    assert (linux.word(slot), linux.rung() - before) == (right, 1)


def test_an_epoch_that_was_only_overwritten_delivers_nothing_twice(linux: LinuxByHand) -> None:
    linux.message(b"once")
    linux.ring()
    assert linux.texts() == [b"once"]
    mine = linux.side(FIRMWARE)[0]
    linux.put(HOST_BLOCK + EPOCH, 0x1234)
    linux.ring()
    linux.put(HOST_BLOCK + EPOCH, 1)
    linux.ring()
    assert linux.index(FIRMWARE, TAIL) == linux.index(FIRMWARE, HEAD) == 0
    assert linux.side(FIRMWARE)[0] != mine
