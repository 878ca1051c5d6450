"""The Cortex-M4's own reset, in each way that there is, leaves the IPCC as it is (ipcc-hardware.md §7)."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

MS = 1_000_000

MP_GCR, MP_GRSTCSETR, MCURST = 0x5000010C, 0x50000404, 1 << 1
C1CR, C1MR, C1SCR, _, C2CR, C2MR, C2SCR = range(0x4C001000, 0x4C00101C, 4)
AIRCR, SYSRESETREQ = 0xE000ED0C, 0x05FA0004


def reset_by_the_a7(board: Board) -> None:
    board.engine.write(MP_GRSTCSETR, MCURST)


def hold_and_release(board: Board) -> None:
    board.engine.write(MP_GCR, 0)
    board.engine.write(MP_GRSTCSETR, MCURST)
    board.engine.write(MP_GCR, 1)


def stop_and_boot(board: Board) -> None:
    board.shutdown()
    board.boot()


def watched(board: Board, monkeypatch) -> list[tuple[dict[str, int], dict[str, int]]]:
    """The IPCC's registers before and after each time that the M4 is held or released, from now on."""
    seen = []

    def around(step) -> None:
        original = getattr(board.engine, step)

        def wrapped() -> None:
            before = board.registers()
            original()
            seen.append((before, board.registers()))

        monkeypatch.setattr(board.engine, step, wrapped)

    around("hold")
    around("release")
    return seen


#: An IPCC in full use: everything enabled, mixed masks, flags both ways.
IN_USE = {C1CR: 0x00010001, C1MR: 0xFFFDFFFC, C2CR: 0x00010001, C2MR: 0xFFFEFFF0, C1SCR: 5 << 16, C2SCR: 6 << 16}


@pytest.mark.parametrize("way", [reset_by_the_a7, hold_and_release, stop_and_boot])
def test_reset_of_the_m4_leaves_the_ipcc_as_it_is(elf, write, monkeypatch, way):
    board = Board(host="none")
    board.load(write(**elf.program(elf.SLEEP)))
    board.boot()
    board.run_for(1000)
    for register, value in IN_USE.items():
        board.engine.write(register, value)
    before = board.registers()
    assert board.occupied() == ["a7_to_m4:1", "a7_to_m4:3", "m4_to_a7:2", "m4_to_a7:3"]
    steps = watched(board, monkeypatch)
    mark = len(board.trace.events)
    way(board)
    board.run_for(1000)
    assert len(steps) >= 2
    assert board.registers() == before
    assert [event for event in board.trace.events[mark:] if getattr(event, "device", "") == "ipcc"] == []


@pytest.mark.parametrize(("register", "value"), [(AIRCR, SYSRESETREQ), (MP_GRSTCSETR, MCURST)])
def test_firmware_that_resets_itself_leaves_the_ipcc_as_it_is(elf, write, monkeypatch, register, value):
    board = Board(host="none")
    fill = [elf.poke(at, word) for at, word in IN_USE.items()]
    board.load(write(**elf.program(*fill, elf.poke(register, value), elf.SPIN)))
    board.boot()
    steps = watched(board, monkeypatch)
    board.run_for(10_000)
    assert len(steps) > 2
    assert all(before == after for before, after in steps)
    assert {before["C2CR"] for before, _ in steps} == {0x00010001}
    assert board.occupied() == ["a7_to_m4:1", "a7_to_m4:3", "m4_to_a7:2", "m4_to_a7:3"]


def test_restart_under_linux_leaves_the_ipcc_as_it_is(monkeypatch):
    board = Board()
    board.load(prebuilt_image("ipcc_signals"))
    board.boot()
    board.run_for(MS)
    assert board.occupied() == ["m4_to_a7:5"]
    steps = watched(board, monkeypatch)
    stop_and_boot(board)
    assert len(steps) >= 2
    assert all(before == after for before, after in steps)
    assert steps[0][0]["C2CR"] == 0x00010001
    assert "m4_to_a7:5" in board.occupied()


def test_flag_that_the_m4_left_behind_survives_its_next_start(elf, write):
    """HAL_IPCC_Init frees what the M4 receives; its own flags only the A7 can free (ipcc-hardware.md §7)."""
    hal_init = ((C2CR, 0), (C2MR, 0x003F003F), (C2SCR, 0x3F), (C2CR, 0x00010001))
    board = Board(host="none")
    board.load(write(**elf.program(*[elf.poke(at, word) for at, word in hal_init], elf.SLEEP)))
    board.boot()
    board.run_for(1000)
    board.engine.write(C1SCR, 1 << 16)
    board.engine.write(C2SCR, 1 << 17)
    reset_by_the_a7(board)
    board.run_for(1000)
    assert board.occupied() == ["m4_to_a7:2"]
    board.engine.write(C1SCR, 1 << 1)
    assert board.occupied() == []
