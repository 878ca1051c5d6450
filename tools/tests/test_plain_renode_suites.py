"""The suites for plain Renode, where there is none: each test is reported, none is run. renode-test runs them."""

from __future__ import annotations

from pathlib import Path

import robot
from robot import api, model

FOLDER = Path(__file__).parents[2] / "robot_tests" / "renode"
# linux_guest is for a Renode in Python: see test_guest_library.py.
SUITES = [path for path in sorted(FOLDER.glob("*.robot")) if path.stem != "linux_guest"]
REASON = "needs Renode: run it with renode-test, see platforms/RENODE.md"


def cases_of(suite: model.TestSuite) -> list[model.TestCase]:
    return [*suite.tests, *(test for inner in suite.suites for test in cases_of(inner))]


def test_every_test_is_skipped_by_name_and_without_noise(tmp_path: Path) -> None:
    with (tmp_path / "console.txt").open("w", encoding="utf-8") as console:
        robot.run(*SUITES, outputdir=tmp_path, stdout=console, stderr=console, log="NONE", report="NONE")
    cases = cases_of(api.ExecutionResult(tmp_path / "output.xml").suite)
    assert len(cases) >= 39
    assert {case.name: case.message for case in cases if not case.skipped or REASON not in case.message} == {}
    said = (tmp_path / "console.txt").read_text(encoding="utf-8")
    assert "[ WARN ]" not in said
    assert "[ ERROR ]" not in said


def test_they_need_nothing_but_renode() -> None:
    """No library, and no resource from outside their folder but Renode's own."""
    files = [*SUITES, *FOLDER.glob("*.resource")]
    imports = {
        line.split()[1]
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("Library ", "Resource ", "Variables "))
    }
    assert imports - {path.name for path in files} == {"${RENODEKEYWORDS}"}
