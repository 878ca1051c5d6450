"""Either side of MCAPI's transport starts anew at any step of the other; the area is not what it was (mcapi.md §4.4).

A processor that dies makes one write less than it was about to; each of them is tried.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mcapi_sides import MS, SETTLED, US, Node, Sides, Wire, all_home, nothing_twice, works
from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import Role, State

#: What `life` does is over before a side has written this often.
ENOUGH = 400


def life(sides: Sides) -> None:
    """Both sides talk, with both priorities, hold buffers, and wait for some."""
    for node in sides.nodes:
        node.holding = True
        node.send(5, 0)
        node.send(9, 1)
    sides.run(MS)
    for node in sides.nodes:
        node.go_on()
    sides.run(50 * US)


def well(sides: Sides) -> bool:
    """Linked, talking, with whole pools, and nothing came twice."""
    sides.run(SETTLED)
    return sides.linked and works(sides, 6) and all(map(all_home, sides.nodes)) and nothing_twice(sides)


def began(role: Role, prepare: Callable[[Sides, Wire], None]) -> tuple[Sides, Node, Node]:
    """Two sides whose start and `life` are over; `role`'s wire is prepared before it begins."""
    sides = Sides()
    node, other = sides.nodes[role], sides.nodes[role.peer]
    other.start()
    node.start(prepare=lambda wire: prepare(sides, wire))
    sides.run(MS)
    life(sides)
    return sides, node, other


@pytest.mark.parametrize("role", Role)
def test_a_side_that_dies_after_any_of_its_writes_starts_anew(role):
    for last in range(1, ENOUGH):

        def prepare(sides: Sides, wire: Wire, last: int = last) -> None:
            wire.last = last

        sides, node, _ = began(role, prepare)
        died = not node.wire.alive
        node.restart()
        assert well(sides), f"after write {last}"
        if not died:
            return
    pytest.fail("it writes more often than this test tries")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("deed", ["looks", "restarts", "looks, restarts", "restarts, looks"])
def test_the_other_side_looks_or_restarts_between_any_two_writes(role, deed):
    for number in range(1, ENOUGH):
        struck: list[int] = []

        def prepare(sides: Sides, wire: Wire, number: int = number, struck: list[int] = struck) -> None:
            other = sides.nodes[role.peer]

            def before_write(write: int) -> None:
                if write == number:
                    struck.append(write)
                    for step in deed.split(", "):
                        if step == "restarts":
                            other.restart()
                        else:
                            other.wire.guard(other.transport.poll)

            wire.before_write = before_write

        sides, node, _ = began(role, prepare)
        node.wire.before_write = lambda write: None
        assert well(sides), f"before write {number}"
        if not struck:
            return
    pytest.fail("it writes more often than this test tries")


def test_both_restart_at_once():
    sides = Sides().up()
    for node in sides.nodes:
        node.send(20, 1)
        node.die()
    for node in sides.nodes:
        node.start()
    assert well(sides)


@pytest.mark.parametrize("role", Role)
def test_the_other_side_is_told_of_a_restart_once(role):
    sides = Sides().up()
    node, other = sides.nodes[role], sides.nodes[role.peer]
    other.send(3, 0)
    sides.run(MS)
    node.restart()
    sides.run(MS)
    assert other.ups == [True, False, True]
    assert node.ups == [True, True]
    assert node.transport.epoch == other.transport.peer_epoch == 2


@pytest.mark.parametrize("role", Role)
def test_a_side_that_stops_in_order_is_gone_at_once(role):
    sides = Sides().up()
    node, other = sides.nodes[role], sides.nodes[role.peer]
    node.stop()
    sides.run(100 * US)
    assert other.ups == [True, False]
    assert sides.read(layout.SIDE_BLOCK[role] + 4) == State.OFF
    assert not other.transport.up
    node.start()
    assert well(sides)


@pytest.mark.parametrize("role", Role)
def test_buffers_that_the_peer_took_along_are_home_again(role):
    sides = Sides().up()
    node, other = sides.nodes[role], sides.nodes[role.peer]
    other.holding = True
    node.send(15, 1)
    sides.run(MS)
    assert len(other.held) == 10  # every third is a scalar
    other.restart()
    sides.run(MS)
    assert all_home(node)


def test_a_restarted_side_does_not_get_what_was_sent_to_the_one_before():
    sides = Sides().up()
    sides.firmware.stalled = True
    sides.host.send(5, 0)
    sides.run(MS)
    sides.firmware.restart()
    sides.firmware.stalled = False
    sides.run(SETTLED)
    assert sides.firmware.got == []


@pytest.mark.parametrize("role", Role)
def test_an_epoch_goes_on_with_1_beyond_2_to_the_32(role):
    sides = Sides().up()
    node = sides.nodes[role]
    node.die()
    sides.write(layout.SIDE_BLOCK[role], 0xFFFFFFFE)
    node.start()
    assert node.transport.epoch == 0xFFFFFFFF
    assert well(sides)
    node.restart()
    assert node.transport.epoch == 1
    assert well(sides)


@pytest.mark.parametrize("role", Role)
def test_a_new_epoch_is_none_that_the_other_side_says_to_know(role):
    """It would be up at once, with the old words of both."""
    sides = Sides().up()
    node = sides.nodes[role]
    node.die()
    sides.write(layout.SIDE_BLOCK[role], 0)
    node.start()
    assert node.transport.epoch == 2
    assert well(sides)


def test_the_firmware_that_is_there_first_waits_for_the_area_and_touches_nothing():
    sides = Sides()
    garbage = bytes(n * 37 % 251 for n in range(layout.SIZE))
    sides.board.engine.write_bytes(layout.BASE, garbage)
    sides.firmware.start()
    sides.run(SETTLED)
    assert sides.board.engine.read_bytes(layout.BASE, layout.SIZE) == garbage
    sides.host.start()
    assert well(sides)


@pytest.mark.parametrize("words", [{}, {0: layout.MAGIC}, {0: layout.MAGIC, 4: 1}, {0: layout.MAGIC, 4: 2, 8: 0x8000}])
@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x5A])
def test_the_host_makes_the_area_out_of_anything(words, fill):
    sides = Sides()
    sides.board.engine.write_bytes(layout.BASE, bytes([fill]) * layout.SIZE)
    for offset, word in words.items():
        sides.write(offset, word)
    for node in sides.nodes:
        node.start()
    assert well(sides)
    assert (sides.read(0), sides.read(4), sides.read(8)) == (0x5041434D, 1, 0x8000)


@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x5A])
def test_an_area_of_garbage_with_the_right_header_is_survived(fill):
    sides = Sides()
    sides.board.engine.write_bytes(layout.BASE, bytes([fill]) * layout.SIZE)
    for offset, word in ((0, layout.MAGIC), (4, layout.VERSION), (8, layout.SIZE)):
        sides.write(offset, word)
    for node in sides.nodes:
        node.start()
    assert well(sides)


@pytest.mark.parametrize("first", Role)
@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x5A])
@pytest.mark.parametrize("size", [4, 0x100, layout.POOL[0]])
def test_the_area_is_destroyed_while_both_run(first, fill, size):
    sides = Sides().up()
    life(sides)
    for node in sides.nodes:
        node.send(20, 1)
    sides.board.engine.write_bytes(layout.BASE, bytes([fill]) * size)
    node = sides.nodes[first]
    node.wire.guard(node.transport.poll)
    assert well(sides)


@pytest.mark.parametrize("alive", [True, False])
def test_the_host_makes_a_new_area_under_a_running_firmware(alive):
    """The host's epoch is 1 again, as the firmware knows it from before."""
    sides = Sides().up()
    life(sides)
    sides.host.die()
    sides.firmware.send(9, 1)
    sides.board.engine.write_bytes(layout.BASE, bytes(layout.POOL[0]))
    if alive:
        sides.firmware.wire.guard(sides.firmware.transport.poll)
    sides.host.start()
    assert sides.host.transport.epoch == 1
    assert well(sides)
