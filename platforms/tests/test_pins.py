"""Pins of a board by name: driven from outside, through the EXTI to the M4, on the trace, and what is refused."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.trace import Interrupt, Line

GPIOA, GPIOG, GPIOZ, EXTI = 0x50002000, 0x50008000, 0x54004000, 0x5000D000
MODER, PUPDR, IDR, ODR = 0x00, 0x0C, 0x10, 0x14
RTSR1, FTSR1, RPR1, EXTICR4, C2IMR1 = EXTI + 0x00, EXTI + 0x04, EXTI + 0x0C, EXTI + 0x6C, EXTI + 0xC0
NVIC_ISER = 0xE000E100

#: The NVIC input of each pin's line, by the vendor's header: EXTI0_IRQn to EXTI15_IRQn.
IRQS = [6, 7, 8, 9, 10, 23, 64, 65, 66, 67, 40, 42, 76, 77, 121, 127]


@pytest.fixture
def board() -> Board:
    return Board(host="none")


def pin_events(board: Board) -> list[tuple[str, str, bool]]:
    return [(e.device, e.line, e.level) for e in board.trace.events if isinstance(e, Line) and "gpio" in e.device]


def test_buttons_are_high_until_they_are_pressed_and_that_is_no_event(board):
    assert (board.pin("PA13"), board.pin("PA14")) == (True, True)
    assert board.trace.events == []


@pytest.mark.parametrize(("name", "base", "bit"), [("PA0", GPIOA, 0), ("pg15", GPIOG, 15), ("PZ7", GPIOZ, 7)])
def test_pin_is_found_by_its_name_in_any_case(board, name, base, bit):
    board.engine.write(base + MODER, 0)
    board.set_pin(name, True)
    assert board.engine.read(base + IDR) >> bit & 1
    assert board.pin(name)
    board.set_pin(name, False)
    assert not board.engine.read(base + IDR) >> bit & 1


@pytest.mark.parametrize("name", ["PQ99", "PK8", "PZ8", "PA16", "PA014", "A14", "", "PA", "P14", 14, None])
def test_name_that_is_no_pin_is_refused(board, name):
    sentence = (
        f"there is no pin called `{name}`. A pin is P, its bank and its number, as in PA14;"
        " the banks here are A, B, C, D, E, F, G, H, I, J, K, Z."
    )
    for touch in (lambda: board.pin(name), lambda: board.set_pin(name, True)):
        with pytest.raises(UsageError) as refused:
            touch()
        assert str(refused.value) == sentence


def test_level_that_is_none_is_refused(board):
    with pytest.raises(UsageError) as refused:
        board.set_pin("PA14", "low")
    assert str(refused.value) == "the level of PA14 is True or False, not 'low'."


def test_each_change_of_a_pin_is_one_event(board):
    board.engine.write(GPIOA + ODR, 0x0003)
    board.engine.write(GPIOA + MODER, 0x5 | 0xFFFFFFF0)
    board.set_pin("PA5", True)
    board.set_pin("PA5", True)
    board.engine.write(GPIOA + ODR, 0x0002)
    assert pin_events(board) == [
        *(("gpioA", "0", True), ("gpioA", "1", True), ("gpioA", "5", True), ("gpioA", "0", False)),
    ]


@pytest.mark.parametrize("pin", range(16))
def test_every_pin_of_a_number_reaches_the_interrupt_of_that_number(board, pin):
    board.engine.write(EXTI + 0x60 + (pin & ~3), 6 << 8 * (pin & 3))  # bank G
    board.engine.write(FTSR1, 1 << pin)
    board.engine.write(RTSR1, 1 << pin)
    board.engine.write(C2IMR1, 1 << pin)
    wires = [wire for part in board.platform.devices if part.name == "exti" for wire in part.wires]
    assert [wire.number for wire in wires if wire.line == f"C2_{pin}"] == [IRQS[pin]]
    board.set_pin(f"PG{pin}", True)
    assert board.devices["exti"].level(f"C2_{pin}")


@pytest.mark.parametrize("bank", "ABCDEFGHIJKZ")
def test_every_bank_reaches_the_exti_under_its_number(board, bank):
    board.engine.write(EXTI + 0x60, "ABCDEFGHIJKZ".index(bank) << 24)
    board.engine.write(RTSR1, 1 << 3)
    for other in "ABCDEFGHIJKZ":
        board.set_pin(f"P{other}3", other != bank)
    board.engine.write(RPR1, 1 << 3)
    assert board.engine.read(RPR1) == 0
    board.set_pin(f"P{bank}3", True)
    assert board.engine.read(RPR1) == 1 << 3


def test_pressed_button_interrupts_firmware_that_waits_for_it(elf, write, board):
    setup = [(GPIOA + MODER, 0), (FTSR1, 1 << 14), (C2IMR1, 1 << 14), (NVIC_ISER + 4 * (121 // 32), 1 << 121 % 32)]
    # All vectors but the first two lead to a loop.
    loop = 0x10000401
    vectors = elf.VECTORS + loop.to_bytes(4, "little") * 164
    code = b"".join(elf.poke(*word) for word in setup) + elf.SLEEP
    loads = [elf.Load(0, vectors), elf.Load(0x10000000, code), elf.Load(0x10000400, elf.SPIN)]
    board.load(write(loads=loads))
    board.boot()
    board.run_for(100_000)
    assert board.engine.core_state().asleep
    board.set_pin("PA14", False)
    board.run_for(1_000)
    assert [event.number for event in board.trace.events if isinstance(event, Interrupt)] == [121]
    assert pin_events(board) == [("gpioA", "14", False)]


def test_snapshot_holds_the_level_of_every_pin(board):
    board.set_pin("PA14", False)
    snapshot = board.snapshot()
    other = Board(host="none")
    other.restore(snapshot)
    assert (other.pin("PA14"), other.pin("PA13")) == (False, True)
    other.engine.write(RTSR1, 1 << 14)
    other.set_pin("PA14", True)
    assert other.engine.read(RPR1) == 1 << 14
