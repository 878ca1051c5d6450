"""Connecting two endpoints, for packets and scalars alike: from everywhere, and refused (mcapi.md §2.1, §3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import Attribute, Endpoint, EndpointStatus, McapiNode, Status
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.layout import ChannelType, Operation

CONNECTS = ("pktchan_connect_i", "sclchan_connect_i")


def _status(node: McapiNode, endpoint: Endpoint) -> EndpointStatus:
    return EndpointStatus(node.endpoint_get_attribute(endpoint, Attribute.STATUS))


def _two(pair: Pair) -> tuple[Endpoint, Any, Endpoint]:
    """The host's port 20, its handle of the firmware's port 20, and that itself."""
    own, other = pair.host.endpoint_create(20), pair.firmware.endpoint_create(20)
    return own, pair.host.endpoint_get(0, 1, 20), other


def _send_one(pair: Pair, call: str, sender: tuple[McapiNode, Endpoint], receiver: tuple[McapiNode, Endpoint]) -> None:
    """Open both ends of a channel and send something through."""
    type = call[:7]
    opens = [
        getattr(sender[0], f"{type}_send_open_i")(sender[1]),
        getattr(receiver[0], f"{type}_recv_open_i")(receiver[1]),
    ]
    out, into = sender[0].wait(opens[0]), receiver[0].wait(opens[1])
    if type == "pktchan":
        sender[0].pktchan_send(out, b"through")
        assert bytes(receiver[0].pktchan_recv(into)) == b"through"
    else:
        sender[0].sclchan_send_uint16(out, 1234)
        assert receiver[0].sclchan_recv_uint16(into) == 1234


@shows(Status.SUCCESS, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """By the sender, by the receiver, and by a third: whoever has neither end (mcapi.md §2.1)."""
    host, firmware = pair.host, pair.firmware
    hosts = [host.endpoint_create(port) for port in range(4)]
    firmwares = [firmware.endpoint_create(port) for port in range(4)]
    there = [host.endpoint_get(0, 1, port) for port in range(4)]
    host.wait(getattr(host, call)(hosts[0], there[0]))
    _send_one(pair, call, (host, hosts[0]), (firmware, firmwares[0]))
    host.wait(getattr(host, call)(there[1], hosts[1]))
    _send_one(pair, call, (firmware, firmwares[1]), (host, hosts[1]))
    host.wait(getattr(host, call)(there[2], there[3]))
    _send_one(pair, call, (firmware, firmwares[2]), (firmware, firmwares[3]))
    host.wait(getattr(host, call)(hosts[2], hosts[3]))
    _send_one(pair, call, (host, hosts[2]), (host, hosts[3]))


@shows(Status.ERR_PARAMETER, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """An endpoint with itself."""
    own, there, _ = _two(pair)
    for one in (own, there):
        with raises(Status.ERR_PARAMETER, f"{one.address} cannot be both ends of a channel"):
            getattr(pair.host, call)(one, one)


@shows(Status.ERR_ENDP_INVALID, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """No endpoint; or not any more when the other node comes to look."""
    own, there, other = _two(pair)
    for wrong in (None, 20):
        with raises(Status.ERR_ENDP_INVALID, f"{wrong!r} is no endpoint of node 0, or no longer"):
            getattr(pair.host, call)(own, wrong)
    request = getattr(pair.host, call)(own, there)
    pair.firmware.endpoint_delete(other)
    with raises(Status.ERR_ENDP_INVALID, "node 1 refused to connect its port 20"):
        pair.host.wait(request)
    assert _status(pair.host, own) == 0


@shows(Status.ERR_ENDP_DELETED, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    own, there, other = _two(pair)
    pair.firmware.endpoint_delete(other)
    pair.run()
    with raises(Status.ERR_ENDP_DELETED, "port 20 of node 1 was deleted by its owner"):
        getattr(pair.host, call)(own, there)


@shows(Status.ERR_CHAN_CONNECTED, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """Either end is connected, or connecting (mcapi.md §5, test 4: twice)."""
    own, there, other = _two(pair)
    request = getattr(pair.host, call)(own, there)
    sentence = "port 20 of node 0 cannot be connected: it is used otherwise"
    with raises(Status.ERR_CHAN_CONNECTED, sentence):
        getattr(pair.host, call)(own, there)
    pair.host.wait(request)
    with raises(Status.ERR_CHAN_CONNECTED, sentence):
        getattr(pair.host, call)(there, own)
    with raises(Status.ERR_CHAN_CONNECTED, "node 1 refused to connect its port 20"):
        pair.ends(call, pair.host.endpoint_create(21), there)
    _send_one(pair, call, (pair.host, own), (pair.firmware, other))


@shows(Status.ERR_CHAN_TYPE, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """An open that is pending at either end is for the other type."""
    own, there, other = _two(pair)
    open_i = "sclchan_send_open_i" if call[:3] == "pkt" else "pktchan_send_open_i"
    request = getattr(pair.host, open_i)(own)
    with raises(Status.ERR_CHAN_TYPE, "port 20 of node 0 cannot be connected: it is used otherwise"):
        getattr(pair.host, call)(own, there)
    pair.host.cancel(request)
    getattr(pair.firmware, open_i)(other)
    with raises(Status.ERR_CHAN_TYPE, "node 1 refused to connect its port 20"):
        pair.ends(call, there, own)


@shows(Status.ERR_CHAN_DIRECTION, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """An open that is pending at either end is for the other direction."""
    own, there, other = _two(pair)
    request = getattr(pair.host, f"{call[:7]}_send_open_i")(own)
    with raises(Status.ERR_CHAN_DIRECTION, "port 20 of node 0 cannot be connected: it is used otherwise"):
        getattr(pair.host, call)(there, own)
    pair.host.cancel(request)
    getattr(pair.firmware, f"{call[:7]}_send_open_i")(other)
    with raises(Status.ERR_CHAN_DIRECTION, "node 1 refused to connect its port 20"):
        pair.ends(call, own, there)


@shows(Status.ERR_CHAN_INVALID, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """The other node restarts before it has answered."""
    own, there, _ = _two(pair)
    request = getattr(pair.host, call)(own, there)
    pair.restart()
    with raises(Status.ERR_CHAN_INVALID, "node 1 went, and its channels with it"):
        pair.host.wait(request)
    assert _status(pair.host, own) == 0


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute.MAX_PAYLOAD_SIZE, 64),
        (Attribute.MEMORY_TYPE, 0),
        (Attribute.MEMORY_TYPE, 0x10001),
        (Attribute.PRIORITY, 0),
    ],
)
def test_attributes_that_are_compared_at_connect_are_marked_in_the_list_of_them(
    pair: Pair, attribute: Attribute, value: int
) -> None:
    """MAX_PAYLOAD_SIZE, BUFFER_TYPE, MEMORY_TYPE, NUM_PRIORITIES, PRIORITY (mcapi.md §2.4)."""
    own, there, _ = _two(pair)
    pair.host.endpoint_set_attribute(own, attribute, value)
    with raises(Status.ERR_ATTR_INCOMPATIBLE, "node 1 refused to connect its port 20"):
        pair.ends("pktchan_connect_i", own, there)
    assert _status(pair.host, own) == 0


@shows(Status.ERR_ATTR_INCOMPATIBLE, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """Also where a third asks, and until they are equal. TIMEOUT is not compared."""
    own, there, other = _two(pair)
    pair.firmware.endpoint_set_attribute(other, Attribute.PRIORITY, 0)
    pair.firmware.endpoint_set_attribute(other, Attribute.NUM_PRIORITIES, 1)
    with raises(Status.ERR_ATTR_INCOMPATIBLE, "node 1 refused to connect its port 20"):
        pair.ends(call, own, there)
    with raises(Status.ERR_ATTR_INCOMPATIBLE, "node 1 refused to connect its port 21"):
        pair.ends(call, there, pair.remote(21))
    pair.host.endpoint_set_attribute(own, Attribute.PRIORITY, 0)
    pair.host.endpoint_set_attribute(own, Attribute.NUM_PRIORITIES, 1)
    pair.host.endpoint_set_attribute(own, Attribute.TIMEOUT, 5)
    pair.ends(call, own, there)
    _send_one(pair, call, (pair.host, own), (pair.firmware, other))


@shows(Status.ERR_GENERAL, *CONNECTS)
def _(pair: Pair, call: str) -> None:
    """An answer that no connect can have."""
    own, there, _ = _two(pair)
    request = getattr(pair.host, call)(own, there)
    answer = Control(Operation.CONNECTED, 20, 20, status=Status.TIMEOUT, tag=request.tag)
    pair.firmware._tell(0, answer)
    with raises(Status.ERR_GENERAL, "node 1 refused to connect its port 20"):
        pair.host.wait(request)


def test_a_connect_of_what_is_no_type_of_channel_is_refused(pair: Pair) -> None:
    own, _, _ = _two(pair)
    for third in (False, True):
        pair.firmware._tell(0, Control(Operation.CONNECT, 20, 20, type=ChannelType.MESSAGE, third=third))
    pair.run()
    assert _status(pair.host, own) == 0


def _cross(pair: Pair, forward: bool) -> tuple[Any, Any, Endpoint, Endpoint]:
    """Both nodes connect the same pair at the same time: their requests and endpoints."""
    own, there, other = _two(pair)
    here = pair.firmware.endpoint_get(0, 0, 20)
    hosts = pair.host.pktchan_connect_i(*((own, there) if forward else (there, own)))
    return hosts, pair.firmware.pktchan_connect_i(here, other), own, other


def test_of_two_connects_that_cross_node_0_s_wins(pair: Pair) -> None:
    hosts, firmwares, own, other = _cross(pair, forward=True)
    pair.host.wait(hosts)
    with raises(Status.ERR_CHAN_CONNECTED, "node 0 refused to connect its port 20"):
        pair.firmware.wait(firmwares)
    _send_one(pair, "pktchan_connect_i", (pair.host, own), (pair.firmware, other))


def test_two_connects_that_cross_in_opposite_directions_connect_nothing(pair: Pair) -> None:
    hosts, firmwares, own, other = _cross(pair, forward=False)
    with raises(Status.ERR_CHAN_DIRECTION, "node 1 refused to connect its port 20"):
        pair.host.wait(hosts)
    with raises(Status.ERR_CHAN_CONNECTED, "node 0 refused to connect its port 20"):
        pair.firmware.wait(firmwares)
    assert _status(pair.host, own) == _status(pair.firmware, other) == 0


@pytest.mark.parametrize("third", [False, True])
def test_a_cancelled_connect_is_undone_at_the_other_node(pair: Pair, third: bool) -> None:
    own, there, other = _two(pair)
    ends = (pair.remote(21), there) if third else (own, there)
    request = pair.host.pktchan_connect_i(*ends)
    pair.host.cancel(request)
    pair.run()
    assert _status(pair.host, own) == _status(pair.firmware, other) == 0
    pair.ends("pktchan_connect_i", own, there)
    _send_one(pair, "pktchan_connect_i", (pair.host, own), (pair.firmware, other))


def test_a_cancelled_connect_leaves_an_open_of_the_other_node_pending(pair: Pair) -> None:
    own, there, other = _two(pair)
    opening = pair.firmware.pktchan_recv_open_i(other)
    pair.host.cancel(pair.host.pktchan_connect_i(own, there))
    pair.run()
    assert opening.status is Status.PENDING
    pair.ends("pktchan_connect_i", own, there)
    pair.host.wait(pair.host.pktchan_send_open_i(own))
    assert pair.firmware.wait(opening).endpoint is other


def test_a_connect_waits_at_the_other_node_for_the_close_of_the_channel_before(pair: Pair) -> None:
    """The CLOSE is in the ring of the channel's priority, the CONNECT in that of 0, which is read first."""
    sender, receiver = pair.channel("pktchan")
    pair.firmware.pktchan_recv_close_i(receiver)
    pair.run()
    there = pair.host.endpoint_get(0, 1, 20)
    pair.host.pktchan_send_close_i(sender)
    pair.ends("pktchan_connect_i", sender.endpoint, there)
    _send_one(pair, "pktchan_connect_i", (pair.host, sender.endpoint), (pair.firmware, receiver.endpoint))
