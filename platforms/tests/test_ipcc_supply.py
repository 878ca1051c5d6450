"""The IPCC's reset and clock: what stops it, what that does to accesses, flags and lines, and what leaves it alone."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.errors import PlatformError, UsageError
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Effect, Line

MS = 1_000_000

RCC, IPCC = 0x50000000, 0x4C001000
MP_GRSTCSETR, SYSRST = RCC + 0x404, 1 << 0
AHB3RSTSETR, AHB3RSTCLRR = RCC + 0x9A0, RCC + 0x9A4
MP_AHB3ENSETR, MP_AHB3ENCLRR = RCC + 0xA20, RCC + 0xA24
MC_AHB3ENSETR, MC_AHB3ENCLRR = RCC + 0xAA0, RCC + 0xAA4
_, C1MR, C1SCR, C1TOC2SR, C2CR, C2MR, C2SCR = range(IPCC, IPCC + 0x1C, 4)
HWCFGR = IPCC + 0x3F0
BIT = 1 << 12  # of the IPCC in all registers of AHB3 (ipcc-hardware.md §7)


def bare(**options) -> Board:
    """A board without an M4 whose CH1 is occupied towards it, unmasked and enabled: RX1 is high."""
    board = Board(engine="bare", host="none", **options)
    board.engine.write(MP_AHB3ENSETR, BIT)
    board.engine.write(C2CR, 1)
    board.engine.write(C2MR, 0xFFFFFFFE)
    board.engine.write(C1SCR, 1 << 16)
    return board


def refusals(board: Board) -> list[str]:
    return [event.subject for event in board.trace.events if isinstance(event, Effect) and event.kind == "illegal"]


# -- reset ----------------------------------------------------------------------------------------------------


def test_reset_begins_with_the_rising_edge():
    board = bare()
    mark = len(board.trace.events)
    board.engine.write(AHB3RSTSETR, BIT)
    assert not board.ipcc.level("RX1")
    assert board.occupied() == []
    assert (board.registers()["C2CR"], board.registers()["C2MR"]) == (0, 0xFFFFFFFF)
    assert board.trace.events[mark:] == [
        Line(0, "rcc", "IPCCRST", True),
        Effect(0, "ipcc", "flag", "C1TOC2SR.CH1F", 1, 0),
        Line(0, "ipcc", "RX1", False),
    ]


def test_nobody_is_answered_while_it_is_held_in_reset():
    board = bare()
    board.engine.write(AHB3RSTSETR, BIT)
    board.engine.write(C1SCR, 1 << 16)
    assert board.engine.read(HWCFGR) == 0
    assert board.engine.read(C1MR) == 0
    assert board.occupied() == []
    assert refusals(board) == ["write to C1SCR in reset", "read of HWCFGR in reset", "read of C1MR in reset"]


def test_it_answers_again_when_the_reset_ends():
    board = bare()
    board.engine.write(AHB3RSTSETR, BIT)
    board.engine.write(AHB3RSTCLRR, BIT)
    assert board.engine.read(HWCFGR) == 6
    board.engine.write(C1SCR, 1 << 16)
    assert board.occupied() == ["a7_to_m4:1"]
    assert refusals(board) == []


def test_reset_of_other_blocks_on_the_bus_leaves_it_alone():
    board = bare()
    board.engine.write(AHB3RSTSETR, 0xFFFFFFFF & ~BIT)
    assert board.occupied() == ["a7_to_m4:1"]
    assert board.engine.read(HWCFGR) == 6


@pytest.mark.parametrize("held", [False, True])
def test_system_reset_resets_it_and_leaves_it_out_of_reset(held):
    board = bare()
    if held:
        board.engine.write(AHB3RSTSETR, BIT)
    board.engine.write(MP_GRSTCSETR, SYSRST)
    assert board.occupied() == []
    assert board.engine.read(C2CR) == 0
    assert board.engine.read(HWCFGR) == 6


# -- clock ----------------------------------------------------------------------------------------------------


def test_without_the_option_the_clock_does_not_matter():
    board = bare()
    board.engine.write(MP_AHB3ENCLRR, BIT)
    assert board.engine.read(C1TOC2SR) == 1
    assert refusals(board) == []


def test_with_the_clock_off_nobody_is_answered_and_everything_stays():
    board = bare(clock_gating=True)
    before = board.registers()
    board.engine.write(MP_AHB3ENCLRR, BIT)
    board.engine.write(C2SCR, 1)
    assert board.engine.read(C1TOC2SR) == 0
    assert board.registers() == before
    assert board.ipcc.level("RX1")
    assert refusals(board) == ["write to C2SCR with the clock off", "read of C1TOC2SR with the clock off"]
    board.engine.write(MP_AHB3ENSETR, BIT)
    assert board.engine.read(C1TOC2SR) == 1


def test_clock_is_off_after_power_on():
    board = Board(engine="bare", host="none", clock_gating=True)
    assert board.engine.read(HWCFGR) == 0
    assert refusals(board) == ["read of HWCFGR with the clock off"]


@pytest.mark.parametrize("enable", [MP_AHB3ENSETR, MC_AHB3ENSETR], ids=["A7", "M4"])
def test_either_processor_may_switch_the_clock_on(enable):
    board = Board(engine="bare", host="none", clock_gating=True)
    board.engine.write(enable, BIT)
    assert board.engine.read(HWCFGR) == 6


@pytest.mark.parametrize("first", [MP_AHB3ENCLRR, MC_AHB3ENCLRR], ids=["A7", "M4"])
def test_clock_runs_until_both_have_switched_it_off(first):
    board = bare(clock_gating=True)
    board.engine.write(MC_AHB3ENSETR, BIT)
    board.engine.write(first, BIT)
    assert board.engine.read(HWCFGR) == 6
    board.engine.write(MC_AHB3ENCLRR if first == MP_AHB3ENCLRR else MP_AHB3ENCLRR, BIT)
    assert board.engine.read(HWCFGR) == 0


def test_reset_without_a_clock_resets_and_is_the_reason_that_is_named():
    board = bare(clock_gating=True)
    board.engine.write(MP_AHB3ENCLRR, BIT)
    board.engine.write(AHB3RSTSETR, BIT)
    board.engine.read(C1MR)
    board.engine.write(AHB3RSTCLRR, BIT)
    board.engine.read(C1MR)
    assert refusals(board) == ["read of C1MR in reset", "read of C1MR with the clock off"]
    assert board.occupied() == []


def test_system_reset_switches_the_clock_off():
    board = bare(clock_gating=True)
    board.engine.write(MP_GRSTCSETR, SYSRST)
    board.engine.read(C1MR)
    assert refusals(board) == ["read of C1MR with the clock off"]


def test_asking_the_board_is_no_access():
    board = bare(clock_gating=True)
    board.engine.write(MP_AHB3ENCLRR, BIT)
    mark = len(board.trace.events)
    assert board.occupied() == ["a7_to_m4:1"]
    assert board.rx_unmasked() == [1]
    board.diagnose()
    assert len(board.trace.events) == mark


@pytest.mark.parametrize("image", ["rpmsg_echo", "rpmsg_echo_rtos"])
def test_linux_and_our_images_keep_the_clock_on_while_they_need_it(image):
    board = Board(clock_gating=True)
    board.load(prebuilt_image(image))
    for _ in range(2):
        board.boot()
        assert board.run_until(lambda: bool(board.linux.endpoints), 100 * MS)
        received = len(board.linux.received)
        board.linux.endpoints[0].send(b"hello")
        assert board.run_until(lambda n=received: len(board.linux.received) > n, 100 * MS)
        board.linux.request_channel(5).free()
        board.shutdown()
    assert refusals(board) == []
    assert board.diagnose() is None


def test_our_image_keeps_the_clock_on_by_itself():
    board = Board(host="none", clock_gating=True)
    board.load(prebuilt_image("ipcc_signals"))
    board.boot()
    board.run_for(MS)
    assert board.occupied() == ["m4_to_a7:5"]
    assert refusals(board) == []


@pytest.mark.parametrize("wrong", ["yes", 1, None])
def test_option_is_true_or_false(wrong):
    with pytest.raises(UsageError) as caught:
        Board(clock_gating=wrong)
    assert str(caught.value) == f"clock_gating is True or False, not {wrong!r}."


def test_clock_gating_needs_an_rcc(tmp_path):
    (tmp_path / "small.repl").write_text("ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n")
    with pytest.raises(PlatformError) as caught:
        Board(platform=tmp_path / "small.repl", engine="bare", host="none", clock_gating=True)
    assert str(caught.value) == (
        "the platform `small.repl` has no IPCC whose clock an RCC could gate. Add both, or leave clock gating off."
    )


@pytest.mark.parametrize("rcc_first", [False, True])
def test_order_of_the_devices_in_the_file_does_not_matter(tmp_path, rcc_first):
    lines = ["ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n", "rcc: STM32MP1.RCC @ sysbus <0x50000000, +0x1000>\n"]
    (tmp_path / "small.repl").write_text("".join(reversed(lines) if rcc_first else lines))
    board = bare(platform=tmp_path / "small.repl", clock_gating=True)
    board.engine.write(MP_GRSTCSETR, SYSRST)
    assert board.registers()["C2CR"] == 0
    assert board.ipcc.stopped == "with the clock off"


# -- what the run says of it ----------------------------------------------------------------------------------


def test_diagnosis_counts_the_accesses_and_names_the_first(elf, write):
    board = Board(host="none", clock_gating=True)
    board.load(write(**elf.program(elf.poke(C2CR, 1), elf.poke(C2MR, 0), elf.SLEEP)))
    board.boot()
    board.run_for(1000)
    # Five instructions for each store, the store being the last and at +0x10 of its five.
    assert board.diagnose() == (
        "the M4 sleeps in WFI at `main+0x24`;"
        " 2 accesses came with the IPCC's clock off, the first by the M4 at `main+0x10` at 25 ns."
    )


@pytest.mark.parametrize(
    ("function", "who"), [("stm32_ipcc_suspend", " by the A7's stm32_ipcc_suspend"), ("", " by the A7")]
)
def test_diagnosis_names_the_function_of_the_host(function, who):
    board = bare()
    board.run_for(1500)
    board.engine.write(AHB3RSTSETR, BIT)
    board.engine.read(C1MR, function=function)
    assert board.diagnose() == (
        f"the M4 is held in reset; 1 access came while the IPCC was held in reset, the first{who} at 1,500 ns."
    )


def test_diagnosis_of_an_access_that_nobody_made_on_the_bus():
    board = bare()
    board.engine.write(AHB3RSTSETR, BIT)
    board.ipcc.read(0, 4)
    assert board.diagnose() == (
        "the M4 is held in reset; 1 access came while the IPCC was held in reset, the first at 0 ns."
    )
