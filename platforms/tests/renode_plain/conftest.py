"""Runs monitor scripts in a Renode of its own, and gives back what they said and what Renode logged."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import renode_here
from renode_plain_files import Session

_LIMIT_S = 180  # of the wall clock, against a Renode that hangs

_PRELUDE = """
logFile @{folder}/log
logLevel 2
python \"\"\"
def say(*words):
    with open('{folder}/said', 'a') as file:
        file.write(' '.join(str(word) for word in words) + chr(10))
def device(name):
    return monitor.Machine['sysbus.' + name].Model.device
def read(address):
    return int(monitor.Machine.SystemBus.ReadDoubleWord(address))
def write(address, value):
    monitor.Machine.SystemBus.WriteDoubleWord(address, value)
def run(seconds):
    monitor.Parse('emulation RunFor "%s"' % seconds)
\"\"\"
"""


@pytest.fixture
def renode(tmp_path: Path) -> Callable[..., Session]:
    """Run a monitor script; `environment` is added to that of this process."""

    def run(script: str, environment: dict[str, str] | None = None) -> Session:
        (tmp_path / "script.resc").write_text(_PRELUDE.format(folder=tmp_path) + script, encoding="utf-8")
        command = [*renode_here.COMMAND, "--console", "--plain", "--disable-gui"]
        done = subprocess.run(
            [*command, "-e", f"include @{tmp_path}/script.resc; q"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
            env={**os.environ, **(environment or {})},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said, log = tmp_path / "said", tmp_path / "log"
        return Session(
            said.read_text(encoding="utf-8").splitlines() if said.exists() else [],
            log.read_text(encoding="utf-8") if log.exists() else "",
            done.stdout + done.stderr,
        )

    return run
