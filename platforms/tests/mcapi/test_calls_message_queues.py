"""MCAPI's messages on their way: their order, what waits for room, and what becomes of those that nobody receives."""

from __future__ import annotations

import pytest

from call_claims import raises
from mcapi_pair import Pair
from mp1bench.mcapi import Status
from mp1bench.mcapi.layout import Count, Role

SENDS = ("msg_send", "msg_send_i")


def test_a_message_of_priority_0_is_received_first_and_each_priority_keeps_its_order(pair: Pair) -> None:
    sender, to, receiver = pair.message_ends()
    for data in (b"l1", b"h1", b"l2", b"h2"):
        pair.host.msg_send(sender, to, data, int(data[:1] == b"l"))
    pair.run()
    assert [bytes(pair.firmware.msg_recv(receiver)) for _ in range(4)] == [b"h1", b"h2", b"l1", b"l2"]


def test_messages_of_one_node_to_itself_need_no_other_node(pair: Pair) -> None:
    pair.firmware.finalize()
    pair.run()
    one, two = pair.host.endpoint_create(1), pair.host.endpoint_create(2)
    pair.host.msg_send(one, two, b"self")
    message = pair.host.msg_recv(two)
    assert message == b"self"
    assert message.sender is one


def test_messages_to_oneself_wait_for_a_buffer_like_others(pair: Pair) -> None:
    one, two = pair.host.endpoint_create(1), pair.host.endpoint_create(2)
    requests = [pair.host.msg_send_i(one, two, b"%d" % number, 1) for number in range(16)]
    for request in requests:
        pair.host.wait(request)
    requests = [pair.host.msg_send_i(one, two, b"%d" % number, 1) for number in range(16, 22)]
    assert [request.status for request in requests] == [Status.SUCCESS] * 4 + [Status.PENDING] * 2  # 24, 4 reserved
    for request in requests[:4]:
        pair.host.wait(request)
    assert [int(pair.host.msg_recv(two)) for _ in range(22)] == list(range(22))
    assert requests[5].status is Status.SUCCESS


@pytest.mark.parametrize("call", SENDS)
def test_a_send_that_waits_when_the_other_node_restarts_ends_with_endp_invalid(pair: Pair, call: str) -> None:
    sender, to, _ = pair.message_ends()
    pair.fill(sender, to)
    pair.kernel.after(1_000, "restart", pair.restart)
    with raises(Status.ERR_ENDP_INVALID, "node 1 went before this was sent"):
        pair.ends(call, sender, to, b"", 1)


def test_who_waits_for_a_message_hears_that_the_endpoint_got_into_a_channel(pair: Pair) -> None:
    endpoint, remote = pair.host.endpoint_create(1), pair.remote(1)
    request = pair.host.msg_recv_i(endpoint)
    pair.host.pktchan_connect_i(endpoint, remote)
    with raises(Status.ERR_CHAN_CONNECTED, "port 1 of node 0 got into a channel"):
        pair.host.wait(request)


def test_a_blocked_send_goes_on_when_the_other_node_has_received_one(pair: Pair) -> None:
    sender, to, receiver = pair.message_ends()
    pair.fill(sender, to)
    pair.kernel.after(300_000, "receive", lambda: pair.firmware.msg_recv(receiver))
    start = pair.kernel.now
    pair.host.msg_send(sender, to, b"late", 1)
    assert 300_000 < pair.kernel.now - start < 320_000


def test_a_send_that_finds_no_room_in_the_ring_keeps_no_buffer(pair: Pair) -> None:
    sender, to, receiver = pair.message_ends()
    for number in range(16):
        pair.host.msg_send(sender, to, b"%d" % number, 1)
    requests = [pair.host.msg_send_i(sender, to, b"%d" % number, 1) for number in range(16, 30)]
    for request in requests:
        pair.host.cancel(request)
    for number in range(16):
        assert int(pair.firmware.msg_recv(receiver)) == number
    pair.run()
    assert pair.fill(sender, to) == 20


def test_blocked_sends_of_one_endpoint_keep_their_order(pair: Pair) -> None:
    sender, to, receiver = pair.message_ends()
    count = pair.fill(sender, to)
    requests = [pair.host.msg_send_i(sender, to, b"%d" % number, 1) for number in range(count, count + 16)]
    assert [int(pair.firmware.msg_recv(receiver)) for _ in range(count + 16)] == list(range(count + 16))
    assert all(pair.host.test(request) for request in requests)


def test_a_message_for_nobody_is_dropped_counted_and_its_buffer_goes_home(pair: Pair) -> None:
    """mcapi.md §3.2: a frame for an unknown port."""
    sender, to, receiver = pair.message_ends()
    pair.firmware.endpoint_delete(receiver)
    for number in range(30):  # more than there are buffers; the host has not heard of it yet when it sends the first
        to.gone = None
        pair.host.msg_send(sender, to, b"%d" % number)
        pair.run()
    assert pair.firmware.transport.statistics(Role.FIRMWARE)[Count.DROPS] == 30


def test_a_message_for_an_endpoint_in_a_channel_is_dropped_and_counted(pair: Pair) -> None:
    _, receiver = pair.channel("pktchan")
    sender, there = pair.host.endpoint_create(1), pair.host.endpoint_get(0, 1, 20)
    pair.host.msg_send(sender, there, b"to a channel's end")
    pair.run()
    assert pair.firmware.transport.statistics(Role.FIRMWARE)[Count.DROPS] == 1
    assert pair.firmware.pktchan_available(receiver) == 0


def test_messages_that_were_queued_when_an_endpoint_got_into_a_channel_are_there_after_it(pair: Pair) -> None:
    sender, there, receiver = pair.message_ends()
    pair.host.msg_send(sender, there, b"kept")
    pair.run()
    request = pair.firmware.pktchan_recv_open_i(receiver)
    pair.run()
    pair.firmware.cancel(request)
    assert pair.firmware.msg_recv(receiver) == b"kept"


def test_messages_of_a_node_that_went_are_still_received(pair: Pair) -> None:
    endpoint, sender = pair.host.endpoint_create(20), pair.firmware.endpoint_create(1)
    pair.firmware.msg_send(sender, pair.firmware.endpoint_get(0, 0, 20), b"last words")
    pair.run()
    waits = pair.host.msg_recv_i(pair.host.endpoint_create(21))
    pair.restart()
    pair.run()
    sender = pair.firmware.endpoint_create(1)
    for _ in range(20):
        pair.firmware.msg_send(sender, pair.firmware.endpoint_get(0, 0, 21), b"overwrites the buffers")
    message = pair.host.msg_recv(endpoint)
    assert message == b"last words"
    assert pair.host.wait(waits) == b"overwrites the buffers"
    with raises(Status.ERR_ENDP_INVALID, "a node has started anew since port 1 of node 1 was got"):
        pair.host.msg_send(endpoint, message.sender, b"too late")
