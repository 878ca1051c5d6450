"""Channel nodes: one handle that carries data and control (mcapi.md §1, §6; the mail of 2011)."""

from __future__ import annotations

import pytest

from channel_bench import PREFIX, ChannelBench
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT
from mp1bench.linux.mcapi.channel import open_channel
from mp1bench.linux.mcapi.ioctl import PORT_ANY
from mp1bench.mcapi import Attribute, McapiError, Status, layout
from mp1bench.trace import Access
from refusal import refused

NODES = [f"/dev/mcapi{number}" for number in range(8)]
C1SCR = 0x08  # of the IPCC: bits 31:16 set a flag of processor 1


def nodes(bench: ChannelBench) -> list[str]:
    return [path for path in bench.linux.user.paths() if path.startswith("/dev/mcapi")]


# -- the module -----------------------------------------------------------------------------------------------------


def test_the_nodes_are_there_while_the_module_is(bench):
    assert nodes(bench) == NODES
    bench.linux.rmmod("mcapi")
    assert nodes(bench) == []
    bench.linux.modprobe("mcapi")
    assert nodes(bench) == NODES


def test_removing_the_module_tells_the_peer_and_frees_both_channels(bench):
    assert bench.peer.transport.up
    bench.linux.rmmod("mcapi")
    bench.run()
    assert not bench.peer.transport.up
    for number in (5, 6):
        bench.linux.request_channel(number).free()


def test_the_module_is_not_removed_while_a_node_is_open(bench):
    channel = bench.open()
    with refused("EAGAIN"):
        bench.linux.rmmod("mcapi")
    channel.close()
    bench.linux.rmmod("mcapi")


@pytest.mark.parametrize("number", [5, 6])
def test_without_its_channel_of_the_ipcc_the_driver_says_so_and_has_no_nodes(bench, number):
    bench.linux.rmmod("mcapi")
    taken = bench.linux.request_channel(number)
    bench.linux.modprobe("mcapi")
    assert bench.linux.dmesg().splitlines()[-1].endswith(f"] mcapi: failed to request CH{number}: -16")
    assert nodes(bench) == []
    bench.linux.request_channel(11 - number).free()  # it has kept nothing
    bench.linux.rmmod("mcapi")
    taken.free()
    bench.linux.modprobe("mcapi")
    assert nodes(bench) == NODES


def test_without_shared_memory_there_are_no_nodes_either(bench, monkeypatch):
    bench.linux.rmmod("mcapi")
    monkeypatch.setattr(layout, "BASE", 0x90000000)
    bench.linux.modprobe("mcapi")
    assert bench.linux.dmesg().endswith("] mcapi: failed to initialise: ERR_NODE_INITFAILED\n")
    assert nodes(bench) == []
    bench.linux.rmmod("mcapi")


def test_a_node_has_one_user_at_a_time_and_another_node_another(bench):
    first = bench.open()
    with refused("EBUSY"):
        bench.open(rx=31, tx=30)
    second = bench.open(1, rx=31, tx=30)
    first.close()
    bench.open(rx=41, tx=40)
    assert second.rx == 31


# -- data -----------------------------------------------------------------------------------------------------------


def test_a_write_enqueues_and_rings_without_another_call(bench):
    channel, receive, _ = bench.connected()
    before = len(bench.board.trace.events)
    channel.send(b"hello")
    rings = [
        event.value
        for event in bench.board.trace.events[before:]
        if isinstance(event, Access) and (event.cpu, event.op, event.offset) == ("a7", "W", C1SCR)
    ]
    assert rings == [1 << 16 + 4]  # CH5S
    bench.run()
    assert bench.peer.pktchan_recv(receive).read() == b"hello"


def test_a_reader_sleeps_until_a_packet_comes(bench):
    channel, _, send = bench.connected()
    before = bench.now
    bench.later(3_000_000, lambda: bench.peer.pktchan_send_i(send, b"at last"))
    assert channel.receive() == b"at last"
    assert 3_000_000_000 <= bench.now - before < 3_000_100_000


def test_both_directions_of_a_channel_are_independent(bench):
    channel, receive, send = bench.connected()
    for number in range(40):
        channel.send(b"to %d" % number)
        bench.peer.pktchan_send(send, b"from %d" % number)
        assert channel.receive() == b"from %d" % number
        packet = bench.peer.pktchan_recv(receive)
        assert packet.read() == b"to %d" % number
        bench.peer.pktchan_release(packet)


def test_reading_releases_the_packet_so_that_any_number_can_come(bench):
    channel, _, send = bench.connected()
    for number in range(100):  # of 24 buffers
        bench.peer.pktchan_send(send, bytes([number]))
        assert channel.receive() == bytes([number])
    assert channel.statistics.read == 100


def test_a_writer_sleeps_while_the_peer_holds_all_buffers(bench):
    channel, receive, _ = bench.connected()
    held = []
    for number in range(20):  # 24, and 4 of them are for priority 0
        channel.send(bytes([number]))
        held.append(bench.peer.pktchan_recv(receive))
    before = bench.now
    bench.later(5_000, lambda: bench.peer.pktchan_release(held[7]))
    channel.send(b"the 21st")
    assert 5_000_000 <= bench.now - before < 5_100_000
    assert bench.peer.pktchan_recv(receive).read() == b"the 21st"


@pytest.mark.parametrize(("width", "value"), [(1, 0xFF), (2, 0xFFFE), (4, 0xFFFFFFFD), (8, 0xFFFFFFFFFFFFFFFC), (8, 0)])
def test_a_scalar_has_the_width_that_was_bound(bench, width, value):
    channel, receive, send = bench.connected("scalar", width=width)
    name = f"sclchan_{{}}_uint{8 * width}"
    channel.send_scalar(value)
    assert getattr(bench.peer, name.format("recv"))(receive) == value
    getattr(bench.peer, name.format("send"))(send, value)
    assert channel.receive_scalar() == value
    channel.send(value.to_bytes(width, "little"))
    assert getattr(bench.peer, name.format("recv"))(receive) == value
    getattr(bench.peer, name.format("send"))(send, value)
    assert channel.receive() == value.to_bytes(width, "little")


def test_scalars_take_no_buffer(bench):
    channel, receive, _ = bench.connected("scalar")
    for value in range(48):  # 32 that wait at the peer's end, and a ring of 16
        channel.send_scalar(value)
    assert [bench.peer.sclchan_recv_uint32(receive) for _ in range(48)] == list(range(48))


def test_a_message_endpoint_reads_from_anybody_and_writes_where_it_is_connected(bench):
    there, stranger = bench.peer.endpoint_create(1), bench.peer.endpoint_create(9)
    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    channel.send(b"question")
    message = bench.peer.msg_recv(there)
    assert (message, message.sender.port) == (b"question", 40)
    bench.peer.msg_send(there, message.sender, b"answer")
    bench.peer.msg_send(stranger, message.sender, b"advertisement")
    assert [channel.receive(), channel.receive()] == [b"answer", b"advertisement"]


def test_a_message_has_the_priority_that_is_the_endpoints_attribute(bench):
    there = bench.peer.endpoint_create(1)
    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    channel.send(b"low")
    channel.set_attribute("PRIORITY", 0)
    channel.send(b"high")
    bench.run()
    assert [bench.peer.msg_recv(there).priority for _ in range(2)] == [0, 1]


def test_a_port_can_be_chosen_by_the_driver(bench):
    channel = bench.open(rx=PORT_ANY, tx=PORT_ANY)
    assert (channel.rx, channel.tx) == (10000, 10001)


@pytest.mark.parametrize("way", ["rx", "tx"])
def test_a_channel_may_have_one_direction_only(bench, way):
    receive, send = bench.offer()
    channel = bench.open(**{"rx": None, "tx": None, way: 20})
    if way == "tx":
        channel.connect(rx=2)
        channel.send(b"x")
        bench.run()
        assert bench.peer.pktchan_recv(receive).read() == b"x"
        with refused("ENOTCONN"):
            channel.receive()
    else:
        channel.connect(tx=3)
        bench.run()
        bench.peer.pktchan_send(send, b"x")
        assert channel.receive() == b"x"
        with refused("ENOTCONN"):
            channel.send(b"x")


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


# -- two handles on Linux -------------------------------------------------------------------------------------------


def test_two_handles_are_connected_with_each_other(bench):
    first, second = bench.open(0), bench.open(1, rx=31, tx=30, nonblock=True)
    with refused("EINPROGRESS"):
        second.accept()
    first.connect(node=0, rx=31, tx=30)
    bench.run()
    first.send(b"ping")
    assert second.receive() == b"ping"
    second.send(b"pong")
    assert first.receive() == b"pong"
    second.shutdown("write")
    assert first.receive() == b""


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


# -- poll -----------------------------------------------------------------------------------------------------------


def test_poll_says_what_would_not_block(bench):
    channel, receive, send = bench.connected()
    assert channel.poll() == POLLOUT
    bench.peer.pktchan_send(send, b"x")
    bench.run()
    assert channel.poll() == POLLIN | POLLOUT
    channel.receive()
    for number in range(20):
        channel.send(bytes([number]))
        bench.run()
    assert channel.poll() == 0
    bench.peer.pktchan_release(bench.peer.pktchan_recv(receive))
    bench.run()
    assert channel.poll() == POLLOUT


def test_poll_asks_for_room_at_the_priority_of_the_endpoint(bench):
    bench.peer.endpoint_create(1)
    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    for _ in range(16):
        channel.send(b"x")
    assert channel.poll() == 0
    channel.set_attribute("PRIORITY", 0)
    assert channel.poll() == POLLOUT


def test_poll_says_that_the_other_side_has_closed(bench):
    channel, receive, send = bench.connected()
    bench.peer.pktchan_send(send, b"x")
    bench.peer.pktchan_send_close_i(send)
    bench.run()
    assert channel.poll() == POLLIN | POLLOUT  # there is something to read yet
    channel.receive()
    assert channel.poll() == POLLIN | POLLHUP | POLLOUT
    bench.peer.pktchan_recv_close_i(receive)
    bench.run()
    assert channel.poll() == POLLIN | POLLHUP | POLLERR
    channel.shutdown("both")
    assert channel.poll() == POLLIN  # a read does not block


def test_poll_says_that_the_peer_is_gone(bench):
    channel, _, _ = bench.connected()
    bench.start_peer()
    bench.run()
    assert channel.poll() == POLLERR | POLLHUP


def test_poll_is_silent_before_anything_is_connected(bench):
    assert bench.open().poll() == 0


def test_poll_sleeps_until_one_of_many_has_something(bench):
    first, _, _ = bench.connected()
    second = bench.open(1, kind="message", rx=40, tx=None)
    there = bench.peer.endpoint_create(1)
    here = bench.peer.endpoint_get(0, 0, 40)
    bench.later(2_000, lambda: bench.peer.msg_send_i(there, here, b"x"))
    before = bench.now
    wanted = {first.file: POLLIN, second.file: POLLIN}
    assert bench.linux.user.poll(wanted, timeout_ms=50) == {second.file: POLLIN}
    assert 2_000_000 <= bench.now - before < 2_100_000
    second.receive()
    before = bench.now
    assert bench.linux.user.poll(wanted, timeout_ms=50) == {}
    assert bench.now - before == 50_000_000


def test_poll_sleeps_until_there_is_room(bench):
    channel, receive, _ = bench.connected()
    for number in range(20):
        channel.send(bytes([number]))
    bench.later(2_000, lambda: bench.peer.pktchan_release(bench.peer.pktchan_recv(receive)))
    assert bench.linux.user.poll({channel.file: POLLOUT}, timeout_ms=50) == {channel.file: POLLOUT}


def test_poll_sleeps_until_the_peer_goes_though_nobody_asked_for_that(bench):
    channel, _, _ = bench.connected()
    bench.later(2_000, bench.start_peer)
    assert bench.linux.user.poll({channel.file: POLLIN}, timeout_ms=50) == {channel.file: POLLERR | POLLHUP}


# -- what there is to know ------------------------------------------------------------------------------------------


def test_statistics_are_of_the_handle_and_of_the_transport(bench):
    channel, _, send = bench.connected()
    channel.send(b"12345")
    bench.peer.pktchan_send(send, b"123")
    channel.receive()
    seen = channel.statistics
    assert (seen.written, seen.bytes_written, seen.read, seen.bytes_read) == (1, 5, 1, 3)
    assert seen.doorbells <= seen.frames_sent
    assert (seen.drops, seen.peer_epochs) == (0, 1)
    channel.close()
    assert open_channel(bench.linux, 0, kind="message", rx=50).statistics.written == 0
