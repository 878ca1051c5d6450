"""rpmsg_echo_watched with Linux: an echo service that goes on for ever under WWDG1, and is recovered when it hangs.

The watchdog itself is tested with the devices, a real Linux in robot_tests/renode/linux_guest.robot.
"""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

MS = 1_000_000
SERVICES = ["endpoint 0x400: rpmsg-tty", "endpoint 0x401: rpmsg-tty", "endpoint 0x402: rpmsg-client-sample"]


@pytest.fixture
def board() -> Board:
    board = Board()
    board.load(prebuilt_image("rpmsg_echo_watched"))
    board.boot()
    board.run_for(10 * MS)
    return board


def causes_and_log(board: Board) -> tuple[list[str], list[str]]:
    """What Linux has said of crashes, and the firmware's trace buffer."""
    assert board.linux is not None
    said = [line.partition("] ")[2] for line in board.linux.dmesg().splitlines()]
    log = board.linux.user.read_text("/sys/kernel/debug/remoteproc/remoteproc0/trace0")
    return [line for line in said if "crash" in line or "recovering" in line], log.splitlines()


def say(board: Board, data: bytes) -> None:
    assert board.linux is not None
    board.linux.endpoints[0].send(data)
    board.run_for(60 * MS)


@pytest.mark.parametrize("data", [b"cras", b"a crash"])
def test_it_echoes_and_is_never_bitten(board: Board, data: bytes) -> None:
    say(board, data)
    board.run_for(200 * MS)
    crashes, log = causes_and_log(board)
    message = f"message 0x400 -> 0x400: {len(data)} bytes"
    assert (crashes, log) == ([], ["rpmsg_echo_watched: boot", *SERVICES, message])


@pytest.mark.parametrize("data", [b"crash", b"crash now\n"])
def test_asked_to_it_hangs_and_linux_recovers_it(board: Board, data: bytes) -> None:
    for number in (1, 2):
        say(board, data)
        crashes, log = causes_and_log(board)
        assert [line.partition(": ")[2] for line in crashes[-3:]] == [
            "crash detected in m4: type watchdog",
            f"handling crash #{number} in m4",
            "recovering m4",
        ]
        assert log == ["rpmsg_echo_watched: boot", *SERVICES]
