"""MCAPI's area of boards that run: what the decoder says against what the two transports keep to themselves.

The firmware is the Python peer of `mp1bench.mcapi.peer`, and in the last test the real one.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from ipcclab.cli import main
from ipcclab.sharedmemory.board import memory_of
from ipcclab.sharedmemory.mcapi_structure import McapiSide
from ipcclab.sharedmemory.snapshot import take, write
from mp1bench.board import Board
from mp1bench.mcapi import Mcapi as McapiCalls
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.host import LinuxTransport
from mp1bench.mcapi.layout import Kind, Role
from mp1bench.mcapi.peer import FirmwarePort
from mp1bench.mcapi.transport import Transport
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Mcapi

_ON_THEIR_WAY = ("in ring 0", "in ring 1", "coming home")


class Hands:
    """A user of a transport that keeps what it gets until it is told to give it back."""

    transport: Transport

    def __init__(self) -> None:
        self.held: list[Buffer] = []

    def frame(self, frame: Frame) -> bool:
        if frame.buffer is not None:
            self.held.append(frame.buffer)
        return True

    def peer(self, up: bool) -> None:
        self.held.clear()

    def space(self) -> None:
        """Nothing: who sends tries again later."""

    def send(self, kind: Kind, priority: int, data: bytes = b"") -> None:
        """Send to port 1 from port 20, if there is room."""
        if kind is Kind.SCALAR:
            self.transport.send(Frame(kind, priority, 20, 1, 4, None, 5))
            return
        buffer = self.transport.allocate(priority)
        if buffer is not None:
            buffer.write(data)
            if not self.transport.send(Frame(kind, priority, 20, 1, len(data), buffer)):
                self.transport.free(buffer)

    def release(self, chance: random.Random | None = None) -> None:
        """Give one back: any, or the one that is here longest."""
        if self.held:
            self.transport.release(self.held.pop(chance.randrange(len(self.held)) if chance else 0))


def linked() -> tuple[Board, Hands, Hands]:
    board = Board(engine="bare")
    assert board.linux is not None
    linux, firmware = Hands(), Hands()
    linux.transport = LinuxTransport(board.linux, linux)
    port = FirmwarePort(board.engine, board.ipcc)
    firmware.transport = Transport(port, Role.FIRMWARE, firmware)
    port.on_ring, port.on_free = firmware.transport.poll, firmware.transport.freed
    linux.transport.start()
    firmware.transport.start()
    assert board.run_until(lambda: linux.transport.up and firmware.transport.up, 10_000_000)
    return board, linux, firmware


def side_of(board: Board, role: Role) -> McapiSide:
    memory = memory_of(board)
    assert memory.mcapi is not None
    assert memory.findings == ()
    return memory.mcapi.sides[role]


def told_and_true(side: McapiSide, sender: Hands, receiver: Hands) -> list[tuple[str, bool]]:
    """Where each buffer is said to be, and whether that is what the two transports know."""
    away, held = sender.transport._outbox._pool._away, {buffer.index for buffer in receiver.held}

    def known(index: int) -> tuple[str, ...]:
        return ("home",) if index not in away else ("with the receiver",) if index in held else _ON_THEIR_WAY

    return [(buffer.state, buffer.state in known(buffer.index)) for buffer in side.buffers]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_owners_are_those_that_the_transports_know(seed: int) -> None:
    chance = random.Random(seed)
    board, linux, firmware = linked()
    told: Counter[str] = Counter()
    for _ in range(100):
        for sender, receiver in ((linux, firmware), (firmware, linux)):
            for _ in range(chance.randrange(4)):
                kind = Kind.SCALAR if chance.random() < 0.05 else Kind.PACKET
                sender.send(kind, chance.randrange(2))
            for _ in range(chance.randrange(4)):
                receiver.release(chance)
        board.run_for(chance.randrange(8_000))
        for role, sender, receiver in ((Role.HOST, linux, firmware), (Role.FIRMWARE, firmware, linux)):
            claims = told_and_true(side_of(board, role), sender, receiver)
            assert all(right for _, right in claims)
            told.update(state for state, _ in claims)
    assert told["with the receiver"] > 100


def test_a_peer_that_starts_anew_has_all_buffers_at_home() -> None:
    board, linux, firmware = linked()
    before = side_of(board, Role.FIRMWARE)
    linux.send(Kind.PACKET, 1, b"lost")
    board.run_for(100_000)
    assert [buffer.state for buffer in side_of(board, Role.HOST).buffers].count("with the receiver") == 1
    firmware.transport.stop()
    memory = memory_of(board)
    assert memory.mcapi is not None
    assert not memory.mcapi.linked
    assert {buffer.state for side in memory.mcapi.sides for buffer in side.buffers} == {"home"}
    firmware.transport.start()
    board.run_for(100_000)
    side = side_of(board, Role.FIRMWARE)
    assert side.epoch > before.epoch
    assert (side.state, side.synced) == ("UP", side_of(board, Role.HOST).epoch)
    assert {buffer.state for role in Role for buffer in side_of(board, role).buffers} == {"home"}


def test_what_the_trace_says_of_buffers_is_what_lies_in_memory() -> None:
    board, linux, firmware = linked()
    firmware.send(Kind.MESSAGE, 0, b"one")
    firmware.send(Kind.MESSAGE, 1, b"two")
    board.run_for(100_000)
    linux.release()
    assert board.trace is not None
    steps = [event for event in board.trace.events if isinstance(event, Mcapi) and event.buffer is not None]
    assert [(step.what, step.buffer) for step in steps] == [("frame", 0), ("frame", 1), ("returned", 0)]
    where = {b.index: b.state for b in side_of(board, Role.FIRMWARE).buffers if b.state != "home"}
    assert where == {0: "coming home", 1: "with the receiver"}


def test_a_snapshot_shows_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board, linux, _ = linked()
    linux.send(Kind.MESSAGE, 0, b"hello")
    write(tmp_path / "end.ipcc", take(board))
    assert main(["inspect", str(tmp_path / "end.ipcc")]) == 0
    printed = capsys.readouterr().out
    assert '  0     0     waiting  message  20 → 1  5      0       "hello"\n' in printed
    assert "  0       0x10049000   firmware  in ring 0\n" in printed
    assert printed.endswith("Findings\n  Nothing contradicts itself.\n")


def test_looking_changes_nothing() -> None:
    board, linux, _ = linked()
    linux.send(Kind.MESSAGE, 0, b"hello")
    assert board.trace is not None
    before = board.trace.size(), board.engine.now
    assert memory_of(board) == memory_of(board)
    assert (board.trace.size(), board.engine.now) == before


def test_the_real_firmwares_area_contradicts_itself_at_no_moment() -> None:
    board = Board()
    board.load(prebuilt_image("mcapi_echo"))
    board.boot()
    assert board.linux is not None
    mcapi = McapiCalls(board.linux)
    mcapi.initialize(0, 0)
    here, there = mcapi.endpoint_create(20), mcapi.endpoint_get(0, 1, 1)
    seen: Counter[tuple[str, str]] = Counter()
    for n in range(12):
        mcapi.msg_send(here, there, b"message %d" % n, priority=n % 2)
        for _ in range(50):
            board.run_for(1_234)
            sides = side_of(board, Role.HOST), side_of(board, Role.FIRMWARE)
            seen.update((side.side, buffer.state) for side in sides for buffer in side.buffers)
    assert {state for side, state in seen if side == "Linux"} >= {"in ring 0", "in ring 1", "with the receiver"}
    assert {state for side, state in seen if side == "firmware"} >= {"in ring 0", "in ring 1", "with the receiver"}
    assert [state for _, state in seen if state == "unknown"] == []
    held = [buffer for buffer in side_of(board, Role.FIRMWARE).buffers if buffer.state == "with the receiver"]
    assert len(held) == mcapi.msg_available(here) == 12
