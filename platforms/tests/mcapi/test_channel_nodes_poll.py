"""Channel nodes and poll(2): what would not block, and who is woken by what (mcapi.md §6)."""

from __future__ import annotations

from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT

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
