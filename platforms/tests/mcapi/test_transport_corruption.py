"""Any word of MCAPI's shared memory is changed while both sides use it: no hang, nothing twice (mcapi.md §5.10).

What cannot be right is counted and passed over, or written again by whose it is. Payloads and the data of scalars carry
no check, so what a word there is changed to is delivered; the sides of these tests look at their numbers' complements.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcapi_sides import MS, SETTLED, US, Sides, all_home, arrived, nothing_twice, works
from mp1bench.mcapi import layout
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import Count, Kind, Role
from mp1bench.trace import Mcapi

WORDS = range(0, 0x600, 4)
VALUES: dict[str, Callable[[int], int]] = {
    "nothing": lambda word: 0,
    "all ones": lambda word: 0xFFFFFFFF,
    "bit 0 flipped": lambda word: word ^ 1,
    "bit 8 flipped": lambda word: word ^ 1 << 8,
    "bit 12 flipped": lambda word: word ^ 1 << 12,
    "one more": lambda word: word + 1,
    "eight more": lambda word: word + 8,
}
#: With full rings these are tried on every word; else all but the slots that are like the first two of their ring.
EVERYWHERE = ("all ones", "bit 8 flipped")
FEW = [word for word in WORDS if word < 0x100 or word % 0x100 < 0x20 or (word % 0x80 < 8 and word >= 0x500)]


def idle(sides: Sides) -> None:
    """Nothing is under way."""


def stalled(sides: Sides) -> None:
    """The rings are full, of frames that nobody has taken yet."""
    for node in sides.nodes:
        node.stalled = True
    for node in sides.nodes:
        node.send(9, 0)
        node.send(20, 1)
    sides.run(50 * US)


def held(sides: Sides) -> None:
    """The buffers are in the peers' hands, and more is wanted."""
    for node in sides.nodes:
        node.holding = True
    for node in sides.nodes:
        node.send(9, 0)
        node.send(30, 1)
    sides.run(50 * US)


def in_flight(sides: Sides) -> None:
    """Doorbells are under way."""
    for node in sides.nodes:
        node.send(9, 0)
        node.send(20, 1)
    sides.run(US)


@pytest.mark.parametrize("moment", [idle, stalled, held, in_flight], ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("value", VALUES)
def test_whichever_word_is_changed_the_traffic_goes_on(moment, value):
    sides = Sides().up()
    for offset in WORDS if value in EVERYWHERE and moment is stalled else FEW:
        moment(sides)
        sides.write(offset, VALUES[value](sides.read(offset)))
        sides.run(20 * US)
        for node in sides.nodes:
            node.go_on()
        sides.run(SETTLED)
        assert sides.linked, hex(offset)
        assert works(sides, 6), hex(offset)
        assert nothing_twice(sides), hex(offset)
        assert all(map(all_home, sides.nodes)), hex(offset)


# -- counted, and by whom ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("priority", [0, 1])
@pytest.mark.parametrize("head", [17, 0x80000000, 0xFFFFFFFF])
def test_a_head_out_of_range_is_counted_once_and_written_again(role, priority, head):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    sides.write(layout.INDICES[role] + 4 * priority, head)
    for _ in range(3):
        receiver.wire.guard(receiver.transport.poll)
    assert receiver.counted(Count.DROPS) == 1
    sides.run(100 * US)
    assert sender.counted(Count.HEALED) == 1
    assert sides.read(layout.INDICES[role] + 4 * priority) == 0
    assert receiver.counted(Count.DROPS) == 1
    assert receiver.got == []
    assert sender.ups == receiver.ups == [True]
    assert works(sides)


def test_the_trace_says_what_was_wrong():
    sides = Sides(trace=True).up()
    sides.write(layout.INDICES[Role.FIRMWARE], 17)
    sides.host.wire.guard(sides.host.transport.poll)
    sides.run(MS)
    sides.host.stalled = True
    sides.firmware.send(1, 1)
    place = layout.RINGS[Role.FIRMWARE][1]
    sides.write(place, sides.read(place) & ~0xFF | 99)
    sides.host.go_on()
    assert sides.board.trace is not None
    dropped = [event for event in sides.board.trace.events if isinstance(event, Mcapi) and event.what == "dropped"]
    assert [(event.direction, event.detail) for event in dropped] == [
        ("m4_to_a7", "the head of ring 0 is 0x11"),
        ("m4_to_a7", "kind 99 in slot 0 of ring 1"),
    ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("head", range(1, 17))
def test_a_head_that_promises_what_was_never_put_delivers_nothing(role, head):
    sides = Sides().up()
    receiver = sides.nodes[role.peer]
    sides.write(layout.INDICES[role], head)
    receiver.wire.guard(receiver.transport.poll)
    sides.run(100 * US)
    assert receiver.got == []
    assert receiver.counted(Count.DROPS) == 1
    assert works(sides)


#: Offset in the descriptor, what is done to the word, and whether the frame is lost for it.
WRONG = {
    "kind 0": (0, lambda word: word & ~0xFF, True),
    "kind 99": (0, lambda word: word & ~0xFF | 99, True),
    "a message that became a packet, by a bit": (0, lambda word: word ^ 1, True),
    "the other priority": (0, lambda word: word ^ 1 << 8, True),
    "too long": (0, lambda word: word & 0xFFFF | 513 << 16, True),
    "buffer 24": (8, lambda word: 24, True),
    "buffer 255": (8, lambda word: 255, True),
    "another buffer": (8, lambda word: word ^ 1, True),
    "another lap": (0, lambda word: word ^ 1 << 12, False),
    "a later lap": (0, lambda word: word + (1 << 12), False),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_descriptor_that_cannot_be_right_is_counted_and_its_buffer_comes_home(role, wrong):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.stalled = True
    numbers = sender.send(3, 0)
    offset, change, lost = WRONG[wrong]
    place = layout.RINGS[role][0] + 16 + offset
    sides.write(place, change(sides.read(place)))
    receiver.stalled = False
    sides.run(20 * MS)
    assert arrived(receiver, [numbers[0], numbers[2]] if lost else numbers, 0)
    assert receiver.counted(Count.DROPS) == 1
    assert sender.ups == receiver.ups == [True]
    assert all_home(sender)
    assert works(sides)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("width", [0, 3, 16])
def test_a_scalar_of_no_width_is_counted(role, width):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    sender.send(2, 0)
    sides.run(MS)
    receiver.stalled = True
    sender.send(1, 0)
    place = layout.RINGS[role][0] + 2 * 16
    assert sides.read(place) & 0xFF == Kind.SCALAR
    sides.write(place, sides.read(place) & 0xFFFF | width << 16)
    receiver.stalled = False
    sides.run(20 * MS)
    assert len(receiver.got) == 2
    assert receiver.counted(Count.DROPS) == 1
    assert works(sides)


@pytest.mark.parametrize("role", Role)
def test_an_older_buffer_of_the_slot_of_a_dropped_frame_stays_with_its_holder(role):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.holding = True
    sender.send(1, 0)  # in slot 0
    sides.run(MS)
    receiver.holding = False
    sender.send(15, 0)
    sides.run(MS)
    receiver.stalled = True
    sender.send(3, 0)  # 16 to 18; a scalar comes third, in slot 1
    place = layout.RINGS[role][0]
    sides.write(place, sides.read(place) & ~0xFF)
    receiver.stalled = False
    sides.run(20 * MS)
    assert receiver.counted(Count.DROPS) == 1
    content = receiver.held[0].read(8)
    sender.send(200, 1)
    sides.run(10 * MS)
    assert receiver.held[0].read(8) == content
    receiver.release()
    sides.run(MS)
    assert all_home(sender)


@pytest.mark.parametrize("role", Role)
def test_a_tail_inside_the_ring_that_makes_the_sender_overwrite_ends_in_a_new_epoch(role):
    """What was overwritten is lost; both sides agree again after the fourth reminder."""
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.stalled = True
    sender.send(16, 0)
    tail = layout.INDICES[role.peer] + 8
    sides.write(tail, 8)
    sender.send(8, 0)
    receiver.stalled = False
    sides.run(SETTLED)
    assert sides.linked
    assert sides.host.ups == sides.firmware.ups == [True, False, True]
    assert works(sides)
    assert nothing_twice(sides)


@pytest.mark.parametrize("role", Role)
def test_a_changed_epoch_state_or_synced_costs_the_link_and_nothing_else(role):
    for word in (0, 4, 8):
        for value in (0, 1, 2, 3, 7, 0xFFFFFFFF):
            sides = Sides().up()
            receiver = sides.nodes[role.peer]
            for node in sides.nodes:
                node.send(9, 1)
                sides.run(100 * US)  # what has come is still in the slots
                node.send(9, 0)
            sides.write(layout.SIDE_BLOCK[role] + word, value)
            receiver.wire.guard(receiver.transport.poll)
            sides.run(SETTLED)
            assert sides.linked, (word, value)
            assert works(sides), (word, value)
            assert nothing_twice(sides), (word, value)


# -- anything at any time ---------------------------------------------------------------------------------------

ROLES = st.sampled_from(list(Role))
WORD = st.one_of(st.sampled_from([0, 1, 8, 16, 17, 0x100, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF))
STEPS = st.one_of(
    st.tuples(st.just("send"), ROLES, st.integers(1, 40), st.sampled_from([0, 1])),
    st.tuples(st.just("run"), st.sampled_from([0, US, 3 * US, 50 * US, MS, 5 * MS])),
    st.tuples(st.just("write"), st.sampled_from(WORDS), WORD),
    st.tuples(st.just("flip"), st.sampled_from(WORDS), st.integers(0, 31)),
    st.tuples(st.sampled_from(["stall", "hold", "go on", "poll", "restart", "stop and start"]), ROLES),
    st.tuples(st.just("fault"), ROLES, st.sampled_from(["lost", "doubled", "late"]), st.integers(1, 3)),
)


def take(sides: Sides, step: tuple) -> None:
    """One step of those."""
    match step:
        case ("send", role, count, priority):
            sides.nodes[role].send(count, priority)
        case ("run", ns):
            sides.run(ns)
        case ("write", offset, value):
            sides.write(offset, value)
        case ("flip", offset, bit):
            sides.write(offset, sides.read(offset) ^ 1 << bit)
        case ("stall", role):
            sides.nodes[role].stalled = True
        case ("hold", role):
            sides.nodes[role].holding = True
        case ("go on", role):
            sides.nodes[role].go_on()
        case ("poll", role):
            sides.nodes[role].wire.guard(sides.nodes[role].transport.poll)
        case ("restart", role):
            sides.nodes[role].restart()
        case ("stop and start", role):
            sides.nodes[role].stop()
            sides.nodes[role].start()
        case ("fault", role, kind, which):
            way = ("a7_to_m4", 5) if role is Role.HOST else ("m4_to_a7", 6)
            sides.board.inject(kind, *way, which, 7 * US if kind == "late" else 0)


@settings(derandomize=True, deadline=None, max_examples=60, database=None)
@given(st.lists(STEPS, min_size=3, max_size=25))
def test_whatever_happens_the_traffic_goes_on(steps):
    sides = Sides().up()
    for step in steps:
        take(sides, step)
    for node in sides.nodes:
        node.go_on()
    sides.run(2 * SETTLED + 64 * MS)
    assert sides.linked
    for node in sides.nodes:
        node.go_on()
    sides.run(64 * MS)
    assert works(sides, 6)
    assert nothing_twice(sides)
    assert all(map(all_home, sides.nodes))


@pytest.mark.parametrize("role", Role)
def test_what_cannot_be_repaired_is_given_up_each_time_that_it_happens(role):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    tail = layout.INDICES[role.peer] + 4 * 3  # the receiver's, of ring 1
    for _ in range(4):
        receiver.stalled = True
        sender.send(40, 1)
        sides.run(20 * US)
        sides.write(tail, sides.read(tail) + 8)
        sender.wire.guard(sender.transport.poll)  # it believes that, and overwrites eight that nobody has taken
        receiver.stalled = False
        sides.run(SETTLED)
        assert works(sides)
        assert nothing_twice(sides)
        assert all(map(all_home, sides.nodes))


@pytest.mark.parametrize("role", Role)
def test_a_peer_that_takes_nothing_home_is_not_read_for_ever(role):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    take_home = sender.transport._outbox.collect
    sender.transport._outbox.collect = lambda peer: None
    sent = 0
    for _ in range(200):
        sent += sender.transport.send(Frame(Kind.SCALAR, 1, 1, 2, 3))  # a width that there is not
        sides.run(20 * US)
    assert sent == receiver.counted(Count.DROPS) + layout.RING_SIZE == 2 * layout.FREE_RING_SIZE + layout.RING_SIZE
    sender.transport._outbox.collect = take_home
    sides.run(SETTLED)
    assert receiver.counted(Count.DROPS) == sent
    assert works(sides)
