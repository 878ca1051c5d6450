"""What a page shows, for the test that runs it: its blocks, its console sessions, and what a command's output must be.

In expected output `…` stands for any text, and a line of `…` alone for any lines. It holds no test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from guest_here import SOURCES

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
#: These set up, build or measure; here it is enough that make knows how.
DRY = ("make test", "make test-renode", "make check", "make prove", "make mutants", "make bench", "make firmware")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def sessions(page):
    """(command, expected output) of every `$` line, in order; one list for each block."""
    for block in blocks(page, "console"):
        yield [part.partition("\n")[::2] for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]


def play(session, folder):
    """Run a session in `folder`, and give all that it printed. Each command prints what the page shows."""
    status, printed = 0, ""
    for command, expected in session:
        done = run(command, folder, status)
        status = done.returncode
        printed += done.stdout
        if command in DRY:
            assert status == 0, done.stdout
        else:
            assert pattern(expected).fullmatch(done.stdout), f"$ {command}\n{done.stdout}"
    return printed


def pattern(expected):
    lines = [".*" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in expected.splitlines()]
    return re.compile("".join("(?:.*\n)*?" if line == ".*" else line for line in lines))


def run(command, folder, status):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    environment |= {"PATH": f"{BIN}{os.pathsep}{environment['PATH']}", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    if command in DRY:
        command += " --dry-run"
    if SOURCES.kernel and SOURCES.busybox:  # else apt would fetch them
        packages = f"--kernel {SOURCES.kernel} --busybox {SOURCES.busybox}"
        command = re.sub(r"(ipcclab guest (build|run))", rf"\1 {packages}", command)
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
