"""The runner of the deliberate bugs: what it copies, what it runs, what it says. The full run is `make mutants`."""

from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUNNER = Path(__file__).parents[1] / "mutants.py"


@pytest.fixture
def runner() -> Any:
    """The script's globals: what it looks up when it runs, so that a test can put something else there."""
    return runpy.run_path(str(RUNNER), run_name="mutants")


def start(runner: Any, *names: str) -> int:
    return int(runner["main"](list(names)))


def judge_with(runner: Any, judge: Callable[[Any], tuple[str, str]]) -> None:
    runner["main"].__globals__["judge"] = judge


def test_copy_is_imported_before_the_installed_package(runner: Any, tmp_path: Path) -> None:
    folder = runner["copy"](tmp_path)
    done = runner["run"](folder, "-c", "import stm32mp1.ipcc; print(stm32mp1.ipcc.__file__)")
    assert done.stdout.strip() == str(tmp_path / "stm32mp1" / "ipcc.py")


def test_pytest_and_robot_run_with_the_copy(runner: Any, tmp_path: Path) -> None:
    """A package without its device fails both at once, whatever is installed."""
    folder = runner["copy"](tmp_path)
    (folder / "stm32mp1" / "ipcc.py").write_text("raise ImportError('the copy')\n", encoding="utf-8")
    done = runner["run"](folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", runner["TESTS"] / "test_ipcc_lines.py")
    assert "the copy" in done.stdout
    done = runner["run"](
        folder, "-m", "robot", "--output=NONE", "--log=NONE", "--report=NONE", "--console=quiet", runner["SUITES"][0]
    )
    assert "the copy" in done.stderr


def test_copy_with_a_mutant_differs_in_one_file(runner: Any, tmp_path: Path) -> None:
    mutant = runner["mutants"](["verr-2"])[0]
    folder = runner["copy"](tmp_path, mutant)
    changed = [
        file.name
        for file in sorted(runner["PACKAGE"].glob("*.py"))
        if file.read_bytes() != (folder / "stm32mp1" / file.name).read_bytes()
    ]
    assert changed == ["ipcc_table.py"]
    assert "identification(0x20, " in (folder / "stm32mp1" / "ipcc_table.py").read_text(encoding="utf-8")


def test_mutants_keep_the_order_of_the_list(runner: Any) -> None:
    chosen = runner["mutants"](["verr-2", "scr-reads-back"])
    assert [mutant.name for mutant in chosen] == ["scr-reads-back", "verr-2"]


def test_unknown_mutant_is_a_sentence(runner: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(runner, "scr-read-back") == 2
    assert capsys.readouterr().err == "mutants: there is no mutant 'scr-read-back'. Did you mean `scr-reads-back`?\n"


@pytest.mark.parametrize(("text", "times"), [("", 0), ("old old", 2)])
def test_mutant_that_does_not_fit_is_a_sentence(runner: Any, text: str, times: int) -> None:
    mutant = runner["Mutant"]("name", "A sentence.", "ipcc.py", "old", "new")
    with pytest.raises(Exception, match=rf"^name: ipcc\.py has its old text {times} times, not once\.$"):
        runner["broken"](text, mutant)


def test_mutant_that_cannot_be_imported_is_an_error_of_the_list(runner: Any) -> None:
    old, new = "from stm32mp1.device import Device\n", "raise ImportError('gone')\n"
    mutant = runner["Mutant"]("no-import", "A sentence.", "ipcc.py", old, new)
    with pytest.raises(Exception, match=r"^no-import: the package cannot be imported from a copy:\n(.*\n)*.*gone"):
        runner["judge"](mutant)


def test_suites_that_fail_without_a_bug_stop_the_run(runner: Any, capsys: pytest.CaptureFixture[str]) -> None:
    judge_with(runner, lambda mutant: ("", "Should Be Fine"))
    assert start(runner) == 2
    assert capsys.readouterr().err == (
        "mutants: the suites fail without any bug, at Should Be Fine: mend that first.\n"
    )


def test_a_mutant_that_one_suite_does_not_notice_fails_the_run(runner: Any, capsys: pytest.CaptureFixture[str]) -> None:
    judge_with(runner, lambda mutant: ("test_x.py::test_y", "") if mutant else ("", ""))
    assert start(runner, "verr-2") == 1
    assert capsys.readouterr().out == (
        "verr-2: VERR says revision 2.0.\n"
        "    pytest  killed by test_x.py::test_y\n"
        "    Robot   SURVIVES\n"
        "\n"
        "1 mutants, 1 killed by pytest, 0 killed by Robot\n"
    )


def test_all_mutants_noticed_by_both_pass_the_run(runner: Any, capsys: pytest.CaptureFixture[str]) -> None:
    judge_with(runner, lambda mutant: ("test_x.py::test_y", "Should Be Z") if mutant else ("", ""))
    assert start(runner) == 0
    count = len(runner["mutants"]())
    out, progress = capsys.readouterr()
    assert progress == ""  # no terminal
    last = out.splitlines()[-1]
    assert last == f"{count} mutants, {count} killed by pytest, {count} killed by Robot"


def test_suite_that_hangs_has_noticed_the_bug(runner: Any, tmp_path: Path) -> None:
    def hang(folder: Path) -> str:
        raise subprocess.TimeoutExpired([sys.executable], runner["LIMIT"])

    assert runner["verdict"](hang, tmp_path) == "(hangs: nothing after 120 s)"
