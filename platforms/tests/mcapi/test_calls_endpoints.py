"""MCAPI's endpoints, call by call and status by status (mcapi.md §2.1, §3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import PORT_ANY, Attribute, RemoteEndpoint, Status
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import Count, Kind, Operation, Role

OTHERS = [None, 20, "port 20"]


@shows(Status.SUCCESS, "endpoint_create")
def _(pair: Pair, call: str) -> None:
    """Automatic ports start at 10000 (mcapi.md §3.1)."""
    ports = [pair.host.endpoint_create(port).port for port in (0, 0xFFFE, PORT_ANY, 10_001, PORT_ANY)]
    assert ports == [0, 0xFFFE, 10_000, 10_001, 10_002]


@shows(Status.ERR_PORT_INVALID, "endpoint_create", "endpoint_get", "endpoint_get_i")
def _(pair: Pair, call: str) -> None:
    for wrong in (-1, 0xFFFF, 1 << 40, True, "20", None, 2.0):
        with raises(Status.ERR_PORT_INVALID, f"{wrong!r} is no port: they are 0 to 65534"):
            getattr(pair.host, call)(*([wrong] if call == "endpoint_create" else [0, 1, wrong]))


@shows(Status.ERR_ENDP_EXISTS, "endpoint_create")
def _(pair: Pair, call: str) -> None:
    pair.host.endpoint_create(20)
    with raises(Status.ERR_ENDP_EXISTS, "port 20 of node 0 has an endpoint already"):
        pair.host.endpoint_create(20)


@shows(Status.ERR_ENDP_LIMIT, "endpoint_create")
def _(pair: Pair, call: str) -> None:
    """32 for each node (mcapi.md §3.1)."""
    endpoints = [pair.host.endpoint_create() for _ in range(32)]
    with raises(Status.ERR_ENDP_LIMIT, "node 0 has 32 endpoints, which is all it can have"):
        pair.host.endpoint_create()
    pair.host.endpoint_delete(endpoints[5])
    pair.host.endpoint_create()


@shows(Status.ERR_ENDP_NOPORTS, "endpoint_create")
def _(pair: Pair, call: str) -> None:
    """Each automatic port is given once."""
    for _ in range(10_000, 0xFFFF):
        pair.host.endpoint_delete(pair.host.endpoint_create())
    with raises(Status.ERR_ENDP_NOPORTS, "all automatic ports of node 0 have been used; name one"):
        pair.host.endpoint_create()
    assert pair.host.endpoint_create(20_000).port == 20_000


@shows(Status.SUCCESS, "endpoint_get", "endpoint_get_i")
def _(pair: Pair, call: str) -> None:
    """Of the other node and of one's own, before and after it is made."""
    own, other = pair.host.endpoint_create(20), pair.firmware.endpoint_create(20)
    assert pair.ends(call, 0, 0, 20) is own
    remote = pair.ends(call, 0, 1, 20)
    assert (remote.domain, remote.node, remote.port) == (0, 1, 20)
    pair.kernel.after(50_000, "create", lambda: pair.firmware.endpoint_create(21))
    start = pair.kernel.now
    assert pair.ends(call, 0, 1, 21).port == 21
    assert pair.kernel.now - start > 50_000
    assert pair.firmware.endpoint_get_attribute(other, Attribute.GET_COUNT) == 1


@shows(Status.ERR_DOMAIN_INVALID, "endpoint_get", "endpoint_get_i")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_DOMAIN_INVALID, "there is no domain 1, only domain 0"):
        getattr(pair.host, call)(1, 1, 20)


@shows(Status.ERR_NODE_INVALID, "endpoint_get", "endpoint_get_i")
def _(pair: Pair, call: str) -> None:
    """No route (mcapi.md §3.2)."""
    with raises(Status.ERR_NODE_INVALID, "there is no node 2: 0 is Linux, 1 the firmware"):
        getattr(pair.host, call)(0, 2, 20)


@shows(Status.ERR_ENDP_GET_LIMIT, "endpoint_get", "endpoint_get_i")
def _(pair: Pair, call: str) -> None:
    """The owner's node parks eight."""
    for port in range(8):
        pair.host.endpoint_get_i(0, 1, port)
    with raises(Status.ERR_ENDP_GET_LIMIT, "node 1 lets 8 gets wait, not one more for port 20 of node 1"):
        pair.ends(call, 0, 1, 20)


@shows(Status.TIMEOUT, "endpoint_get")
def _(pair: Pair, call: str) -> None:
    """It is not answered later either."""
    start = pair.kernel.now
    with raises(Status.TIMEOUT, "endpoint_get has not ended within 400 us"):
        pair.host.endpoint_get(0, 1, 20, 400)
    assert pair.kernel.now - start == 400_000
    pair.run()
    endpoint = pair.firmware.endpoint_create(20)
    pair.run()
    assert pair.firmware.endpoint_get_attribute(endpoint, Attribute.GET_COUNT) == 0


@shows(Status.ERR_PARAMETER, "endpoint_get")
def _(pair: Pair, call: str) -> None:
    sentence = "a timeout is a number of microseconds in 32 bits, TIMEOUT_IMMEDIATE or TIMEOUT_INFINITE, not -1"
    with raises(Status.ERR_PARAMETER, sentence):
        pair.host.endpoint_get(0, 1, 20, -1)


def test_a_cancelled_get_frees_its_place_at_the_owner_and_a_later_one_is_answered(pair: Pair) -> None:
    """get before create, cancel, create after cancel (mcapi.md §5, test 5)."""
    requests = [pair.host.endpoint_get_i(0, 1, port) for port in range(8)]
    pair.host.cancel(requests[3])
    later = pair.host.endpoint_get_i(0, 1, 3)
    pair.run()
    endpoint = pair.firmware.endpoint_create(3)
    assert pair.host.wait(later).port == 3
    assert pair.firmware.endpoint_get_attribute(endpoint, Attribute.GET_COUNT) == 1


def test_a_get_that_is_cancelled_while_its_answer_is_on_its_way_is_released(pair: Pair) -> None:
    endpoint = pair.firmware.endpoint_create(3)
    request = pair.host.endpoint_get_i(0, 1, 3)
    pair.board.run_until(lambda: bool(endpoint.users[0]), 1_000_000)
    pair.host.cancel(request)
    pair.run()
    assert pair.firmware.endpoint_get_attribute(endpoint, Attribute.GET_COUNT) == 0


def test_a_get_waits_for_a_node_that_is_not_there_and_asks_again_when_it_has_restarted(pair: Pair) -> None:
    request = pair.host.endpoint_get_i(0, 1, 3)
    pair.run()
    pair.restart()
    pair.run()
    pair.firmware.endpoint_create(3)
    assert pair.host.wait(request).port == 3


def test_a_get_of_one_s_own_endpoint_is_parked_too(pair: Pair) -> None:
    request = pair.host.endpoint_get_i(0, 0, 3)
    assert pair.host.test(request) is False
    endpoint = pair.host.endpoint_create(3)
    assert pair.host.wait(request) is endpoint


@shows(Status.SUCCESS, "endpoint_release")
def _(pair: Pair, call: str) -> None:
    """Of either node."""
    endpoint = pair.firmware.endpoint_create(20)
    remote, own = pair.host.endpoint_get(0, 1, 20), pair.firmware.endpoint_get(0, 1, 20)
    counts = [pair.firmware.endpoint_get_attribute(endpoint, Attribute.GET_COUNT)]
    for node, handle in ((pair.host, remote), (pair.firmware, own)):
        node.endpoint_release(handle)
        pair.run()
        counts.append(pair.firmware.endpoint_get_attribute(endpoint, Attribute.GET_COUNT))
    assert counts == [2, 1, 0]


@shows(Status.ERR_ENDP_INVALID, "endpoint_release")
def _(pair: Pair, call: str) -> None:
    """Released already, never got, of a life before, none at all."""
    remote, own = pair.remote(20), pair.host.endpoint_create(1)
    pair.host.endpoint_release(remote)
    with raises(Status.ERR_ENDP_INVALID, "port 20 of node 1 was released"):
        pair.host.endpoint_release(remote)
    with raises(Status.ERR_ENDP_INVALID, "port 1 of node 0 was not got, so it cannot be released"):
        pair.host.endpoint_release(own)
    remote = pair.remote(21)
    pair.restart()
    pair.run()
    with raises(Status.ERR_ENDP_INVALID, "a node has started anew since port 21 of node 1 was got"):
        pair.host.endpoint_release(remote)
    with raises(Status.ERR_ENDP_INVALID, "20 is no endpoint of node 0, or no longer"):
        pair.host.endpoint_release(20)  # type: ignore[arg-type]


@shows(Status.ERR_ENDP_DELETED, "endpoint_release")
def _(pair: Pair, call: str) -> None:
    endpoint = pair.firmware.endpoint_create(20)
    remote = pair.host.endpoint_get(0, 1, 20)
    pair.firmware.endpoint_delete(endpoint)
    pair.run()
    with raises(Status.ERR_ENDP_DELETED, "port 20 of node 1 was deleted by its owner"):
        pair.host.endpoint_release(remote)


@shows(Status.SUCCESS, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    """With its messages, whose buffers go back to whoever sent them."""
    endpoint, sender = pair.host.endpoint_create(20), pair.firmware.endpoint_create(1)
    to = pair.firmware.endpoint_get(0, 0, 20)
    for _ in range(24):
        pair.run()
        pair.firmware.msg_send(sender, to, b"unread")
    pair.run()
    assert pair.host.msg_available(endpoint) == 24
    pair.host.endpoint_delete(endpoint)
    pair.run()
    endpoint, to = pair.host.endpoint_create(20), pair.firmware.endpoint_get(0, 0, 20)
    for _ in range(24):
        pair.run()
        pair.firmware.msg_send(sender, to, b"again")
    pair.run()
    assert pair.host.msg_available(endpoint) == 24


@shows(Status.ERR_ENDP_INVALID, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    pair.host.endpoint_delete(endpoint)
    for wrong in (endpoint, *OTHERS):
        with raises(Status.ERR_ENDP_INVALID, f"{wrong!r} is no endpoint of node 0, or no longer"):
            pair.host.endpoint_delete(wrong)  # type: ignore[arg-type]


@shows(Status.ERR_ENDP_NOTOWNER, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    remote = pair.remote(20)
    with raises(Status.ERR_ENDP_NOTOWNER, "port 20 of node 1 is the other node's, which alone may delete it"):
        pair.host.endpoint_delete(remote)


def _refuses_delete(pair: Pair, status: Status, endpoint: Any, why: str) -> None:
    with raises(status, f"{endpoint.address} is in a channel and cannot be deleted: {why}"):
        pair.host.endpoint_delete(endpoint)


@shows(Status.ERR_CHAN_OPENPENDING, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    request = pair.host.pktchan_send_open_i(endpoint)
    _refuses_delete(pair, Status.ERR_CHAN_OPENPENDING, endpoint, "its open is pending")
    pair.host.cancel(request)
    pair.host.endpoint_delete(endpoint)


@shows(Status.ERR_CHAN_CONNECTED, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(20)
    request = pair.host.pktchan_connect_i(endpoint, pair.remote(20))
    _refuses_delete(pair, Status.ERR_CHAN_CONNECTED, endpoint, "it is connected, or connecting")
    pair.host.wait(request)
    _refuses_delete(pair, Status.ERR_CHAN_CONNECTED, endpoint, "it is connected, or connecting")


@shows(Status.ERR_CHAN_OPEN, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    sender, _ = pair.channel("pktchan")
    _refuses_delete(pair, Status.ERR_CHAN_OPEN, sender.endpoint, "it is open")


@shows(Status.ERR_CHAN_CLOSEPENDING, "endpoint_delete")
def _(pair: Pair, call: str) -> None:
    """Until the other end is closed, too."""
    sender, receiver = pair.channel("pktchan")
    pair.ends("pktchan_send_close_i", sender)
    why = "one of its two ends is closed, the other not"
    _refuses_delete(pair, Status.ERR_CHAN_CLOSEPENDING, sender.endpoint, why)
    pair.run()
    pair.ends("pktchan_recv_close_i", receiver, node=pair.firmware)
    pair.run()
    pair.host.endpoint_delete(sender.endpoint)


@pytest.mark.parametrize("operation", [Operation.GOT, Operation.CONNECTED])
def test_an_answer_that_nobody_asked_for_changes_nothing(pair: Pair, operation: Operation) -> None:
    endpoint = pair.host.endpoint_create(20)
    pair.firmware._tell(0, Control(operation, 20, 20, status=Status.TIMEOUT, tag=0x3F))
    pair.run()
    assert pair.host.endpoint_get_attribute(endpoint, Attribute.STATUS) == 0


def test_a_control_frame_that_says_nothing_known_is_dropped_and_counted(pair: Pair) -> None:
    pair.firmware.transport.send(Frame(Kind.CONTROL, 0, 1, 2, low=99))
    pair.run()
    assert pair.host.transport.statistics(Role.HOST)[Count.DROPS] == 1


def test_the_sender_of_a_message_is_a_handle_that_was_not_got(pair: Pair) -> None:
    endpoint, sender = pair.host.endpoint_create(20), pair.firmware.endpoint_create(1)
    pair.firmware.msg_send(sender, pair.firmware.endpoint_get(0, 0, 20), b"")
    who = pair.host.msg_recv(endpoint).sender
    assert isinstance(who, RemoteEndpoint)
    with raises(Status.ERR_ENDP_INVALID, "port 1 of node 1 was not got, so it cannot be released"):
        pair.host.endpoint_release(who)
