"""The engine `renode` from the making of a board to its end: errors, interrupts from the keyboard, and many boards."""

from __future__ import annotations

import gc
import signal
from pathlib import Path
from threading import Timer, get_ident

import pytest

from mp1bench.board import Board
from mp1bench.errors import ModelError
from mp1bench.shipped import prebuilt_image
from renode_here import needs_pyrenode

pytestmark = needs_pyrenode

MS = 1_000_000
SITUATION, PERIPHERAL_FLAG = 0x10048000, 10  # of the image `stuck`: it polls a register for ever


def booted(image: str = "ipcc_signals", **options: object) -> Board:
    board = Board(engine="renode", **{"host": "none", **options})  # type: ignore[arg-type]
    board.load(prebuilt_image(image))
    board.boot()
    return board


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def test_model_that_raises_ends_the_run_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    board = booted()

    def fail(offset: int, value: int, width: int) -> None:
        raise KeyError("nothing")

    monkeypatch.setattr(board.ipcc, "write", fail)
    sentence = r"failed in a 4-byte write to ipcc \+0x010 at pc 0x1000[0-9A-F]{4}: KeyError\('nothing'\)\.$"
    with pytest.raises(ModelError, match=rf"^the model of a device {sentence}"):
        board.run_for(MS)
    monkeypatch.undo()
    assert board.run_for(MS).reason in ("time", "idle"), "the board lives"


def test_run_from_inside_an_access_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    board = booted()
    monkeypatch.setattr(board.ipcc, "read", lambda offset, width: board.run_for(MS))
    with pytest.raises(ModelError, match=r"^the machine was asked to run from inside a register access; schedule"):
        board.run_for(MS)


def test_handler_of_an_event_may_run_the_machine() -> None:
    board = booted()
    engine, fired = board.engine, []

    def fire(tag: str) -> None:
        fired.append((tag, engine.now))
        if tag == "outer":
            engine.run(engine.now + 50_000)
            fired.append(("back", engine.now))

    engine.on_event("test", fire)
    engine.schedule(10_000, "test", "outer")
    engine.schedule(30_000, "test", "inner")
    board.run_for(100_000)
    assert fired == [("outer", 10_000), ("inner", 30_000), ("back", 60_000)]


def test_interrupt_from_the_keyboard_ends_a_run_between_two_instructions() -> None:
    board = Board(engine="renode", host="none")
    board.load(prebuilt_image("stuck"))
    board.engine.write(SITUATION, PERIPHERAL_FLAG)
    board.boot()
    timer = Timer(0.5, signal.pthread_kill, (get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        board.run_for(100_000 * MS)
    timer.join()
    at = board.engine.now
    board.run_for(MS)
    assert board.engine.now == at + MS
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_timeout_that_raises_ends_a_run_between_two_instructions() -> None:
    class TimeIsUpError(Exception):
        pass

    def ring(number: int, frame: object) -> None:
        raise TimeIsUpError

    board = Board(engine="renode", host="none")
    board.load(prebuilt_image("stuck"))
    board.engine.write(SITUATION, PERIPHERAL_FLAG)
    board.boot()
    before = signal.signal(signal.SIGALRM, ring)
    try:
        for _ in range(5):
            signal.setitimer(signal.ITIMER_REAL, 0.03)
            with pytest.raises(TimeIsUpError):
                board.run_for(100_000 * MS)
            at = board.engine.now
            board.run_for(MS)
            assert board.engine.now == at + MS
    finally:
        signal.signal(signal.SIGALRM, before)


def test_boards_in_one_process_do_not_meet() -> None:
    alone = booted()
    alone.run_for(MS)
    one, two = booted(), booted()
    for _ in range(10):
        one.run_for(MS // 10)
        two.run_for(MS // 10)
    assert alone.trace is not None
    for board in (one, two):
        assert board.trace is not None
        assert board.trace.events == alone.trace.events


def test_board_that_nobody_has_any_more_gives_its_threads_back() -> None:
    gc.collect()
    before = threads()
    for _ in range(10):
        booted().run_for(MS)
    gc.collect()
    assert threads() <= before + 3, "one board has as many"


def test_board_may_go_during_an_access_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    old = [booted() for _ in range(3)]
    for number in range(3):
        old[number].run_for(MS)
    board = booted()
    assert board.ipcc is not None
    read = board.ipcc.read

    def drop_one(offset: int, width: int) -> int:
        if old:
            old.pop()
            gc.collect()
        return read(offset, width)

    monkeypatch.setattr(board.ipcc, "read", drop_one)
    assert board.run_for(MS).reason in ("time", "idle")
    assert old == []
