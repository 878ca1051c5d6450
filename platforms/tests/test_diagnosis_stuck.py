"""The sentence about a firmware that has stopped moving, for each situation that the image `stuck` can be in.

What is expected follows from the image's source; addresses are its linker's, values are what its memory holds.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from mp1bench.board import Board
from mp1bench.cortexm.nvic import FIRST_IRQ
from mp1bench.diagnosis.interrupts import find_writer
from mp1bench.diagnosis.loop import Loop, Poll
from mp1bench.diagnosis.twin import State, Step, Twin
from mp1bench.platform import Platform, read_platform
from mp1bench.shipped import default_platform, prebuilt_image

MS = 1_000_000
SITUATION = 0x10048000
C1SCR = 0x4C001008
OCRDYR = 0x50000808
RX1, TX1 = "IRQ103 (ipcc.RX1", "IRQ104 (ipcc.TX1"
SOURCE = Path(__file__).resolve().parents[2] / "firmware" / "images" / "stuck.c"


def situations() -> dict[str, int]:
    """The numbers of `enum situation`."""
    body = SOURCE.read_text().partition("enum situation {")[2].partition("};")[0]
    numbers: dict[str, int] = {}
    for name, value in re.findall(r"^    ([A-Z_]+)(?: = (\d+))?,", body, re.MULTILINE):
        numbers[name] = int(value) if value else max(numbers.values()) + 1
    return numbers


def address_of(name: str) -> int:
    """Where the linker has put an object or a function, Thumb bit cleared."""
    with prebuilt_image("stuck").open("rb") as file:
        (symbol,) = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(name)
    return int(symbol["st_value"]) & ~1


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """The shipped platform with a core so slow that milliseconds are few instructions."""
    path = tmp_path_factory.mktemp("slow") / "slow.repl"
    path.write_text(f'using "{default_platform()}"\ncpu:\n    PerformanceInMips: 10\n')
    return read_platform(path)


@pytest.fixture
def stuck(slow):
    """A board without host that is in a situation for 3 ms; Linux's signal on channel 1 came after the first."""

    def run(situation: str, *, ring: bool = False) -> Board:
        return run_for_3_ms(slow, situation, ring)

    return run


def run_for_3_ms(platform: Platform, situation: str, ring: bool) -> Board:
    board = Board(platform=platform, host="none")
    board.load(prebuilt_image("stuck"))
    board.engine.write(SITUATION, situations()[situation])
    board.boot()
    board.run_for(1 * MS)
    if ring:
        board.engine.write(C1SCR, 1 << 16)
    board.run_for(2 * MS)
    return board


def ticks_of(board: Board) -> str:
    """`ticks` as the sentence is to show it."""
    address = address_of("ticks")
    return f"`ticks` at 0x{address:08X}, which stays {board.engine.read(address)}"


# -- a tick that does not come --------------------------------------------------------------------------------


def test_systick_cannot_pre_empt_a_handler_of_priority_0(stuck):
    board = stuck("TICK_IN_HANDLER", ring=True)
    assert board.diagnose() == (
        f"the M4 waits in `wait_ticks` inside {RX1}, priority 0) for {ticks_of(board)}: SysTick (priority 15) would"
        " increment it, and is pending, but cannot pre-empt a handler of priority 0."
    )


def test_systick_cannot_pre_empt_a_handler_of_its_own_priority(stuck):
    board = stuck("TICK_OF_SAME_PRIORITY", ring=True)
    assert board.diagnose() == (
        f"the M4 waits in `wait_ticks` inside {RX1}, priority 0) for {ticks_of(board)}: SysTick (priority 0) would"
        " increment it, and is pending, but cannot pre-empt a handler of priority 0."
    )


def test_tick_of_a_timer_cannot_pre_empt_a_handler_of_priority_0(stuck):
    board = stuck("TIMER_TICK_IN_HANDLER", ring=True)
    assert board.diagnose() == (
        f"the M4 waits in `wait_ticks` inside {RX1}, priority 0) for {ticks_of(board)}: IRQ55 (tim7.IRQ, priority 15)"
        " would increment it, and is pending, but cannot pre-empt a handler of priority 0."
    )


@pytest.mark.parametrize(
    ("situation", "mask"),
    [
        ("TICK_UNDER_PRIMASK", "PRIMASK = 0x1"),
        ("TICK_UNDER_BASEPRI", "BASEPRI = 0x40"),
        ("TICK_UNDER_FAULTMASK", "FAULTMASK = 0x1"),
    ],
)
def test_systick_is_masked(stuck, situation, mask):
    board = stuck(situation)
    assert board.diagnose() == (
        f"the M4 waits in `wait_ticks` for {ticks_of(board)}: SysTick (priority 15) would increment it,"
        f" and is pending, but {mask} holds it back."
    )


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        ("TICK_NOT_STARTED", "is not running (SYST_CSR.ENABLE = 0)"),
        ("TICK_WITHOUT_INTERRUPT", "runs without interrupting (SYST_CSR.TICKINT = 0)"),
    ],
)
def test_systick_does_not_come(stuck, situation, why):
    board = stuck(situation)
    assert board.diagnose() == (
        f"the M4 waits in `wait_ticks` for {ticks_of(board)}: SysTick (priority 15) would increment it, but {why}."
    )


def test_tick_of_a_timer_is_disabled_in_the_nvic(stuck):
    board = stuck("TIMER_TICK_NOT_ENABLED")
    assert board.diagnose() == (
        f"the M4 waits in `wait_ticks` for {ticks_of(board)}: IRQ55 (tim7.IRQ, priority 0)"
        " would increment it, but is disabled in the NVIC."
    )


def test_an_enabled_timer_is_meant_rather_than_a_systick_that_does_not_run(stuck):
    twin = Twin(stuck("TIMER_TICK_NOT_ENABLED"))
    twin.core.nvic.pending = 0
    twin.core.nvic.enabled |= 1 << FIRST_IRQ + 55
    twin.keep()
    writer = find_writer(twin, [Poll(address_of("ticks"), 4, twin.peek(address_of("ticks"), 4))])
    assert (writer.number, writer.verb) == (FIRST_IRQ + 55, "increment")


def test_the_function_that_loops_is_the_one_that_calls_whether_or_not_the_other_pushes():
    caller, callee, back = 0x10000100, 0x10000200, 0x10000105

    def step(pc: int, lr: int, sp: int) -> Step:
        return Step(State(pc, (0,) * 13 + (sp, lr), 0), None, 0)

    for pushed in (0, 8):
        turn = (step(callee, back, 0x1000), step(callee + 2, back, 0x1000 - pushed), step(back - 1, back, 0x1000))
        turn += (step(back + 1, back, 0x1000), step(caller, back, 0x1000))
        for first in range(len(turn)):
            assert Loop(turn[first:] + turn[:first], frozenset()).pc == caller


# -- a flag that does not come --------------------------------------------------------------------------------


def test_flag_of_a_peripheral(stuck):
    board = stuck("PERIPHERAL_FLAG")
    value = board.engine.read(OCRDYR)
    assert board.diagnose() == f"the M4 waits in `wait_for_word` for RCC.OCRDYR, which stays 0x{value:08X}."


def test_flag_of_a_peripheral_that_is_not_modelled(stuck):
    assert stuck("ABSENT_PERIPHERAL_FLAG").diagnose() == (
        "the M4 waits in `wait_for_word` for DFSDM1+0x108 (not modelled), which stays 0x00000000."
    )


def test_flag_that_a_disabled_interrupt_would_set(stuck):
    assert stuck("FLAG_OF_DISABLED_INTERRUPT").diagnose() == (
        f"the M4 waits in `wait_for_word` for `channel_free` at 0x{address_of('channel_free'):08X}, which stays 0:"
        f" {TX1}, priority 0) would change it, but is disabled in the NVIC."
    )


def test_channel_that_nobody_acknowledges(stuck):
    assert stuck("CHANNEL_NOT_ACKNOWLEDGED").diagnose() == (
        "the M4 waits in `main` for IPCC.C2TOC1SR, which stays 0x00000001;"
        " channel 1 occupied by the M4 for 2 ms: there is no host to acknowledge it."
    )


# -- a flag that does not come while the tick counts ----------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "function", "end"),
    [
        ("FLAG_WITH_A_TIMEOUT", "poll_flag", "only a time-out would end it"),
        ("FLAG_FOR_EVER_WITH_A_TICK", "poll_flag", "no time-out ends it"),
        ("FLAG_OR_GIVE_UP", "main", "only a time-out would end it"),
    ],
)
def test_flag_that_is_polled_with_a_time_out(stuck, situation, function, end):
    board = stuck(situation)
    value = board.engine.read(OCRDYR)
    assert board.diagnose() == f"the M4 waits in `{function}` for RCC.OCRDYR, which stays 0x{value:08X}, and {end}."


def test_flag_of_a_disabled_interrupt_that_is_polled_with_a_time_out(stuck):
    assert stuck("FLAG_OF_DISABLED_INTERRUPT_WITH_A_TIMEOUT").diagnose() == (
        f"the M4 waits in `poll_flag` for `channel_free` at 0x{address_of('channel_free'):08X}, which stays 0:"
        f" {TX1}, priority 0) would change it, but is disabled in the NVIC, and only a time-out would end it."
    )


# -- the end of the road --------------------------------------------------------------------------------------


def test_endless_loop_is_named_by_its_function(stuck):
    assert stuck("ENDLESS_LOOP").diagnose() == (
        "the M4 is in an endless loop in `stay_here`, and no interrupt is enabled that would end it."
    )


def test_error_handler_is_told_from_a_wait(stuck):
    assert stuck("GIVEN_UP").diagnose() == "the M4 has given up: it stays in `Error_Handler`."


def test_endless_loop_in_main_under_a_mask(stuck):
    assert stuck("MASKED_FOR_EVER").diagnose() == (
        "the M4 is in an endless loop in `main`: SysTick (priority 0) is pending, but PRIMASK = 0x1 holds it back."
    )


def test_stack_pointer_that_has_left_the_ram(stuck):
    """Pushes of 16 bytes from 0x10000020, then a frame of 32."""
    sentence = stuck("STACK_OVERFLOW").diagnose()
    assert "(STKERR, FORCED), in `main+0x" in sentence
    assert sentence.endswith(", for the stack pointer has left the RAM (PSP = 0x0FFFFFE0).")


def test_call_through_a_wild_pointer(stuck):
    found = re.search(r" at pc 0xDEADBEEE \(.*\), called from `main\+0x([0-9a-f]+)`\.$", stuck("WILD_JUMP").diagnose())
    assert found is not None
    with prebuilt_image("stuck").open("rb") as file:
        code = ELFFile(file).get_section_by_name(".text")
        at = address_of("main") + int(found[1], 16) - code["sh_addr"]
        assert int.from_bytes(code.data()[at : at + 2], "little") & 0xFF87 == 0x4780  # BLX Rm


def test_interrupt_without_a_handler_of_its_own_is_named(stuck):
    """All vectors are the default handler's but stack, reset, SysTick, RX1 and TX1; 11 of the core's have names."""
    shared = 2 + 16 - 3 + 150 - 2  # that is all from NMI on, with the reserved ones, which are 0
    sentence = stuck("UNEXPECTED_INTERRUPT").diagnose()
    found = re.fullmatch(
        r"the M4 stays in `Unexpected_Handler`, the handler that (\d+) vectors share:"
        r" IRQ39 \(usart3\.IRQ, priority 0\) was not expected\.",
        sentence,
    )
    assert found is not None, sentence
    assert 150 - 2 < int(found[1]) <= shared


def test_fault_handler_with_its_cause(stuck):
    sentence = stuck("BAD_ADDRESS").diagnose()
    assert sentence.startswith("the M4 stays in its fault handler at `Unexpected_Handler`: HardFault at pc 0x")
    assert "(PRECISERR, BFARVALID, FORCED) at address 0x20000000, in `main+0x" in sentence


# -- sleeping for ever ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("situation", "how"), [("SLEEP_WITHOUT_INTERRUPTS", "WFI"), ("EVENT_SLEEP", "WFE")])
def test_sleep_for_ever_without_interrupts_says_so(stuck, situation, how):
    sentence = stuck(situation).diagnose()
    assert sentence.startswith(f"the M4 sleeps for ever in {how} at `")
    assert sentence.endswith(": no interrupt is enabled in the NVIC, and SysTick is not running (SYST_CSR.ENABLE = 0).")


def test_sleep_with_all_channels_masked(stuck):
    sentence = stuck("SLEEP_WITH_ALL_CHANNELS_MASKED").diagnose()
    assert sentence.startswith("the M4 sleeps for ever in WFI at `rest+0x")
    assert sentence.endswith(f": {RX1}) has all channels masked (C2MR.CHnOM = 1).")


def test_deep_sleep_without_a_wake_up_line(stuck):
    sentence = stuck("DEEP_SLEEP_WITHOUT_WAKEUP", ring=True).diagnose()
    assert sentence.startswith("the M4 sleeps in WFI at `rest+0x")
    assert sentence.endswith(
        "; channel 1 occupied by the A7 for 2 ms: interrupt 103 is pending,"
        " but in deep sleep (SCR.SLEEPDEEP = 1) no line that the EXTI lets through is high."
    )


# -- storms ---------------------------------------------------------------------------------------------------


def test_handler_that_leaves_its_line_high(stuck):
    sentence = stuck("STORM").diagnose()
    storm = "interrupt 39 (usart3.IRQ) comes again and again, because its handler leaves the line usart3.IRQ high: "
    assert storm in sentence
    assert "USART3.CR1.TXEIE = 1" in sentence.partition(storm)[2]


# -- nothing is wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("situation", [name for name, number in situations().items() if number >= 100])
def test_firmware_that_rests_or_works_is_not_accused(stuck, situation):
    assert stuck(situation).diagnose() is None


@pytest.mark.parametrize("situation", ["TICK_UNDER_PRIMASK", "SLEEP_WITHOUT_INTERRUPTS", "STORM"])
def test_looking_changes_nothing(stuck, situation):
    board = stuck(situation)
    before = (board.snapshot(), len(board.trace.events), board.engine.instructions)
    first = board.diagnose()
    assert (board.snapshot(), len(board.trace.events), board.engine.instructions) == before
    assert board.diagnose() == first


def test_every_situation_is_claimed_here():
    text = Path(__file__).read_text()
    assert [name for name, number in situations().items() if number < 100 and f'"{name}"' not in text] == []
