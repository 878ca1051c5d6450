"""MCAPI's scalars, call by call and status by status (mcapi.md §2.1, §3.2, §5 test 7)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import Attribute, Status

WIDTHS = (8, 16, 32, 64)
SENDS = [f"sclchan_send_uint{width}" for width in WIDTHS]
RECEIVES = [f"sclchan_recv_uint{width}" for width in WIDTHS]
WORDS = "end of the scalar channel, port 20 of node"


def _width(call: str) -> int:
    return int(call.rpartition("uint")[2])


def _fill(pair: Pair, sender: Any) -> None:
    """32 wait at the end that receives, and 16 in the ring."""
    for value in range(32 + 16):
        pair.host.sclchan_send_uint8(sender, value)
        pair.run(20)


@shows(Status.SUCCESS, *SENDS, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    """Extreme values and what lies in between, in order, and either way."""
    width = _width(call)
    top = (1 << width) - 1
    values = [0, top, 1, top >> 1, (top >> 1) + 1, 0x0123456789ABCDEF & top]
    for port, back in ((20, False), (21, True)):
        sender, receiver = pair.channel("sclchan", port, back=back)
        nodes = (pair.firmware, pair.host) if back else (pair.host, pair.firmware)
        for value in values:
            getattr(nodes[0], f"sclchan_send_uint{width}")(sender, value)
        assert [getattr(nodes[1], f"sclchan_recv_uint{width}")(receiver) for _ in values] == values


@shows(Status.SUCCESS, "sclchan_available")
def _(pair: Pair, call: str) -> None:
    sender, receiver = pair.channel("sclchan")
    counts = []
    for value in range(3):
        counts.append(pair.firmware.sclchan_available(receiver))
        pair.host.sclchan_send_uint8(sender, value)
        pair.run()
    assert counts == [0, 1, 2]


@shows(Status.ERR_PARAMETER, *SENDS)
def _(pair: Pair, call: str) -> None:
    sender, _ = pair.channel("sclchan")
    width = _width(call)
    for wrong in (1 << width, -1, True, 1.0, "1", None):
        with raises(Status.ERR_PARAMETER, f"{wrong!r} is no number of {width} bits"):
            getattr(pair.host, call)(sender, wrong)


@shows(Status.ERR_SCL_SIZE, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    """OpenMCAPI says GENERAL here (mcapi.md §3.2). The scalar stays for whoever asks in its width."""
    sender, receiver = pair.channel("sclchan")
    width = _width(call)
    for other in WIDTHS:
        getattr(pair.host, f"sclchan_send_uint{other}")(sender, other)
        pair.run()
        if other != width:
            sentence = f"the next scalar at the receiving {WORDS} 1 has {other} bits, not {width}; it stays there"
            with raises(Status.ERR_SCL_SIZE, sentence):
                getattr(pair.firmware, call)(receiver)
        assert getattr(pair.firmware, f"sclchan_recv_uint{other}")(receiver) == other


def test_a_scalar_of_another_width_ends_a_receive_that_waits_for_it(pair: Pair) -> None:
    sender, receiver = pair.channel("sclchan", back=True)
    pair.kernel.after(30_000, "send", lambda: pair.firmware.sclchan_send_uint16(sender, 16))
    sentence = f"the next scalar at the receiving {WORDS} 0 has 16 bits, not 32; it stays there"
    with raises(Status.ERR_SCL_SIZE, sentence):
        pair.host.sclchan_recv_uint32(receiver)
    assert pair.host.sclchan_recv_uint16(receiver) == 16


@shows(Status.TIMEOUT, *SENDS)
def _(pair: Pair, call: str) -> None:
    """Back-pressure: 32 that nobody receives, and a full ring behind them."""
    sender, receiver = pair.channel("sclchan")
    _fill(pair, sender)
    pair.host.endpoint_set_attribute(sender.endpoint, Attribute.TIMEOUT, 600)
    start = pair.kernel.now
    with raises(Status.TIMEOUT, f"{call} has not ended within 600 us"):
        getattr(pair.host, call)(sender, 99)
    assert pair.kernel.now - start == 600_000
    assert [pair.firmware.sclchan_recv_uint8(receiver) for _ in range(48)] == list(range(48))
    pair.run()
    assert pair.firmware.sclchan_available(receiver) == 0


@shows(Status.TIMEOUT, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    _, receiver = pair.channel("sclchan", back=True)
    pair.host.endpoint_set_attribute(receiver.endpoint, Attribute.TIMEOUT, 600)
    start = pair.kernel.now
    with raises(Status.TIMEOUT, f"{call} has not ended within 600 us"):
        getattr(pair.host, call)(receiver)
    assert pair.kernel.now - start == 600_000


@shows(Status.ERR_MEM_LIMIT, *SENDS)
def _(pair: Pair, call: str) -> None:
    """Where MEMORY_TYPE of both ends says that a send fails for want of room."""
    own, there = pair.host.endpoint_create(20), pair.remote(20)
    other = pair.firmware._endpoints[20]
    for node, endpoint in ((pair.host, own), (pair.firmware, other)):
        node.endpoint_set_attribute(endpoint, Attribute.MEMORY_TYPE, 0x10001)
    pair.ends("sclchan_connect_i", own, there)
    pair.firmware.sclchan_recv_open_i(other)
    sender = pair.ends("sclchan_send_open_i", own)
    _fill(pair, sender)
    with raises(Status.ERR_MEM_LIMIT, "there is no room for what port 20 of node 0 sends, and it is not to wait"):
        getattr(pair.host, call)(sender, 99)


def test_a_full_scalar_channel_holds_up_its_own_priority_only(pair: Pair) -> None:
    sender, _ = pair.channel("sclchan")
    _fill(pair, sender)
    receiver = pair.firmware.endpoint_create(1)
    pair.host.msg_send(pair.host.endpoint_create(1), pair.host.endpoint_get(0, 1, 1), b"past it", 0)
    assert pair.firmware.msg_recv(receiver) == b"past it"


def test_a_blocked_scalar_goes_on_when_one_is_received(pair: Pair) -> None:
    sender, receiver = pair.channel("sclchan")
    _fill(pair, sender)
    pair.kernel.after(250_000, "receive", lambda: pair.firmware.sclchan_recv_uint8(receiver))
    start = pair.kernel.now
    pair.host.sclchan_send_uint8(sender, 48)
    assert 250_000 < pair.kernel.now - start < 300_000
    assert [pair.firmware.sclchan_recv_uint8(receiver) for _ in range(48)] == list(range(1, 49))


def test_scalars_of_one_node_to_itself_wait_for_the_receiver_too(pair: Pair) -> None:
    one, two = pair.host.endpoint_create(1), pair.host.endpoint_create(2)
    pair.host.endpoint_set_attribute(one, Attribute.TIMEOUT, 10)
    opens = pair.host.sclchan_send_open_i(one), pair.host.sclchan_recv_open_i(two)
    pair.ends("sclchan_connect_i", one, two)
    sender, receiver = pair.host.wait(opens[0]), pair.host.wait(opens[1])
    for value in range(32):
        pair.host.sclchan_send_uint64(sender, value << 40)
    with raises(Status.TIMEOUT, "sclchan_send_uint64 has not ended within 10 us"):
        pair.host.sclchan_send_uint64(sender, 32 << 40)
    pair.kernel.after(5_000, "receive", lambda: pair.host.sclchan_recv_uint64(receiver))
    pair.host.sclchan_send_uint64(sender, 33 << 40)
    received = [pair.host.sclchan_recv_uint64(receiver) >> 40 for _ in range(32)]
    assert received == [*range(1, 32), 33]


@pytest.mark.parametrize("type", ["pktchan", "sclchan"])
def test_a_receive_that_waits_ends_when_the_other_node_restarts(pair: Pair, type: str) -> None:
    """mcapi.md §5, test 9."""
    _, receiver = pair.channel(type, back=True)
    pair.kernel.after(10_000, "restart", pair.restart)
    call = "pktchan_recv" if type == "pktchan" else "sclchan_recv_uint8"
    with raises(Status.ERR_CHAN_INVALID, "node 1 went, and its channels with it"):
        getattr(pair.host, call)(receiver)
    pair.host.endpoint_delete(receiver.endpoint)
    sender, receiver = pair.channel(type, back=True)
    if type == "sclchan":
        pair.firmware.sclchan_send_uint8(sender, 7)
        assert pair.host.sclchan_recv_uint8(receiver) == 7


def test_a_send_that_waits_ends_when_the_other_node_restarts(pair: Pair) -> None:
    sender, _ = pair.channel("sclchan")
    _fill(pair, sender)
    pair.kernel.after(10_000, "restart", pair.restart)
    with raises(Status.ERR_CHAN_INVALID, "node 1 went before this was sent"):
        pair.host.sclchan_send_uint8(sender, 48)
