"""What becomes of the core on Renode is what becomes of it on the embedded engine: faults, lock-ups, sleeps, resets.

And what Renode cannot do is refused in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.engine import CoreState
from mp1bench.engine.renode.processor import Processor
from mp1bench.errors import ModelError, SnapshotError, UsageError
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Core, Interrupt
from renode_here import needs_pyrenode

pytestmark = needs_pyrenode

ENGINES = ("embedded", "renode")
HANDLERS = 0x10000800
SCR, SLEEPDEEP, AIRCR = 0xE000ED10, 1 << 2, 0xE000ED0C
ISER, STIR = 0xE000E100, 0xE000EF00
CSR, RVR, CVR = 0xE000E010, 0xE000E014, 0xE000E018
EXTI_C2IMR1, EXTI_C2IMR2, IPCC_WAKE_UP = 0x5000D0C0, 0x5000D0D0, 1 << 30
C1SCR, DOORBELL = 0x4C001008, [(0x4C001010, 1), (0x4C001014, 0xFFFFFFFE), (0xE000E10C, 1 << 7)]
Start = Callable[..., Board]


@pytest.fixture
def start(elf: Any, write: Callable[..., Path]) -> Start:
    """A board without host whose M4 has run this code for 0.1 ms; `handler` is what all its vectors lead to."""

    def board(engine: str, *code: bytes, handler: bytes = elf.SPIN) -> Board:
        vectors = elf.VECTORS + (HANDLERS | 1).to_bytes(4, "little") * 164
        loads = [elf.Load(0, vectors), elf.Load(0x10000000, b"".join(code)), elf.Load(HANDLERS, handler)]
        board = Board(host="none", engine=engine)
        board.load(write(loads=loads))
        board.boot()
        board.run_for(100_000)
        return board

    return board


def story(board: Board) -> list[tuple[str, str]]:
    """What the trace says of the core."""
    assert board.trace is not None
    return [(event.what, event.detail) for event in board.trace.events if isinstance(event, Core)]


def state(board: Board) -> CoreState:
    state = board.engine.core_state()
    assert state is not None
    return state


# -- faults ---------------------------------------------------------------------------------------------------


def test_fault_in_the_handler_of_a_fault_locks_up(start: Start, elf: Any) -> None:
    embedded, renode = (start(engine, elf.UNDEFINED, handler=elf.UNDEFINED) for engine in ENGINES)
    assert renode.stop == embedded.stop
    assert renode.stop is not None
    assert renode.stop.reason == "lockup"
    assert story(renode) == story(embedded)
    assert renode.crash() == embedded.crash()


def test_locked_up_core_starts_again(start: Start, elf: Any) -> None:
    board = start("renode", elf.UNDEFINED, handler=elf.UNDEFINED)
    board.engine.write_bytes(0x10000000, elf.SPIN)
    board.engine.release()
    board.run_for(100_000)
    assert not state(board).locked_up
    assert state(board).fault is None
    assert state(board).pc == 0x10000000


@pytest.mark.parametrize("address", [0x08000000, 0x60000000, 0x20000000])
def test_access_to_where_nothing_is_faults(start: Start, elf: Any, address: int) -> None:
    embedded, renode = (start(engine, elf.poke(address, 1), elf.SLEEP) for engine in ENGINES)
    assert state(renode) == state(embedded)
    assert story(renode) == story(embedded)


@pytest.mark.parametrize("address", [0x08000000, 0x4C001000, 0x50F00000], ids=["nothing", "a device", "a gap"])
def test_jump_to_where_no_code_is_ends_in_the_fault_handler_and_not_in_renode(
    start: Start, elf: Any, address: int
) -> None:
    jump = elf.poke(0x10040100, address | 1)[:-2] + b"\x08\x47"  # bx r1
    board = start("renode", jump)
    fault = state(board).fault
    assert fault is not None
    assert (fault.exception, fault.pc) == ("HardFault", address)
    assert state(board).active_exception == 3


def test_condition_that_raises_when_a_fault_is_reported_ends_the_run(start: Start, elf: Any) -> None:
    board = start("renode", elf.SLEEP)
    board.engine.hold()
    board.engine.write_bytes(0x10000000, elf.UNDEFINED)
    board.engine.release()

    def condition() -> bool:
        if state(board).fault is not None:
            raise UsageError("once is enough.")
        return False

    before = board.engine.now
    with pytest.raises(UsageError, match=r"^once is enough\.$"):
        board.run_until(condition, 100_000)
    assert board.engine.now < before + 1_000


# -- interrupts -----------------------------------------------------------------------------------------------


@pytest.fixture
def interrupting_itself(start: Start, elf: Any) -> Board:
    """Its M4 makes interrupt 5 pending again and again, and the handler returns at once."""
    again = elf.poke(STIR, 5)
    back = (0xE000 | -(len(again) + 4) // 2 & 0x7FF).to_bytes(2, "little")
    return start("renode", elf.poke(ISER, 1 << 5), again, back, handler=b"\x70\x47")


def test_bench_may_look_at_the_core_just_when_it_takes_an_interrupt(interrupting_itself: Board) -> None:
    board, active = interrupting_itself, set()
    for _ in range(20):
        board.run_for(5)
        active.add(state(board).active_exception)
        board.snapshot()
    assert active == {0, 16 + 5}


def test_bench_may_restart_the_core_just_when_it_takes_an_interrupt(interrupting_itself: Board) -> None:
    board = interrupting_itself
    for after in range(1_000, 1_100, 5):
        board.run_for(after)
        board.engine.hold()
        board.engine.release()
        board.run_for(5)
        assert (state(board).active_exception, state(board).fault) == (0, None)
        assert 0x10000000 < state(board).pc < 0x10000008


# -- sleep ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mask", "interrupts"), [(IPCC_WAKE_UP, [103]), (0, [])], ids=["unmasked", "masked"])
def test_doorbell_wakes_from_stop_if_its_wake_up_line_is_unmasked(
    start: Start, elf: Any, mask: int, interrupts: list[int]
) -> None:
    stores = [(EXTI_C2IMR1, 0), *DOORBELL, (EXTI_C2IMR2, mask), (SCR, SLEEPDEEP)]
    board = start("renode", *(elf.poke(*store) for store in stores), elf.SLEEP)
    assert state(board).deep
    board.engine.write(C1SCR, 1 << 16)
    board.run_for(100_000)
    assert board.trace is not None
    assert [event.number for event in board.trace.events if isinstance(event, Interrupt)] == interrupts
    assert state(board).deep == (not interrupts)


def test_systick_stands_still_in_deep_sleep(start: Start, elf: Any) -> None:
    for engine, deep in (("embedded", SLEEPDEEP), ("renode", SLEEPDEEP), ("renode", 0)):
        board = start(engine, *(elf.poke(*store) for store in [(RVR, 999), (CVR, 0), (SCR, deep), (CSR, 7)]), elf.SLEEP)
        board.run_for(1_000_000)
        assert state(board).asleep == bool(deep)
        assert state(board).active_exception == (0 if deep else 15)


# -- resets ---------------------------------------------------------------------------------------------------


def test_reset_request_starts_the_core_again(start: Start, elf: Any) -> None:
    embedded, renode = (start(engine, elf.poke(AIRCR, 0x05FA0004), elf.SPIN) for engine in ENGINES)
    assert story(renode)[:5] == story(embedded)[:5]
    assert [what for what, _ in story(renode)[:5]] == ["released", "held", "released", "held", "released"]


def test_linux_recovers_a_crashed_m4() -> None:
    logs = []
    for engine in ENGINES:
        board = Board(engine=engine)
        board.load(prebuilt_image("rpmsg_echo"))
        board.boot()
        board.run_for(1_000_000)
        board.linux.user.write_text("/sys/kernel/debug/remoteproc/remoteproc0/crash", "1")
        board.run_for(3_000_000)
        logs.append([what for what, _ in story(board)])
    assert logs[0] == logs[1]
    assert logs[1].count("released") == 2


# -- semihosting, snapshots -----------------------------------------------------------------------------------


def test_semihosting_answers_in_r0_and_ends_the_run(start: Start) -> None:
    errno, keep = b"\x13\x20\xab\xbe", b"\x04\x46"  # movs r0, #SYS_ERRNO; bkpt 0xab; mov r4, r0
    leave = b"\x18\x20\x01\x49\xab\xbe\xfe\xe7" + b"\x00\xbf" + b"\x26\x00\x02\x00"  # SYS_EXIT, application exit
    for engine in ENGINES:
        board = start(engine, errno, keep, leave)
        assert board.stop is not None
        assert board.stop.detail == "the firmware ended the run (semihosting SYS_EXIT)"
        registers = board.engine.core_part()["registers"]  # type: ignore[attr-defined]
        assert registers["general"][4] == 2


def test_semihosting_prints_on_its_console() -> None:
    printed = []
    for engine in ENGINES:
        board = Board(engine=engine, host="none")
        board.load(prebuilt_image("exceptions"))
        board.boot()
        board.run_until(lambda: board.uart.get("semihosting", "").count("\n") >= 3, 5_000_000)  # noqa: B023  # run at once
        printed.append(board.uart["semihosting"].splitlines()[:3])
    assert printed[0] == printed[1]


def test_snapshot_goes_on_in_the_embedded_engine() -> None:
    boards = []
    for engine in ("renode", "embedded"):
        board = Board(engine=engine, host="none")
        board.load(prebuilt_image("ipcc_signals"))
        boards.append(board)
    renode, embedded = boards
    renode.boot()
    renode.run_for(1_000_000)
    embedded.restore(renode.snapshot())
    assert embedded.engine.core_state() == renode.engine.core_state()
    for board in (renode, embedded):
        board.engine.write(C1SCR, 1 << 16)
        board.run_for(1_000_000)
    assert embedded.registers() == renode.registers()


def test_renode_refuses_to_go_on_from_a_snapshot_and_stays_as_it_is(start: Start, elf: Any) -> None:
    board = start("renode", elf.SLEEP)
    snapshot = board.snapshot()
    board.run_for(100_000)
    now = board.engine.now
    with pytest.raises(SnapshotError, match=r"^Renode cannot go on from a snapshot\. Restore it on a board with"):
        board.restore(snapshot)
    assert board.engine.now == now


def test_core_that_renode_gives_up_is_locked_up_and_does_not_start_again(
    start: Start, elf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Processor, "add_gap", lambda *_: None)  # Renode then ends at code outside RAM
    board = start("renode", elf.poke(0x10040100, 0x08000001)[:-2] + b"\x08\x47")
    assert board.stop == ("lockup", "the M4 is locked up: Renode has given it up at pc 0x08000000")
    board.run_for(100_000)
    assert board.stop is not None
    assert board.stop.reason == "time"
    board.engine.release()
    with pytest.raises(ModelError, match=r"^Renode has given this Cortex-M4 up and cannot start it again\."):
        board.run_for(100_000)


def test_looking_leaves_countflag_set(start: Start, elf: Any) -> None:
    board = start("renode", elf.poke(RVR, 9), elf.poke(CVR, 0), elf.poke(CSR, 5), elf.SPIN)
    looks = [board.engine.core_part()["space"]["systick"]["control"] for _ in range(2)]  # type: ignore[attr-defined]
    assert looks == [1 << 16 | 5] * 2


def test_interrupt_does_not_start_a_systick_that_the_firmware_stopped(start: Start, elf: Any) -> None:
    stores = [(RVR, 999), (CVR, 0), (CSR, 5), (CSR, 4), *DOORBELL]
    board = start("renode", *(elf.poke(*store) for store in stores), elf.SLEEP)
    board.engine.write(C1SCR, 1 << 16)
    board.run_for(100_000)
    assert state(board).active_exception == 16 + 103
    assert board.engine.core_part()["space"]["systick"]["control"] == 4  # type: ignore[attr-defined]


def test_cycle_counter_counts_as_on_the_embedded_engine(start: Start, elf: Any) -> None:
    counting = [elf.poke(0xE000EDFC, 1 << 24), elf.poke(0xE0001000, 1)]
    load = elf.poke(0xE0001004, 0)[:8] + b"\x04\x68"  # r0 = CYCCNT's address; ldr r4, [r0]
    seen = []
    for engine in ENGINES:
        board = start(engine, *counting, load, elf.SPIN)
        seen.append(board.engine.core_part()["registers"]["general"][4])  # type: ignore[attr-defined]
    assert seen[0] > 0
    assert seen[0] == seen[1]
