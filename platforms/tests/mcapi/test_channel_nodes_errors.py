"""The error numbers of channel nodes: those that users of Linux's files and sockets expect (mcapi.md §6)."""

from __future__ import annotations

import errno

import pytest

from channel_bench import PREFIX
from mp1bench.errors import UsageError
from mp1bench.linux import Errno, KernelError
from mp1bench.linux.kernel.vfs import POLLERR
from mp1bench.linux.mcapi import ioctl
from mp1bench.linux.mcapi.channel import open_channel
from mp1bench.linux.mcapi.ioctl import PORT_ANY, PORT_NONE, Bind, Connect, pack
from mp1bench.mcapi import Attribute
from refusal import refusal, refused

MS = 1_000_000


def test_the_numbers_are_linuxs():
    names = {name for name in errno.errorcode.values() if name in Errno.__members__}
    assert {"EAGAIN", "EPIPE", "ENOTCONN", "ECONNRESET", "ETIMEDOUT", "EINPROGRESS", "EADDRINUSE"} <= names
    assert {name: Errno[name] for name in names} == {name: getattr(errno, name) for name in names}


def test_the_requests_are_coded_as_linux_codes_them():
    # _IOC: direction (write 1, read 2) << 30 | size << 16 | 'M' << 8 | number
    assert [ioctl.BIND, ioctl.CONNECT, ioctl.ACCEPT, ioctl.STATE] == [0xC0104D01, 0x40104D02, 0x00004D03, 0x80044D04]
    assert [ioctl.SHUTDOWN, ioctl.CANCEL] == [0x40044D05, 0x00004D06]
    assert [ioctl.GET_ATTRIBUTE, ioctl.SET_ATTRIBUTE, ioctl.STATISTICS] == [0xC00C4D07, 0x400C4D08, 0x80304D09]
    assert [ioctl.DEQUEUE, ioctl.ALLOCATE, ioctl.ENQUEUE] == [0x80084D0A, 0x80084D0B, 0x40084D0C]
    assert ioctl.RELEASE == 0x40044D0D


# -- opening and binding --------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_cannot_be_bound(bench):
    bench.open()
    for taken in ({"rx": 21, "tx": 30}, {"rx": 31, "tx": 20}, {"rx": 30, "tx": 30}):
        with refused("EADDRINUSE"):
            bench.open(1, **taken)
    bench.open(1, rx=31, tx=30)  # the one that was free is free again


def test_32_endpoints_are_all_that_there_are(bench):
    for port in range(100, 132, 2):
        bench.connected(ports=(port, port + 1), rx=PORT_ANY, tx=PORT_ANY)[0].close()  # the peer keeps its ends open
    with refused("ENFILE"):
        bench.open()


def test_a_handle_is_bound_once(bench):
    channel = bench.open()
    assert refusal(channel.file.ioctl, ioctl.BIND, pack(Bind(2, 0, 50, 51))) == -Errno.EINVAL


@pytest.mark.parametrize(
    "bind",
    [
        Bind(0, 0, 21, 20),  # no kind
        Bind(4, 0, 21, 20),
        Bind(2, 4, 21, 20),  # a packet has no width
        Bind(3, 3, 21, 20),  # no width of a scalar
        Bind(3, 0, 21, 20),
        Bind(2, 0, PORT_NONE, PORT_NONE),
        Bind(1, 0, PORT_NONE, 20),
        Bind(1, 0, 21, 20),  # messages have one port
        Bind(2, 0, 0x10000, 20),
    ],
)
def test_what_makes_no_channel_cannot_be_bound(bench, bind):
    with bench.linux.user.open("/dev/mcapi0") as file:
        assert refusal(file.ioctl, ioctl.BIND, pack(bind)) == -Errno.EINVAL
        file.ioctl(ioctl.BIND, pack(Bind(2, 0, 21, 20)))


def test_without_the_module_there_is_no_node(bench):
    bench.linux.rmmod("mcapi")
    with refused("ENOENT"):
        bench.open()


def test_other_requests_are_not_this_drivers_and_short_structures_are_not_read(bench):
    channel = bench.open()
    assert refusal(channel.file.ioctl, 0xB502) == -Errno.ENOTTY
    assert refusal(channel.file.ioctl, ioctl.CONNECT, bytes(15)) == -Errno.EFAULT


def test_before_it_is_bound_nothing_can_be_done_with_a_handle(bench):
    with bench.linux.user.open("/dev/mcapi0") as file:
        assert refusal(file.read) == -Errno.ENOTCONN
        assert refusal(file.write, b"x") == -Errno.ENOTCONN
        assert refusal(file.ioctl, ioctl.CONNECT, pack(Connect(0, 1, 2, 3))) == -Errno.EINVAL
        assert refusal(file.ioctl, ioctl.SHUTDOWN, bytes(4)) == -Errno.ENOTCONN
        assert refusal(file.ioctl, ioctl.ALLOCATE, bytes(8)) == -Errno.ENOTCONN
        assert refusal(file.ioctl, ioctl.GET_ATTRIBUTE, bytes(12)) == -Errno.ENOTCONN


# -- connecting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["packet", "scalar"])
def test_before_it_is_connected_nothing_is_read_or_written(bench, kind):
    channel = bench.open(kind=kind)
    for call in (channel.receive, lambda: channel.send(bytes(4)), lambda: channel.shutdown("write")):
        assert refusal(call) == -Errno.ENOTCONN
    assert channel.state == Errno.ENOTCONN


def test_a_message_endpoint_that_is_not_connected_writes_nothing(bench):
    channel = bench.open(kind="message", rx=40, tx=None)
    for call in (lambda: channel.send(b"x"), lambda: channel.shutdown("write")):
        assert refusal(call) == -Errno.ENOTCONN


def test_connecting_without_blocking_is_under_way_and_then_done(bench):
    channel = bench.open(nonblock=True)
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.EINPROGRESS
    assert channel.state == Errno.EINPROGRESS
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.EALREADY
    bench.offer()
    bench.run()
    assert channel.state == 0
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.EISCONN
    assert refusal(channel.accept) == -Errno.EISCONN


def test_a_connect_that_times_out(bench):
    channel = bench.open()
    channel.set_attribute("TIMEOUT", 5_000)
    before = bench.now
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.ETIMEDOUT
    assert bench.now - before == 5 * MS
    assert channel.state == Errno.ETIMEDOUT
    assert channel.poll() == POLLERR
    bench.offer()
    channel.connect(rx=2, tx=3)  # as if nothing had been


def test_a_connect_that_is_interrupted_goes_on(bench):
    channel = bench.open()
    channel.file.patience_ns = 10 * MS
    with pytest.raises(KernelError, match=r"^an ioctl on /dev/mcapi0 was interrupted after 10 ms of .* -4 \(EINTR\)"):
        channel.connect(rx=2, tx=3)
    assert channel.state == Errno.EINPROGRESS
    bench.offer()
    bench.run()
    assert channel.state == 0


def test_a_connect_that_is_cancelled(bench):
    channel = bench.open()
    bench.later(1_000, channel.cancel)
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.ECANCELED
    bench.offer()
    channel.connect(rx=2, tx=3)


@pytest.mark.parametrize(
    ("why", "number"),
    [
        ("taken", Errno.ECONNREFUSED),
        ("direction", Errno.ECONNREFUSED),
        ("type", Errno.EPROTOTYPE),
        ("attribute", Errno.EPROTOTYPE),
        ("node", Errno.EHOSTUNREACH),
        ("port", Errno.EINVAL),
    ],
)
def test_what_the_peer_refuses(bench, why, number):
    channel = bench.open()
    if why == "direction":
        for port in (2, 3):
            bench.peer.pktchan_recv_open_i(bench.peer.endpoint_create(port))
    else:
        bench.offer("scalar" if why == "type" else "packet")
    if why == "taken":
        bench.open(1, rx=31, tx=30).connect(rx=2, tx=3)
    if why == "attribute":
        channel.set_attribute("MAX_PAYLOAD_SIZE", 100)
    where = {"rx": 2, "tx": 3} | {"node": {"node": 2}, "port": {"tx": 0xFFFE0}}.get(why, {})
    assert refusal(lambda: channel.connect(**where)) == -number
    assert channel.state == number
    bench.run()
    channel.close()
    bench.run()
    bench.open().close()  # the ports are free again


def test_the_direction_that_was_connected_when_the_other_was_refused_is_closed_again(bench):
    _, send = bench.offer()
    channel = bench.open()
    channel.set_attribute("MAX_PAYLOAD_SIZE", 100, "write")
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.EPROTOTYPE
    bench.run()
    assert not bench.peer.room(send)
    bench.peer.pktchan_send_close_i(send)
    bench.peer.pktchan_send_open_i(send.endpoint)
    channel.set_attribute("MAX_PAYLOAD_SIZE", 512, "write")
    channel.connect(rx=2, tx=3)


def test_the_peer_that_starts_anew_ends_a_connect(bench):
    receive, _ = bench.offer()
    bench.peer.cancel(receive.end.opening)  # so that the connect is answered, and never done
    channel = bench.open(rx=None)
    bench.later(1_000, bench.start_peer)
    assert refusal(lambda: channel.connect(rx=2)) == -Errno.ECONNRESET


def test_a_message_endpoint_has_nothing_to_accept(bench):
    assert refusal(bench.open(kind="message", rx=40, tx=None).accept) == -Errno.EINVAL


# -- reading and writing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["packet", "scalar", "message"])
def test_without_blocking_there_is_nothing_to_read_and_no_room(bench, kind):
    if kind == "message":
        there = bench.peer.endpoint_create(1)
        channel = bench.open(kind=kind, rx=40, tx=None, nonblock=True)
        where = {"rx": 1}
    else:
        there, _ = bench.offer(kind)
        channel = bench.open(kind=kind, nonblock=True)
        where = {"rx": 2, "tx": 3}
    assert refusal(lambda: channel.connect(**where)) == -Errno.EINPROGRESS
    bench.run()
    assert refusal(channel.receive) == -Errno.EAGAIN
    with refused("EAGAIN"):
        for _ in range(100):
            channel.send(bytes(4))
    assert channel.statistics.written == 16  # descriptors of a ring
    bench.run()
    channel.send(bytes(4))
    bench.run()
    available = getattr(bench.peer, "msg_available" if kind == "message" else f"{PREFIX[kind]}_available")
    assert available(there) == 17  # and not what was refused


@pytest.mark.parametrize("kind", ["packet", "scalar", "message"])
def test_reads_and_writes_time_out_by_the_attribute(bench, kind):
    if kind == "message":
        bench.peer.endpoint_create(1)
        channel = bench.open(kind=kind, rx=40, tx=None)
        channel.connect(rx=1)
    else:
        channel, _, _ = bench.connected(kind)
    for direction in ("read", "write"):
        channel.set_attribute("TIMEOUT", 3_000, direction)
    before = bench.now
    assert refusal(channel.receive) == -Errno.ETIMEDOUT
    assert bench.now - before == 3 * MS
    with refused("ETIMEDOUT"):
        for _ in range(100):  # packets and messages need buffers, of which the peer gives none back
            before = bench.now
            channel.send(bytes(4))
    assert bench.now - before == 3 * MS


def test_a_reader_that_is_interrupted_takes_nothing_later(bench):
    channel, _, send = bench.connected()
    channel.file.patience_ns = 10 * MS
    assert refusal(channel.receive) == -Errno.EINTR
    bench.peer.pktchan_send(send, b"late")
    assert channel.receive() == b"late"


def test_a_writer_that_is_interrupted_has_sent_nothing(bench):
    channel, receive, _ = bench.connected()
    channel.file.patience_ns = 10 * MS
    for number in range(20):
        channel.send(bytes([number]))
    assert refusal(lambda: channel.send(b"x")) == -Errno.EINTR
    for _ in range(20):
        bench.peer.pktchan_release(bench.peer.pktchan_recv(receive))
    channel.send(b"y")
    bench.run()
    assert bench.peer.pktchan_recv(receive).read() == b"y"


def test_a_sleeper_that_is_cancelled(bench):
    channel, _, send = bench.connected()
    bench.later(1_000, channel.cancel)
    assert refusal(channel.receive) == -Errno.ECANCELED
    bench.peer.pktchan_send(send, b"x")
    assert channel.receive() == b"x"


@pytest.mark.parametrize("kind", ["packet", "message"])
def test_what_is_too_long_is_not_sent_and_what_does_not_fit_stays(bench, kind):
    if kind == "message":
        there = bench.peer.endpoint_create(1)
        channel = bench.open(kind=kind, rx=40, tx=None)
        channel.connect(rx=1)
        bench.peer.msg_send(there, bench.peer.endpoint_get(0, 0, 40), b"abc")
    else:
        channel, _, send = bench.connected()
        bench.peer.pktchan_send(send, b"abc")
    channel.send(bytes(512))
    assert refusal(lambda: channel.send(bytes(513))) == -Errno.EMSGSIZE
    for _ in range(2):
        assert refusal(lambda: channel.receive(2)) == -Errno.EMSGSIZE
    assert channel.receive(3) == b"abc"


def test_what_did_not_fit_is_given_back_when_its_direction_is_shut_down(bench):
    receive, send = bench.offer()
    channel = bench.open()
    for _ in range(25):  # of 24 buffers
        channel.connect(rx=2, tx=3)
        for request in bench.opens:
            bench.peer.wait(request)
        bench.peer.pktchan_send(send, b"abc")
        assert refusal(lambda: channel.receive(2)) == -Errno.EMSGSIZE
        channel.shutdown("both")
        bench.run()
        bench.peer.wait(bench.peer.pktchan_recv_close_i(receive))
        bench.peer.wait(bench.peer.pktchan_send_close_i(send))
        bench.opens = bench.peer.pktchan_recv_open_i(receive.endpoint), bench.peer.pktchan_send_open_i(send.endpoint)
        receive, send = (request.result for request in bench.opens)


def test_what_did_not_fit_is_lost_with_the_peer(bench):
    channel, _, send = bench.connected()
    bench.peer.pktchan_send(send, b"abc")
    assert refusal(lambda: channel.receive(2)) == -Errno.EMSGSIZE
    bench.start_peer()
    _, send = bench.offer()
    bench.run()
    channel.connect(rx=2, tx=3)
    bench.peer.wait(bench.opens[1])
    bench.peer.pktchan_send(send, b"new")
    assert channel.receive() == b"new"


def test_a_scalar_of_another_width_is_neither_sent_nor_received(bench):
    channel, _, send = bench.connected("scalar", width=4)
    for size in (1, 3, 5, 8):
        assert refusal(lambda size=size: channel.send(bytes(size))) == -Errno.EMSGSIZE
    bench.peer.sclchan_send_uint8(send, 1)
    assert refusal(channel.receive) == -Errno.EMSGSIZE
    assert refusal(channel.receive) == -Errno.EMSGSIZE
    assert refusal(lambda: channel.receive(3)) == -Errno.EMSGSIZE


def test_nothing_is_sent_of_no_bytes(bench):
    channel, receive, _ = bench.connected()
    assert channel.file.write(b"") == 0
    bench.run()
    assert bench.peer.pktchan_available(receive) == 0


def test_writing_to_who_has_closed_is_a_broken_pipe(bench):
    channel, receive, _ = bench.connected()
    bench.peer.pktchan_recv_close_i(receive)
    bench.run()
    assert refusal(lambda: channel.send(b"x")) == -Errno.EPIPE
    channel.shutdown("write")
    assert refusal(lambda: channel.send(b"x")) == -Errno.EPIPE


def test_a_sleeping_writer_hears_that_the_peer_has_closed(bench):
    channel, receive, _ = bench.connected()
    bench.later(5_000, lambda: bench.peer.pktchan_recv_close_i(receive))
    held = []
    with refused("EPIPE"):
        for number in range(30):
            channel.send(bytes([number]))
            if number < 20:
                held.append(bench.peer.pktchan_recv(receive))
    assert len(held) == 20


def test_a_message_to_an_endpoint_that_was_deleted_is_a_broken_pipe(bench):
    there = bench.peer.endpoint_create(1)
    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    bench.peer.endpoint_delete(there)
    bench.run()
    assert refusal(lambda: channel.send(b"x")) == -Errno.EPIPE


def test_a_message_endpoint_that_the_peer_puts_into_a_channel_carries_no_messages(bench):
    bench.peer.endpoint_create(1)
    channel = bench.open(kind="message", rx=40, tx=None)
    channel.connect(rx=1)
    there = bench.peer.endpoint_get(0, 0, 40)
    bench.peer.pktchan_connect_i(bench.peer.endpoint_create(9), there)
    bench.run()
    assert refusal(lambda: channel.send(b"x")) == -Errno.EIO
    channel.file.patience_ns = MS
    assert refusal(channel.receive) == -Errno.EINTR
    channel.close()
    bench.start_peer()
    bench.run()
    bench.open(kind="message", rx=40, tx=None)


@pytest.mark.parametrize("kind", ["packet", "scalar"])
def test_a_channel_that_is_not_to_wait_says_that_it_has_no_room(bench, kind):
    peer = bench.peer
    receive = getattr(peer, f"{PREFIX[kind]}_recv_open_i")(peer.endpoint_create(2)).result
    channel = bench.open(kind=kind, rx=None)
    channel.set_attribute("MEMORY_TYPE", 0x10001, "write")
    peer.cancel(receive.end.opening)
    peer.endpoint_set_attribute(receive.endpoint, Attribute.MEMORY_TYPE, 0x10001)
    getattr(peer, f"{PREFIX[kind]}_recv_open_i")(receive.endpoint)
    channel.connect(rx=2)
    with refused("ENOBUFS"):
        for _ in range(100):
            channel.send(bytes(4))


# -- attributes -----------------------------------------------------------------------------------------------------


def test_attributes_are_read_and_set_through_the_handle(bench):
    channel = bench.open()
    assert channel.attribute("MAX_PAYLOAD_SIZE") == 512
    channel.set_attribute("MAX_PAYLOAD_SIZE", 100, "write")
    assert [channel.attribute("MAX_PAYLOAD_SIZE", way) for way in ("read", "write")] == [512, 100]


def test_attributes_that_cannot_be_had(bench):
    channel, _, _ = bench.connected()
    assert refusal(lambda: channel.set_attribute("PRIORITY", 0)) == -Errno.EISCONN
    assert refusal(lambda: channel.set_attribute("STATUS", 0)) == -Errno.EPERM
    assert refusal(lambda: channel.set_attribute("MEMORY_TYPE", 7)) == -Errno.EINVAL
    assert refusal(lambda: channel.attribute("GET_SOURCE")) == -Errno.EOPNOTSUPP
    for unknown in (ioctl.Attribute(0, 99, 0), ioctl.Attribute(2, Attribute.TIMEOUT, 0)):
        assert refusal(channel.file.ioctl, ioctl.GET_ATTRIBUTE, pack(unknown)) == -Errno.EINVAL


# -- what no program could ask for ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda channel: channel.shutdown("wirte"), "there is no direction `wirte`. Did you mean `write`?"),
        (lambda channel: channel.connect(rx=-1), "a port is a number from 0 to 65534, not -1."),
        (lambda channel: channel.attribute("TIMEUOT"), "there is no attribute `TIMEUOT`. Did you mean `TIMEOUT`?"),
        (lambda channel: channel.send_scalar(256), "this channel carries numbers of 8 bits, and 256 is none."),
        (lambda channel: channel.attribute("TIMEOUT", "both"), "a channel has no end `both`. There are: read, write."),
        (
            lambda channel: channel.set_attribute("TIMEOUT", -1),
            "/dev/mcapi0 takes numbers of 32 bits, and -1 is none.",
        ),
        (
            lambda channel: channel.connect(rx=2, node=1.0),
            "/dev/mcapi0 takes numbers of 32 bits, and 1.0 is none.",
        ),
        (
            lambda channel: channel.release(0),
            "0 is no place in the pool. Use what `dequeue` or `allocate` has returned.",
        ),
    ],
)
def test_slips_of_the_caller_are_named(bench, call, sentence):
    channel = bench.open(kind="scalar", width=1)
    with pytest.raises(UsageError) as slip:
        call(channel)
    assert str(slip.value) == sentence


def test_a_number_for_a_channel_of_packets_is_a_slip(bench):
    with pytest.raises(UsageError, match=r"^/dev/mcapi0 carries packets, no numbers\. Use `send`\.$"):
        bench.open().send_scalar(1)


def test_a_kind_that_is_none_is_named(bench):
    with pytest.raises(UsageError, match=r"^there is no channel of kind `packets`\. Did you mean `packet`\?$"):
        open_channel(bench.linux, 0, kind="packets", rx=1)
    with pytest.raises(KernelError, match=r"^an ioctl on /dev/mcapi0: -22 \(EINVAL\)\.$"):
        open_channel(bench.linux, 0, kind="packet")
    bench.open()  # the node was not kept
