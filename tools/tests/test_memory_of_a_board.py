"""Shared memory of boards that run: what the decoder says against what Linux's driver keeps to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcclab.sharedmemory import SharedMemory
from ipcclab.sharedmemory.board import memory_of
from mp1bench.board import Board
from mp1bench.linux.virtio.ring import Virtqueue
from mp1bench.shipped import prebuilt_image

MS = 1_000_000


def booted(image: str = "rpmsg_echo", **options: str) -> Board:
    board = Board(**options)  # type: ignore[arg-type]
    board.load(prebuilt_image(image))
    board.boot()
    return board


def with_endpoints(**options: str) -> Board:
    board = booted(**options)
    linux = board.linux
    assert linux is not None
    assert board.run_until(lambda: len(linux.endpoints) == 3, 50 * MS)
    return board


def queues(board: Board) -> list[Virtqueue]:
    assert board.linux is not None
    (bus,) = board.linux.rpmsg_bus.buses.values()
    return [bus._rvq, bus._svq]


def agree(board: Board, memory: SharedMemory) -> None:
    """Linux remembers each buffer that it gave and has not taken back: with the firmware, or waiting for Linux."""
    for index, queue in enumerate(queues(board)):
        ring = memory.ring(index)
        assert ring is not None
        gave = {head for head, token in enumerate(queue._tokens) if token is not None}
        held = {d.index for d in ring.descriptors if d.owner == "firmware"}
        waiting = {d.index for d in ring.descriptors if d.state.startswith(("a message that Linux", "given back"))}
        assert held <= gave <= held | waiting
        assert all(ring.descriptors[head].address == queue._tokens[head] for head in gave)
        if ring.collected is not None:
            assert (ring.collected, gave) == (queue._last_used, held | waiting)


@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_owners_are_those_that_linux_knows_at_any_moment(kernel: str) -> None:
    board = with_endpoints(kernel=kernel)
    assert board.linux is not None
    for n in range(40):
        board.linux.endpoints[n % 3].send(b"message %d" % n)
        board.run_for(1_000 + 700 * n)
        memory = memory_of(board)
        agree(board, memory)
        assert memory.findings == ()
    assert len(board.linux.received) > 16


def test_message_on_its_way_to_the_firmware_is_shown() -> None:
    board = with_endpoints()
    assert board.linux is not None
    board.linux.endpoints[1].send(b"to the second")
    ring = memory_of(board).ring(1)
    assert ring is not None
    (message,) = [d.message for d in ring.descriptors if d.message and d.message.current]
    assert (message.source, message.destination) == (board.linux.endpoints[1].local, 0x401)
    assert (message.payload, message.service) == (b"to the second", "rpmsg-tty")


def test_firmwares_log_is_the_one_that_linux_shows() -> None:
    board = with_endpoints()
    (log,) = memory_of(board).logs
    assert log.text == board.firmware_log()
    assert "endpoint 0x401" in log.text


def test_rings_are_found_where_the_device_tree_puts_them(tmp_path: Path) -> None:
    tree = tmp_path / "moved.dts"
    tree.write_text(
        '/dts-v1/;\n/include/ "stm32mp157.dts"\n'
        "&vdev0vring0 { reg = <0x1004a000 0x1000>; };\n&vdev0vring1 { reg = <0x1004b000 0x1000>; };\n",
        encoding="utf-8",
    )
    memory = memory_of(with_endpoints(device_tree=str(tree)))
    assert [ring.address for ring in memory.devices[0].rings] == [0x1004_A000, 0x1004_B000]
    assert memory.findings == ()


def test_image_that_nobody_has_booted_has_no_table_in_memory() -> None:
    board = Board()
    board.load(prebuilt_image("rpmsg_echo"))
    found = memory_of(board)
    assert (found.table, found.findings) == (None, ())
    assert found.note.endswith("holds zeroes only: nobody has put it there yet")


def test_without_linux_nobody_puts_the_table_there() -> None:
    found = memory_of(booted(host="none"))
    assert (found.table, found.findings) == (None, ())
    assert found.note.endswith("nobody has put it there yet")


def test_board_without_an_image_or_a_table_says_so() -> None:
    assert memory_of(Board()).note.startswith("there is no resource table")
    assert memory_of(booted("ipcc_signals")).note.startswith("there is no resource table")


def test_rings_are_out_of_use_when_linux_has_stopped_the_firmware() -> None:
    board = with_endpoints()
    board.shutdown()
    found = memory_of(board)
    assert found.findings == ()
    assert [ring.in_use for device in found.devices for ring in device.rings] == [False, False]


def test_looking_changes_nothing() -> None:
    board = with_endpoints()
    assert board.trace is not None
    before = board.trace.size(), board.engine.now, board.engine.instructions
    assert memory_of(board) == memory_of(board)
    assert (board.trace.size(), board.engine.now, board.engine.instructions) == before
