"""Channel nodes against the firmware image mcapi_echo, whose ports are in firmware/README.md."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN
from mp1bench.linux.mcapi.channel import Channel, open_channel
from mp1bench.shipped import prebuilt_image
from refusal import refused

MS = 1_000_000


def booted(image: str = "mcapi_echo") -> Board:
    board = Board()
    board.load(prebuilt_image(image))
    board.boot()
    assert board.linux is not None
    board.linux.modprobe("mcapi")
    return board


@pytest.fixture
def board() -> Board:
    return booted()


def opened(board: Any, number: int = 0, kind: str = "packet", **options: Any) -> Channel:
    ports = {"message": {"rx": 40}, "packet": {"rx": 21, "tx": 20}, "scalar": {"rx": 31, "tx": 30}}[kind]
    return open_channel(board.linux, number, kind=kind, **(ports | options))


def connect(channel: Channel) -> None:
    channel.connect(**{"message": {"rx": 1}, "packet": {"rx": 2, "tx": 3}, "scalar": {"rx": 4, "tx": 5}}[channel.kind])


@pytest.mark.parametrize("kind", ["message", "packet", "scalar"])
def test_what_is_written_comes_back_on_the_same_handle(board, kind):
    channel = opened(board, kind=kind)
    connect(channel)
    for number in range(30):
        channel.send(bytes([number, 1, 2, 3]))
        assert channel.receive() == bytes([number, 1, 2, 3])


def test_three_handles_at_a_time_one_of_each_kind(board):
    channels = [opened(board, number, kind) for number, kind in enumerate(("message", "packet", "scalar"))]
    for channel in channels:
        connect(channel)
    for channel in channels:
        channel.send(b"abcd")
    for channel in reversed(channels):
        assert channel.receive() == b"abcd"


def test_nothing_is_copied_between_the_program_and_the_firmware(board):
    channel = opened(board)
    connect(channel)
    for number in range(50):
        span = channel.allocate()
        channel.pool.write(span.offset, bytes([number] * 512))
        channel.enqueue(span)
        back = channel.dequeue()
        assert back is not None
        assert channel.pool.read(*back) == bytes([number] * 512)
        channel.release(back)


def test_the_firmware_connects_and_the_handle_accepts(board):
    commands, channel = opened(board, 1, "message"), opened(board)
    commands.connect(rx=6)
    commands.send(b"connect packet 21 20")
    channel.accept()
    channel.send(b"hello")
    assert channel.receive() == b"hello"


def test_an_m4_that_linux_stops_ends_a_sleeping_read_at_once(board):
    channel = opened(board)
    connect(channel)
    channel.file.patience_ns = 5_000 * MS
    board.linux.kernel.after(1 * MS, "stop", lambda: board.linux.kernel.start("stop", board.linux.rproc.shutdown()))
    before = board.engine.now
    with refused("ECONNRESET"):
        channel.receive()
    assert board.engine.now - before < 600 * MS  # remoteproc's own wait for an acknowledgement is 500 ms of it
    assert board.linux.rproc_state == "offline"
    assert channel.poll() & (POLLERR | POLLHUP) == POLLERR | POLLHUP
    with refused("EPIPE"):
        channel.send(b"x")


def test_an_m4_that_is_started_again_ends_a_sleeping_read_and_the_same_handle_goes_on(board):
    channel = opened(board)
    connect(channel)
    channel.send(b"before")
    assert channel.receive() == b"before"
    board.shutdown()
    board.boot()
    with refused("ECONNRESET"):
        channel.receive()
    with refused("EPIPE"):
        channel.send(b"x")
    connect(channel)
    channel.send(b"after")
    assert channel.receive() == b"after"
    assert board.linux.modules[-1] == "mcapi"


def test_the_driver_that_is_loaded_anew_finds_the_firmware_that_went_on(board):
    for _ in range(3):
        with opened(board) as channel:
            connect(channel)
            channel.send(b"hello")
            assert channel.receive() == b"hello"
        board.linux.rmmod("mcapi")
        board.run_for(5 * MS)
        board.linux.modprobe("mcapi")


def test_a_handle_that_was_closed_leaves_its_ports_when_the_firmware_has_closed_too(board):
    for _ in range(5):
        with opened(board) as channel:
            connect(channel)
            channel.send(b"hello")
            assert channel.receive() == b"hello"
        board.run_for(5 * MS)


def test_poll_sleeps_until_the_answer(board):
    channel = opened(board)
    connect(channel)
    channel.send(b"hello")
    assert board.linux.user.poll({channel.file: POLLIN}, timeout_ms=10) == {channel.file: POLLIN}
    assert channel.receive() == b"hello"


def test_channel_nodes_and_rpmsg_are_used_at_the_same_time():
    board = booted("rpmsg_mcapi")
    board.run_for(10 * MS)
    channel = opened(board)
    connect(channel)
    with board.linux.user.open("/dev/ttyRPMSG0") as terminal:
        for number in range(20):
            channel.send(b"to MCAPI %d" % number)
            terminal.write(b"to RPMsg %d" % number)
            assert terminal.read(64) == b"to RPMsg %d" % number
            assert channel.receive() == b"to MCAPI %d" % number
