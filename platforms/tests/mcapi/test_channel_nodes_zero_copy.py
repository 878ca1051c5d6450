"""Channel nodes without a copy: the mapped pool, and whose its buffers are (mcapi.md §6)."""

from __future__ import annotations

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux import Errno
from mp1bench.linux.mcapi.ioctl import Span
from mp1bench.mcapi import layout
from refusal import refusal, refused

OWN, THEIRS = 0, 0x3000  # of the pools in the mapping: 24 buffers of 512 bytes each


def test_a_packet_is_read_where_it_lies(bench):
    channel, _, send = bench.connected()
    bench.peer.pktchan_send(send, b"in place")
    span = channel.dequeue()
    assert span == Span(THEIRS, 8)
    assert channel.pool.read(*span) == b"in place"
    assert bench.board.engine.read_bytes(layout.BASE + layout.POOL[1], 8) == b"in place"


def test_a_dequeued_packet_is_the_programs_until_it_is_released(bench):
    channel, _, send = bench.connected()
    spans = []
    for number in range(20):  # 24, and 4 of them are for priority 0
        bench.peer.pktchan_send(send, bytes([number]))
        spans.append(channel.dequeue())
    assert len({span.offset for span in spans}) == 20
    assert [channel.pool.read(*span) for span in spans] == [bytes([number]) for number in range(20)]
    assert not bench.peer.room(send)
    for span in reversed(spans):  # in any order
        channel.release(span)
    bench.run()
    assert bench.peer.room(send)


def test_a_buffer_is_filled_through_the_mapping_and_sent_as_it_is(bench):
    channel, receive, _ = bench.connected()
    span = channel.allocate()
    assert span.length == 512
    assert OWN <= span.offset < THEIRS
    channel.pool.write(span.offset, b"filled in place")
    channel.enqueue(span, 6)
    bench.run()
    packet = bench.peer.pktchan_recv(receive)
    assert packet.read() == b"filled"
    assert packet.address == layout.BASE + layout.POOL[0] + span.offset
    assert refusal(lambda: channel.enqueue(span, 6)) == -Errno.EINVAL  # it is the peer's now
    assert (channel.statistics.written, channel.statistics.bytes_written) == (1, 6)


def test_an_allocated_buffer_can_be_given_back_unsent(bench):
    channel, _, _ = bench.connected()
    for _ in range(30):
        channel.release(channel.allocate())


def test_what_is_held_is_released_with_the_handle(bench):
    channel, receive, send = bench.connected()
    for number in range(20):
        bench.peer.pktchan_send(send, bytes([number]))
        channel.dequeue()
        channel.allocate()
    channel.close()
    bench.peer.pktchan_recv_close_i(receive)
    bench.peer.pktchan_send_close_i(send)
    bench.run()
    channel, _, send = bench.connected(number=1, ports=(12, 13))
    for number in range(20):
        bench.peer.pktchan_send(send, bytes([number]))
        channel.dequeue()
        channel.allocate()


def test_nothing_is_released_twice_or_from_somewhere_else(bench):
    channel, _, send = bench.connected()
    bench.peer.pktchan_send(send, b"x")
    span = channel.dequeue()
    assert refusal(lambda: channel.enqueue(span)) == -Errno.EINVAL  # it was not allocated
    channel.release(span)
    for wrong in (span, Span(1, 0), Span(0xFFFFFFFF, 0)):
        assert refusal(lambda wrong=wrong: channel.release(wrong)) == -Errno.EINVAL


def test_buffers_of_a_peer_that_has_gone_are_no_longer_held(bench):
    channel, _, send = bench.connected()
    bench.peer.pktchan_send(send, b"x")
    span = channel.dequeue()
    bench.start_peer()
    bench.run()
    assert refusal(lambda: channel.release(span)) == -Errno.EINVAL


def test_a_buffer_that_was_allocated_before_the_peer_went_can_be_sent_to_the_next(bench):
    channel, _, _ = bench.connected()
    span = channel.allocate()
    channel.pool.write(span.offset, b"kept")
    bench.start_peer()
    bench.run()
    assert refusal(lambda: channel.enqueue(span, 4)) == -Errno.EPIPE
    receive, _ = bench.offer()
    channel.connect(rx=2, tx=3)
    bench.run()
    channel.enqueue(span, 4)
    bench.run()
    assert bench.peer.pktchan_recv(receive).read() == b"kept"


def test_more_than_a_buffer_holds_is_not_enqueued_and_the_buffer_stays(bench):
    channel, receive, _ = bench.connected()
    span = channel.allocate()
    assert refusal(lambda: channel.enqueue(span, 513)) == -Errno.EMSGSIZE
    channel.enqueue(span, 512)
    bench.run()
    assert len(bench.peer.pktchan_recv(receive)) == 512


def test_the_end_is_dequeued_as_none(bench):
    channel, _, send = bench.connected()
    bench.peer.pktchan_send(send, b"x")
    bench.peer.pktchan_send_close_i(send)
    bench.run()
    assert channel.dequeue() == Span(THEIRS, 1)
    assert channel.dequeue() is None


def test_allocating_sleeps_until_there_is_a_buffer(bench):
    channel, _, _ = bench.connected()
    spans = [channel.allocate() for _ in range(20)]
    before = bench.now
    bench.later(4_000, lambda: channel.release(spans[0]))
    channel.allocate()
    assert bench.now - before == 4_000_000


def test_without_blocking_there_is_nothing_to_dequeue_and_no_buffer(bench):
    bench.offer()
    channel = bench.open(nonblock=True)
    assert refusal(lambda: channel.connect(rx=2, tx=3)) == -Errno.EINPROGRESS
    bench.run()
    assert refusal(channel.dequeue) == -Errno.EAGAIN
    with refused("EAGAIN"):
        for _ in range(100):
            channel.allocate()


@pytest.mark.parametrize("kind", ["scalar", "message"])
def test_only_packets_lie_in_the_pool(bench, kind):
    channel = bench.open(kind=kind, rx=40, tx=None if kind == "message" else 41)
    assert refusal(channel.dequeue) == -Errno.EOPNOTSUPP
    assert refusal(channel.allocate) == -Errno.EOPNOTSUPP


# -- the mapping ----------------------------------------------------------------------------------------------------


def test_the_mapping_is_of_the_pools_and_nothing_else(bench):
    file = bench.open().file
    start, end = layout.POOL[0], layout.END
    assert (start % 4096, end % 4096) == (0, 0)  # or rings and indices would be in its pages
    with file.mmap(end - start) as pool:
        pool.write(0x5FFC, b"last")
        assert bench.board.engine.read_bytes(layout.BASE + end - 4, 4) == b"last"
    with file.mmap(4096, 0x5000) as page:
        assert page.read(0xFFC, 4) == b"last"


@pytest.mark.parametrize(("size", "offset"), [(0x6001, 0), (0x6000, 4096), (4096, 0x6000), (4096, 512), (0, 0)])
def test_what_is_no_part_of_the_pools_is_not_mapped(bench, size, offset):
    assert refusal(bench.open().file.mmap, size, offset) == -Errno.EINVAL


def test_an_access_outside_of_the_mapping_is_refused(bench):
    pool = bench.open().file.mmap(4096)
    sentence = r"^2 bytes at offset 4095 are outside of the 4096 mapped of /dev/mcapi0\.$"
    with pytest.raises(UsageError, match=sentence):
        pool.read(4095, 2)
    with pytest.raises(UsageError, match=sentence):
        pool.write(4095, b"ab")
    with pytest.raises(UsageError, match=r"^1 bytes at offset -1 are outside of the 4096 mapped of /dev/mcapi0\.$"):
        pool.read(-1, 1)


def test_a_file_stays_open_as_long_as_it_is_mapped(bench):
    channel = bench.open()
    pool = channel.file.mmap(4096)
    channel.file.close()
    pool.write(0, b"x")
    with refused("EBUSY"):
        bench.open()
    with refused("EAGAIN"):
        bench.linux.rmmod("mcapi")
    pool.close()
    pool.close()
    with pytest.raises(UsageError, match=r"^/dev/mcapi0 is not mapped any more\. Map it again\.$"):
        pool.read(0, 1)
    bench.linux.rmmod("mcapi")
