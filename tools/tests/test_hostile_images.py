"""Hostile images end in a documented error or a clean run, within bounds of work and memory; nobody says `--for`.

Work is what `Engine.effort` counts, the same on every machine. What takes longest runs as a stranger would run it.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hostile_images import corpus, endless

from ipcclab.scenario import HASTY_EFFORT, Scenario
from mp1bench.board import Board
from mp1bench.boot_modes import PRODUCTION, choose_host
from mp1bench.check import check
from mp1bench.errors import IpccLabError
from mp1bench.image import read_image
from mp1bench.platform import read_platform

MEBIBYTES = 300
#: Runs a command from a small process, whose memory does not count as the command's, and says how it ended.
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
sys.stderr.write(f"\\n{code} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
"""
#: A look at what has been done comes late by what is done in a millisecond of virtual time at most.
MOST_EFFORT = HASTY_EFFORT * 3 // 2
#: Reasons for which a run without an end of its own stops. `fault` and `lockup` are the firmware's own end.
REASONS = {"idle", "running", "fault", "lockup"}
#: By exit code: a bad image, and one that makes Linux itself crash, as it would on a board.
CODES = {3: "refused", 1: "Linux crashes"}
PLATFORM = read_platform(None)


def outcome(path: Path) -> str:
    """How checking and running the image end: one of CODES, or the reason for the stop."""
    try:
        assert check(read_image(path, PLATFORM.regions), PLATFORM.regions)
        board = Board(platform=PLATFORM, host=choose_host(None, PRODUCTION, path))
        board.load(path)
        stop = Scenario(board).run()
        assert stop.detail
        assert board.engine.effort < MOST_EFFORT, path.name
    except IpccLabError as refused:
        return CODES[refused.exit_code] if str(refused).endswith((".", "?")) else f"no sentence: {refused}"
    return stop.reason


def test_each_image_ends_in_a_refusal_or_a_run_within_bounds(tmp_path):
    ends: Counter[str] = Counter()
    for name, content in corpus():
        path = tmp_path / name
        path.write_bytes(content)
        ends[outcome(path)] += 1
    assert ends.total() >= 300
    assert set(ends) <= {*CODES.values(), *REASONS}
    assert min(ends["refused"], ends["idle"], ends["running"]) > 0


def test_the_corpus_is_the_same_in_each_run():
    names = [name for name, _ in corpus()]
    assert len(set(names)) == len(names)
    assert list(corpus()) == list(corpus())


@pytest.mark.parametrize(
    ("name", "reason", "why"),
    [
        ("ring", "running", "still moving after "),
        ("poll-usart", "idle", "nothing has moved for 350,000 accesses"),
        ("masked", "idle", "nothing has moved for 350,000 accesses"),
        ("undefined", "running", "still moving after "),
    ],
)
def test_a_run_that_nobody_bounds_says_why_it_ends(name, reason, why, tmp_path):
    path = tmp_path / "endless.elf"
    path.write_bytes(dict(endless())[f"endless-{name}.elf"])
    board = Board(platform=PLATFORM)
    board.load(path)
    stop = Scenario(board).run()
    assert stop.reason == reason
    assert stop.detail.startswith(why)
    assert stop.detail.endswith("; --for TIME runs as long as you say")


def test_a_device_that_time_wakes_counts_towards_the_end(tmp_path):
    path = tmp_path / "endless.elf"
    path.write_bytes(dict(endless())["endless-timer.elf"])
    board = Board(platform=PLATFORM)
    board.load(path)
    assert Scenario(board).run().reason in ("idle", "running")
    assert board.engine.now < 60_000_000
    assert board.engine.effort > 300_000


@pytest.mark.parametrize("name", ["spin", "poll-usart"])
def test_under_a_debugger_a_run_does_not_end_by_itself(name, tmp_path):
    path = tmp_path / "endless.elf"
    path.write_bytes(dict(endless())[f"endless-{name}.elf"])
    board = Board(platform=PLATFORM)
    board.load(path)
    stop = Scenario(board, debugged=lambda: board.engine.now < 130_000_000).run()
    assert stop.reason in ("idle", "running")
    assert board.engine.now >= 130_000_000


def test_a_run_with_a_time_of_its_own_is_not_hurried(tmp_path):
    path = tmp_path / "endless.elf"
    path.write_bytes(dict(endless())["endless-poll-usart.elf"])
    board = Board(platform=PLATFORM)
    board.load(path)
    assert Scenario(board).run(6_000_000).reason == "time"
    assert board.engine.effort > 350_000


@pytest.mark.parametrize(
    "name",
    ["endless-ring.elf", "endless-write-scs.elf", "endless-walk.elf", "endless-masked.elf"],
)
def test_the_longest_runs_of_a_stranger_stay_within_bounds(name, tmp_path):
    (tmp_path / name).write_bytes(dict(endless())[name])
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", "ipcclab", "run", str(tmp_path / name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    code, kibibytes = map(int, ended.stderr.rpartition("\n")[2].split())
    assert code in (0, 1, 3, 5), ended.stderr[-2000:]
    assert kibibytes < MEBIBYTES << 10
