"""What Linux's debug lines say of an echo of real firmware: the five files that users are told to switch on."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.linux import LinuxHost
from mp1bench.shipped import prebuilt_image

#: The recipe, one `echo` into the control file each (linux-mailbox.md §6).
RECIPE = ("stm32-ipcc.c", "stm32_rproc.c", "remoteproc_virtio.c", "virtio_rpmsg_bus.c", "rpmsg_tty.c")
TTY = "rpmsg_tty virtio0.rpmsg-tty.-1.1024"
IPCC = "stm32-ipcc 4c001000.mailbox"
RPROC = "remoteproc remoteproc0"
BUS = "virtio_rpmsg_bus virtio0"
HEADER = "00 04 00 00 00 04 00 00 00 00 00 00 05 00 00 00  ................"
HELLO = "68 65 6c 6c 6f                                   hello"


@pytest.fixture
def board() -> Board:
    board = Board()
    board.load(prebuilt_image("rpmsg_echo.elf"))
    board.boot()
    linux = board.linux
    assert linux is not None
    assert board.run_until(lambda: len(linux.endpoints) == 3, 50_000_000)
    board.run_for(1_000_000)
    return board


@pytest.fixture
def linux(board: Board) -> LinuxHost:
    assert board.linux is not None
    return board.linux


def debug_lines(linux: LinuxHost) -> list[str]:
    return [line.text for line in linux.kernel.log.lines if line.level == "debug"]


def test_an_echo_reads_as_in_linux(board: Board, linux: LinuxHost) -> None:
    for file in RECIPE:
        linux.user.write_text("/sys/kernel/debug/dynamic_debug/control", f"file {file} +p")
    linux.endpoints[0].send(b"hello")
    board.run_for(5_000_000)
    assert debug_lines(linux) == [
        f"{TTY}: TX From 0x400, To 0x400, Len 5, Flags 0, Reserved 0",
        f"rpmsg_virtio TX: {HEADER}",
        f"rpmsg_virtio TX: {HELLO}",
        f"{RPROC}: kicking vq index: 1",
        f"{IPCC}: stm32_ipcc_send_data: chan:1",
        f"{IPCC}: stm32_ipcc_tx_irq: chan:1 tx",
        f"{IPCC}: stm32_ipcc_rx_irq: chan:0 rx",
        f"{RPROC}: vq index 0 is interrupted",
        f"{BUS}: From: 0x400, To: 0x400, Len: 5, Flags: 0, Reserved: 0",
        f"rpmsg_virtio RX: {HEADER}",
        f"rpmsg_virtio RX: {HELLO}",
        f"{BUS}: Received 1 messages",
    ]


def test_without_a_query_an_echo_prints_nothing(board: Board, linux: LinuxHost) -> None:
    linux.endpoints[0].send(b"hello")
    board.run_for(5_000_000)
    assert len(linux.received) == 1
    assert debug_lines(linux) == []


def test_lines_stand_among_the_accesses_that_they_are_about(board: Board, linux: LinuxHost) -> None:
    linux.dynamic_debug("file stm32-ipcc.c +p")
    assert board.trace is not None
    before = len(board.trace.events)
    linux.endpoints[0].send(b"hello")
    events = [event for event in board.trace.events[before:] if type(event).__name__ in ("Access", "Log")]
    assert [getattr(event, "text", getattr(event, "offset", None)) for event in events] == [
        f"{IPCC}: stm32_ipcc_send_data: chan:1",
        *(0x08, 0x08, 0x04, 0x04),
    ]


def test_every_debug_line_is_in_the_catalogue() -> None:
    """A line that no site prints could not be found by its function or format."""
    board = Board()
    linux = board.linux
    assert linux is not None
    linux.dynamic_debug("+p")
    board.load(prebuilt_image("rpmsg_echo.elf"))
    board.boot()
    board.run_for(1_000_000)
    linux.endpoints[0].send(b"hello")
    board.run_for(1_000_000)
    board.shutdown()
    sites = linux.kernel.dynamic_debug.sites
    dumps = tuple(site.format for site in sites if site.format.endswith(": "))
    words = [text.split(": ", 1)[1] for text in debug_lines(linux) if not text.startswith(dumps)]
    assert len(words) > 20
    assert [text for text in words if not any(site.prints(text) for site in sites)] == []
