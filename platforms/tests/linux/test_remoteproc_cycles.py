"""Start, echo, stop, many times: nothing is lost, and nothing is left behind. `tools/bench.py` prints what it costs."""

from __future__ import annotations

import gc

import pytest

from mp1bench.board import Board
from mp1bench.linux import LinuxHost
from mp1bench.shipped import prebuilt_image

MS = 1_000_000


@pytest.fixture
def board() -> Board:
    board = Board(trace=False)
    board.load(prebuilt_image("rpmsg_echo.elf"))
    return board


def cycle(board: Board, linux: LinuxHost, text: bytes) -> None:
    board.boot()
    assert board.run_until(lambda: len(linux.endpoints) == 3, 50 * MS)
    linux.endpoints[0].send(text)
    assert board.run_until(lambda: bool(linux.received), 10 * MS)
    assert [transfer.data for transfer in linux.received] == [text]
    assert board.shutdown() is True
    for grows in (linux.sent, linux.received, linux.announced, linux.kernel.log.lines):
        grows.clear()


def left(board: Board, linux: LinuxHost) -> dict[str, object]:
    """What there is between two cycles."""
    kernel = linux.kernel
    return {
        "timers": len(kernel._timers),
        "sleepers": len(kernel.asleep),
        "events": len(board.engine.pending_events()),
        "observers": len(board.engine.observers),
        "listeners": (len(kernel.on_printk), len(linux.on_receive), len(linux.on_announce)),
        "files": linux.user.paths(),
        "endpoints": list(linux.endpoints),
        "carve-outs": list(linux.rproc.resources.carveouts),
        "rings": [linux.rproc.resources.notifyids.find(number) for number in range(8)],
        "devices": (linux.rproc.resources.devices.lowest, linux.rproc.virtio_numbers.lowest),
        "users": linux.rproc.power,
    }


def objects() -> int:
    """How many there are that could hold others."""
    gc.collect()
    return len(gc.get_objects())


def test_fifty_cycles_leave_nothing_behind(board: Board) -> None:
    linux = board.linux
    assert linux is not None
    for number in range(10):
        cycle(board, linux, b"warm up %d" % number)
    before = left(board, linux)
    count = objects()
    for number in range(50):
        cycle(board, linux, b"cycle %d" % number)
    assert objects() - count < 50  # not even one for each cycle
    assert left(board, linux) == before
    assert (before["timers"], before["sleepers"], before["events"], before["users"]) == (0, 0, 0, 0)


def test_a_cycle_takes_the_same_virtual_time_as_the_one_before(board: Board) -> None:
    linux = board.linux
    assert linux is not None
    times = []
    for number in range(5):
        start = board.engine.now
        cycle(board, linux, b"cycle %d" % number)
        times.append(board.engine.now - start)
    assert max(times[1:]) - min(times[1:]) < 100_000
