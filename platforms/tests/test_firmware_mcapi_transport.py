"""The firmware's transport of MCAPI, word by word: mcapi_echo, and a Linux that the test plays by hand.

With Linux's own side it is tested in test_firmware_mcapi.py.
"""

from __future__ import annotations

import pytest

from mcapi_linux_by_hand import (
    C1SCR,
    EPOCH,
    FIRMWARE,
    FREE_HEAD,
    FREE_TAIL,
    HEAD,
    HOST,
    MS,
    SET_CH5,
    STATE,
    SYNCED,
    TAIL,
    WANTS,
    LinuxByHand,
)
from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import Count, State, Wants

HOST_BLOCK, HOST_INDICES = layout.SIDE_BLOCK[HOST], layout.INDICES[HOST]
OUR_BLOCK, OUR_INDICES = layout.SIDE_BLOCK[FIRMWARE], layout.INDICES[FIRMWARE]  # the firmware's


@pytest.fixture
def linux() -> LinuxByHand:
    linux = LinuxByHand()
    linux.come_up()
    return linux


# -- agreeing ---------------------------------------------------------------------------------------------------


def test_touches_nothing_before_the_area_is_there() -> None:
    linux = LinuxByHand()
    assert linux.run() == "idle"
    linux.ring()
    assert linux.board.engine.read_bytes(layout.BASE, layout.END) == bytes(layout.END)
    assert (linux.rung(), linux.board.occupied()) == (0, [])


@pytest.mark.parametrize(("offset", "value"), [(0, layout.MAGIC + 1), (4, layout.VERSION + 1), (8, layout.SIZE - 1)])
def test_touches_no_area_of_another_kind(offset: int, value: int) -> None:
    linux = LinuxByHand()
    linux.make_area()
    linux.put(offset, value)
    linux.ring()
    assert linux.side(FIRMWARE) == (0, 0, 0)


def test_joins_when_it_is_rung_for_and_rings_back() -> None:
    linux = LinuxByHand()
    linux.make_area(epoch=7)
    linux.ring()
    assert linux.side(FIRMWARE) == (1, State.UP, 7)
    assert linux.board.occupied() == ["m4_to_a7:6"]


def test_takes_the_epoch_after_the_one_that_it_finds() -> None:
    linux = LinuxByHand()
    linux.make_area()
    linux.put(OUR_BLOCK + EPOCH, 0xFFFFFFFF)
    linux.ring()
    assert linux.side(FIRMWARE) == (1, State.UP, 1)


def test_never_takes_the_epoch_that_linux_knows() -> None:
    linux = LinuxByHand()
    linux.make_area()
    linux.put(OUR_BLOCK + EPOCH, 4)
    linux.put(HOST_BLOCK + SYNCED, 5)
    linux.ring()
    assert linux.side(FIRMWARE)[0] == 6


def test_sends_nothing_before_both_have_agreed() -> None:
    linux = LinuxByHand()
    linux.make_area()
    linux.message(b"early")
    linux.ring()
    assert (linux.index(FIRMWARE, TAIL), linux.index(FIRMWARE, HEAD)) == (0, 0)


def test_sleeps_without_a_tick_when_there_is_nothing_to_do(linux: LinuxByHand) -> None:
    assert linux.run(1000 * MS) == "idle"


# -- frames -----------------------------------------------------------------------------------------------------


def test_a_message_goes_back_to_its_sender(linux: LinuxByHand) -> None:
    linux.message(b"hello")
    linux.ring()
    (frame,) = linux.receive(0)
    assert (frame.source, frame.destination, frame.payload) == (1, 20, b"hello")
    assert linux.came_home() == [layout.entry(0, 0)]


def test_an_empty_and_a_full_message_go_back(linux: LinuxByHand) -> None:
    for text in (b"", bytes(range(256)) * 2):
        linux.message(text)
    linux.ring()
    assert linux.texts() == [b"", bytes(range(256)) * 2]


def test_sixteen_messages_cost_one_doorbell_and_keep_their_order(linux: LinuxByHand) -> None:
    before = linux.rung()
    texts = [b"%d" % number for number in range(16)]
    for text in texts:
        linux.message(text)
    linux.ring()
    assert linux.texts() == texts
    assert linux.rung() - before == 1


def test_a_hundred_messages_pass_through_every_slot_and_buffer(linux: LinuxByHand) -> None:
    for number in range(100):
        linux.message(b"%d" % number, number % 2)
        linux.ring()
        linux.take()
        assert linux.texts(number % 2) == [b"%d" % number]
        assert len(linux.came_home()) == 1
    assert linux.counted(Count.DROPS) == 0


def test_priority_0_is_looked_at_first(linux: LinuxByHand) -> None:
    for ring in (1, 0):
        linux.message(b"dropped at once", ring, kind=0)
    linux.ring()
    assert [entry & 0xFF for entry in linux.came_home()] == [0 << 4, 1 << 4]  # the slots in which they were


def test_a_message_of_priority_0_overtakes_sixteen_of_1(linux: LinuxByHand) -> None:
    for number in range(16):
        linux.message(b"%d" % number, 1)
    linux.message(b"urgent", 0)
    linux.ring()
    assert linux.texts(0) == [b"urgent"]
    assert linux.came_home()[0] == layout.entry(0, 16)  # its buffer
    assert len(linux.texts(1)) == 16


def test_a_full_ring_makes_it_wait_and_say_so(linux: LinuxByHand) -> None:
    for _ in range(16):
        linux.message(b"x")
    linux.ring()
    linux.message(b"one more")
    linux.ring()
    assert linux.index(FIRMWARE, HEAD) == 16
    assert linux.word(OUR_BLOCK + WANTS) == Wants.RING0
    assert len(linux.texts()) == 16
    linux.ring()
    assert linux.texts() == [b"one more"]
    assert linux.word(OUR_BLOCK + WANTS) == 0


@pytest.mark.parametrize("us", range(0, 60, 4))
def test_a_buffer_that_comes_home_while_another_looks_wakes_who_waits_for_it(us: int) -> None:
    """An answer of priority 1, which may not have it, finds it after one of priority 0 has not; Linux sees it taken."""
    linux = LinuxByHand()
    linux.come_up()
    for _ in range(3):
        for _ in range(8):
            linux.message(b"x")
        linux.ring()
        linux.tails[0] += 8  # read, and all buffers kept
        linux.put(HOST_INDICES + TAIL, linux.tails[0])
        linux.came_home()
        linux.take()
    linux.message(b"urgent")
    linux.message(b"status", 1, destination=6)
    for _ in range(2):
        linux.ring()
        linux.take()
    assert (linux.index(FIRMWARE, HEAD), linux.word(OUR_BLOCK + WANTS)) == (24, Wants.BUFFERS)
    linux.board.engine.write(C1SCR, SET_CH5)
    linux.run(us * MS // 1000)
    for buffer in range(3):
        linux.give_back(buffer)
    linux.run(8 * MS // 1000)
    if linux.index(FIRMWARE, FREE_TAIL) != 3:
        linux.ring()
    linux.run()
    assert linux.texts() == [b"urgent"]


def test_says_which_of_its_buffers_linux_has(linux: LinuxByHand) -> None:
    for _ in range(3):
        linux.message(b"x")
    linux.ring()
    assert linux.word(layout.AWAY[FIRMWARE]).bit_count() == 3
    assert len(linux.texts()) == 3
    linux.ring()
    assert linux.word(layout.AWAY[FIRMWARE]) == 0


# -- doorbells --------------------------------------------------------------------------------------------------


def test_rings_only_on_a_free_channel_and_once_more_when_it_is_free(linux: LinuxByHand) -> None:
    before = linux.rung()
    for _ in range(3):
        linux.message(b"x")
        linux.ring()
    assert (linux.rung() - before, linux.counted(Count.DEFERRED)) == (1, 1)
    linux.take()
    linux.run()
    assert linux.rung() - before == 2
    assert len(linux.texts()) == 3


def test_a_doorbell_for_nothing_has_no_effect(linux: LinuxByHand) -> None:
    before = linux.rung()
    linux.ring()
    linux.ring()
    assert (linux.rung(), linux.counted(Count.DROPS)) == (before, 0)


def test_a_wish_is_answered_once(linux: LinuxByHand) -> None:
    linux.put(HOST_BLOCK + WANTS, Wants.BUFFERS)
    before = linux.rung()
    linux.message(b"x")
    linux.ring()
    linux.take()
    linux.run(MS // 4)
    assert linux.rung() - before == 1


def test_repeats_a_doorbell_after_1_2_4_to_64_ms(linux: LinuxByHand) -> None:
    linux.message(b"x")
    linux.ring()
    start, times = linux.board.engine.now, []
    while len(times) < 9:
        linux.take()
        before = linux.rung()
        while linux.rung() == before:
            linux.run(MS // 10)
        times.append((linux.board.engine.now - start) / MS)
    gaps = [round(after - before) for before, after in zip([0.0, *times], times, strict=False)]
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 64, 64]
    assert linux.counted(Count.RERINGS) == 9
    assert linux.texts() == [b"x"]
    linux.ring()
    assert linux.run(1000 * MS) == "idle"


def test_a_channel_that_nobody_frees_costs_no_tick(linux: LinuxByHand) -> None:
    linux.message(b"x")
    linux.ring()
    assert linux.board.occupied() == ["m4_to_a7:6"]
    assert linux.run(1000 * MS) == "idle"


# -- restarts ---------------------------------------------------------------------------------------------------


def test_follows_linux_into_its_next_epoch(linux: LinuxByHand) -> None:
    linux.message(b"of the old one")
    linux.begin(epoch=2)
    linux.ring()
    assert linux.side(FIRMWARE)[1:] == (State.UP, 2)
    linux.sync()
    linux.message(b"of the new one")
    linux.ring()
    assert linux.texts() == [b"of the new one"]


def test_is_gone_when_linux_is_and_takes_nothing(linux: LinuxByHand) -> None:
    linux.put(HOST_BLOCK + STATE, State.OFF)
    linux.message(b"x")
    linux.ring()
    assert (linux.side(FIRMWARE)[2], linux.index(FIRMWARE, TAIL)) == (0, 0)
    assert linux.run(1000 * MS) == "idle"


def test_its_restart_is_a_new_epoch_and_empty_rings(linux: LinuxByHand) -> None:
    linux.message(b"x")
    linux.ring()
    epoch = linux.side(FIRMWARE)[0]
    linux.board.shutdown()
    linux.boot()
    assert linux.side(FIRMWARE) == (epoch + 1, State.UP, 1)
    assert [linux.index(FIRMWARE, which) for which in (HEAD, TAIL, FREE_HEAD, FREE_TAIL)] == [0, 0, 0, 0]


def test_an_area_that_is_made_anew_is_joined_anew(linux: LinuxByHand) -> None:
    linux.message(b"x")
    linux.ring()
    linux.forget()
    linux.make_area()
    linux.ring()
    assert linux.side(FIRMWARE)[1:] == (State.UP, 1)
    linux.sync()
    linux.message(b"goes on")
    linux.ring()
    assert linux.texts() == [b"goes on"]


def test_an_area_that_is_made_anew_while_linux_was_gone_is_a_new_epoch(linux: LinuxByHand) -> None:
    epoch = linux.side(FIRMWARE)[0]
    linux.put(HOST_BLOCK + STATE, State.OFF)
    linux.ring()
    linux.make_area()
    linux.ring()
    assert linux.side(FIRMWARE) == (epoch + 1, State.UP, 1)
