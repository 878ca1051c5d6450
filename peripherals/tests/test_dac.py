"""The digital-to-analogue converter: holding registers, triggers, DMA. Places as in ST's CMSIS header."""

from __future__ import annotations

import pytest

from stm32mp1.dac import Dac

CR, SWTRIGR, DOR1, DOR2 = 0x00, 0x04, 0x2C, 0x30
EN1, TEN1, DMAEN1 = 1 << 0, 1 << 1, 1 << 12
EN2 = 1 << 16


@pytest.mark.parametrize(
    ("register", "value", "outputs"),
    [
        (0x08, 0x123, (0x123, 0)), (0x0C, 0x1230, (0x123, 0)), (0x10, 0x12, (0x120, 0)),
        (0x14, 0x123, (0, 0x123)), (0x18, 0x1230, (0, 0x123)), (0x1C, 0x12, (0, 0x120)),
        (0x20, 0x04560123, (0x123, 0x456)), (0x24, 0x45601230, (0x123, 0x456)), (0x28, 0x4512, (0x120, 0x450)),
    ],
    ids=["12R1", "12L1", "8R1", "12R2", "12L2", "8R2", "12RD", "12LD", "8RD"],
)  # fmt: skip
def test_held_value_is_put_out_at_once_without_a_trigger(register: int, value: int, outputs: tuple[int, int]) -> None:
    dac = Dac()
    dac.write(CR, EN1 | EN2, 4)
    dac.write(register, value, 4)
    assert (dac.read(DOR1, 4), dac.read(DOR2, 4)) == outputs
    assert dac.read(register, 4) == value


def test_channel_that_is_off_puts_out_nothing_until_it_is_switched_on() -> None:
    dac = Dac()
    dac.write(0x08, 0x800, 4)
    assert dac.read(DOR1, 4) == 0
    dac.write(CR, EN1, 4)
    assert dac.read(DOR1, 4) == 0x800


def test_triggered_channel_puts_out_at_its_trigger_only() -> None:
    dac = Dac()
    dac.write(CR, EN1 | TEN1, 4)
    dac.write(0x08, 0x800, 4)
    assert dac.read(DOR1, 4) == 0
    dac.write(SWTRIGR, 2, 4)
    assert dac.read(DOR1, 4) == 0
    dac.write(SWTRIGR, 1, 4)
    assert (dac.read(DOR1, 4), dac.read(SWTRIGR, 4)) == (0x800, 0)


def test_timer_triggers_where_it_is_chosen_and_dma_brings_the_next_value() -> None:
    dac = Dac()
    dac.write(CR, EN1 | TEN1 | DMAEN1 | 5 << 2, 4)  # TIM6_TRGO
    dac.write(0x08, 0x111, 4)
    dac.input(6, True)
    assert (dac.read(DOR1, 4), dac.level("DMA1")) == (0, False)
    dac.input(5, True)
    dac.input(5, False)
    assert (dac.read(DOR1, 4), dac.level("DMA1")) == (0x111, True)
    dac.write(0x08, 0x222, 2)
    assert (dac.read(DOR1, 4), dac.level("DMA1")) == (0x111, False)
    dac.input(5, True)
    assert dac.read(DOR1, 4) == 0x222


def test_output_is_told_in_millivolts() -> None:
    dac = Dac()
    told: list[tuple[int, int]] = []
    dac.on_output = lambda channel, millivolts: told.append((channel, millivolts))
    dac.write(CR, EN1 | EN2, 4)
    dac.write(0x08, 0xFFF, 4)
    dac.write(0x08, 0xFFF, 4)
    dac.write(0x14, 0x800, 4)
    assert told == [(1, 3300), (2, 3300 * 0x800 // 0xFFF)]


def test_value_held_for_the_next_trigger_is_part_of_the_state() -> None:
    dac, other = Dac(), Dac()
    dac.write(CR, EN1 | TEN1, 4)
    dac.write(0x08, 0x321, 4)
    other.from_state(dac.state())
    other.write(SWTRIGR, 1, 4)
    assert other.read(DOR1, 4) == 0x321
