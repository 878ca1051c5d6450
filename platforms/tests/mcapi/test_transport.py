"""MCAPI's transport between two sides in Python: order, room, buffers and who owns them (mcapi.md §4, §5.1 to §5.3).

Numbers are from the layout: rings of 16 descriptors, pools of 24 buffers, 4 of them for priority 0.
"""

from __future__ import annotations

import pytest

from mcapi_sides import MS, SETTLED, US, Sides, all_home, arrived, nothing_twice, works
from mp1bench.mcapi import layout
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.layout import Count, Kind, Role, Wants
from mp1bench.mcapi.memory import FREE_HEAD, FREE_TAIL, HEAD, TAIL
from mp1bench.trace import Mcapi


@pytest.fixture
def sides() -> Sides:
    return Sides().up()


@pytest.mark.parametrize("kernel", ["6.1", "6.12", "st-6.1", "st-6.1-bidirectional"])
def test_a_burst_of_64_each_way_keeps_its_order_and_costs_fewer_doorbells_than_frames(kernel):
    sides = Sides(kernel).up()
    before = [node.counted(Count.DOORBELLS) for node in sides.nodes]
    sent = [(node, priority, node.send(64, priority)) for node in sides.nodes for priority in (0, 1)]
    sides.run(5 * MS)
    for node, priority, numbers in sent:
        assert arrived(sides.nodes[node.role.peer], numbers, priority)
    for node, doorbells in zip(sides.nodes, before, strict=True):
        assert 0 < node.counted(Count.DOORBELLS) - doorbells <= 128
        assert node.counted(Count.FRAMES_SENT) == 128
        assert node.counted(Count.FRAMES_RECEIVED) == 128
        assert node.counted(Count.DROPS) == node.counted(Count.RERINGS) == node.counted(Count.HEALED) == 0
        assert all_home(node)


@pytest.mark.parametrize("role", Role)
def test_a_full_ring_takes_no_seventeenth_frame_until_one_is_read(sides, role):
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.stalled = True
    scalar = Frame(Kind.SCALAR, 0, 1, 2, 4, None, 7)
    assert [sender.transport.send(scalar) for _ in range(17)] == [True] * 16 + [False]
    assert sides.read(layout.SIDE_BLOCK[role] + 12) == Wants.RING0
    sides.run(MS)
    assert sender.spaces == 0
    receiver.go_on()
    sides.run(10 * US)
    assert sender.spaces > 0
    assert sides.read(layout.SIDE_BLOCK[role] + 12) == 0
    assert sender.transport.send(scalar)


@pytest.mark.parametrize("role", Role)
def test_what_has_waited_for_room_comes_in_order(sides, role):
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.stalled = True
    numbers = sender.send(100, 0)
    sides.run(MS)
    assert receiver.got == []
    receiver.go_on()
    sides.run(MS)
    assert arrived(receiver, numbers, 0)


@pytest.mark.parametrize("role", Role)
def test_priority_0_overtakes_16_queued_frames(sides, role):
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.stalled = True
    low = sender.send(16, 1)
    sides.run(MS)
    high = sender.send(3, 0)
    receiver.go_on()
    sides.run(MS)
    assert receiver.got == [(0, number) for number in high] + [(1, number) for number in low]


@pytest.mark.parametrize("role", Role)
def test_a_stalled_priority_1_stops_no_priority_0(sides, role, monkeypatch):
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    monkeypatch.setattr(
        receiver.transport._inbox, "_deliver", lambda frame: frame.priority == 0 and receiver.frame(frame)
    )
    sender.send(20, 1)
    high = sender.send(40, 0)
    sides.run(5 * MS)
    assert arrived(receiver, high, 0)
    assert all(priority == 0 for priority, _ in receiver.got)


@pytest.mark.parametrize("role", Role)
def test_four_buffers_are_kept_for_priority_0(sides, role):
    transport = sides.nodes[role].transport
    low = [transport.allocate(1) for _ in range(21)]
    assert [buffer is not None for buffer in low] == [True] * 20 + [False]
    high = [transport.allocate(0) for _ in range(5)]
    assert [buffer is not None for buffer in high] == [True] * 4 + [False]
    indices = {buffer.index for buffer in low + high if buffer is not None}
    assert indices == set(range(24))


@pytest.mark.parametrize("role", Role)
def test_a_buffer_is_its_holders_until_it_is_released(sides, role):
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.holding = True
    sender.send(3, 0)
    sides.run(MS)
    held = list(receiver.held)
    contents = [buffer.read(8) for buffer in held]
    sender.send(300, 1)  # it goes round with the rest of the pool
    receiver.holding = False
    sides.run(10 * MS)
    assert [buffer.read(8) for buffer in held] == contents
    receiver.release()
    sides.run(MS)
    assert all_home(sender)


@pytest.mark.parametrize("role", Role)
def test_a_buffer_is_released_once_and_only_by_who_holds_it(sides, role):
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    receiver.holding = True
    sender.send(2, 0)
    sides.run(MS)
    first, second = receiver.held
    assert receiver.transport.release(second)
    assert not receiver.transport.release(second)
    assert receiver.transport.release(first)
    assert not receiver.transport.release(Buffer(receiver.wire, role, first.index))
    own = receiver.transport.allocate(0)
    assert own is not None
    assert not receiver.transport.release(own)
    receiver.transport.free(own)
    receiver.held.clear()
    sides.run(MS)
    assert all(all_home(node) for node in sides.nodes)


def test_a_dropped_frames_buffer_comes_home_and_is_counted(sides):
    frames: list[Frame] = []
    sides.firmware.transport._inbox._deliver = lambda frame: frames.append(frame) or True
    sides.host.send(1, 0)
    sides.run(MS)
    sides.firmware.transport.drop(frames[0], "for nobody")
    sides.run(MS)
    assert sides.firmware.counted(Count.DROPS) == 1
    assert all_home(sides.host)


def test_nothing_is_sent_to_a_peer_that_is_not_there():
    sides = Sides()
    sides.host.start()
    sides.run(SETTLED)
    assert not sides.host.transport.up
    assert not sides.host.transport.send(Frame(Kind.SCALAR, 0, 1, 2, 4, None, 7))


def test_a_stalled_receiver_is_reminded_less_and_less_often(sides):
    """After 1 ms, 2, 4 … 64 ms: in a second 7 and some 14 times."""
    sides.firmware.stalled = True
    sides.host.send(1, 0)
    sides.run(1_000 * MS)
    assert 15 <= sides.host.counted(Count.RERINGS) <= 21
    sides.firmware.go_on()
    sides.run(MS)
    before = sides.host.counted(Count.RERINGS)
    sides.run(1_000 * MS)
    assert sides.host.counted(Count.RERINGS) == before


@pytest.mark.parametrize("back", [1, 16, 17, 20])
def test_indices_go_on_beyond_2_to_the_32(sides, back):
    """Both sides' copies are put just below the end, as after so many frames."""
    for node in sides.nodes:
        words, peers = node.transport._words, sides.nodes[node.role.peer].transport._words
        for priority in range(layout.PRIORITIES):
            words[HEAD + priority] = peers[TAIL + priority] = (1 << 32) - back
            node.transport._outbox._good_tail[priority] = (1 << 32) - back
        words[FREE_HEAD] = peers[FREE_TAIL] = (1 << 32) - back
    for _ in range(3):
        assert works(sides)
    assert nothing_twice(sides)
    assert all(node.counted(Count.DROPS) == node.counted(Count.HEALED) == 0 for node in sides.nodes)
    assert all(sides.read(layout.INDICES[role]) < 1000 for role in Role)


def test_the_trace_has_each_frame_once_with_its_ports_and_payload():
    sides = Sides(trace=True).up()
    sides.firmware.stalled = True
    sides.host.send(3, 0)
    sides.firmware.send(3, 1)
    sides.run(20 * MS)  # looked at again and again
    sides.firmware.go_on()
    sides.run(MS)
    assert sides.board.trace is not None
    frames = [event for event in sides.board.trace.events if isinstance(event, Mcapi) and event.what == "frame"]
    for direction, priority in (("a7_to_m4", 0), ("m4_to_a7", 1)):
        mine = [event for event in frames if event.direction == direction]
        assert [event.kind for event in mine] == ["message", "message", "scalar"]
        assert [event.data[0] for event in mine] == [0, 1, 2]
        assert {(event.priority, event.source, event.destination) for event in mine} == {(priority, 1, 2)}


def test_two_runs_are_the_same_to_the_byte():
    def run() -> tuple[bytes, object]:
        sides = Sides(trace=True).up()
        works(sides)
        sides.firmware.restart()
        works(sides)
        assert sides.board.trace is not None
        return sides.board.engine.read_bytes(layout.BASE, layout.SIZE), sides.board.trace.events

    assert run() == run()
