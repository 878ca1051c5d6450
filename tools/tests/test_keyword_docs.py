"""The keywords' documentation: complete, true to the signatures, and with examples that suites execute cell for cell.

What a keyword does is for other tests; here is what is said of it, and the card that is made of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import getdoc, signature
from pathlib import Path
from typing import Any

import pytest
import robot
from robot.api import parsing

from guest_here import needs_guest
from ipcclab.cli import main
from ipcclab.GuestLibrary import GuestLibrary
from ipcclab.IpccLibrary import IpccLibrary
from ipcclab.keyword_docs import THEMES, KeywordDoc, documented

FOLDER = Path(__file__).parents[2] / "robot_tests"
LIBRARIES = {"IpccLibrary": IpccLibrary, "GuestLibrary": GuestLibrary}
SUITES = {
    "IpccLibrary": sorted(FOLDER.glob("*.robot")),
    "GuestLibrary": [FOLDER / "renode" / "linux_guest.robot"],
}
#: Robot's own keywords that the documentation speaks of.
BUILT_IN = {"Run Keyword And Expect Error"}
#: What a documentation says of when its keyword fails, or that it does not.
FAILURE = re.compile(r"\b([Pp]asses|[Ff]ails?|refused|[Ss]kips)\b")

KEYWORDS = [pytest.param(one, id=f"{name}: {one.name}") for name in LIBRARIES for one in documented(name)]


@pytest.mark.parametrize("one", KEYWORDS)
def test_keyword_has_a_sentence_an_example_and_a_theme(one: KeywordDoc) -> None:
    assert re.fullmatch(r"[A-Z].*\.", one.sentence)
    assert any(one.name in row for example in one.examples for row in example)
    assert one.theme in THEMES
    assert FAILURE.search(one.doc), "when does it fail?"


@pytest.mark.parametrize("one", KEYWORDS)
def test_each_argument_is_explained_with_its_default(one: KeywordDoc) -> None:
    assert set(one.meanings) <= {argument.name for argument in one.arguments}
    for argument in one.arguments:
        meaning = one.meanings.get(argument.name, "")
        assert len(meaning.split()) >= 2, f"no line begins with: - ``{argument.name}``:"
        if argument.optional and not argument.many:
            default = "" if argument.default in (None, "None") else f" ``{argument.default}``"
            assert f"y default{default}" in meaning


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_a_keyword_returns_is_said(name: str) -> None:
    silent = [
        one.name
        for one in documented(name)
        if signature(getattr(LIBRARIES[name], one.name.lower().replace(" ", "_"))).return_annotation
        not in ("None", None)
        and not re.search(r"\bReturns\b", one.doc)
    ]
    assert silent == []


@pytest.mark.parametrize("name", LIBRARIES)
def test_links_lead_to_a_keyword_or_a_section(name: str) -> None:
    introduction = getdoc(LIBRARIES[name]) or ""
    known = {one.name for one in documented(name)} | set(re.findall(r"^= (.*) =$", introduction, re.MULTILINE))
    for text in [introduction, *(one.doc for one in documented(name))]:
        assert set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)) <= known | BUILT_IN


@pytest.mark.parametrize("name", LIBRARIES)
def test_each_argument_of_the_import_is_explained(name: str) -> None:
    doc = LIBRARIES[name].__init__.__doc__ or ""
    arguments = list(signature(LIBRARIES[name]).parameters)
    assert arguments
    assert [argument for argument in arguments if f"``{argument}``" not in doc] == []


# -- examples ---------------------------------------------------------------------------------------------------


class Steps(parsing.ModelVisitor):
    """The steps of a suite as the documentation writes them, a list of cells each, by test; settings are of test ''."""

    def __init__(self, suite: Path) -> None:
        self.tests: dict[str, list[list[str]]] = {"": []}
        self._test = ""
        self.visit(parsing.get_model(suite))

    def visit_TestCase(self, node: Any) -> None:  # noqa: N802
        self._test = node.name
        self.tests[node.name] = []
        self.generic_visit(node)
        self._test = ""

    def visit_Keyword(self, node: Any) -> None:  # noqa: N802
        """No test."""

    def visit_If(self, node: Any) -> None:  # noqa: N802
        """Nobody knows whether it is executed."""

    def visit_KeywordCall(self, node: Any) -> None:  # noqa: N802
        self.tests[self._test].append([*node.assign, node.keyword, *node.args])

    def visit_SuiteSetup(self, node: Any) -> None:  # noqa: N802
        self.tests[""].append(["Suite Setup", node.name, *node.args])


def executed(name: str) -> Iterator[tuple[str, list[list[str]]]]:
    for suite in SUITES[name]:
        for test, steps in Steps(suite).tests.items():
            yield f"{suite.stem}: {test}", steps


def follow(rows: list[list[str]], steps: list[list[str]]) -> bool:
    """Whether the rows are among the steps, in this order."""
    rest = iter(steps)
    return all(row in rest for row in rows)


EXECUTED = {name: dict(executed(name)) for name in LIBRARIES}
MODEL = {one.name: one.doc for one in documented("IpccLibrary")}
EXAMPLES = [
    pytest.param(name, example, id=f"{name}: {one.name}: {number}")
    for name in LIBRARIES
    for one in documented(name)
    # The libraries share the keywords for traces, and their examples.
    if name == "IpccLibrary" or one.doc != MODEL.get(one.name)
    for number, example in enumerate(one.examples)
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_example_is_executed_cell_for_cell(name: str, example: list[list[str]]) -> None:
    """By one test of a suite, in the order of its rows."""
    assert any(follow(example, steps) for steps in EXECUTED[name].values())


def test_example_with_another_cell_is_not_executed() -> None:
    steps = list(EXECUTED["IpccLibrary"].values())
    assert any(follow([["Signal Channel", "1", "cpu=1"]], one) for one in steps)
    assert not any(follow([["Signal Channel", "1", "cpu=3"]], one) for one in steps)
    assert not follow(
        [["Stop Clock"], ["Signal Channel", "1", "cpu=1"]], [["Signal Channel", "1", "cpu=1"], ["Stop Clock"]]
    )


@pytest.mark.parametrize("name", ["IpccLibrary", pytest.param("GuestLibrary", marks=needs_guest)])
def test_example_of_the_library_passes(name: str, tmp_path: Path) -> None:
    suite = tmp_path / "example.robot"
    rows = re.findall(r"^(\|.*)$", (getdoc(LIBRARIES[name]) or "").partition("\n=")[0], re.MULTILINE)
    suite.write_text("\n".join(row[2:] for row in rows), encoding="utf-8")
    with (tmp_path / "console.txt").open("w", encoding="utf-8") as console:
        assert robot.run(suite, outputdir=tmp_path, stdout=console, stderr=console) == 0


# -- the command ------------------------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["keywords", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_card_has_a_line_for_each_keyword(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys)
    for name in LIBRARIES:
        for one in documented(name):
            assert any(re.match(rf"  {one.name}( |$)", line) for line in lines), one.name
    assert "  Wait For Channel                  channel state cpu [within=50ms]" in lines
    assert "  High Lines Should Be              [lines …]" in lines
    assert (
        "  Create Rpmsg Endpoint             name [src=0xFFFFFFFF] [dst=0xFFFFFFFF] [control=/dev/rpmsg_ctrl0]" in lines
    )


def test_card_of_one_library_has_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "--library", "GuestLibrary")
    assert any(line.startswith("  Boot Guest ") for line in lines)
    assert not any(line.startswith("  Boot Firmware ") for line in lines)


@pytest.mark.parametrize("name", [["Stop Clock"], ["stop", "clock"], ["stop_clock"], ["StopClock"]])
def test_keyword_is_shown_with_its_example(name: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, *name) == [
        "ipcclab.IpccLibrary",
        "",
        "Stop Clock",
        "",
        "Takes the IPCC's clock away: it answers nobody until Start Clock; its flags and lines stay.",
        "",
        "Fails on a board with firmware, where the RCC does it.",
        "",
        "    Signal Channel    1    cpu=1",
        "    Stop Clock",
        "    Acknowledge Channel    1    cpu=2",
        "    Channel Should Be Occupied    1    cpu=1",
    ]


def test_keyword_of_both_libraries_is_shown_once_if_it_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line for line in said(capsys, "Save", "Trace") if "Library" in line] == [
        "ipcclab.IpccLibrary and ipcclab.GuestLibrary"
    ]
    assert [line for line in said(capsys, "Run", "For") if "Library" in line] == [
        "ipcclab.IpccLibrary",
        "ipcclab.GuestLibrary",
    ]


def test_words_find_the_keywords_that_speak_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "watchdog", "bite")
    assert lines == [
        "  IpccLibrary   Trigger Watchdog                  Has the M4's window watchdog bite:"
        " its driver in Linux hears of it by interrupt (EXTI 68)."
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["Wait For Chanel"],
            "no keyword is called `Wait For Chanel`, and none speaks of it. Did you mean `Wait For Channel`?",
        ),
        (
            ["xyzzy"],
            "no keyword is called `xyzzy`, and none speaks of it. `ipcclab keywords` shows what there is.",
        ),
        (["--html", "no/where.html"], "no/where.html cannot be written (No such file or directory)."),
        (["--html", "/dev/full"], "/dev/full cannot be written (No space left on device)."),
        (["--markdown", "."], ". cannot be written (Is a directory)."),
    ],
)
def test_what_cannot_be_shown_is_said(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keywords", *arguments]) == 2
    assert capsys.readouterr().err == f"ipcclab: {sentence}\n"


@pytest.mark.parametrize("name", LIBRARIES)
def test_manual_is_libdocs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list"  # a word that libdoc's own command line takes for something else
    assert said(capsys, "--library", name, "--html", str(path)) == [f"{path}: the manual of ipcclab.{name}"]
    manual = path.read_text(encoding="utf-8")
    assert "<!DOCTYPE html>" in manual
    assert all(f'"name": "{one.name}"' in manual for one in documented(name))


def test_card_in_the_repository_is_what_the_command_writes_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If not: `ipcclab keywords --markdown robot_tests/KEYWORDS.md`."""
    said(capsys, "--markdown", str(tmp_path / "card.md"))
    assert (tmp_path / "card.md").read_text(encoding="utf-8") == (FOLDER / "KEYWORDS.md").read_text(encoding="utf-8")
