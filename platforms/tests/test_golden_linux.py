"""The host model does what the real Linux code did: every recording, replayed event for event.

A recording that the model cannot follow, or that cannot be read, is a failure. `--golden DIR` replays other recordings,
`--kernel 6.12` those of another kernel.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mp1bench.linux.kernel.flavour import find_flavour
from replay import ipcc, rpmsg
from replay.cursor import Mismatch, read

HERE = Path(__file__).parent / "golden"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = metafunc.config.getoption("--golden", None) or HERE
    paths = sorted(folder.rglob("*.jsonl"))
    metafunc.parametrize("path", paths, ids=[str(path.relative_to(folder)) for path in paths])


def test_recording(path: Path, request: pytest.FixtureRequest) -> None:
    difference = _difference(path, request.config.getoption("--kernel", "6.1"))
    if difference:
        pytest.fail(difference, pytrace=False)


def _difference(path: Path, kernel: str) -> str:
    """Where the model leaves the recording, in one sentence; empty if it does not."""
    try:
        lines = read(path)
        replay = rpmsg.replay if "vring0" in lines[0]["config"] else ipcc.replay
        replay(lines, find_flavour(kernel))
    except Mismatch as difference:
        return f"{path.name}, {difference}"
    except Exception as error:  # a recording that no check foresaw is still a failure of one sentence
        return f"{path.name}: the replay cannot go on: {type(error).__name__}: {error}"
    return ""
