"""What the README shows is run: each command with its output, each example as a file of its own.

In expected output `…` stands for any text, and a line of `…` alone for any lines.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from renode_here import COMMAND, needs_pyrenode, needs_renode

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
#: These set up, build or measure; here it is enough that make knows how.
DRY = ("make test", "make test-renode", "make check", "make prove", "make mutants", "make bench", "make firmware")

pytest_plugins = ["pytester"]


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def sessions():
    """(command, expected output) of every `$` line, in order; one list for each block."""
    for block in blocks("console"):
        session = [part.partition("\n")[::2] for part in block.split("$ ") if part]
        (first, _), *_ = session
        marks = [needs_pyrenode] if "--engine renode" in first else []
        yield pytest.param(session, marks=marks, id=first if marks else first.partition(" --")[0])


def pattern(expected):
    lines = [".*" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in expected.splitlines()]
    return re.compile("".join("(?:.*\n)*?" if line == ".*" else line for line in lines))


def run(command, folder, status):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    environment |= {"PATH": f"{BIN}{os.pathsep}{environment['PATH']}", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    if command in DRY:
        command += " --dry-run"
    if command.startswith("make"):
        command, folder = f"{command} BIN={BIN} READY=", ROOT
    shell = ["bash", "-c", f"(exit {status}); {command}"]
    return subprocess.run(
        shell,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("session", list(sessions()))
def test_console_block_shows_what_happens(session, tmp_path):
    shutil.copytree(ROOT / "firmware" / "prebuilt", tmp_path / "firmware" / "prebuilt")
    status = 0
    for command, expected in session:
        done = run(command, tmp_path, status)
        status = done.returncode
        if command in DRY:
            assert status == 0, done.stdout
        else:
            assert pattern(expected).fullmatch(done.stdout), f"$ {command}\n{done.stdout}"


@needs_renode
def test_monitor_session_shows_what_happens():
    (session,) = blocks("monitor")
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
    (example,) = blocks("robotframework")
    (tmp_path / "example.robot").write_text(example, encoding="utf-8")
    done = run("robot example.robot", tmp_path, 0)
    assert done.returncode == 0, done.stdout


def test_pytest_example_passes(pytester):
    (example,) = blocks("python")
    pytester.makepyfile(example)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_python_session_shows_what_happens(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "firmware" / "prebuilt", tmp_path / "firmware" / "prebuilt")
    monkeypatch.chdir(tmp_path)
    (session,) = blocks("pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", None, None)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert "".join(said) == ""


def test_first_output_follows_the_picture():
    assert README.index("```\n firmware.elf") < README.index("$ make demo")
