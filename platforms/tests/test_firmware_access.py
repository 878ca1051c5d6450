"""Blocks that no other image of ours drives: `ipcc_access` makes the accesses of a driver on the emulated Cortex-M4."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

READY, NUMBER, DONE, OPERATION, WIDTH, ADDRESS, VALUE, RESULT = range(0x10048000, 0x10048020, 4)
LISTENING, LOAD, STORE = 0x34434341, 1, 2

FDCAN1, SRAMCAN = 0x4400E000, 0x44011000
TEST, CCCR, RXF0C, RXF0S, TXBC, TXBAR, TXBTO = 0x10, 0x18, 0xA0, 0xA4, 0xC0, 0xD0, 0xD8
FIFO0, BUFFERS = 0x100, 0x400
QUADSPI = 0x58003000
CR, SR, FCR, DLR, CCR, DR = 0x00, 0x08, 0x0C, 0x10, 0x14, 0x20


class Hand:
    """The M4 does one access after the other; see the head of `ipcc_access.c`."""

    def __init__(self) -> None:
        self.board = Board(host="none", trace=False)
        self.board.load(prebuilt_image("ipcc_access"))
        self.board.boot()
        self._number = 0
        self._wait(READY, LISTENING)

    def load(self, address: int, width: int = 4) -> int:
        return self._command(LOAD, width, address, 0)

    def store(self, address: int, value: int, width: int = 4) -> None:
        self._command(STORE, width, address, value)

    def _command(self, operation: int, width: int, address: int, value: int) -> int:
        self._number += 1
        for word, content in ((OPERATION, operation), (WIDTH, width), (ADDRESS, address), (VALUE, value)):
            self.board.engine.write(word, content)
        self.board.engine.write(NUMBER, self._number)
        self._wait(DONE, self._number)
        return self.board.engine.read(RESULT)

    def _wait(self, address: int, word: int) -> None:
        for _ in range(100):
            if self.board.engine.read(address) == word:
                return
            self.board.run_for(1_000)
        pytest.fail(f"ipcc_access does not answer: {self.board.diagnose()}")


def test_firmware_hears_its_own_can_frame_in_loopback() -> None:
    hand = Hand()
    hand.store(FDCAN1 + CCCR, 0x83)  # INIT, CCE, TEST
    for offset, value in ((TEST, 1 << 4), (RXF0C, FIFO0 | 2 << 16), (TXBC, BUFFERS | 1 << 24), (CCCR, 0x80)):
        hand.store(FDCAN1 + offset, value)
    for n, word in enumerate((0x123 << 18, 8 << 16, 0x11223344, 0x55667788)):
        hand.store(SRAMCAN + BUFFERS + 4 * n, word)
    hand.store(FDCAN1 + TXBAR, 1)
    assert hand.load(FDCAN1 + TXBTO) == 1
    assert hand.load(FDCAN1 + RXF0S) & 0x7F == 1
    assert hand.load(SRAMCAN + FIFO0) == 0x123 << 18
    assert hand.load(SRAMCAN + FIFO0 + 8) == 0x11223344
    assert hand.load(SRAMCAN + FIFO0 + 14, 2) == 0x5566


def test_firmware_programs_the_flash_behind_quadspi_and_reads_it_back() -> None:
    hand = Hand()
    hand.store(QUADSPI + CR, 1)
    hand.store(QUADSPI + CCR, 0x06 | 1 << 8)  # write enable
    hand.store(QUADSPI + DLR, 3)
    hand.store(QUADSPI + CCR, 0x38 | 1 << 8 | 1 << 10 | 2 << 12 | 1 << 24)  # program
    hand.store(QUADSPI + 0x18, 0x2000)
    hand.store(QUADSPI + DR, 0xCAFE1234)
    hand.store(QUADSPI + FCR, 0x1B)
    hand.store(QUADSPI + CCR, 0xEB | 1 << 8 | 1 << 10 | 2 << 12 | 1 << 24 | 1 << 26)  # read
    hand.store(QUADSPI + 0x18, 0x2000)
    assert hand.load(QUADSPI + DR) == 0xCAFE1234
    assert hand.load(QUADSPI + SR) >> 1 & 1 == 1  # transfer complete
