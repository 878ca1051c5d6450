"""What MCAPI says to whoever polls instead of waiting: is there room, is a handle still good, has anything changed."""

from __future__ import annotations

import pytest

from mcapi_pair import Pair
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.mcapi import Status


@pytest.mark.parametrize(("type", "count"), [("pktchan", 20), ("sclchan", 32 + 16)])
def test_there_is_room_on_a_channel_as_long_as_a_send_goes_at_once(pair: Pair, type: str, count: int) -> None:
    """20 of 24 buffers, or 32 scalars unreceived and 16 in the ring (mcapi.md §4.4, §4.5)."""
    sender, receiver = pair.channel(type)
    sent = 0
    while pair.host.room(sender):
        if type == "pktchan":
            pair.host.pktchan_send(sender, b"")
        else:
            pair.host.sclchan_send_uint8(sender, 1)
        pair.run()
        sent += 1
    assert sent == count
    if type == "pktchan":
        pair.firmware.pktchan_release(pair.firmware.pktchan_recv(receiver))
    else:
        pair.firmware.sclchan_recv_uint8(receiver)
    pair.run()
    assert pair.host.room(sender)


def test_there_is_room_for_messages_of_each_priority_by_itself(pair: Pair) -> None:
    sender, there = pair.host.endpoint_create(1), pair.remote(1)
    while pair.host.room(sender, 1):
        pair.host.msg_send(sender, there, b"", 1)
        pair.run()
    assert pair.host.room(sender, 0)


def test_there_is_no_room_behind_what_waits(pair: Pair) -> None:
    sender, receiver = pair.channel("pktchan")
    while pair.host.room(sender):
        pair.host.pktchan_send(sender, b"")
        pair.run()
    request = pair.host.pktchan_send_i(sender, b"waits")
    pair.host.endpoint_create(1)
    assert not pair.host.room(sender)
    for _ in range(20):
        pair.firmware.pktchan_release(pair.firmware.pktchan_recv(receiver))
    pair.run()
    assert request.status is Status.SUCCESS
    assert pair.host.room(sender)


def test_there_is_no_room_on_a_channel_that_is_not_open_at_both_ends_or_not_any_more(pair: Pair) -> None:
    endpoint = pair.host.endpoint_create(1)
    assert not pair.host.room(pair.host.pktchan_send_open_i(endpoint).result)
    sender, receiver = pair.channel("pktchan")
    assert pair.host.room(sender)
    pair.firmware.pktchan_recv_close_i(receiver)
    pair.run()
    assert not pair.host.room(sender)
    sender, _ = pair.channel("pktchan", 21)
    pair.restart()
    pair.run()
    assert not pair.host.room(sender)
    pair.host.finalize()
    assert not pair.host.room(sender)


def test_there_is_no_room_while_the_other_end_s_open_is_cancelled(pair: Pair) -> None:
    own, there = pair.host.endpoint_create(20), pair.remote(20)
    pair.ends("pktchan_connect_i", own, there)
    opening = pair.firmware.pktchan_recv_open_i(pair.firmware._endpoints[20])
    pair.run()
    sender = pair.ends("pktchan_send_open_i", own)
    pair.firmware.cancel(opening)
    pair.run()
    assert not pair.host.room(sender)


def test_a_handle_is_good_until_it_is_released_deleted_or_a_node_starts_anew(pair: Pair) -> None:
    own, released, lost = pair.host.endpoint_create(1), pair.remote(2), pair.remote(3)
    handles = (own, released, lost)
    assert [pair.host.usable(handle) for handle in handles] == [True, True, True]
    pair.host.endpoint_release(released)
    assert [pair.host.usable(handle) for handle in handles] == [True, False, True]
    pair.restart()
    pair.run()
    assert [pair.host.usable(handle) for handle in handles] == [True, False, False]
    lost = pair.remote(3)
    pair.host.finalize()
    pair.host.initialize(0, 0)
    pair.run()
    assert [pair.host.usable(handle) for handle in (own, lost)] == [False, False]


def test_who_polls_is_told_whenever_something_has_changed(pair: Pair) -> None:
    """A frame, the end of a request, room, the other node's going and coming."""
    told: list[str] = []
    what = ""
    pair.host.on_change.append(lambda: told.append(what))
    sender, there = pair.host.endpoint_create(1), pair.remote(1)
    receiver = pair.firmware._endpoints[1]
    back = pair.firmware.endpoint_get(0, 0, 1)
    pair.run()

    def during(name: str, last_us: int = 200) -> None:
        nonlocal what
        pair.run(last_us)
        what = name

    during("frame")
    pair.firmware.msg_send(receiver, back, b"")
    during("room")
    while pair.host.room(sender, 1):
        pair.host.msg_send(sender, there, b"", 1)
        pair.run()
    told.clear()
    pair.firmware.msg_recv(receiver)
    during("request")
    pair.host.cancel(pair.host.endpoint_get_i(0, 1, 9))
    during("gone")
    pair.firmware.finalize()
    during("back")
    pair.firmware.initialize(0, 1)
    pair.run()
    assert list(dict.fromkeys(told)) == ["room", "request", "gone", "back"]


def test_a_task_of_the_kernel_waits_without_standing_in_anybody_s_way(pair: Pair) -> None:
    """`waiting` is what `wait` does, for whoever sleeps in Linux already."""
    got: list[int] = []

    def body(port: int) -> Sleeping[None]:
        got.append((yield from pair.host.waiting(pair.host.endpoint_get_i(0, 1, port))).port)

    for port in (5, 6):
        pair.kernel.start(f"get {port}", body(port))
    pair.firmware.endpoint_create(6)
    pair.run()
    assert got == [6]
    pair.firmware.endpoint_create(5)
    pair.run()
    assert got == [6, 5]


def test_a_wait_that_is_abandoned_leaves_its_request_as_it_was(pair: Pair) -> None:
    request = pair.host.endpoint_get_i(0, 1, 5)
    body = pair.host.waiting(request)
    next(body)
    body.close()
    pair.firmware.endpoint_create(5)
    assert pair.host.wait(request).port == 5
