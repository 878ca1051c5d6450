"""The engines that execute a Cortex-M4 tell the same story: scenario by scenario, their traces and summaries are equal.

Equal but for what has a time in it or counts instructions, and in many scenarios even with that. Where a scenario
differs in more, it says what and why. The scenarios are in `engine_scenarios.py`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from engine_scenarios import EXACT, MS, SCENARIOS

from ipcclab.summary import summarize
from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Access, Core, Event, Interrupt
from renode_here import needs_pyrenode

pytestmark = needs_pyrenode

#: Of the summary: which engine, and what is a time or a count of instructions, or made from them.
_ENGINES_OWN = ("engine", "engine_version", "virtual_ns", "instructions", "trace_sha256")
_TIMES = re.compile(r"\d+ (?=ns of virtual time|cycles)")


class Difference(NamedTuple):
    """What else may differ: kinds of events, parts of the summary. Each must, or the entry is out of date."""

    why: str
    events: tuple[type, ...] = ()
    summary: tuple[str, ...] = ()


DIFFERENCES = {
    "stuck: STORM": Difference(
        "an interrupt that the M4 itself lets through is taken one instruction later, and so is each of the storm",
        events=(Interrupt,),
        summary=("diagnosis",),
    ),
    "stuck: WILD_JUMP": Difference(
        "Renode takes a jump to where nothing is for a bus fault, not for a forbidden address",
        events=(Core,),
        summary=("diagnosis",),
    ),
    "stuck: EVENT_SLEEP": Difference("in Renode a WFE returns at once", summary=("diagnosis",)),
    "stuck: RESTS_IN_WFI": Difference(
        "Renode tells of a sleep when it ends, here after the run", summary=("stop", "stop_detail")
    ),
}


def story(board: Board, but: tuple[type, ...] = ()) -> list[Event]:
    """The trace without times."""
    assert board.trace is not None
    told = []
    for event in board.trace.events:
        if not isinstance(event, but):
            bare = event._replace(t=0)
            told.append(bare._replace(text=_TIMES.sub("", bare.text)) if hasattr(bare, "text") else bare)
    return told


def summary(board: Board, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The summary without what is the engine's own; `but` are the parts left out besides."""
    assert board.stop is not None
    return without_times({key: value for key, value in summarize(board, board.stop).items() if key not in but})


def without_times(summary: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps({key: value for key, value in summary.items() if key not in _ENGINES_OWN})
    found: dict[str, Any] = json.loads(_TIMES.sub("", re.sub(r'"at_ns": \d+', '"at_ns": 0', text)))
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_story_is_the_same(name: str) -> None:
    play, differs = SCENARIOS[name], DIFFERENCES.get(name, Difference(""))
    embedded, renode = play("embedded"), play("renode")
    assert (embedded.engine.name, renode.engine.name) == ("embedded", "renode")
    assert story(embedded, differs.events) == story(renode, differs.events)
    for board in (embedded, renode):
        assert board.trace is not None
        times = [event.t for event in board.trace.events]
        assert times == sorted(times), f"{board.engine.name}: time goes back"
    if embedded.image is not None and embedded.stop is not None:
        assert summary(embedded, differs.summary) == summary(renode, differs.summary)
    if name in DIFFERENCES:
        assert (story(embedded), summary(embedded)) != (story(renode), summary(renode)), "they do not differ any more"
    if name in EXACT - DIFFERENCES.keys():
        assert embedded.trace is not None
        assert renode.trace is not None
        assert embedded.trace.events == renode.trace.events


def test_there_are_traces_to_compare() -> None:
    """At least one of each scenario's own kind: else equality would say nothing."""
    assert len(SCENARIOS) > 50
    assert len(EXACT) > 30


#: ldr r0, =0x4C001000; then a load from there, and another behind an IT block one of whose two instructions is skipped.
_IT = bytes.fromhex("0448 0021 0268 0029 0cbf 0123 0023 0268 fee7 00bf 0010004c")


def test_instruction_whose_condition_fails_takes_time_in_renode_only(tmp_path: Path) -> None:
    image = tmp_path / "it.bin"
    image.write_bytes(bytes.fromhex("0000 0410 4100 0000").ljust(0x40, b"\0") + _IT)
    apart = {}
    for engine in ("embedded", "renode"):
        board = Board(engine=engine, host="none")
        board.load(image, 0)
        board.boot()
        board.run_for(1000)
        assert board.trace is not None
        first, second = (event.t for event in board.trace.events if isinstance(event, Access) and event.pc)
        apart[engine] = second - first
    assert apart == {"embedded": 4 * 5, "renode": 5 * 5}


# -- repeatability --------------------------------------------------------------------------------------------------


def test_runs_of_one_process_are_equal_with_their_times() -> None:
    first, second = (SCENARIOS["100 messages to a task"]("renode") for _ in range(2))
    assert first.trace is not None
    assert second.trace is not None
    assert first.trace.events == second.trace.events
    assert first.engine.instructions == second.engine.instructions


def test_trace_changes_nothing() -> None:
    """Neither the count of instructions nor what the firmware finds."""
    found = []
    for trace in (True, False):
        board = Board(engine="renode", host="none", trace=trace)
        board.load(prebuilt_image("neighbours"))
        board.boot()
        for command in ("tim 1", "dma"):
            board.run_for(20 * MS)
            board.uart_input("uart4", f"{command}\n".encode())
        board.run_for(20 * MS)
        found.append((board.engine.instructions, board.uart["uart4"]))
    assert found[0] == found[1]


def run_ipcclab(engine: str, folder: Path) -> dict[str, Any]:
    """The summary of a run in a process of its own."""
    path = folder / f"{engine}.json"
    exchange = ["--send", "hello", "--expect", "hello", "--engine", engine, "--quiet", "--summary", str(path)]
    command = [sys.executable, "-m", "ipcclab", "run", str(prebuilt_image("rpmsg_echo")), *exchange]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_processes_give_equal_summaries(tmp_path: Path) -> None:
    """On one engine altogether, with the trace's checksum; on two but for engine, version, times and counts."""
    first, second = (run_ipcclab("renode", tmp_path) for _ in range(2))
    assert first == second
    assert first["engine"] == "renode"
    assert without_times(first) == without_times(run_ipcclab("embedded", tmp_path))
