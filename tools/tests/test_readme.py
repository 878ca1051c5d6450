"""What the README shows is run: each command with its output, each example as a file of its own."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess

import pytest
from shown import ROOT, blocks, play, run, sessions

from renode_here import COMMAND, needs_pyrenode, needs_renode

README = (ROOT / "README.md").read_text(encoding="utf-8")

pytest_plugins = ["pytester"]


def marked():
    """The console sessions, each with what it needs."""
    for session in sessions(README):
        first, _ = session[0]
        marks = [needs_pyrenode] if "--engine renode" in first else []
        yield pytest.param(session, marks=marks, id=first if marks else first.partition(" --")[0])


@pytest.mark.parametrize("session", list(marked()))
def test_console_block_shows_what_happens(session, tmp_path):
    shutil.copytree(ROOT / "firmware" / "prebuilt", tmp_path / "firmware" / "prebuilt")
    play(session, tmp_path)


@needs_renode
def test_monitor_session_shows_what_happens():
    (session,) = blocks(README, "monitor")
    typed = [line.partition(") ")[2] for line in session.splitlines() if line.startswith("(machine-0) ")]
    done = subprocess.run(
        [*COMMAND, "--console", "--plain", "--disable-gui", "--hide-log"],
        input="\n".join(["mach create", *typed, "quit", ""]),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    # The console breaks a long line where a terminal would.
    assert re.sub(r"\s", "", session) in re.sub(r"\s", "", done.stdout)


def test_robot_example_passes(tmp_path):
    (example,) = blocks(README, "robotframework")
    (tmp_path / "example.robot").write_text(example, encoding="utf-8")
    done = run("robot example.robot", tmp_path, 0)
    assert done.returncode == 0, done.stdout


def test_pytest_example_passes(pytester):
    (example,) = blocks(README, "python")
    pytester.makepyfile(example)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


@pytest.mark.parametrize("session", blocks(README, "pycon"), ids=["linux", "mcapi"])
def test_python_session_shows_what_happens(session, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "firmware" / "prebuilt", tmp_path / "firmware" / "prebuilt")
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", None, None)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert "".join(said) == ""


def test_first_output_follows_the_picture():
    assert README.index("```\n firmware.elf") < README.index("$ make demo")
