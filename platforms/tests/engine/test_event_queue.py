"""The queue of timed events: order, cancelling, and what a snapshot takes from one queue into another."""

from __future__ import annotations

from mp1bench.engine.event_queue import EventQueue


def fired(queue: EventQueue, now: int) -> list[str]:
    tags = []
    while (event := queue.take(now)) is not None:
        tags.append(event[3])
    return tags


def test_events_fire_by_time_and_then_by_ticket() -> None:
    queue = EventQueue()
    for at, tag in ((20, "c"), (10, "a"), (20, "d"), (10, "b"), (30, "e")):
        queue.add(at, "somebody", tag)
    assert queue.next_time() == 10
    assert fired(queue, 20) == ["a", "b", "c", "d"]
    assert fired(queue, 30) == ["e"]
    assert queue.next_time() is None


def test_cancelled_event_is_neither_due_nor_pending() -> None:
    queue = EventQueue()
    first, second = queue.add(10, "somebody", "a"), queue.add(20, "somebody", "b")
    queue.cancel(first)
    queue.cancel(4711)
    assert queue.next_time() == 20
    assert queue.pending() == [(20, second, "somebody", "b")]
    assert fired(queue, 20) == ["b"]


def test_cancelled_events_do_not_pile_up() -> None:
    queue = EventQueue()
    for at in range(10_000):
        queue.cancel(queue.add(1_000_000 - at, "somebody", ""))
    assert len(queue._heap) < 100


def test_replaced_events_keep_their_tickets_and_no_other_gets_them() -> None:
    first, second = EventQueue(), EventQueue()
    cancelled, kept = first.add(10, "somebody", "a"), first.add(20, "somebody", "b")
    first.cancel(cancelled)
    second.add(5, "somebody", "old")
    second.replace(first.pending())
    assert second.add(20, "somebody", "c") > kept
    second.cancel(kept)
    assert fired(second, 20) == ["c"]
