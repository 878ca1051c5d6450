"""Virtual time: `now` inside an access, events at their exact time, nested runs, and stops that are exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import ModelError, PlatformError
from mp1bench.trace import Interrupt

M4 = Callable[..., Any]
IRQ0 = 16
_COUNTERS_AND_SLICES = [("fast", None), ("fast", 1), ("fast", 7), ("public", None), ("public", 10)]
WAYS = pytest.mark.parametrize(
    "way", [{"counter": counter, "slice_instructions": n} for counter, n in _COUNTERS_AND_SLICES], ids=str
)
COUNTING = "ldr r6, =DOOR\n 1: ldr r0, [r6, #COUNT]\n nop\n nop\n b 1b"


@WAYS
def test_now_and_instructions_are_exact_inside_an_access(m4: M4, way: Any) -> None:
    m = m4(COUNTING, **way)
    seen: list[tuple[int, int]] = []
    m.door.on_read = lambda: seen.append((m.engine.now, m.engine.instructions))
    m.run(42)
    assert seen == [(5 * n, n) for n in range(2, 43, 4)]


@WAYS
def test_events_fire_on_the_instruction_grid_in_their_order(m4: M4, way: Any) -> None:
    m = m4("1: adds r0, #1\n b 1b", **way)
    counts: list[int] = []
    for tag in ("b", "c", "d"):
        m.actions[tag] = lambda: counts.append(m.engine.instructions)
    for at, tag in ((1_003, "c"), (50, "a"), (1_001, "b"), (1_005, "d"), (0, "now")):
        m.engine.schedule(at, "test", tag)
    m.run(1_000)
    assert m.fired == [(0, "now"), (50, "a"), (1_005, "c"), (1_005, "b"), (1_005, "d")]  # equal times: as scheduled
    assert counts == [201, 201, 201]


@WAYS
def test_event_scheduled_in_an_access_fires_right_after_the_instruction(m4: M4, way: Any) -> None:
    m = m4("ldr r6, =DOOR\n ldr r0, [r6, #COUNT]\n adds r4, #1\n done", **way)
    m.door.on_read = lambda: m.engine.schedule(m.engine.now, "test", "soon")
    m.actions["soon"] = lambda: m.door.notes.append(m.r[4])
    m.run()
    assert m.fired == [(10, "soon")]
    assert m.door.notes == [0]


@WAYS
def test_event_scheduled_in_an_access_for_later_is_exact(m4: M4, way: Any) -> None:
    m = m4("ldr r6, =DOOR\n ldr r0, [r6, #COUNT]\n 1: adds r4, #1\n b 1b", **way)
    m.door.on_read = lambda: m.engine.schedule(m.engine.now + 33, "test", "later")
    m.actions["later"] = lambda: m.door.notes.append(m.engine.instructions)
    m.run(100)
    assert m.fired == [(45, "later")]
    assert m.door.notes == [9]


@WAYS
def test_event_that_raises_a_line_interrupts_before_the_next_instruction(m4: M4, way: Any) -> None:
    m = m4(
        "ldr r0, =SCS\n movs r1, #1\n str r1, [r0, #ISER]\n 1: adds r4, #1\n b 1b", {IRQ0: "mov r5, r4\n b ."}, **way
    )
    m.actions["raise"] = lambda: m.door.set_lines(1)
    m.engine.schedule(95, "test", "raise")
    m.run(100)
    assert Interrupt(95, 0) in m.trace.events
    assert m.r[5] == 8  # 3 instructions, then 8 pairs


def test_cancelled_event_does_not_fire(m4: M4) -> None:
    m = m4("done")
    first, second = m.engine.schedule(100, "test", "first"), m.engine.schedule(200, "test", "second")
    m.engine.cancel(first)
    m.engine.cancel(first)
    m.run()
    m.engine.cancel(second)  # it has fired
    m.engine.cancel(4711)
    assert m.fired == [(200, "second")]


def test_event_for_nobody_is_refused(m4: M4) -> None:
    with pytest.raises(PlatformError, match="'nobody' was scheduled, but nothing of that name receives events"):
        m4("done").engine.schedule(1, "nobody", "")


@WAYS
def test_run_may_be_called_from_an_event(m4: M4, way: Any) -> None:
    m = m4("1: adds r0, #1\n b 1b", **way)
    m.actions["outer"] = lambda: m.engine.run(m.engine.now + 500)
    m.engine.schedule(100, "test", "outer")
    m.engine.schedule(300, "test", "inner")
    m.engine.schedule(700, "test", "after")
    assert m.engine.run(1_000) == ("time", "reached 1000 ns of virtual time")
    assert m.fired == [(100, "outer"), (300, "inner"), (700, "after")]
    assert m.engine.instructions == 200


def test_nested_run_may_outlast_the_outer_one(m4: M4) -> None:
    m = m4("1: adds r0, #1\n b 1b")
    m.actions["outer"] = lambda: m.engine.run(5_000)
    m.engine.schedule(100, "test", "outer")
    assert m.engine.run(1_000) == ("time", "reached 5000 ns of virtual time")


def test_run_from_inside_an_access_is_refused(m4: M4) -> None:
    m = m4(COUNTING)
    m.door.on_read = lambda: m.engine.run(1_000)
    with pytest.raises(ModelError, match="asked to run from inside a register access; schedule an event instead"):
        m.run()


@WAYS
def test_stop_requested_by_an_event_is_exact(m4: M4, way: Any) -> None:
    m = m4("1: adds r0, #1\n b 1b", **way)
    m.actions["stop"] = lambda: m.engine.request_stop("enough")
    m.engine.schedule(1_235, "test", "stop")
    m.engine.schedule(1_235, "test", "late")
    assert m.run() == ("requested", "enough")
    assert (m.engine.now, m.engine.instructions, m.fired) == (1_235, 247, [(1_235, "stop")])
    m.run(1)
    assert m.fired == [(1_235, "stop"), (1_235, "late")]


@WAYS
def test_stop_requested_in_an_access_is_exact(m4: M4, way: Any) -> None:
    m = m4(COUNTING, **way)
    m.door.on_read = lambda: m.door.reads == 4 and m.engine.request_stop("the fifth read")
    assert m.run() == ("requested", "the fifth read")
    assert (m.engine.now, m.engine.instructions, m.r[0]) == (90, 18, 5)


@WAYS
def test_stop_requested_by_an_observer_of_a_line_is_exact(m4: M4, way: Any) -> None:
    m = m4("ldr r6, =DOOR\n movs r1, #1\n str r1, [r6]\n adds r4, #1\n done", **way)
    m.engine.observers.append(lambda: m.door.level("A") and m.engine.request_stop("A is high"))
    assert m.run() == ("requested", "A is high")
    assert (m.engine.now, m.r[4]) == (15, 0)


def test_stop_in_a_nested_run_stops_that_one_only(m4: M4) -> None:
    m = m4("1: adds r0, #1\n b 1b")
    stops = []
    m.actions["outer"] = lambda: stops.append(m.engine.run(800))
    m.actions["stop"] = lambda: m.engine.request_stop("inner")
    m.engine.schedule(100, "test", "outer")
    m.engine.schedule(300, "test", "stop")
    stops.append(m.engine.run(1_000))
    assert [(stop.reason, stop.detail) for stop in stops] == [
        ("requested", "inner"),
        ("time", "reached 1000 ns of virtual time"),
    ]


def test_time_that_is_off_the_grid_is_rounded_up(m4: M4) -> None:
    m = m4("1: adds r0, #1\n b 1b")
    m.engine.run(101)
    assert (m.engine.now, m.engine.instructions) == (105, 21)
    m.engine.run(3)
    assert m.engine.now == 105
