"""The table of platforms/linux/channel_nodes.md: what the other nodes can and cannot, asked of them as of these."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.linux import Errno, KernelError
from mp1bench.linux.kernel.vfs import POLLERR, POLLIN, POLLOUT
from mp1bench.linux.mcapi import ioctl
from mp1bench.linux.rpmsg.ctrl import create_endpoint
from mp1bench.linux.user_space import File
from mp1bench.shipped import prebuilt_image
from refusal import refusal, refused

MS = 1_000_000


class Mailbox:
    """ST's char device with the image ipcc_signals; the firmware listens unless it is `deaf`."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.board = Board()
        self.board.load(prebuilt_image("ipcc_signals"))
        assert self.board.linux is not None
        if not deaf:
            self.board.boot()
        self.board.run_for(MS)
        self.board.linux.modprobe("mailbox-cdev")

    def open(self, **options: Any) -> File:
        assert self.board.linux is not None
        return self.board.linux.user.open("/dev/mailbox0", **options)


class Rpmsg:
    """An endpoint towards the echo of the image rpmsg_echo."""

    def __init__(self) -> None:
        self.board = Board()
        self.board.load(prebuilt_image("rpmsg_echo"))
        self.board.boot()
        self.board.run_for(10 * MS)
        assert self.board.linux is not None
        self.path = create_endpoint(self.board.linux.user, "mine", destination=0x400)

    def open(self, **options: Any) -> File:
        assert self.board.linux is not None
        return self.board.linux.user.open(self.path, **options)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def rpmsg() -> Rpmsg:
    return Rpmsg()


def slept(board: Board, call: Callable[[], object]) -> int:
    """For how long a call has slept, in ns, however it ended."""
    before = board.engine.now
    with suppress(KernelError):
        call()
    return board.engine.now - before


def test_a_write_with_nobody_listening(bench):
    mailbox = Mailbox(deaf=True)
    file = mailbox.open()
    assert slept(mailbox.board, lambda: file.write(b"x")) == 500 * MS
    assert refusal(file.write, b"x") == -Errno.ETIME
    channel = bench.open()
    assert slept(bench.board, lambda: channel.send(b"x")) == 0
    assert refusal(channel.send, b"x") == -Errno.ENOTCONN


def test_what_is_under_way_at_a_time(mailbox, bench):
    file = mailbox.open()
    file.write(b"first")
    file.write(b"second")
    mailbox.board.run_for(MS)
    assert file.read(6) == b"SECOND"  # of the first nothing is left
    assert refusal(file.read, 6) == -Errno.EPERM
    bench.offer()
    channel = bench.open(nonblock=True)
    with refused("EINPROGRESS"):
        channel.connect(rx=2, tx=3)
    bench.run()
    with refused("EAGAIN"):
        for _ in range(17):
            channel.send(b"x")
    assert channel.statistics.written == 16


def test_borders_of_messages(mailbox, rpmsg, bench):
    file = mailbox.open()
    file.write(b"long")
    mailbox.board.run_for(MS)
    assert file.read(8) == b"LONG\0\0\0\0"  # the region as it is
    file = rpmsg.open()
    file.write(b"long")
    file.write(b"next")
    assert [file.read(2), file.read(8)] == [b"lo", b"next"]
    channel, _, send = bench.connected()
    bench.peer.pktchan_send(send, b"long")
    assert refusal(channel.receive, 2) == -Errno.EMSGSIZE
    assert channel.receive() == b"long"


def test_the_largest(mailbox, rpmsg, bench):
    channel, _, _ = bench.connected()
    files = [
        (mailbox.open(), 4096, Errno.EINVAL),
        (rpmsg.open(), 496, Errno.EMSGSIZE),
        (channel.file, 512, Errno.EMSGSIZE),
    ]
    for file, largest, error in files:
        assert file.write(bytes(largest)) == largest
        assert refusal(file.write, bytes(largest + 1)) == -error


def test_a_read_that_sleeps(mailbox, rpmsg, bench):
    file = mailbox.open()
    file.write(b"!x")
    assert slept(mailbox.board, lambda: file.read(2)) == 0
    file = rpmsg.open()
    file.write(b"x")
    assert slept(rpmsg.board, lambda: file.read(1)) > 0
    channel, _, _ = bench.connected()
    channel.set_attribute("TIMEOUT", 3_000)
    assert slept(bench.board, channel.receive) == 3 * MS


def test_o_nonblock(rpmsg, bench):
    mailbox = Mailbox(deaf=True)
    file = mailbox.open(nonblock=True)
    assert slept(mailbox.board, lambda: file.write(b"x")) == 500 * MS
    file = rpmsg.open(nonblock=True)
    assert refusal(file.read) == -Errno.EAGAIN
    channel = bench.open(kind="message", rx=40, tx=None, nonblock=True)
    assert refusal(channel.receive) == -Errno.EAGAIN


def test_poll(mailbox, rpmsg, bench):
    file = mailbox.open()
    assert file.poll() == POLLIN | POLLOUT  # and yet
    assert refusal(file.read, 1) == -Errno.EPERM
    file = rpmsg.open()
    assert file.poll() == 0
    file.write(b"x")
    rpmsg.board.run_for(10 * MS)
    assert file.poll() == POLLIN
    assert rpmsg.board.shutdown()
    assert file.poll() == POLLERR
    channel, _, _ = bench.connected()
    assert channel.poll() == POLLOUT


def test_mmap(mailbox, rpmsg, bench):
    for file in (mailbox.open(), rpmsg.open()):
        assert refusal(file.mmap, 4096) == -Errno.ENODEV
    with bench.open().file.mmap(4096) as mapped:
        assert mapped.size == 4096


def test_closing_one_direction(mailbox, rpmsg, bench):
    assert refusal(mailbox.open().ioctl, ioctl.SHUTDOWN, bytes(4)) == -Errno.ENOTTY
    assert refusal(rpmsg.open().ioctl, ioctl.SHUTDOWN, bytes(4)) == -Errno.EINVAL
    channel, _, send = bench.connected()
    channel.shutdown("write")
    bench.peer.pktchan_send(send, b"x")
    assert channel.receive() == b"x"


def test_the_peer_starts_anew(mailbox, rpmsg, bench):
    file = mailbox.open()
    mailbox.board.shutdown()
    mailbox.board.boot()
    mailbox.board.run_for(MS)
    file.write(b"x")  # as if nothing had been
    file = rpmsg.open()
    rpmsg.board.shutdown()
    rpmsg.board.boot()
    assert refusal(file.read) == -Errno.EPIPE
    channel, _, _ = bench.connected()
    bench.later(100, bench.start_peer)
    assert refusal(channel.receive) == -Errno.ECONNRESET
    bench.offer()
    channel.connect(rx=2, tx=3)


def test_users_at_a_time(mailbox, rpmsg, bench):
    mailbox.open()
    mailbox.open()
    rpmsg.open()
    with refused("EBUSY"):
        rpmsg.open()
    bench.open()
    with refused("EBUSY"):
        bench.open(rx=31, tx=30)
