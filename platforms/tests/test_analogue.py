"""The analogue wires inside the chip; channels as in ST's HAL (LL_ADC_CHANNEL_DAC1CH1_ADC2 and its like)."""

from __future__ import annotations

import pytest

from mp1bench.board import Board

ADC, DAC = 0x48003000, 0x40017000
CR, CFGR, SQR1, DR = 0x08, 0x0C, 0x30, 0x40
ADVREGEN, ADEN, ADSTART = 1 << 28, 1 << 0, 1 << 2


@pytest.fixture
def board() -> Board:
    return Board(engine="bare", host="none", trace=False)


def convert(board: Board, unit: int, channel: int) -> int:
    """Millivolts that a converter of 16 bits finds."""
    base = ADC + 0x100 * (unit - 1)
    board.engine.write(base + CR, ADVREGEN)
    board.engine.write(base + CR, ADVREGEN | ADEN)
    board.engine.write(base + CFGR, 0)
    board.engine.write(base + SQR1, channel << 6)
    board.engine.write(base + CR, ADVREGEN | ADSTART)
    board.run_for(10_000)
    return round(board.engine.read(base + DR) * 3300 / 0xFFFF)


@pytest.mark.parametrize(
    ("register", "unit", "channel"),
    [(0x08, 2, 16), (0x08, 1, 18), (0x08, 2, 18), (0x14, 2, 17), (0x14, 1, 19), (0x14, 2, 19)],
)
def test_converter_finds_what_the_dac_puts_out(board, register, unit, channel):
    assert convert(board, unit, channel) == 0
    board.engine.write(DAC, 1 << 16 | 1)
    board.engine.write(DAC + register, 0xFFF)
    assert convert(board, unit, channel) == 3300


@pytest.mark.parametrize(("channel", "millivolts"), [(12, 620), (13, 1210), (15, 825)])
def test_inner_voltages_are_the_typical_ones(board, channel, millivolts):
    assert convert(board, 2, channel) == millivolts


def test_timer_wakes_only_while_a_converter_waits_for_its_trigger():
    tim6, dac1 = 0x40004000, 0x40017000
    board = Board(engine="bare", host="none")
    for offset, value in ((0x2C, 99), (0x04, 2 << 4), (0x00, 1)):  # ARR; CR2.MMS: update; CR1.CEN
        board.engine.write(tim6 + offset, value)
    assert board.engine.pending_events() == []
    board.engine.write(dac1, 5 << 2 | 3)  # TEN1, EN1, TSEL1: TIM6
    assert [event[2] for event in board.engine.pending_events()] == ["tim6 alarm"]
    other = Board(engine="bare", host="none")
    other.restore(board.snapshot())
    assert other.snapshot() == board.snapshot()
    other.engine.write(dac1, 0)
    assert other.engine.pending_events() == []
