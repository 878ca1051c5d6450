"""The Robot suites of this repository, run as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest
import robot

SUITES = sorted((Path(__file__).parents[2] / "robot_tests").glob("*.robot"))


def test_there_are_suites() -> None:
    assert [suite.stem for suite in SUITES] == ["ipcc_registers", "rpmsg", "send_receive", "traces"]


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.stem)
def test_suite_passes(suite: Path, tmp_path: Path) -> None:
    with (tmp_path / "console.txt").open("w+", encoding="utf-8") as console:
        failed = robot.run(suite, outputdir=tmp_path, stdout=console, stderr=console, log="NONE", report="NONE")
        console.seek(0)
        assert failed == 0, console.read()
