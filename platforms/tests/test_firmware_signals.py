"""ipcc_signals on the emulated M4: half-duplex request and answer on CH5, both ways, and nothing else.

The protocol is the one that the image's source describes; the test plays the Cortex-A7 without any Linux.
"""

from __future__ import annotations

import struct

import pytest

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

C1SCR = 0x4C001008
READY, A7_TO_M4, M4_TO_A7 = 0x10048000, 0x10048010, 0x10048020
SET_CH5, CLEAR_CH5 = 1 << 20, 1 << 4
ENOUGH = 1_000_000  # ns; an exchange takes a few microseconds


class Processor1:
    """The Cortex-A7's half of the protocol."""

    def __init__(self) -> None:
        self.board = Board(host="none")
        self.board.load(prebuilt_image("ipcc_signals"))
        self.board.boot()
        self.board.run_for(ENOUGH)

    def words(self, address: int) -> tuple[int, ...]:
        """request, answer, done, wrong."""
        return struct.unpack("<4I", self.board.engine.read_bytes(address, 16))

    def ask(self, request: int) -> None:
        self.board.engine.write_bytes(A7_TO_M4, struct.pack("<I", request))
        self.board.engine.write(C1SCR, SET_CH5)
        self.board.run_for(ENOUGH)

    def answer(self, answer: int | None = None) -> None:
        """The complement of the M4's request, or something wrong."""
        right = ~self.words(M4_TO_A7)[0] & 0xFFFFFFFF
        self.board.engine.write_bytes(M4_TO_A7 + 4, struct.pack("<I", right if answer is None else answer))
        self.board.engine.write(C1SCR, CLEAR_CH5)
        self.board.run_for(ENOUGH)


@pytest.fixture
def a7() -> Processor1:
    return Processor1()


def test_is_ready_and_asks_once(a7: Processor1) -> None:
    assert a7.board.engine.read_bytes(READY, 4) == b"ICC5"
    assert a7.words(M4_TO_A7) == (1, 0, 0, 0)
    assert a7.board.occupied() == ["m4_to_a7:5"]
    assert a7.board.rx_unmasked() == [5]


def test_sleeps_while_nobody_asks_or_answers(a7: Processor1) -> None:
    assert a7.board.run_for(ENOUGH).reason == "idle"


def test_answers_a_request_and_frees_the_channel(a7: Processor1) -> None:
    a7.ask(0x12345678)
    assert a7.words(A7_TO_M4) == (0x12345678, 0xEDCBA987, 1, 0)
    assert a7.board.occupied() == ["m4_to_a7:5"]


def test_takes_the_answer_by_its_tx_free_interrupt(a7: Processor1) -> None:
    a7.answer()
    assert a7.words(M4_TO_A7)[2:] == (1, 0)
    assert a7.board.occupied() == []


def test_asks_once_more_for_each_request(a7: Processor1) -> None:
    for request in range(3):
        a7.ask(request)
    for done in range(1, 5):
        assert a7.words(M4_TO_A7)[0] == done
        a7.answer()
        assert a7.words(M4_TO_A7)[2:] == (done, 0)
    assert a7.board.occupied() == []
    assert a7.board.doorbells() == {"m4_to_a7": {"5": 4}, "a7_to_m4": {"5": 3}}


def test_notices_a_wrong_answer(a7: Processor1) -> None:
    a7.answer(0)
    assert a7.words(M4_TO_A7)[2:] == (1, 1)
