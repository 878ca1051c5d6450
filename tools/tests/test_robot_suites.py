"""The Robot suites of this repository, run as a user runs them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import robot
from robot import api, model
from robot.result import Result

FOLDER = Path(__file__).parents[2] / "robot_tests"
SUITES = sorted(FOLDER.glob("*.robot"))
BARE_ONLY = "needs a bare device, and this is the engine embedded: "
NEGATIVE = re.compile(r"\b(Not|No|Ignore|Refuse|Only|Nobody|Nothing|Else|Without|Prevented)\b")
#: Keywords by which a test claims that something is refused, or not there.
REFUSALS = ("Run Keyword And Expect Error", "Kernel Log Should Not Contain", "Linux Should Not Have", "Should Be Empty")
LINUX = [
    FOLDER / f"{name}.robot"
    for name in (
        *("channel_nodes", "device_tree", "mailbox", "mailbox_cdev", "mcapi", "remoteproc", "rpmsg", "shared_memory"),
    )
]
CONTRACT = [FOLDER / "ipcc_registers.robot", FOLDER / "ipcc_interrupts.robot"]


def run(*suites: Path, folder: Path, engine: str = "auto") -> Result:
    """Run suites; what came of each test."""
    with (folder / "console.txt").open("w", encoding="utf-8") as console:
        robot.run(
            *suites, variable=f"ENGINE:{engine}", outputdir=folder,
            stdout=console, stderr=console, log="NONE", report="NONE",
        )  # fmt: skip
    return api.ExecutionResult(folder / "output.xml")


def cases_of(suite: model.TestSuite) -> list[model.TestCase]:
    return [*suite.tests, *(test for inner in suite.suites for test in cases_of(inner))]


def test_there_are_suites() -> None:
    assert [suite.stem for suite in SUITES] == [
        *("channel_nodes", "device_tree", "doorbell_faults", "ipcc_interrupts", "ipcc_registers"),
        *("keyword_examples_device", "keyword_examples_firmware", "keyword_examples_linux", "keyword_examples_mcapi"),
        *("mailbox", "mailbox_cdev", "mcapi", "neighbours", "pins", "remoteproc", "rpmsg", "send_receive"),
        *("shared_memory", "traces"),
    ]


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.stem)
def test_suite_passes(suite: Path, tmp_path: Path) -> None:
    result = run(suite, folder=tmp_path)
    assert {test.name: test.message for test in cases_of(result.suite) if test.status != "PASS"} == {}


def test_contract_holds_on_the_embedded_engine(tmp_path: Path) -> None:
    """What that engine cannot do is skipped with the reason; the rest passes."""
    result = run(*CONTRACT, folder=tmp_path, engine="embedded")
    others = {test.name: test.message for test in cases_of(result.suite) if test.status != "PASS"}
    assert {name: why for name, why in others.items() if BARE_ONLY not in why} == {}
    passed = result.statistics.total.passed
    assert passed > 2 * len(others)


def test_contract_is_skipped_where_the_engine_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    result = run(*CONTRACT, folder=tmp_path, engine="renode")
    assert result.statistics.total.skipped == result.statistics.total.total
    reason = "the engine `renode` lacks Renode (PYRENODE_BIN is /not/here, which is no file)"
    assert all(reason in test.message for test in cases_of(result.suite))


def test_half_of_the_claims_are_negative() -> None:
    """They say what the device does not do: every second claim, at least almost."""
    names = [test.name for suite in CONTRACT for test in api.TestSuiteBuilder().build(suite).tests]
    negative = [name for name in names if NEGATIVE.search(name)]
    assert len(names) >= 100
    assert 2 * len(negative) >= len(names)


def refused(step: model.BodyItem) -> bool:
    name, arguments = getattr(step, "name", ""), getattr(step, "args", ())
    return name in REFUSALS or (name == "MCAPI Status Should Be" and arguments[0] not in ("SUCCESS", "PENDING"))


@pytest.mark.parametrize("suite", LINUX, ids=lambda suite: suite.stem)
def test_each_linux_suite_has_its_negative_half(suite: Path) -> None:
    """They say what Linux refuses, and what it does not do."""
    tests = api.TestSuiteBuilder().build(suite).tests
    negative = [test for test in tests if any(map(refused, test.body))]
    assert len(tests) > 10
    assert 5 * len(negative) >= 2 * len(tests)
