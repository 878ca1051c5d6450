"""What a run waits for, and to whom it sends, on a stand-in for the board: UARTs and odd endpoints included."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ipcclab.expectations import Expectations
from ipcclab.sender import find_endpoint, unknown_endpoint


class Stub:
    """As much of a board as expectations look at."""

    def __init__(self) -> None:
        self.linux: Any = SimpleNamespace(received=[])
        self.uart = {"usart3": "", "uart4": ""}

    def receive(self, data: bytes) -> None:
        self.linux.received.append(SimpleNamespace(data=data, endpoint="rpmsg-tty", remote=0x400))

    def diagnose(self) -> str:
        return "the M4 sleeps."


@pytest.fixture
def board() -> Stub:
    return Stub()


def expect(board: Any, *texts: str) -> Expectations:
    return Expectations(board, texts)


def test_text_on_a_uart_is_seen_as_soon_as_it_is_complete(board: Stub) -> None:
    expectations = expect(board, "ready")
    for printed, seen in (("re", False), ("read", False), ("ready", True)):
        board.uart["uart4"] = f"boot\n{printed}"
        assert expectations.look() is seen


def test_uarts_and_messages_share_one_order(board: Stub) -> None:
    expectations = expect(board, "one", "two", "three")
    board.receive(b"two, too early")
    board.uart["usart3"] += "one"
    assert not expectations.look()
    board.uart["uart4"] += "two"
    assert not expectations.look()
    board.receive(b"three")
    assert expectations.look()


def test_what_a_uart_printed_before_cannot_be_the_next(board: Stub) -> None:
    expectations = expect(board, "one", "two")
    board.uart["usart3"] = "two"
    assert not expectations.look()
    board.receive(b"one")
    assert not expectations.look()
    assert expectations.unmet == ["two"]
    board.uart["usart3"] += " and two"
    assert expectations.look()


def test_text_is_not_looked_for_across_messages(board: Stub) -> None:
    expectations = expect(board, "hello")
    board.receive(b"hel")
    board.receive(b"lo")
    assert not expectations.look()


def test_board_without_linux_has_its_uarts(board: Stub) -> None:
    board.linux = None
    board.uart["usart3"] = "ready"
    assert expect(board, "ready").look()


def test_complaint_says_what_came_and_from_where(board: Stub) -> None:
    expectations = expect(board, "hello")
    board.receive(b"bye\x00")
    board.uart["usart3"] = "boot\n"
    expectations.look()
    assert expectations.complaint() == (
        'expected "hello" from the firmware, but it sent "bye\\x00" from rpmsg-tty (0x400), "boot\\n" on usart3.'
    )


def test_complaint_of_much_is_short(board: Stub) -> None:
    for n in range(50):
        board.receive(b"%d" % n)
    expectations = expect(board, "x")
    expectations.look()
    assert expectations.complaint().endswith('"5" from rpmsg-tty (0x400) and 44 more.')


def test_complaint_about_silence_gives_the_diagnosis(board: Stub) -> None:
    assert expect(board, "x").complaint() == ('expected "x" from the firmware, but it sent nothing. The M4 sleeps.')


def endpoint(name: str, remote: int) -> Any:
    return SimpleNamespace(name=name, remote=remote, local=remote)


ENDPOINTS = [endpoint("a", 0), endpoint("b", 5), endpoint("a", 0x400)]


@pytest.mark.parametrize(
    ("to", "remote"),
    [
        (None, 0),
        ("a", 0),
        ("a:1", 0),
        ("a:2", 0x400),
        ("b", 5),
        ("b:1", 5),
        ("0x400", 0x400),
        ("1024", 0x400),
        ("0x0", 0),
    ],
)
def test_endpoint_is_found(to: str | None, remote: int) -> None:
    found = find_endpoint(ENDPOINTS, to)
    assert found is not None
    assert found.remote == remote


@pytest.mark.parametrize("to", ["c", "a:3", "a:0", "b:2", "0x401", ""])
def test_endpoint_is_not_made_up(to: str) -> None:
    assert find_endpoint(ENDPOINTS, to) is None


def test_service_without_a_driver_is_said_to_be_one() -> None:
    linux: Any = SimpleNamespace(endpoints=[], announced=[SimpleNamespace(name="rpmsg-tty-channel", address=0)])
    assert str(unknown_endpoint(linux, None)) == (
        "Linux has no driver for what the firmware announced (rpmsg-tty-channel), so nothing can be sent to it."
    )
