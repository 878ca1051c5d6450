"""The power management chip on I2C4, as firmware that sets up its own supplies drives it."""

from __future__ import annotations

from mp1bench.board import Board
from mp1bench.chip.pmic import ADDRESS, I2C4, Pmic
from stm32mp1.i2c import I2c


def test_written_register_is_read_back_and_the_number_goes_on() -> None:
    pmic = Pmic()
    assert pmic.start(reads=False)
    for byte in (0x20, 0x61, 0x62):
        assert pmic.write(byte)
    pmic.start(reads=False)
    pmic.write(0x20)
    pmic.start(reads=True)
    assert [pmic.read() for _ in range(3)] == [0x61, 0x62, 0x00]


def test_version_is_the_chips_and_stays() -> None:
    pmic = Pmic()
    pmic.start(reads=False)
    for byte in (0x06, 0xFF):
        pmic.write(byte)
    pmic.start(reads=False)
    pmic.write(0x06)
    assert pmic.read() == 0x10


def test_board_has_one_at_its_address_on_i2c4() -> None:
    board = Board(engine="bare", host="none")
    bus = board.devices["i2c4"]
    assert isinstance(bus, I2c)
    engine, busy = board.engine, 1 << 4 | 1 << 5  # NACKF, STOPF
    engine.write(I2C4, 1)
    engine.write(I2C4 + 0x04, ADDRESS << 1 | 1 << 13 | 1 << 25)
    engine.run(engine.now + 10_000_000)
    assert engine.read(I2C4 + 0x18) & busy == 1 << 5
