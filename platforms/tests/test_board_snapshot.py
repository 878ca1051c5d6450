"""Snapshots of a board: the IPCC in the middle of an exchange, and what is refused without a change."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from mp1bench.board import Board
from mp1bench.errors import SnapshotError
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Line

MS = 1_000_000

RCC, IPCC = 0x50000000, 0x4C001000
AHB3RSTSETR, MP_AHB3ENSETR, BIT = RCC + 0x9A0, RCC + 0xA20, 1 << 12
C1CR, C1MR, C1SCR, C2CR = IPCC, IPCC + 0x04, IPCC + 0x08, IPCC + 0x10
A7_TO_M4, M4_TO_A7 = 0x10048000 + 0x10, 0x10048000 + 0x20  # request, answer, done, wrong
USART3 = 0x4000F000
SET_CH5, CLEAR_CH5 = 1 << 20, 1 << 4
LINES = ("RX0", "TX0", "RX1", "TX1")


def new() -> Board:
    board = Board(host="none")
    board.load(prebuilt_image("ipcc_signals"))
    return board


def asked() -> Board:
    """ipcc_signals has asked the A7, and the A7 has just asked the M4: CH5 is occupied both ways."""
    board = new()
    board.boot()
    board.run_for(MS)
    board.engine.write(C1CR, 0x00010001)
    board.engine.write(C1MR, 0xFFFEFFEF)
    board.engine.write_bytes(A7_TO_M4, struct.pack("<I", 0x12345678))
    board.engine.write(C1SCR, SET_CH5)
    return board


def go_on(board: Board) -> None:
    """The M4 answers, and the A7 answers the M4."""
    board.run_for(MS)
    request = struct.unpack("<I", board.engine.read_bytes(M4_TO_A7, 4))[0]
    board.engine.write_bytes(M4_TO_A7 + 4, struct.pack("<I", ~request & 0xFFFFFFFF))
    board.engine.write(C1SCR, CLEAR_CH5)
    board.run_for(MS)


def levels(board: Board) -> list[bool]:
    return [board.ipcc.level(line) for line in LINES]


@pytest.mark.parametrize("instructions", [0, 1, 17, 40, 60, 90])
def test_restored_exchange_goes_on_as_the_first_one(instructions):
    first, second = asked(), new()
    first.run_for(5 * instructions)
    second.restore(first.snapshot())
    assert second.registers() == first.registers()
    assert levels(second) == levels(first)
    assert second.occupied() == first.occupied()
    marks = [len(board.trace.events) for board in (first, second)]
    for board in (first, second):
        go_on(board)
    assert first.engine.read_bytes(A7_TO_M4, 16) == struct.pack("<4I", 0x12345678, 0xEDCBA987, 1, 0)
    assert first.engine.read_bytes(M4_TO_A7 + 8, 8) == struct.pack("<2I", 1, 0)
    tails = [board.trace.events[mark:] for board, mark in zip((first, second), marks, strict=True)]
    assert len(tails[0]) > 10
    assert tails[1] == tails[0]
    assert second.snapshot() == first.snapshot()


def test_flags_and_lines_are_in_it():
    board = new()
    board.restore(asked().snapshot())
    assert board.occupied() == ["a7_to_m4:5", "m4_to_a7:5"]
    assert levels(board) == [True, True, True, False]
    assert board.doorbells() == {"m4_to_a7": {"5": 1}, "a7_to_m4": {"5": 1}}


def test_lines_that_change_are_heard_at_the_snapshots_time():
    snapshot = asked().snapshot()
    board = new()
    heard = []
    board.engine.watch("ipcc", "EXTI62", heard.append)
    board.restore(snapshot)
    assert heard == [True]
    assert [event for event in board.trace.events if isinstance(event, Line) and event.device == "ipcc"] == [
        Line(snapshot.machine.now, "ipcc", line, True) for line in ("RX0", "TX0", "RX1")
    ]


def test_rewinding_a_board_repeats_what_happened():
    board = asked()
    snapshot = board.snapshot()
    go_on(board)
    once = board.snapshot()
    board.restore(snapshot)
    assert board.occupied() == ["a7_to_m4:5", "m4_to_a7:5"]
    go_on(board)
    assert board.snapshot() == once


def test_printed_text_is_in_it(elf, write):
    board, other = Board(host="none"), Board(host="none")
    code = [elf.poke(USART3, 0xD)] + [elf.poke(USART3 + 0x28, byte) for byte in b"one\ntwo\n"]
    board.load(write(**elf.program(*code, elf.SLEEP)))
    board.boot()
    board.run_for(6 * 25)
    assert board.uart["usart3"] == "one\nt"
    other.restore(board.snapshot())
    other.run_for(MS)
    assert other.uart["usart3"] == "one\ntwo\n"
    assert [event.text for event in other.trace.events if hasattr(event, "text")] == ["two"]
    other.restore(Board(host="none").snapshot())
    assert other.uart["usart3"] == ""


def test_fault_that_the_core_took_is_in_it(elf, write):
    board, other = Board(host="none"), Board(host="none")
    board.load(write(**elf.program(elf.UNDEFINED)))
    board.boot()
    board.run_for(MS)
    other.restore(board.snapshot())
    assert other.engine.core_state().fault == board.engine.core_state().fault is not None


def test_board_without_an_m4_has_snapshots_too():
    first, second = (Board(engine="bare", host="none") for _ in range(2))
    fired = []
    for board in (first, second):
        board.engine.on_event("test", lambda tag, board=board: fired.append((board.engine.now, tag)))
    first.engine.schedule(3000, "test", "due")
    first.engine.write(C1SCR, SET_CH5)
    first.run_for(1000)
    second.restore(first.snapshot())
    assert (second.engine.now, second.occupied()) == (1000, ["a7_to_m4:5"])
    second.run_for(5000)
    assert fired == [(3000, "due")]


# -- reset and clock ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", ["", "with the clock off", "in reset"])
@pytest.mark.parametrize("here", ["", "with the clock off", "in reset"])
def test_reset_and_clock_are_those_of_the_snapshot(here, there):
    boards = []
    for stopped in (there, here):
        board = Board(engine="bare", host="none", clock_gating=True)
        board.engine.write(MP_AHB3ENSETR, BIT)
        board.engine.write(C2CR, 1)
        board.engine.write(C1SCR, 1 << 16 + len(boards))
        if stopped == "in reset":
            board.engine.write(AHB3RSTSETR, BIT)
        elif stopped:
            board.engine.write(MP_AHB3ENSETR + 4, BIT)
        assert board.ipcc.stopped == stopped
        boards.append(board)
    first, second = boards
    before = first.registers()
    second.restore(first.snapshot())
    assert second.ipcc.stopped == there
    assert second.registers() == first.registers() == before
    assert second.occupied() == ([] if there == "in reset" else ["a7_to_m4:1"])


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            {"C1TOC2SR": 1 << 6},
            "the snapshot's state of ipcc does not fit: IPCC.C1TOC2SR cannot hold 64.",
        ),
        (
            {"C2MR": 0},
            "the snapshot's state of ipcc does not fit: IPCC.C2MR cannot hold 0.",
        ),
        (
            {"C1CR": "on"},
            "the snapshot's state of ipcc does not fit: IPCC.C1CR cannot hold 'on'.",
        ),
        (
            {"C1CR": None, "C3CR": 0},
            "the snapshot's state of ipcc does not fit: this is not a state of IPCC: look at C1CR, C3CR.",
        ),
    ],
)
def test_damaged_ipcc_is_refused_and_nothing_changes(damage, sentence):
    first, second = asked(), asked()
    go_on(first)
    snapshot = first.snapshot()
    state = {**snapshot.machine.devices["ipcc"], **damage}
    if "C3CR" in damage:
        del state["C1CR"]
    devices = {**snapshot.machine.devices, "ipcc": state}
    damaged = dataclasses.replace(snapshot, machine=dataclasses.replace(snapshot.machine, devices=devices))
    before, mark = second.snapshot(), len(second.trace.events)
    with pytest.raises(SnapshotError) as caught:
        second.restore(damaged)
    assert str(caught.value) == sentence
    assert second.snapshot() == before
    assert len(second.trace.events) == mark


def test_events_for_nobody_are_refused_and_nothing_changes():
    first, second = asked(), asked()
    go_on(first)
    first.engine.on_event("test", lambda tag: None)
    first.engine.schedule(first.engine.now + 1000, "test", "")
    before = second.snapshot()
    with pytest.raises(SnapshotError) as caught:
        second.restore(first.snapshot())
    assert str(caught.value) == "events are due for test, which this machine does not have."
    assert second.snapshot() == before


def test_snapshot_of_another_engine_is_refused():
    board = Board(engine="bare", host="none")
    before = board.snapshot()
    with pytest.raises(SnapshotError) as caught:
        board.restore(asked().snapshot())
    assert str(caught.value) == ("the snapshot's state of the M4 does not fit. Use the engine that it was taken from.")
    assert board.snapshot() == before


def test_linux_is_in_no_snapshot():
    snapshot = Board(engine="bare", host="none").snapshot()
    board = Board(engine="bare")
    sentence = "a snapshot cannot hold what Linux does. Use a board with the host `none`."
    with pytest.raises(SnapshotError) as caught:
        board.snapshot()
    assert str(caught.value) == sentence
    with pytest.raises(SnapshotError) as caught:
        board.restore(snapshot)
    assert str(caught.value) == sentence


def test_snapshot_of_another_variant_is_refused_and_changes_nothing(tmp_path):
    """The WB55's IPCC has the same registers, and a state that would fit."""
    file = tmp_path / "other.repl"
    file.write_text('ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n    variant: "STM32WB55"\n')
    other = Board(platform=file, engine="bare", host="none")
    file.write_text("ipcc: STM32MP1.IPCC @ sysbus 0x4C001000\n")
    board = Board(platform=file, engine="bare", host="none")
    board.engine.write(C1SCR, SET_CH5)
    with pytest.raises(SnapshotError) as caught:
        other.restore(board.snapshot())
    assert str(caught.value) == (
        "the snapshot was taken from another machine: its ipcc is of the kind Ipcc, here it is STM32WB55."
        " Build the machine from the same platform file."
    )
    assert other.occupied() == []


@pytest.mark.parametrize(("odd", "kind"), [(None, "NoneType"), ({}, "dict"), (5, "int")])
def test_what_is_no_snapshot_is_refused(odd, kind):
    with pytest.raises(SnapshotError) as caught:
        Board(engine="bare", host="none").restore(odd)
    assert str(caught.value) == f"a board goes on from what its `snapshot()` gave, not from a {kind}."


def test_snapshot_of_an_engine_is_none_of_a_board():
    board = Board(engine="bare", host="none")
    with pytest.raises(SnapshotError, match="not from a Snapshot"):
        board.restore(board.snapshot().machine)


def test_levels_that_come_back_are_no_edges_to_the_devices_behind_them():
    lptim1, dac1, tim8 = 0x40009000, 0x40017000, 0x44001000
    board, other = (Board(engine="bare", host="none") for _ in range(2))
    for address, value in (
        (lptim1 + 0x0C, 1), (lptim1 + 0x10, 1), (lptim1 + 0x18, 100), (lptim1 + 0x10, 5),  # counts edges of PD12
        (dac1, 7 << 2 | 3), (dac1 + 0x08, 0x123),  # converts when TRGO of TIM8 rises
        (tim8 + 0x04, 1 << 4), (tim8, 1),  # TRGO is high while TIM8 counts
        (dac1 + 0x08, 0x456),
    ):  # fmt: skip
        board.engine.write(address, value)
    board.set_pin("PD12", True)
    assert (board.engine.read(lptim1 + 0x1C), board.engine.read(dac1 + 0x2C)) == (1, 0x123)
    other.restore(board.snapshot())
    assert (other.engine.read(lptim1 + 0x1C), other.engine.read(dac1 + 0x2C)) == (1, 0x123)
    assert other.snapshot() == board.snapshot()
