"""MCAPI's packets, call by call and status by status: without a copy, and released (mcapi.md §2.1, §3.2, §5 test 6)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import Attribute, Buffer, Packet, Status
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.handles import Address
from mp1bench.mcapi.layout import BASE, POOL, Count, Kind, Operation, Role

SENDS, RECEIVES = ("pktchan_send", "pktchan_send_i"), ("pktchan_recv", "pktchan_recv_i")


def _fill(pair: Pair, sender: Any) -> list[bytes]:
    """Send until there is no buffer any more; returns what was sent."""
    sent: list[bytes] = []
    while True:
        pair.run()
        request = pair.host.pktchan_send_i(sender, b"%d" % len(sent))
        if request.status is Status.PENDING:
            pair.host.cancel(request)
            return sent
        pair.host.wait(request)
        sent.append(b"%d" % len(sent))


@shows(Status.SUCCESS, *SENDS, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    """The receiver reads the sender's buffer, where it lies (mcapi.md §2.1)."""
    sender, receiver = pair.channel("pktchan")
    content = bytes(range(256)) * 2
    pair.ends(call if call in SENDS else "pktchan_send", sender, content)
    packet = pair.ends(call if call in RECEIVES else "pktchan_recv", receiver, node=pair.firmware)
    assert isinstance(packet, Packet)
    assert (packet.length, len(packet), bytes(packet)) == (512, 512, content)
    assert packet.address in range(BASE + POOL[Role.HOST], BASE + POOL[Role.HOST] + 24 * 512, 512)
    assert pair.board.engine.read_bytes(packet.address, 512) == content
    assert (packet.read(4, 2), packet.read(510), packet.read(512, 0)) == (b"\4\5", b"\xfe\xff", b"")


@shows(Status.SUCCESS, "pktchan_available")
def _(pair: Pair, call: str) -> None:
    sender, receiver = pair.channel("pktchan")
    counts = []
    for _ in range(3):
        counts.append(pair.firmware.pktchan_available(receiver))
        pair.host.pktchan_send(sender, b"")
        pair.run()
    assert counts == [0, 1, 2]


@shows(Status.SUCCESS, "pktchan_buffer")
def _(pair: Pair, call: str) -> None:
    """Filled and sent without a copy, in whole or in part."""
    sender, receiver = pair.channel("pktchan")
    buffers = [pair.host.pktchan_buffer(sender) for _ in range(2)]
    for buffer in buffers:
        buffer.write(b"x" * 512)
        buffer.write(b"in place", 8)
    pair.host.pktchan_send(sender, buffers[1], 16)
    pair.host.pktchan_send(sender, buffers[0])
    packets = [pair.firmware.pktchan_recv(receiver) for _ in range(2)]
    assert [packet.address for packet in packets] == [buffers[1].address, buffers[0].address]
    assert bytes(packets[0]) == b"xxxxxxxxin place"
    assert bytes(packets[1]) == b"xxxxxxxxin place" + b"x" * 496


@shows(Status.ERR_MEM_LIMIT, "pktchan_buffer")
def _(pair: Pair, call: str) -> None:
    """Four of the 24 are kept for priority 0 (mcapi.md §4.5)."""
    sender, _ = pair.channel("pktchan")
    for _ in range(20):
        pair.host.pktchan_buffer(sender)
    words = "sending end of the packet channel, port 20 of node 0"
    with raises(Status.ERR_MEM_LIMIT, f"node 0 has no free buffer for the {words} now"):
        pair.host.pktchan_buffer(sender)


@shows(Status.ERR_MEM_LIMIT, *SENDS)
def _(pair: Pair, call: str) -> None:
    """Where MEMORY_TYPE of both ends says that a send fails for want of room; a buffer stays the caller's."""
    own, there = pair.host.endpoint_create(20), pair.remote(20)
    other = pair.firmware._endpoints[20]
    for node, endpoint in ((pair.host, own), (pair.firmware, other)):
        node.endpoint_set_attribute(endpoint, Attribute.MEMORY_TYPE, 0x10001)
    pair.ends("pktchan_connect_i", own, there)
    pair.firmware.pktchan_recv_open_i(other)
    sender = pair.ends("pktchan_send_open_i", own)
    buffer = pair.host.pktchan_buffer(sender)
    pair.run()
    for _ in range(16):
        pair.host.pktchan_send(sender, b"")  # the ring is full before the firmware looks
    sentence = "there is no room for what port 20 of node 0 sends, and it is not to wait"
    for data in (b"", buffer):
        with raises(Status.ERR_MEM_LIMIT, sentence):
            pair.ends(call, sender, data)
    pair.run()
    pair.ends(call, sender, buffer)


@shows(Status.ERR_PARAMETER, *SENDS)
def _(pair: Pair, call: str) -> None:
    sender, _ = pair.channel("pktchan")
    with raises(Status.ERR_PARAMETER, "what is sent is bytes, not 'text'; encode the text"):
        pair.ends(call, sender, "text")
    with raises(Status.ERR_PARAMETER, "a length goes with a buffer; bytes have their own"):
        pair.ends(call, sender, b"text", 4)
    for wrong in (-1, True, "4"):
        with raises(Status.ERR_PARAMETER, f"the length of a packet is a number of bytes, not {wrong!r}"):
            pair.ends(call, sender, pair.host.pktchan_buffer(sender), wrong)


@shows(Status.ERR_PKT_SIZE, *SENDS)
def _(pair: Pair, call: str) -> None:
    sender, _ = pair.channel("pktchan")
    sentence = "the sending end of the packet channel, port 20 of node 0 sends packets of up to 512 bytes, not of 513"
    with raises(Status.ERR_PKT_SIZE, sentence):
        pair.ends(call, sender, bytes(513))
    with raises(Status.ERR_PKT_SIZE, sentence):
        pair.ends(call, sender, pair.host.pktchan_buffer(sender), 513)


@shows(Status.ERR_BUF_INVALID, *SENDS)
def _(pair: Pair, call: str) -> None:
    """Sent already, waiting to be sent, released, or the other node's."""
    sender, receiver = pair.channel("pktchan")

    def is_refused(buffer: Any) -> None:
        with raises(Status.ERR_BUF_INVALID, f"{buffer!r} did not come from pktchan_buffer, or was sent already"):
            pair.ends(call, sender, buffer, 1)

    sent, released = (pair.host.pktchan_buffer(sender) for _ in range(2))
    pair.ends(call, sender, sent, 1)
    is_refused(sent)
    pair.host.pktchan_release(released)
    is_refused(released)
    is_refused(pair.firmware.pktchan_recv(receiver).buffer)
    waits = pair.host.pktchan_buffer(sender)
    for _ in range(16):
        pair.host.pktchan_send(sender, b"")
    pair.host.pktchan_send_i(sender, waits)
    is_refused(waits)


@pytest.mark.parametrize("end", ["cancel", "restart", "close"])
def test_a_buffer_whose_send_waited_in_vain_is_the_caller_s_again(pair: Pair, end: str) -> None:
    sender, receiver = pair.channel("pktchan")
    buffer = pair.host.pktchan_buffer(sender)
    for _ in range(16):
        pair.host.pktchan_send(sender, b"")
    request = pair.host.pktchan_send_i(sender, buffer)
    assert request.status is Status.PENDING
    if end == "cancel":
        pair.host.cancel(request)
    elif end == "restart":
        pair.restart()
        pair.run()
    else:
        pair.host._close_came(Control(Operation.CLOSE, receiver.endpoint.port, 20), 1)
    pair.host.pktchan_release(buffer)
    sentence = f"{buffer!r} is nothing that could be released, or not any more"
    with raises(Status.ERR_BUF_INVALID, sentence):
        pair.host.pktchan_release(buffer)


@shows(Status.TIMEOUT, "pktchan_send")
def _(pair: Pair, call: str) -> None:
    """A send waits until the receiver releases something, or until TIMEOUT."""
    sender, receiver = pair.channel("pktchan")
    pair.host.endpoint_set_attribute(sender.endpoint, Attribute.TIMEOUT, 900)
    sent = _fill(pair, sender)
    start = pair.kernel.now
    with raises(Status.TIMEOUT, "pktchan_send has not ended within 900 us"):
        pair.host.pktchan_send(sender, b"late")
    assert pair.kernel.now - start == 900_000
    first = pair.firmware.pktchan_recv(receiver)
    pair.kernel.after(400_000, "release", lambda: pair.firmware.pktchan_release(first))
    pair.host.pktchan_send(sender, b"in time")
    rest = [bytes(pair.firmware.pktchan_recv(receiver)) for _ in range(len(sent))]
    assert rest == [*sent[1:], b"in time"]


@shows(Status.TIMEOUT, "pktchan_recv")
def _(pair: Pair, call: str) -> None:
    sender, receiver = pair.channel("pktchan", back=True)
    pair.host.endpoint_set_attribute(receiver.endpoint, Attribute.TIMEOUT, 900)
    start = pair.kernel.now
    with raises(Status.TIMEOUT, "pktchan_recv has not ended within 900 us"):
        pair.host.pktchan_recv(receiver)
    assert pair.kernel.now - start == 900_000
    pair.firmware.pktchan_send(sender, b"for the next")
    assert bytes(pair.host.pktchan_recv(receiver)) == b"for the next"


@shows(Status.SUCCESS, "pktchan_release", "pktchan_release_test")
def _(pair: Pair, call: str) -> None:
    """In any order; all buffers come home."""
    sender, receiver = pair.channel("pktchan")
    for _ in range(10):
        packets = []
        for data in (b"one", b"two", b"three"):
            pair.host.pktchan_send(sender, data)
            packets.append(pair.firmware.pktchan_recv(receiver))
        assert [bytes(packet) for packet in packets] == [b"one", b"two", b"three"]
        for packet in reversed(packets):
            assert pair.firmware.pktchan_release_test(packet) is False
            pair.firmware.pktchan_release(packet)
            assert pair.firmware.pktchan_release_test(packet) is True
    pair.run()
    assert len(_fill(pair, sender)) == 20


@shows(Status.ERR_BUF_INVALID, "pktchan_release")
def _(pair: Pair, call: str) -> None:
    """Twice, of another node, nothing of the kind (mcapi.md §3.2), or of a node that has restarted."""
    sender, receiver = pair.channel("pktchan")
    for data in (b"one", b"two"):
        pair.host.pktchan_send(sender, data)
    packet, held = (pair.firmware.pktchan_recv(receiver) for _ in range(2))
    sentence = "{!r} is nothing that could be released, or not any more"
    for wrong in (None, packet.address, packet):
        with raises(Status.ERR_BUF_INVALID, sentence.format(wrong)):
            pair.host.pktchan_release(wrong)
    pair.firmware.pktchan_release(packet)
    with raises(Status.ERR_BUF_INVALID, sentence.format(packet)):
        pair.firmware.pktchan_release(packet)
    pair.host.finalize()
    pair.host.initialize(0, 0)
    pair.run()
    with raises(Status.ERR_BUF_INVALID, sentence.format(held)):
        pair.firmware.pktchan_release(held)


@shows(Status.ERR_BUF_INVALID, "pktchan_release_test")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_BUF_INVALID, "None is no packet"):
        pair.host.pktchan_release_test(None)  # type: ignore[arg-type]


def test_a_packet_that_is_not_ours_any_more_cannot_be_read(pair: Pair) -> None:
    """Released, of a node that went, or of a life before."""
    packets = []
    for port in (20, 21, 22):
        sender, receiver = pair.channel("pktchan", port)
        pair.host.pktchan_send(sender, b"data")
        packets.append(pair.firmware.pktchan_recv(receiver))
        if port == 20:
            pair.firmware.pktchan_release(packets[0])
        elif port == 21:
            pair.host.finalize()
            pair.host.initialize(0, 0)
            pair.run()
        else:
            pair.firmware.finalize()
        with raises(Status.ERR_BUF_INVALID, f"{packets[-1]!r} was released, or its sender has gone"):
            bytes(packets[-1])


@pytest.mark.parametrize(("offset", "size"), [(5, None), (0, 5), (-1, 1), (4, 1), (True, 1), (0, "1")])
def test_a_packet_is_read_only_where_it_is(pair: Pair, offset: Any, size: Any) -> None:
    sender, receiver = pair.channel("pktchan")
    pair.host.pktchan_send(sender, b"data")
    packet = pair.firmware.pktchan_recv(receiver)
    with raises(Status.ERR_PARAMETER, f"{packet!r} has nothing like {size!r} bytes from {offset!r}"):
        packet.read(offset, size)


def test_packets_of_one_node_to_itself_lie_in_its_own_pool(pair: Pair) -> None:
    one, two = pair.host.endpoint_create(1), pair.host.endpoint_create(2)
    opens = pair.host.pktchan_send_open_i(one), pair.host.pktchan_recv_open_i(two)
    pair.ends("pktchan_connect_i", one, two)
    sender, receiver = pair.host.wait(opens[0]), pair.host.wait(opens[1])
    for number in range(30):
        buffer = pair.host.pktchan_buffer(sender)
        buffer.write(b"%2d" % number)
        pair.host.pktchan_send(sender, buffer, 2)
        packet = pair.host.pktchan_recv(receiver)
        assert (bytes(packet), packet.address) == (b"%2d" % number, buffer.address)
        pair.host.pktchan_release(packet)
    assert isinstance(buffer, Buffer)


def test_a_packet_that_is_for_no_end_of_a_channel_is_dropped_and_its_buffer_goes_home(pair: Pair) -> None:
    pair.channel("sclchan")
    pair.firmware.endpoint_create(5)
    for number, port in enumerate((5, 6, 20) * 10):
        assert pair.host._carry(Kind.PACKET, 1, 20, Address(1, port), b"stray", 5)
        pair.run()
        assert pair.firmware.transport.statistics(Role.FIRMWARE)[Count.DROPS] == number + 1
