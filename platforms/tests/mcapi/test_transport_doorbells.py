"""Doorbells of MCAPI that are lost, doubled or late: nothing is lost for ever, nothing comes twice (mcapi.md §5.8).

One that is missing is made up for by a timer, 1 ms after the last progress, then 2, 4 … 64 ms. So where all but one
arrive, everything has arrived after 2 ms and what the bench's processors take.
"""

from __future__ import annotations

import pytest

from mcapi_sides import MS, SETTLED, US, Sides, all_home, arrived, nothing_twice, works
from mp1bench.mcapi.layout import Count, Role

KERNELS = ("6.1", "6.12", "st-6.1", "st-6.1-bidirectional")
CHANNELS = {Role.HOST: ("a7_to_m4", 5), Role.FIRMWARE: ("m4_to_a7", 6)}
FAULTS = (
    ("lost", 0),
    ("doubled", 0),
    ("doubled", 3 * US),
    ("late", 500),
    ("late", 2 * US),
    ("late", 40 * US),
    ("late", MS),
)

every_channel = pytest.mark.parametrize("role", Role)


@pytest.mark.parametrize("kernel", KERNELS)
@every_channel
@pytest.mark.parametrize(("kind", "by"), FAULTS)
def test_one_doorbell_that_goes_wrong_delays_by_2_ms_at_most(kernel, role, kind, by):
    """One of the first ten, while both sides send more than rings and pools hold."""
    struck = 0
    for which in (1, 2, 3, 5, 10):
        sides = Sides(kernel).up()
        fault = sides.board.inject(kind, *CHANNELS[role], which, by)
        sent = [(node, priority, node.send(50, priority)) for node in sides.nodes for priority in (1, 0)]
        sides.run(2 * MS + 300 * US)
        for node, priority, numbers in sent:
            assert arrived(sides.nodes[node.role.peer], numbers, priority), which
        sides.run(SETTLED)
        assert all(all_home(node) for node in sides.nodes)
        struck += len(fault.struck)
    assert struck >= 3


@pytest.mark.parametrize("kernel", KERNELS)
@every_channel
@pytest.mark.parametrize(("kind", "by"), FAULTS)
def test_doorbells_that_go_wrong_while_the_sides_get_to_know_each_other(kernel, role, kind, by):
    for which in (1, 2, 3):
        for first in Role:
            sides = Sides(kernel)
            sides.board.inject(kind, *CHANNELS[role], which, by)
            for node in (sides.nodes[first], sides.nodes[first.peer]):
                node.start()
                sides.run(20 * US)
            sides.run(2 * MS + 300 * US)
            assert sides.linked
            assert works(sides)


@every_channel
@pytest.mark.parametrize(("kind", "by"), FAULTS)
def test_all_doorbells_of_a_channel_go_wrong_for_a_while(role, kind, by):
    sides = Sides().up()
    fault = sides.board.inject(kind, *CHANNELS[role], None, by)
    sent = [(node, priority, node.send(40, priority)) for node in sides.nodes for priority in (1, 0)]
    sides.run(70 * MS)  # if all are lost: seven at 1, 3, 7 … 63 ms
    fault.end()
    sides.run(64 * MS + SETTLED)
    for node, priority, numbers in sent:
        assert arrived(sides.nodes[node.role.peer], numbers, priority)
    assert nothing_twice(sides)
    assert works(sides)


@every_channel
def test_a_lost_doorbell_is_made_up_for_after_1_ms(role):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    sides.board.inject("lost", *CHANNELS[role], 1)
    numbers = sender.send(1, 0)
    sides.run(MS)
    assert receiver.got == []
    sides.run(10 * US)
    assert arrived(receiver, numbers, 0)
    assert sender.counted(Count.RERINGS) == 1


@every_channel
def test_the_next_frame_brings_what_a_lost_doorbell_was_for(role):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    sides.board.inject("lost", *CHANNELS[role], 1)
    first = sender.send(1, 0)
    sides.run(100 * US)
    second = sender.send(1, 0)
    sides.run(100 * US)
    assert arrived(receiver, first + second, 0)
    assert sender.counted(Count.RERINGS) == 0


@every_channel
def test_a_doubled_doorbell_changes_nothing(role):
    sides = Sides().up()
    sender, receiver = sides.nodes[role], sides.nodes[role.peer]
    fault = sides.board.inject("doubled", *CHANNELS[role])
    numbers = sender.send(40, 0)
    sides.run(2 * MS)
    assert len(fault.struck) >= 2
    assert arrived(receiver, numbers, 0)
    assert sender.counted(Count.RERINGS) == receiver.counted(Count.DROPS) == 0


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_ring_while_the_last_one_is_not_taken_is_deferred_once_and_comes_then(kernel):
    """Rule S: the driver calls the client first and clears the flag afterwards, which would wipe it."""
    sides = Sides(kernel).up()
    before = {which: sides.firmware.counted(which) for which in (Count.DEFERRED, Count.DOORBELLS)}
    sides.firmware.send(3, 0)
    assert sides.firmware.counted(Count.DOORBELLS) - before[Count.DOORBELLS] == 1
    assert sides.firmware.counted(Count.DEFERRED) - before[Count.DEFERRED] == 1
    sides.run(100 * US)
    assert len(sides.host.got) == 3


@pytest.mark.parametrize("kernel", ["6.1", "st-6.1"])
def test_a_frame_that_comes_between_the_drain_and_the_clearing_of_the_flag_is_delivered(kernel):
    sides = Sides(kernel).up()
    inbox = sides.host.transport._inbox
    drain, late = inbox.drain, []

    def drain_and_put_another(priority: int) -> int:
        count = drain(priority)
        if count and not late:
            late.extend(sides.firmware.send(1, priority))
        return count

    inbox.drain = drain_and_put_another
    sides.firmware.send(1, 1)
    sides.run(100 * US)
    assert arrived(sides.host, late, 1)
    assert sides.firmware.counted(Count.RERINGS) == 0
