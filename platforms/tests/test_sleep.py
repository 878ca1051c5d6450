"""STOP: what wakes a sleeping Cortex-M4 through the EXTI, what does not, and what the RCC and the PWR say of it."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.trace import Interrupt

GPIOA_MODER, EXTI = 0x50002000, 0x5000D000
RTSR1, FTSR1, RPR1, FPR1, C2IMR1, C2IMR2 = (EXTI + offset for offset in (0x00, 0x04, 0x0C, 0x10, 0xC0, 0xD0))
PWR_MCUCR, SCR, SLEEPDEEP = 0x50001014, 0xE000ED10, 1 << 2
RCC_MP_SREQSETR, RCC_MC_CIER, RCC_MC_CIFR, WKUP = 0x50000104, 0x50000C14, 0x50000C18, 1 << 20
STOPF, DEEPSLEEP = 1 << 5, 1 << 15
C1SCR, C2CR, C2MR = 0x4C001008, 0x4C001010, 0x4C001014
LINE14, IPCC_WAKE_UP = 1 << 14, 1 << 30  # of lines 0 to 31, and 32 to 63


def iser(irq: int) -> tuple[int, int]:
    return 0xE000E100 + 4 * (irq // 32), 1 << irq % 32


BUTTON = [(GPIOA_MODER, 0), (FTSR1, LINE14), iser(121)]
DOORBELL = [(C2CR, 1), (C2MR, 0xFFFFFFFE), iser(103)]


@pytest.fixture
def asleep(elf, write):
    """A board whose M4 has made these stores and is in STOP; handlers are a loop."""

    def put(*stores: tuple[int, int]) -> Board:
        code = b"".join(elf.poke(*store) for store in [(C2IMR1, 0), (C2IMR2, 0), *stores, (SCR, SLEEPDEEP)])
        vectors = elf.VECTORS + (0x10000801).to_bytes(4, "little") * 164
        loads = [elf.Load(0, vectors), elf.Load(0x10000000, code + elf.SLEEP), elf.Load(0x10000800, elf.SPIN)]
        board = Board(host="none")
        board.load(write(loads=loads))
        board.boot()
        board.run_for(100_000)
        assert board.engine.core_state().deep
        return board

    return put


def taken(board: Board) -> list[int]:
    board.run_for(100_000)
    return [event.number for event in board.trace.events if isinstance(event, Interrupt)]


def test_unmasked_pin_wakes(asleep):
    board = asleep(*BUTTON, (C2IMR1, LINE14))
    board.set_pin("PA14", False)
    assert taken(board) == [121]
    assert not board.engine.core_state().deep


def test_masked_pin_does_not_wake(asleep):
    board = asleep(*BUTTON)
    board.set_pin("PA14", False)
    assert taken(board) == []
    assert board.engine.read(FPR1) == LINE14
    assert board.engine.core_state().deep


@pytest.mark.parametrize(("mask", "interrupts"), [(IPCC_WAKE_UP, [103]), (0, [])], ids=["unmasked", "masked"])
def test_doorbell_wakes_if_its_wake_up_line_is_unmasked(asleep, mask, interrupts):
    board = asleep(*DOORBELL, (C2IMR2, mask))
    board.engine.write(C1SCR, 1 << 16)
    assert taken(board) == interrupts


def test_doorbell_wakes_an_m4_that_is_only_asleep_whatever_the_exti_says(elf, write):
    vectors = elf.VECTORS + (0x10000801).to_bytes(4, "little") * 164
    code = b"".join(elf.poke(*store) for store in [(C2IMR2, 0), *DOORBELL])
    loads = [elf.Load(0, vectors), elf.Load(0x10000000, code + elf.SLEEP), elf.Load(0x10000800, elf.SPIN)]
    board = Board(host="none")
    board.load(write(loads=loads))
    board.boot()
    board.run_for(100_000)
    board.engine.write(C1SCR, 1 << 16)
    assert taken(board) == [103]


def test_wake_up_interrupt_comes_if_the_rcc_has_it_enabled(asleep):
    board = asleep(*BUTTON, (C2IMR1, LINE14), (RCC_MC_CIER, WKUP), iser(145))
    assert board.engine.read(RCC_MC_CIFR) == 0
    board.set_pin("PA14", False)
    assert taken(board) == [121]  # of equal priority, the lower number first; its handler does not end
    assert board.engine.read(RCC_MC_CIFR) == WKUP
    assert 145 in board.engine.core_state().irq_pending


def test_other_processor_sees_the_m4s_deep_sleep_while_it_lasts(asleep):
    board = asleep(*BUTTON, (C2IMR1, LINE14))
    assert board.engine.read(PWR_MCUCR) == DEEPSLEEP
    board.set_pin("PA14", False)
    board.run_for(1_000)
    assert board.engine.read(PWR_MCUCR) == 0


@pytest.mark.parametrize(("cores", "flag"), [(3, STOPF), (1, 0)], ids=["with_the_a7", "alone"])
def test_stop_of_the_system_is_flagged_and_that_of_the_m4_alone_is_not(asleep, cores, flag):
    board = asleep(*BUTTON, (C2IMR1, LINE14))
    board.engine.write(RCC_MP_SREQSETR, cores)
    board.set_pin("PA14", False)
    board.run_for(1_000)
    assert board.engine.read(PWR_MCUCR) == flag
