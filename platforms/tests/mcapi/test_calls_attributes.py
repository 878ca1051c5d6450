"""MCAPI's attributes of endpoints: values, defaults and statuses (mcapi.md §2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import TIMEOUT_INFINITE, Attribute, EndpointStatus, Status

GET, SET = "endpoint_get_attribute", "endpoint_set_attribute"
READONLY = (
    Attribute.TYPE,
    Attribute.GET_COUNT,
    Attribute.NUM_SEND_BUFFERS,
    Attribute.NUM_RECV_BUFFERS,
    Attribute.STATUS,
)


def _use(pair: Pair, call: str, endpoint: Any, attribute: Any = Attribute.TIMEOUT, value: Any = 1) -> Any:
    return getattr(pair.host, call)(*([endpoint, attribute] if call == GET else [endpoint, attribute, value]))


@shows(Status.SUCCESS, GET)
def _(pair: Pair, call: str) -> None:
    """What a new endpoint has."""
    endpoint = pair.host.endpoint_create(20)
    values = {
        attribute.name: pair.host.endpoint_get_attribute(endpoint, attribute)
        for attribute in Attribute
        if attribute is not Attribute.GET_SOURCE
    }
    assert values == {
        "TYPE": 1,
        "GET_COUNT": 0,
        "MAX_PAYLOAD_SIZE": 512,
        "BUFFER_TYPE": 0,
        "MEMORY_TYPE": 1,
        "NUM_PRIORITIES": 2,
        "PRIORITY": 1,
        "NUM_SEND_BUFFERS": 24,
        "NUM_RECV_BUFFERS": 24,
        "STATUS": 0,
        "TIMEOUT": TIMEOUT_INFINITE,
    }


@shows(Status.SUCCESS, SET)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    for attribute, value in (
        (Attribute.MAX_PAYLOAD_SIZE, 1),
        (Attribute.BUFFER_TYPE, 0),
        (Attribute.MEMORY_TYPE, 0x10002),
        (Attribute.PRIORITY, 0),
        (Attribute.NUM_PRIORITIES, 1),
        (Attribute.TIMEOUT, 0),
    ):
        pair.host.endpoint_set_attribute(endpoint, attribute, value)
        assert pair.host.endpoint_get_attribute(endpoint, attribute) == value


@pytest.mark.parametrize(("type", "value"), [("pktchan", 2), ("sclchan", 4)])
def test_type_says_what_the_endpoint_is_used_for_now(pair: Pair, type: str, value: int) -> None:
    """1 message, 2 packet, 4 scalar (mcapi.md §2.4)."""
    sender, _ = pair.channel(type)
    assert pair.host.endpoint_get_attribute(sender.endpoint, Attribute.TYPE) == value


def test_status_follows_the_life_of_a_channel(pair: Pair) -> None:
    host, endpoint, remote = pair.host, pair.host.endpoint_create(20), pair.remote(20)
    seen: list[EndpointStatus] = []

    def look() -> None:
        seen.append(EndpointStatus(host.endpoint_get_attribute(endpoint, Attribute.STATUS)))

    opening = host.pktchan_send_open_i(endpoint)
    look()
    connecting = host.pktchan_connect_i(endpoint, remote)
    look()
    host.wait(connecting)
    look()
    firmware_s = pair.firmware._endpoints[20]
    channel = pair.firmware.pktchan_recv_open_i(firmware_s)
    handle = host.wait(opening)
    look()
    pair.run()
    host.pktchan_send_close_i(handle)
    look()
    pair.run()
    pair.firmware.pktchan_recv_close_i(pair.firmware.wait(channel))
    pair.run()
    look()
    sends, pending = EndpointStatus.SENDS, EndpointStatus.OPENPENDING
    assert seen == [
        sends | pending,
        sends | pending | EndpointStatus.CONNECTING,
        sends | pending | EndpointStatus.CONNECTED,
        sends | EndpointStatus.OPEN | EndpointStatus.CONNECTED,
        sends | EndpointStatus.CLOSEPENDING | EndpointStatus.CONNECTED,
        EndpointStatus(0),
    ]


@shows(Status.ERR_ENDP_INVALID, GET, SET)
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_ENDP_INVALID, "20 is no endpoint of node 0, or no longer"):
        _use(pair, call, 20)


@shows(Status.ERR_ENDP_REMOTE, GET, SET)
def _(pair: Pair, call: str) -> None:
    remote = pair.remote(20)
    with raises(Status.ERR_ENDP_REMOTE, "port 20 of node 1 is the other node's; this takes one's own endpoint"):
        _use(pair, call, remote)


@shows(Status.ERR_ATTR_NUM, GET, SET)
def _(pair: Pair, call: str) -> None:
    """64 and more are not the standard's (mcapi.md §2.4)."""
    endpoint = pair.host.endpoint_create(20)
    for wrong in (64, -1, True, "TYPE", None):
        with raises(Status.ERR_ATTR_NUM, f"there is no attribute {wrong!r} of an endpoint"):
            _use(pair, call, endpoint, wrong)


@shows(Status.ERR_ATTR_NOTSUPPORTED, GET, SET)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    for number in (2, 12, 63):  # 2 is GET_SOURCE
        with raises(Status.ERR_ATTR_NOTSUPPORTED, f"the attribute {number} of an endpoint is not supported"):
            _use(pair, call, endpoint, number)


@shows(Status.ERR_ATTR_READONLY, SET)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    for attribute in READONLY:
        sentence = f"the attribute {attribute.name} says how things are; it cannot be set"
        with raises(Status.ERR_ATTR_READONLY, sentence):
            pair.host.endpoint_set_attribute(endpoint, attribute, 1)


@shows(Status.ERR_ATTR_SIZE, SET)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    for wrong in (1 << 32, -1, True, b"\0\0\0\0"):
        sentence = f"the value of an attribute is a word of 32 bits, not {wrong!r}"
        with raises(Status.ERR_ATTR_SIZE, sentence):
            pair.host.endpoint_set_attribute(endpoint, Attribute.TIMEOUT, wrong)  # type: ignore[arg-type]


@shows(Status.ERR_ATTR_VALUE, SET)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    for attribute, wrong in (
        (Attribute.MAX_PAYLOAD_SIZE, 0),
        (Attribute.MAX_PAYLOAD_SIZE, 513),
        (Attribute.BUFFER_TYPE, 1),
        (Attribute.MEMORY_TYPE, 3),
        (Attribute.MEMORY_TYPE, 0x20000),
        (Attribute.NUM_PRIORITIES, 3),
        (Attribute.NUM_PRIORITIES, 1),  # PRIORITY is 1
        (Attribute.PRIORITY, 2),
    ):
        sentence = f"the attribute {attribute.name} of port 20 of node 0 cannot be {wrong}"
        with raises(Status.ERR_ATTR_VALUE, sentence):
            pair.host.endpoint_set_attribute(endpoint, attribute, wrong)
    pair.host.endpoint_set_attribute(endpoint, Attribute.PRIORITY, 0)
    pair.host.endpoint_set_attribute(endpoint, Attribute.NUM_PRIORITIES, 1)
    with raises(Status.ERR_ATTR_VALUE, "port 20 of node 0 has no priority 1: raise NUM_PRIORITIES first"):
        pair.host.endpoint_set_attribute(endpoint, Attribute.PRIORITY, 1)


@shows(Status.ERR_CHAN_CONNECTED, SET)
def _(pair: Pair, call: str) -> None:
    """But for TIMEOUT, which is nobody else's business."""
    sender, _ = pair.channel("pktchan")
    sentence = "port 20 of node 0 is in a channel: MAX_PAYLOAD_SIZE stays as it is"
    with raises(Status.ERR_CHAN_CONNECTED, sentence):
        pair.host.endpoint_set_attribute(sender.endpoint, Attribute.MAX_PAYLOAD_SIZE, 64)
    pair.host.endpoint_set_attribute(sender.endpoint, Attribute.TIMEOUT, 64)
