"""Channel nodes: one handle that carries data and control (mcapi.md §1, §6; the mail of 2011)."""

from __future__ import annotations

import pytest

from channel_bench import ChannelBench
from mp1bench.linux.mcapi.channel import open_channel
from mp1bench.linux.mcapi.ioctl import PORT_ANY
from mp1bench.mcapi import layout
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
