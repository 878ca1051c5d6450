"""Typing on a UART: when it happens, what it may be, and what is refused."""

from __future__ import annotations

import pytest

from ipcclab.IpccLibrary import IpccLibrary
from ipcclab.typist import LINE_NS, POLLED_NS, Typist, unescape
from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Log

UART4_CR1, UART4_RDR = 0x40010000, 0x40010024
UE, RE, RXNEIE = 1 << 0, 1 << 2, 1 << 5


@pytest.fixture
def board() -> Board:
    return Board(engine="bare", host="none")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("hello", b"hello"),
        (r"a\n\r\t\0\\", b"a\n\r\t\0\\"),
        (r"\x1b[A\xff", b"\x1b[A\xff"),
        ("größe", "größe".encode()),
    ],
)
def test_escapes_are_bytes(text, data):
    assert unescape(text) == data


@pytest.mark.parametrize(("text", "code"), [(r"a\q", r"\q"), ("a\\", "\\"), (r"\x1", r"\x")])
def test_escape_that_there_is_not(text, code):
    with pytest.raises(UsageError) as caught:
        unescape(text)
    assert str(caught.value) == (rf"`{code}` in {text!r} is not understood. There are: \n, \r, \t, \0, \\ and \x1b.")


def test_text_waits_until_the_firmware_asks_for_bytes_and_is_on_the_trace(board):
    typist = Typist(board, ["uart4=ab", "usart3=never", "uart4=c"])
    typist.look()
    assert board.trace.events == []
    board.engine.write(UART4_CR1, UE | RE | RXNEIE)
    typist.look()
    typist.look()
    assert bytes(board.engine.read(UART4_RDR) for _ in range(3)) == b"abc"
    typed = [event for event in board.trace.events if isinstance(event, Log)]
    assert typed == [Log(0, "uart4", "", "typed: ab"), Log(0, "uart4", "", "typed: c")]
    assert typist.complaint() == "nothing was typed on usart3: the firmware has not switched its receiver on."


def test_firmware_that_polls_gets_its_text_a_millisecond_after_its_receiver_is_on(board):
    typist = Typist(board, ["uart4=a"])
    board.engine.write(UART4_CR1, UE | RE)
    typist.look()
    assert typist.complaint() == "the run was over before all was typed on uart4."
    board.run_for(POLLED_NS - 1)
    typist.look()
    assert board.trace.events == []
    board.run_for(5)
    typist.look()
    assert board.engine.read(UART4_RDR) == ord("a")


def test_lines_are_typed_one_by_one(board):
    typist = Typist(board, [r"uart4=a\r\nb\nc"])
    board.engine.write(UART4_CR1, UE | RE | RXNEIE)
    for line in ("a\r\n", "b\n", "c"):
        typist.look()
        typist.look()
        assert [event.text for event in board.trace.events if isinstance(event, Log)][-1] == f"typed: {line}"
        board.run_for(LINE_NS)
    assert typist.complaint() is None


def test_nothing_to_complain_of_once_all_is_typed(board):
    assert Typist(board, []).complaint() is None


@pytest.mark.parametrize("text", ["hello", "uart4=", "=x"])
def test_text_without_a_place_or_the_other_way_round(board, text):
    with pytest.raises(UsageError) as caught:
        Typist(board, [text])
    assert str(caught.value) in (
        rf"--type {text}: say where and what, as in usart3=hello\n.",
        "there is no UART `` on this board. There are: uart4, uart5, uart7, uart8, usart1, usart2, usart3, usart6.",
    )


def test_uart_that_there_is_not(board):
    with pytest.raises(UsageError) as caught:
        board.uart_input("usart9", b"x")
    assert str(caught.value).startswith("there is no UART `usart9` on this board. Did you mean `usart")
    with pytest.raises(UsageError) as caught:
        board.uart_input("rcc", b"x")
    assert str(caught.value).startswith("there is no UART `rcc` on this board.")


def test_uart_takes_bytes(board):
    with pytest.raises(UsageError) as caught:
        board.uart_input("uart4", "text")
    assert str(caught.value) == "a UART takes bytes, not a str. Encode it: text.encode()."


def test_unended_line_is_on_the_trace_at_the_end_and_once(board):
    board.engine.write(UART4_CR1, UE | 1 << 3)
    for byte in b"one\ntwo> ":
        board.engine.write(0x40010028, byte)
    board.end_lines()
    board.end_lines()
    assert board.trace.events == [Log(0, "uart4", "", "one"), Log(0, "uart4", "", "two> ")]


# -- in Robot -------------------------------------------------------------------------------------------------


@pytest.fixture
def library() -> IpccLibrary:
    library = IpccLibrary(engine="embedded")
    library.boot_firmware(str(prebuilt_image("ipcc_signals")), host="none")
    return library


def test_keyword_types_escapes_too(library):
    library.type_on_uart("uart4", r"a\x41")
    board = library.bench.board
    board.engine.write(UART4_CR1, UE | RE)
    assert bytes(board.engine.read(UART4_RDR) for _ in range(2)) == b"aA"


def test_keyword_reads_what_was_printed(library):
    engine = library.bench.board.engine
    engine.write(UART4_CR1, UE | 1 << 3)
    for byte in b"> ":
        engine.write(0x40010028, byte)
    assert library.get_uart_output("uart4") == "> "
    library.firmware_should_print("> ", uart="uart4")


@pytest.mark.parametrize("keyword", ["get_uart_output", "type_on_uart"])
def test_keywords_refuse_a_uart_that_there_is_not(library, keyword):
    with pytest.raises(UsageError) as caught:
        getattr(library, keyword)("uart9", *["x"] * (keyword == "type_on_uart"))
    assert str(caught.value).startswith("there is no UART `uart9` on this board. Did you mean `uart")
