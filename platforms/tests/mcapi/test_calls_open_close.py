"""Opening and closing the ends of a channel, packet and scalar ones alike (mcapi.md §2.1, §3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import Attribute, Channel, Endpoint, EndpointStatus, Status

TYPES = ("pktchan", "sclchan")
OPENS = [f"{type}_{way}_open_i" for type in TYPES for way in ("send", "recv")]
CLOSES = [f"{type}_{way}_close_i" for type in TYPES for way in ("send", "recv")]
NAMES = {"pktchan": "packet", "sclchan": "scalar"}


def _words(call: str, endpoint: Any) -> str:
    """How errors name the end that such a call is for."""
    way = "sending" if "_send_" in call else "receiving"
    return f"{way} end of the {NAMES[call[:7]]} channel, {endpoint.address}"


def _channel(pair: Pair, call: str) -> tuple[Channel, Channel]:
    """An open channel: the host's end fits the call; and the firmware's."""
    sender, receiver = pair.channel(call[:7], back="_recv_" in call)
    return (receiver, sender) if "_recv_" in call else (sender, receiver)


def _connected(pair: Pair, call: str) -> tuple[Endpoint, Endpoint]:
    """A connected pair whose host's end fits the call."""
    own, there = pair.host.endpoint_create(20), pair.remote(20)
    pair.ends(f"{call[:7]}_connect_i", *((there, own) if "_recv_" in call else (own, there)))
    return own, pair.firmware._endpoints[20]


def _opposite(call: str) -> str:
    """The same of the other end."""
    old, new = ("_recv_", "_send_") if "_recv_" in call else ("_send_", "_recv_")
    return call.replace(old, new)


@shows(Status.SUCCESS, *OPENS)
def _(pair: Pair, call: str) -> None:
    """After connect and before; it is complete when both ends are open, and not sooner."""
    own, other = _connected(pair, call)
    request = getattr(pair.host, call)(own)
    pair.run()
    assert request.status is Status.PENDING
    firmware = getattr(pair.firmware, _opposite(call))(other)
    channel = pair.host.wait(request)
    assert channel is request.result
    assert (channel.endpoint, channel.sends) == (own, "_send_" in call)
    assert pair.firmware.wait(firmware).endpoint is other


def test_an_open_completes_without_its_caller_asking_when_the_other_end_is_opened(pair: Pair) -> None:
    """Open before connect, at both ends."""
    own, there = pair.host.endpoint_create(20), pair.remote(20)
    requests = [
        pair.host.pktchan_send_open_i(own),
        pair.firmware.pktchan_recv_open_i(pair.firmware._endpoints[20]),
    ]
    pair.run()
    assert [request.status for request in requests] == [Status.PENDING] * 2
    pair.ends("pktchan_connect_i", own, there)
    pair.run()
    assert [request.status for request in requests] == [Status.SUCCESS] * 2


@shows(Status.ERR_ENDP_INVALID, *OPENS)
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_ENDP_INVALID, "20 is no endpoint of node 0, or no longer"):
        getattr(pair.host, call)(20)


@shows(Status.ERR_ENDP_REMOTE, *OPENS)
def _(pair: Pair, call: str) -> None:
    remote = pair.remote(20)
    with raises(Status.ERR_ENDP_REMOTE, "port 20 of node 1 is the other node's; this takes one's own endpoint"):
        getattr(pair.host, call)(remote)


@shows(Status.ERR_CHAN_OPENPENDING, *OPENS)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    getattr(pair.host, call)(endpoint)
    sentence = f"the {_words(call, endpoint)} waits already for the other end to be opened"
    with raises(Status.ERR_CHAN_OPENPENDING, sentence):
        getattr(pair.host, call)(endpoint)


@shows(Status.ERR_CHAN_OPEN, *OPENS)
def _(pair: Pair, call: str) -> None:
    channel, _ = _channel(pair, call)
    with raises(Status.ERR_CHAN_OPEN, f"the {_words(call, channel.endpoint)} is open already"):
        getattr(pair.host, call)(channel.endpoint)


@shows(Status.ERR_CHAN_CLOSEPENDING, *OPENS)
def _(pair: Pair, call: str) -> None:
    """One of both ends is closed."""
    channel, other = _channel(pair, call)
    getattr(pair.host, call.replace("open", "close"))(channel)
    sentence = f"the {_words(call, channel.endpoint)} was closed, and its other end not yet"
    with raises(Status.ERR_CHAN_CLOSEPENDING, sentence):
        getattr(pair.host, call)(channel.endpoint)
    pair.run()
    getattr(pair.firmware, _opposite(call).replace("open", "close"))(other)
    pair.run()
    assert getattr(pair.host, call)(channel.endpoint).status is Status.PENDING


@shows(Status.ERR_CHAN_TYPE, *OPENS)
def _(pair: Pair, call: str) -> None:
    """It is connected, or to be opened, as the other type."""
    own, _ = _connected(pair, call)
    wrong = call.replace("pktchan", "scl").replace("sclchan", "pkt")[:3] + "chan" + call[7:]
    with raises(Status.ERR_CHAN_TYPE, f"the {_words(call, own)} is none of a {NAMES[wrong[:7]]} channel"):
        getattr(pair.host, wrong)(own)


@shows(Status.ERR_CHAN_DIRECTION, *OPENS)
def _(pair: Pair, call: str) -> None:
    own, _ = _connected(pair, _opposite(call))
    does = "send" if "_send_" in call else "receive"
    with raises(Status.ERR_CHAN_DIRECTION, f"the {_words(_opposite(call), own)} does not {does}"):
        getattr(pair.host, call)(own)


@shows(Status.ERR_CHAN_INVALID, *OPENS)
def _(pair: Pair, call: str) -> None:
    """The other node restarts while the open of a connected end is pending."""
    own, _ = _connected(pair, call)
    request = getattr(pair.host, call)(own)
    pair.restart()
    with raises(Status.ERR_CHAN_INVALID, "node 1 went, and its channels with it"):
        pair.host.wait(request)


def test_an_open_before_connect_stays_pending_when_the_other_node_restarts(pair: Pair) -> None:
    own = pair.host.endpoint_create(20)
    request = pair.host.pktchan_send_open_i(own)
    pair.restart()
    pair.run()
    there = pair.remote(20)
    pair.ends("pktchan_connect_i", own, there)
    pair.firmware.pktchan_recv_open_i(pair.firmware._endpoints[20])
    assert pair.host.wait(request).endpoint is own


@pytest.mark.parametrize("connected", [False, True])
def test_a_cancelled_open_can_be_made_anew(pair: Pair, connected: bool) -> None:
    """The endpoint goes back to what it was (mcapi.md §3.2); of the cancelled one the handle is void."""
    call = "pktchan_send_open_i"
    own, other = _connected(pair, call) if connected else (pair.host.endpoint_create(20), None)
    before = pair.host.endpoint_get_attribute(own, Attribute.STATUS)
    request = pair.host.pktchan_send_open_i(own)
    pair.run()
    pair.host.cancel(request)
    pair.run()
    assert pair.host.endpoint_get_attribute(own, Attribute.STATUS) == before
    sentence = f"{request.result!r} is no open channel of node 0, or no longer"
    with raises(Status.ERR_CHAN_INVALID, sentence):
        pair.host.pktchan_send(request.result, b"")
    request = pair.host.pktchan_send_open_i(own)
    if other is not None:
        pair.firmware.pktchan_recv_open_i(other)
        pair.host.pktchan_send(pair.host.wait(request), b"")


def test_the_other_end_does_not_open_on_an_open_that_was_cancelled(pair: Pair) -> None:
    own, other = _connected(pair, "pktchan_send_open_i")
    request = pair.host.pktchan_send_open_i(own)
    pair.run()
    pair.host.cancel(request)
    pair.run()
    opening = pair.firmware.pktchan_recv_open_i(other)
    pair.run()
    assert opening.status is Status.PENDING


def _crossing(pair: Pair) -> tuple[Any, Any]:
    """The host opens the sending end just when the firmware cancels the open of its own: only the host's is open."""
    own, other = _connected(pair, "pktchan_send_open_i")
    opening = pair.firmware.pktchan_recv_open_i(other)
    pair.run()
    request = pair.host.pktchan_send_open_i(own)
    pair.firmware.cancel(opening)
    return pair.host.wait(request), other


def test_what_is_sent_when_the_other_end_s_open_was_cancelled_waits_until_it_is_opened_again(pair: Pair) -> None:
    channel, other = _crossing(pair)
    pair.host.pktchan_send(channel, b"first")  # before the host has heard of it
    pair.run()
    request = pair.host.pktchan_send_i(channel, b"second")
    pair.run()
    assert request.status is Status.PENDING
    receiver = pair.firmware.wait(pair.firmware.pktchan_recv_open_i(other))
    assert [bytes(pair.firmware.pktchan_recv(receiver)) for _ in range(2)] == [b"first", b"second"]
    pair.host.wait(request)


def test_a_close_of_a_channel_that_is_open_at_one_side_only_frees_both_ends(pair: Pair) -> None:
    channel, other = _crossing(pair)
    pair.host.pktchan_send(channel, b"lost")
    pair.host.pktchan_send_close_i(channel)
    pair.run()
    assert pair.host.endpoint_get_attribute(channel.endpoint, Attribute.STATUS) == 0
    assert pair.firmware.endpoint_get_attribute(other, Attribute.STATUS) == 0


@shows(Status.SUCCESS, *CLOSES)
def _(pair: Pair, call: str) -> None:
    """It is complete at once; when both ends are closed, the endpoints are free again."""
    channel, other = _channel(pair, call)
    assert pair.host.test(getattr(pair.host, call)(channel))
    pair.run()
    status = EndpointStatus(pair.firmware.endpoint_get_attribute(other.endpoint, Attribute.STATUS))
    assert EndpointStatus.CLOSEPENDING in status
    pair.ends(_opposite(call), other, node=pair.firmware)
    pair.run()
    assert pair.host.endpoint_get_attribute(channel.endpoint, Attribute.STATUS) == 0
    assert pair.firmware.endpoint_get_attribute(other.endpoint, Attribute.STATUS) == 0
    there = pair.host.endpoint_get(0, 1, 20)
    pair.host.msg_send(channel.endpoint, there, b"a message again")
    assert pair.firmware.msg_recv(other.endpoint) == b"a message again"


def test_what_was_sent_before_the_close_is_received_before_it(pair: Pair) -> None:
    """Also what waits for a buffer, which the close does not need: 20 are with the receiver (mcapi.md §4.5)."""
    sender, receiver = pair.channel("pktchan")
    requests = []
    for number in range(23):
        requests.append(pair.host.pktchan_send_i(sender, b"%d" % number))
        pair.run()
        if number < 20:
            pair.host.wait(requests[-1])
    pair.host.pktchan_send_close_i(sender)
    pair.run()
    assert [request.status for request in requests[20:]] == [Status.PENDING] * 3
    received = []
    for _ in range(23):
        packet = pair.firmware.pktchan_recv(receiver)
        received.append(int(bytes(packet)))
        pair.firmware.pktchan_release(packet)
    assert received == list(range(23))
    pair.run()
    with raises(
        Status.ERR_CHAN_CLOSEPENDING,
        "the receiving end of the packet channel, port 20 of node 1 has no more packets: its other end is closed;"
        " close it, too",
    ):
        pair.firmware.pktchan_recv(receiver)


def test_a_close_of_the_receiving_end_gives_back_what_was_not_received(pair: Pair) -> None:
    for port in range(5):
        sender, receiver = pair.channel("pktchan", port)
        for _ in range(10):
            pair.host.pktchan_send(sender, b"unread")
        pair.run()
        pair.firmware.pktchan_recv_close_i(receiver)
        pair.host.pktchan_send_close_i(sender)
        pair.run()


def test_sends_that_wait_end_when_the_receiving_end_is_closed(pair: Pair) -> None:
    sender, receiver = pair.channel("sclchan")
    for value in range(32 + 16):
        pair.host.sclchan_send_uint8(sender, value)
        pair.run(20)
    pair.kernel.after(10_000, "close", lambda: pair.firmware.sclchan_recv_close_i(receiver))
    sentence = "the other end of the sending end of the scalar channel, port 20 of node 0 was closed; close it, too"
    with raises(Status.ERR_CHAN_CLOSEPENDING, sentence):
        pair.host.sclchan_send_uint8(sender, 48)


def test_a_receive_that_waits_ends_when_its_own_end_is_closed(pair: Pair) -> None:
    _, receiver = pair.channel("pktchan", back=True)
    request = pair.host.pktchan_recv_i(receiver)
    pair.host.pktchan_recv_close_i(receiver)
    with raises(Status.ERR_CHAN_INVALID, "the receiving end of the packet channel, port 20 of node 0 was closed"):
        pair.host.wait(request)
