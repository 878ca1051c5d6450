"""What is said of firmware that has stopped moving is the same whether Renode or the embedded engine executes it.

Each situation of the image `stuck`, and what differs for good by name.
"""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.diagnosis.sentence import whereabouts
from mp1bench.platform import Platform, read_platform
from mp1bench.shipped import default_platform, prebuilt_image
from renode_here import needs_pyrenode
from test_diagnosis_stuck import C1SCR, MS, SITUATION, situations

pytestmark = needs_pyrenode

#: A WFE is no sleep on Renode; what moves is met a few instructions elsewhere; a fetch from nowhere has another status.
DIFFERENT = {"EVENT_SLEEP", "STORM", "BLINKS", "WILD_JUMP"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    path = tmp_path_factory.mktemp("slow") / "slow.repl"
    path.write_text(f'using "{default_platform()}"\ncpu:\n    PerformanceInMips: 10\n')
    return read_platform(path)


def run(platform: Platform, engine: str, situation: str, looks: int = 0) -> Board:
    """For 3 ms; Linux's signal on channel 1 comes after the first. `looks` is how often it is looked at meanwhile."""
    board = Board(platform=platform, host="none", engine=engine)
    board.load(prebuilt_image("stuck"))
    board.engine.write(SITUATION, situations()[situation])
    board.boot()
    board.run_for(1 * MS)
    board.engine.write(C1SCR, 1 << 16)
    for _ in range(looks):
        board.run_for(2 * MS // looks)
        board.engine.core_state()
        board.snapshot()
        board.diagnose()
    board.run_for(3 * MS - board.engine.now)
    return board


def events(board: Board) -> list[tuple[object, ...]]:
    """The trace without times."""
    assert board.trace is not None
    return [
        (type(event), *(value for name, value in event._asdict().items() if name != "t"))
        for event in board.trace.events
    ]


@pytest.mark.parametrize("situation", sorted(set(situations()) - DIFFERENT))
def test_same_is_said_of_it_as_on_the_embedded_engine(slow: Platform, situation: str) -> None:
    embedded, renode = run(slow, "embedded", situation), run(slow, "renode", situation)
    assert renode.diagnose() == embedded.diagnose()
    assert renode.crash() == embedded.crash()
    assert events(renode) == events(embedded)


@pytest.mark.parametrize(
    "situation", ["ENDLESS_LOOP", "SLEEP_WITHOUT_INTERRUPTS", "DEEP_SLEEP_WITHOUT_WAKEUP", "BAD_ADDRESS"]
)
def test_core_is_seen_as_on_the_embedded_engine(slow: Platform, situation: str) -> None:
    embedded, renode = run(slow, "embedded", situation), run(slow, "renode", situation)
    assert renode.engine.core_state() == embedded.engine.core_state()
    assert whereabouts(renode) == whereabouts(embedded)


def test_storm_is_found(slow: Platform) -> None:
    said = run(slow, "renode", "STORM").diagnose()
    assert said is not None
    assert "interrupt 39 (usart3.IRQ) comes again and again, because its handler leaves the line" in said


def test_fetch_from_nowhere_is_a_bus_fault_of_a_load(slow: Platform) -> None:
    said = run(slow, "renode", "WILD_JUMP").diagnose()
    assert said is not None
    fault = "HardFault at pc 0xDEADBEEE (PRECISERR, BFARVALID, FORCED) at address 0xDEADBEEE, called from `main+0x"
    assert fault in said


def test_wfe_goes_on_at_once(slow: Platform) -> None:
    state = run(slow, "renode", "EVENT_SLEEP").engine.core_state()
    assert state is not None
    assert not state.asleep


@pytest.mark.parametrize("situation", ["TICK_IN_HANDLER", "BLINKS", "DEEP_SLEEP_WITHOUT_WAKEUP", "RESTS_IN_WFI"])
def test_looking_changes_nothing(slow: Platform, situation: str) -> None:
    untouched, watched = run(slow, "renode", situation), run(slow, "renode", situation, looks=8)
    assert watched.trace is not None
    assert untouched.trace is not None
    assert watched.trace.events == untouched.trace.events
    assert watched.engine.instructions == untouched.engine.instructions
