"""Channel nodes come and go: connect and accept, close and shut down, and a peer that starts anew (mcapi.md §6)."""

from __future__ import annotations

import pytest

from channel_bench import PREFIX
from mp1bench.mcapi import Attribute, McapiError, Status
from refusal import refused

# -- coming ---------------------------------------------------------------------------------------------------------


def test_connecting_sleeps_until_the_peer_has_its_end(bench):
    channel = bench.open()
    before = bench.now
    bench.later(7_000, bench.offer)
    channel.connect(rx=2, tx=3)
    assert 7_000_000 <= bench.now - before < 7_500_000
    assert channel.state == 0


def test_the_peers_ports_are_not_kept_longer_than_connecting_takes(bench):
    _, receive, send = bench.connected()
    bench.run()
    for end in (receive, send):
        assert bench.peer.endpoint_get_attribute(end.endpoint, Attribute.GET_COUNT) == 0


def test_a_port_that_messages_go_to_is_kept_until_another_is_or_the_handle_is_closed(bench):
    first, second = bench.peer.endpoint_create(1), bench.peer.endpoint_create(9)

    def counts() -> list[int]:
        bench.run()
        return [bench.peer.endpoint_get_attribute(end, Attribute.GET_COUNT) for end in (first, second)]

    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    assert counts() == [1, 0]
    channel.connect(rx=9)
    assert counts() == [0, 1]
    channel.shutdown("both")
    channel.connect(rx=1)
    channel.send(b"open again")
    assert counts() == [1, 0]
    channel.close()
    assert counts() == [0, 0]


@pytest.mark.parametrize("kind", ["packet", "scalar"])
@pytest.mark.parametrize("early", [True, False])
def test_accept_opens_what_the_peer_connects(bench, kind, early):
    channel = bench.open(kind=kind)
    peer, prefix = bench.peer, PREFIX[kind]
    out, into = (peer.endpoint_get(0, 0, port) for port in (21, 20))
    receive, send = bench.offer(kind)

    def connect() -> None:
        getattr(peer, f"{prefix}_connect_i")(send.endpoint, out)
        getattr(peer, f"{prefix}_connect_i")(into, receive.endpoint)

    if early:
        connect()
        bench.run()
    else:
        bench.later(1_000, connect)
    channel.accept()
    assert channel.state == 0
    channel.send(bytes(4))
    bench.run()
    assert getattr(peer, f"{prefix}_available")(receive) == 1


# -- going ----------------------------------------------------------------------------------------------------------


def test_after_the_peer_has_closed_everything_is_read_and_then_the_end(bench):
    channel, _, send = bench.connected()
    for text in (b"one", b"two"):
        bench.peer.pktchan_send(send, text)
    bench.peer.pktchan_send_close_i(send)
    bench.run()
    assert [channel.receive() for _ in range(4)] == [b"one", b"two", b"", b""]


def test_a_sleeping_reader_hears_that_the_peer_has_closed(bench):
    channel, _, send = bench.connected()
    bench.later(100, lambda: bench.peer.pktchan_send_close_i(send))
    assert channel.receive() == b""


def test_the_end_of_a_scalar_channel_is_no_number(bench):
    channel, _, send = bench.connected("scalar")
    bench.peer.sclchan_send_uint32(send, 0)
    bench.peer.sclchan_send_close_i(send)
    bench.run()
    assert [channel.receive_scalar(), channel.receive_scalar()] == [0, None]


def test_one_direction_is_closed_and_the_other_goes_on(bench):
    channel, receive, send = bench.connected()
    channel.send(b"last words")
    channel.shutdown("write")
    bench.run()
    assert bench.peer.pktchan_recv(receive).read() == b"last words"
    with pytest.raises(McapiError) as ended:
        bench.peer.pktchan_recv(receive)
    assert ended.value.status is Status.ERR_CHAN_CLOSEPENDING
    with refused("EPIPE"):
        channel.send(b"x")
    bench.peer.pktchan_send(send, b"still here")
    assert channel.receive() == b"still here"
    channel.shutdown("read")
    assert channel.receive() == b""


def test_shutting_down_wakes_the_own_reader(bench):
    channel, _, _ = bench.connected()
    bench.later(100, lambda: channel.shutdown("read"))
    assert channel.receive() == b""


def test_a_handle_connects_again_when_both_ends_of_both_directions_are_closed(bench):
    channel, receive, send = bench.connected()
    channel.shutdown("both")
    before = bench.now

    def follow() -> None:
        bench.peer.pktchan_recv_close_i(receive)
        bench.peer.pktchan_send_close_i(send)
        bench.peer.pktchan_recv_open_i(receive.endpoint)
        bench.peer.pktchan_send_open_i(send.endpoint)

    bench.later(2_000, follow)
    channel.connect(rx=2, tx=3)
    assert bench.now - before >= 2_000_000
    channel.send(b"x")
    bench.run()
    assert bench.peer.pktchan_available(receive.endpoint.end.channel) == 1


def test_a_port_is_in_use_until_the_peer_has_closed_its_end_too(bench):
    channel, receive, send = bench.connected()
    channel.close()
    bench.run()
    with refused("EADDRINUSE"):
        bench.open()
    bench.peer.pktchan_recv_close_i(receive)
    bench.peer.pktchan_send_close_i(send)
    bench.run()
    bench.open()


def test_closing_a_handle_that_never_connected_frees_its_ports_at_once(bench):
    bench.open().close()
    bench.open()


def test_a_handle_that_is_closed_while_it_connects_leaves_nothing(bench):
    channel = bench.open(nonblock=True)
    with refused("EINPROGRESS"):
        channel.connect(rx=2, tx=3)
    bench.run()
    channel.close()
    bench.run()
    bench.open()
    assert bench.kernel.asleep == []


def test_an_end_that_the_peer_never_opens_keeps_its_port_until_it_does(bench):
    receive, _ = bench.offer()
    bench.peer.cancel(receive.end.opening)
    channel = bench.open(rx=None)
    channel.set_attribute("TIMEOUT", 1_000, "write")
    with refused("ETIMEDOUT"):
        channel.connect(rx=2)
    channel.close()
    bench.run()
    with refused("EADDRINUSE"):
        bench.open(rx=None)
    receive = bench.peer.pktchan_recv_open_i(receive.endpoint).result
    bench.run()
    bench.peer.pktchan_recv_close_i(receive)
    bench.run()
    bench.open(rx=None)
    assert bench.kernel.asleep == []


def test_what_the_peer_has_connected_and_nobody_accepts_is_closed_with_the_handle(bench):
    channel = bench.open()
    there = bench.peer.endpoint_get(0, 0, 20)
    receive, _ = bench.offer()
    bench.peer.pktchan_connect_i(there, receive.endpoint)
    bench.run()
    channel.close()
    bench.run()
    bench.peer.pktchan_recv_close_i(receive)
    bench.run()
    bench.open()


def test_the_module_is_removed_while_ports_of_closed_handles_are_in_use(bench):
    channel, _, _ = bench.connected()
    channel.close()
    bench.linux.rmmod("mcapi")
    bench.run()
    assert bench.kernel.asleep == []
    bench.linux.modprobe("mcapi")
    bench.run()
    bench.open()


# -- the peer starts anew -------------------------------------------------------------------------------------------


def test_a_sleeping_reader_is_told_that_the_peer_has_started_anew_and_the_handle_connects_again(bench):
    channel, _, _ = bench.connected()
    bench.later(500, bench.start_peer)
    with refused("ECONNRESET"):
        channel.receive()
    with refused("ECONNRESET"):
        channel.receive()
    with refused("EPIPE"):
        channel.send(b"x")
    receive, send = bench.offer()
    channel.connect(rx=2, tx=3)
    channel.send(b"after")
    bench.run()
    assert bench.peer.pktchan_recv(receive).read() == b"after"
    bench.peer.pktchan_send(send, b"again")
    assert channel.receive() == b"again"
    assert bench.linux.modules[-1] == "mcapi"


def test_a_sleeping_writer_is_told_too(bench):
    channel, _, _ = bench.connected()
    for _ in range(16):
        channel.send(b"x")
    bench.later(500, bench.start_peer)
    with refused("EPIPE"):
        for _ in range(16):
            channel.send(b"x")


def test_a_new_handle_has_the_ports_of_the_old_one_when_the_peer_has_gone(bench):
    channel, _, _ = bench.connected()
    bench.start_peer()
    bench.run()
    channel.close()
    bench.offer()
    channel = bench.open()
    channel.connect(rx=2, tx=3)
    assert channel.state == 0


def test_a_reader_of_messages_is_told_if_it_is_connected_and_goes_on_if_not(bench):
    bench.peer.endpoint_create(1)
    connected, bound = (bench.open(number, kind="message", rx=40 + number, tx=None) for number in (0, 1))
    connected.connect(rx=1)
    bench.later(500, bench.start_peer)
    with refused("ECONNRESET"):
        connected.receive()
    with refused("EPIPE"):
        connected.send(b"x")
    there = bench.peer.endpoint_create(1)
    back = bench.peer.endpoint_get(0, 0, 41)
    bench.later(500, lambda: bench.peer.msg_send_i(there, back, b"hello"))
    assert bound.receive() == b"hello"
    connected.connect(rx=1)
    connected.send(b"x")
    assert bench.peer.msg_recv(there) == b"x"


def test_what_was_received_before_the_peer_went_stays_with_messages(bench):
    there = bench.peer.endpoint_create(1)
    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    bench.peer.msg_send(there, bench.peer.endpoint_get(0, 0, 40), b"before")
    bench.run()
    bench.start_peer()
    bench.run()
    assert channel.receive() == b"before"
    with refused("ECONNRESET"):
        channel.receive()
