"""What Robot's log says of a test that failed, and of one that passed: suites run as a user runs them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import robot
from recorded import DrivenIpcc
from robot import api, rebot
from robot import result as results

from ipcclab.robot_log import panel, suite_report
from ipcclab.robot_log.again import command
from ipcclab.robot_log.suite_report import Suite, SuiteReport, report_of
from ipcclab.trace import About, Origin, Recording
from mp1bench.trace import Trace

LIBRARY = "*** Settings ***\nLibrary    ipcclab.IpccLibrary{options}\n{settings}\n*** Test Cases ***\n{tests}"
OCCUPIED = """
Occupied
    Signal Channel    1    cpu=1
    Channel Should Be Free    1    cpu=1
"""
PASSES = """
Passes
    Signal Channel    2    cpu=1
"""
PANEL = "border-left:4px"

Run = Callable[..., results.Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a suite of these tests. What Robot warned of stands in `console.txt`."""

    def run_suite(
        tests: str, options: str = "", settings: str = "", name: str = "suite", **more: Any
    ) -> results.Result:
        source = tmp_path / "tests.robot"
        source.write_text(LIBRARY.format(options=options, settings=settings, tests=tests), encoding="utf-8")
        return run_paths(tmp_path, source, **more)

    return run_suite


def run_paths(folder: Path, *sources: Path, **more: Any) -> results.Result:
    with (folder / "console.txt").open("w", encoding="utf-8") as console:
        robot.run(
            *sources, **{"outputdir": folder / "out", "log": "NONE", "report": "NONE", **more},
            stdout=console, stderr=console,
        )  # fmt: skip
    return api.ExecutionResult(folder / "out" / "output.xml")


def warnings(folder: Path) -> list[str]:
    said = (folder / "console.txt").read_text(encoding="utf-8")
    return re.findall(r"\[ (?:WARN|ERROR) \] (.*)", said)


def panels(item: Any) -> list[tuple[str, str]]:
    """Each panel below a test or suite: the keyword that it stands in, and its HTML."""
    found: list[tuple[str, str]] = []

    class Visitor(api.ResultVisitor):  # type: ignore[misc]
        def start_keyword(self, keyword: results.Keyword) -> None:
            found.extend((keyword.name, message.message) for message in keyword.messages if PANEL in message.message)

    item.visit(Visitor())
    return [(name.rpartition(".")[2], html) for name, html in found]


def words_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html))


# -- the panel --------------------------------------------------------------------------------------------------


def test_failing_keyword_has_the_panel_inside(run: Run, tmp_path: Path) -> None:
    result = run(OCCUPIED)
    ((keyword, html),) = panels(result.suite)
    assert keyword == "Channel Should Be Free"
    words = words_of(html)
    assert "channel 1 from processor 1 (the Cortex-A7) is occupied, expected free (C1TOC2SR.CH1F)." in words
    assert "C1TOC2SR.CH1F is 1 since 0.000000 ms, by A7 test." in words
    assert "History of channel 1 from processor 1" in words
    assert "<svg" in html
    assert warnings(tmp_path) == []


def test_failure_text_stays_as_it_is(run: Run) -> None:
    (test,) = run(OCCUPIED).suite.all_tests
    assert test.message == (
        "channel 1 from processor 1 (the Cortex-A7) is occupied, expected free (C1TOC2SR.CH1F).\n"
        "Last accesses:\n"
        "    0.000000 ms  A7  test                          W   ipcc+0x008 C1SCR     0x00010000  CH1S=1"
        "  → C1TOC2SR.CH1F 0→1"
    )


def test_passing_keywords_have_no_panel(run: Run) -> None:
    assert panels(run(PASSES).suite) == []


@pytest.mark.parametrize(
    "expecting",
    [
        "Run Keyword And Expect Error    channel 1*",
        "Run Keyword And Ignore Error",
        "Run Keyword And Return Status",
        "Run Keyword And Warn On Failure",
        "Wait Until Keyword Succeeds    2x    0s    Run Keyword And Expect Error    *",
    ],
)
def test_expected_failure_has_no_panel(expecting: str, run: Run) -> None:
    result = run(
        f"Expected\n    Signal Channel    1    cpu=1\n    {expecting}    Channel Should Be Free    1    cpu=1\n"
    )
    assert result.statistics.total.passed == 1
    assert panels(result.suite) == []


def test_status_of_mcapi_that_is_expected_has_no_panel(run: Run) -> None:
    tests = """
Expected
    Boot Linux
    MCAPI Status Should Be    ERR_NODE_NOTINIT    Create MCAPI Endpoint
Unexpected
    Boot Linux
    MCAPI Status Should Be    SUCCESS    Create MCAPI Endpoint
"""
    assert [keyword for keyword, _ in panels(run(tests).suite)] == ["MCAPI Status Should Be"]


def test_failure_that_is_caught_has_no_panel(run: Run, tmp_path: Path) -> None:
    tests = """
Caught
    Signal Channel    1    cpu=1
    TRY
        Channel Should Be Free    1    cpu=1
    EXCEPT    channel 1*    type=GLOB
        No Operation
    END
    Channel Should Be Free    1    cpu=1
"""
    assert [keyword for keyword, _ in panels(run(tests).suite)] == ["Channel Should Be Free"]
    assert (tmp_path / "out" / "output.xml").read_text(encoding="utf-8").count(PANEL) == 1


@pytest.mark.parametrize(
    "rest", ["EXCEPT    something else", "EXCEPT    one\n    No Operation\n    EXCEPT    two", "FINALLY"]
)
def test_failure_that_leaves_its_try_has_one_panel(rest: str, run: Run, tmp_path: Path) -> None:
    """As it was before FINALLY has tidied up."""
    tests = f"""
Leaves
    Try In Vain
*** Keywords ***
Try In Vain
    Signal Channel    1    cpu=1
    TRY
    Channel Should Be Free    1    cpu=1
    {rest}
    Acknowledge Channel    1    cpu=2
    END
"""
    run(tests)
    log = (tmp_path / "out" / "output.xml").read_text(encoding="utf-8")
    assert log.count(PANEL) == 1
    assert "C1TOC2SR.CH1F is 1 since 0.000000 ms" in log


def test_failure_that_an_outer_try_catches_has_no_panel(run: Run, tmp_path: Path) -> None:
    tests = """
Caught
    TRY
        TRY
            Channel Should Be Occupied    1    cpu=1
        EXCEPT    something else
            No Operation
        END
    EXCEPT    channel 1*    type=GLOB
        No Operation
    END
"""
    run(tests)
    assert PANEL not in (tmp_path / "out" / "output.xml").read_text(encoding="utf-8")


def test_expectation_that_fails_has_the_panel_of_what_happened_instead(run: Run) -> None:
    tests = """
Unexpected
    Signal Channel    1    cpu=1
    Run Keyword And Expect Error    something else    Channel Should Be Free    1    cpu=1
"""
    ((keyword, html),) = panels(run(tests).suite)
    assert keyword == "Run Keyword And Expect Error"
    assert "C1TOC2SR.CH1F is 1 since" in words_of(html)


def test_what_fails_again_and_again_has_one_panel(run: Run) -> None:
    tests = """
Retried
    Signal Channel    1    cpu=1
    Wait Until Keyword Succeeds    3x    0s    Channel Should Be Free    1    cpu=1
"""
    assert [keyword for keyword, _ in panels(run(tests).suite)] == ["Wait Until Keyword Succeeds"]


def test_every_failure_that_counts_has_its_panel(run: Run) -> None:
    tests = """
Many
    [Tags]    robot:continue-on-failure
    Signal Channel    1    cpu=1
    Channel Should Be Free    1    cpu=1
    Run Keyword And Continue On Failure    All Channels Should Be Free
    [Teardown]    Interrupt Line Should Be High    RX1
"""
    names = ["Channel Should Be Free", "All Channels Should Be Free", "Interrupt Line Should Be High"]
    assert [keyword for keyword, _ in panels(run(tests).suite)] == names


def test_keyword_that_ran_another_has_one_panel(run: Run) -> None:
    """The inner one has told already, whether Robot ran it or the keyword called it."""
    tests = """
Nested
    Signal Channel    1    cpu=1
    Enable Interrupt    rx    cpu=2
    Run Keyword    All Interrupt Lines Should Be Low
    Unmask Interrupt    rx    2    cpu=2
    When Line Rises    RX1    Channel Should Be Free    1    cpu=1
    Signal Channel    2    cpu=1

Called
    Enable Interrupt    tx    cpu=1
    Unmask Interrupt    tx    1    cpu=1
    All Interrupt Lines Should Be Low
"""
    found = [keyword for keyword, _ in panels(run(tests).suite)]
    assert found == ["Channel Should Be Free", "All Interrupt Lines Should Be Low"]


def test_failing_suite_setup_has_a_panel_without_a_link(run: Run) -> None:
    setup = "Suite Setup    Interrupt Line Should Be High    RX1"
    ((keyword, html),) = panels(run(PASSES, settings=setup).suite)
    assert keyword == "Interrupt Line Should Be High"
    assert "href" not in html


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Run For    1ms", "UsageError: there is no firmware on the bench. Start with `Boot Firmware`."),
        ("Get Register    C9XX", "UsageError: the IPCC has no register `C9XX`."),
        ("Boot Firmware    nothing.elf", "UsageError: "),
        ("Signal Channel    9    cpu=1", "UsageError: there is no channel 9; the IPCC has channels 1 to 6."),
    ],
)
def test_what_a_test_writes_wrongly_has_no_panel(line: str, message: str, run: Run, tmp_path: Path) -> None:
    result = run(f"Wrong\n    {line}\n")
    (test,) = result.suite.all_tests
    assert test.message.startswith(message) or "nothing.elf" in test.message
    assert panels(result.suite) == []
    assert warnings(tmp_path) == []


def test_skipped_test_has_no_panel(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    result = run("Skips\n    Skip Unless Engine Is Installed\n", options="    engine=renode")
    assert result.statistics.total.skipped == 1
    assert panels(result.suite) == []


def test_fault_of_the_log_is_a_warning_and_the_tests_own_failure_stays(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> str:
        raise ZeroDivisionError("a fault in ipcclab")

    monkeypatch.setattr(panel, "panel", broken)
    monkeypatch.setattr(SuiteReport, "write", broken)
    result = run(OCCUPIED + PASSES, exitonerror=True)
    assert {test.name: test.status for test in result.suite.all_tests} == {"Occupied": "FAIL", "Passes": "PASS"}
    assert [test.message.partition("\n")[0] for test in result.suite.all_tests if test.failed] == [
        "channel 1 from processor 1 (the Cortex-A7) is occupied, expected free (C1TOC2SR.CH1F)."
    ]
    said = "ipcclab could not explain what happened: ZeroDivisionError: a fault in ipcclab"
    assert warnings(tmp_path) == [said, said]


def test_panel_survives_rebot(run: Run, tmp_path: Path) -> None:
    run(OCCUPIED)
    output = tmp_path / "out" / "output.xml"
    with (tmp_path / "rebot.txt").open("w") as console:
        rebot(output, output, merge=True, outputdir=tmp_path / "merged", output="output.xml", stdout=console)
    assert [keyword for keyword, _ in panels(api.ExecutionResult(tmp_path / "merged" / "output.xml").suite)] == [
        "Channel Should Be Free"
    ]


# -- its content ------------------------------------------------------------------------------------------------


def panel_of(trace: Trace, failure: str, link: str = "", diagnosis: str = "") -> str:
    return panel.panel(Recording(trace, Origin(None, "bare"), About(diagnosis=diagnosis)), failure, link)


def test_everything_recorded_is_escaped() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", 0x0001_0000, "</pre><script>alert(1)</script>\x1b[31m&")
    html = panel_of(ipcc.trace, "<b>C1TOC2SR.CH1F</b> is 1\n<i>more</i>", "a\"'<.html", "<u>why</u>")
    assert not re.search(r"<(script|b>C1|i>|u>)|\x1b", html)
    assert "&lt;script&gt;" in html
    assert 'href="a&quot;&#x27;&lt;.html"' in html


def test_panel_says_why_nothing_moves_once() -> None:
    html = panel_of(DrivenIpcc().trace, "nothing came. Nothing moves because it sleeps.", diagnosis="it sleeps.")
    assert words_of(html).count("it sleeps.") == 1


def test_panel_without_a_subject_shows_the_last_thing_that_happened() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", 0x0001_0000, "sender")
    words = words_of(panel_of(ipcc.trace, "nothing came."))
    assert "The last thing that happened" in words
    assert "Because" not in words


def test_panel_blames_no_access_that_came_last_only() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", 0x0001_0000, "sender")
    assert panel._RED not in panel_of(ipcc.trace, "nothing came.")
    assert panel._RED in panel_of(ipcc.trace, "(C1TOC2SR.CH1F)")


def test_panel_shows_where_two_traces_differ_and_marks_it() -> None:
    failure = "the trace is not the approved one:\n--- a.txt\n+++ b.txt\n  same\n- gone\n+ new"
    marked = re.findall(r"<span [^>]*>([^<]*)</span>", panel_of(DrivenIpcc().trace, failure))
    assert marked == ["- gone", "+ new"]


def test_panel_has_a_row_for_each_channel_with_both_directions() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", 0x0002_0000, "sender")
    rows = re.findall(r"<tr><td[^>]*>(CH\d)</td><td[^>]*>([^<]*)</td>.*?</tr>", panel_of(ipcc.trace, "nothing came."))
    assert [name for name, _ in rows] == [f"CH{n}" for n in range(1, 7)]
    assert rows[1][1] == "occupied since 0.000005 ms, by A7 sender"


def test_panel_of_a_long_trace_is_small() -> None:
    ipcc = DrivenIpcc()
    for number in range(20_000):
        ipcc.write("C1SCR", 1 << 16 + number % 6, f"function_{number}")
    assert len(panel_of(ipcc.trace, "(C1TOC2SR.CH1F)")) < 60_000


def test_panel_has_no_line_breaks_but_those_of_its_listings() -> None:
    """Robot shows each line break of a message."""
    html = panel_of(DrivenIpcc().trace, "nothing came.")
    assert "\n" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)


# -- the report of a suite --------------------------------------------------------------------------------------


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[About]]:
    """What the reports were given, by the file's name."""
    given: dict[str, list[About]] = {}
    add = SuiteReport.add

    def adding(self: SuiteReport, recording: Recording) -> None:
        given.setdefault(self.file, []).append(recording.about)
        add(self, recording)

    monkeypatch.setattr(SuiteReport, "add", adding)
    return given


def links(test: results.TestCase) -> list[str]:
    """In a test's log: beside its keywords or, in Robot before 7.2, in its documentation."""
    beside = [item.message for item in test.body if item.type == item.MESSAGE]
    return re.findall(r'href="([^"]*)"', "".join(beside)) + re.findall(r"\[(\S*)\|", test.doc)


def test_suite_has_one_report_of_all_its_tests(run: Run, tmp_path: Path, kept: dict[str, list[About]]) -> None:
    result = run(OCCUPIED + PASSES + "\nWithout Bench\n    No Operation\n")
    assert [path.name for path in (tmp_path / "out").glob("*.html")] == ["ipcc_tests.html"]
    assert [(about.title, about.outcome) for about in kept["ipcc_tests.html"]] == [
        ("Occupied", "failed"),
        ("Passes", "passed"),
    ]
    assert [links(test) for test in result.suite.all_tests] == [
        ["ipcc_tests.html#Occupied"],
        ["ipcc_tests.html#Passes"],
        [],
    ]
    assert result.suite.metadata["Timelines and registers"] == "[ipcc_tests.html|ipcc_tests.html]"


def test_panel_links_to_the_report_at_its_test(run: Run) -> None:
    ((_, html),) = panels(run("It's 100 % <b>\n    Interrupt Line Should Be High    RX1\n").suite)
    assert re.findall(r'href="([^"]*)"', html) == ["ipcc_tests.html#It&#x27;s%20100%20%25%20%3Cb%3E"]


def test_report_says_what_failed_and_how_to_run_it_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: dict[str, list[About]]
) -> None:
    monkeypatch.chdir(tmp_path)
    run(OCCUPIED)
    (about,) = kept["ipcc_tests.html"]
    assert about.sentence == "channel 1 from processor 1 (the Cortex-A7) is occupied, expected free (C1TOC2SR.CH1F)."
    assert about.command == "robot --test Occupied tests.robot"


@pytest.mark.parametrize(("report", "titles"), [("always", ["Occupied", "Passes"]), ("failed", ["Occupied"])])
def test_report_has_the_tests_that_are_asked_for(
    report: str, titles: list[str], run: Run, kept: dict[str, list[About]]
) -> None:
    run(OCCUPIED + PASSES, options=f"    report={report}")
    assert [about.title for about in kept["ipcc_tests.html"]] == titles


def test_no_report_leaves_the_panel(run: Run, tmp_path: Path) -> None:
    ((_, html),) = panels(run(OCCUPIED + PASSES, options="    report=never").suite)
    assert "href" not in html
    assert list((tmp_path / "out").glob("*.html")) == []


def test_unknown_choice_is_refused(run: Run, tmp_path: Path) -> None:
    run(PASSES, options="    report=sometimes")
    said = "UsageError: `sometimes` is not understood here. There are: always, failed, never."
    assert warnings(tmp_path)[0].endswith(said)


def test_dry_run_leaves_nothing(run: Run, tmp_path: Path) -> None:
    result = run(OCCUPIED, dryrun=True)
    assert result.statistics.total.passed == 1
    assert list((tmp_path / "out").glob("*.html")) == []
    assert warnings(tmp_path) == []


def test_each_suite_of_a_folder_has_its_own_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: dict[str, list[About]]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "tests"
    (folder / "inner").mkdir(parents=True)
    library = "*** Settings ***\nLibrary    ipcclab.IpccLibrary\n"
    (folder / "__init__.robot").write_text(f"{library}Suite Setup    Signal Channel    1    cpu=1\n")
    for name in ("one.robot", "inner/one.robot"):
        (folder / name).write_text(LIBRARY.format(options="", settings="", tests=PASSES))
    run_paths(tmp_path, folder)
    assert warnings(tmp_path) == []
    assert {file: [about.command for about in abouts] for file, abouts in kept.items()} == {
        "ipcc_tests.one.html": ["robot --test Passes --suite One tests"],
        "ipcc_tests.inner.one.html": ["robot --test Passes tests/inner/one.robot"],
    }


def test_suites_of_the_same_name_have_reports_of_their_own(tmp_path: Path, kept: dict[str, list[About]]) -> None:
    sources = [tmp_path / folder / "same.robot" for folder in ("one", "two")]
    for source in sources:
        source.parent.mkdir()
        source.write_text(LIBRARY.format(options="", settings="", tests=PASSES))
    result = run_paths(tmp_path, *sources)
    assert [links(test) for test in result.suite.all_tests] == [[f"{file}#Passes"] for file in kept]
    assert list(kept) == ["ipcc_same_same.same.html", "ipcc_same_same.same_2.html"]


def test_two_libraries_share_the_report(run: Run, tmp_path: Path, kept: dict[str, list[About]]) -> None:
    """The library twice, with different engines: each has its bench, and each failure its panel."""
    settings = "Library    ipcclab.IpccLibrary    engine=embedded    AS    Embedded\n"
    tests = """
Both
    ipcclab.IpccLibrary.Signal Channel    1    cpu=1
    Embedded.Write Register    C2CR    1    cpu=2
    Embedded.Channel Should Be Occupied    1    cpu=1
"""
    result = run(tests, settings=settings)
    ((_, html),) = panels(result.suite)
    assert "C1TOC2SR.CH1F is 0 since reset" in words_of(html)
    assert [about.title for about in kept["ipcc_tests.html"]] == ["Both", "Both"]
    assert warnings(tmp_path) == []


@pytest.mark.parametrize("runner", ["", "Run Keyword And Return Status    "])
def test_library_that_a_test_imports_has_panel_and_report(runner: str, run: Run, kept: dict[str, list[About]]) -> None:
    """It has not heard of the test's beginning."""
    tests = f"""
Imports
    {runner}Import Library    ipcclab.IpccLibrary    AS    Late
    Late.Interrupt Line Should Be High    RX1
    Late.Signal Channel    1    cpu=1
    [Teardown]    Late.Signal Channel    1    cpu=1
"""
    assert len(panels(run(tests).suite)) == 1
    assert [about.title for about in kept["ipcc_tests.html"]] == ["Imports"]


def test_library_with_one_bench_for_a_suite_reports_the_tests_that_used_it(
    tmp_path: Path, kept: dict[str, list[About]]
) -> None:
    """As `ipcclab.GuestLibrary`, whose guest stays: here an IPCC does."""
    (tmp_path / "Lasting.py").write_text(
        """
from robot.api.deco import library
from ipcclab.IpccLibrary import IpccLibrary

@library(scope="SUITE", converters={})
class Lasting(IpccLibrary):
    pass
"""
    )
    source = tmp_path / "tests.robot"
    source.write_text(
        "*** Settings ***\nLibrary    Lasting.py\nSuite Setup    Signal Channel    1    cpu=1\n*** Test Cases ***\n"
        "Uses\n    Signal Channel    2    cpu=1\n    Channel Should Be Free    2    cpu=1\n"
        "Does Not\n    No Operation\nLooks\n    Channel Should Be Free    1    cpu=1\n"
    )
    result = run_paths(tmp_path, source)
    assert [len(panels(test)) for test in result.suite.all_tests] == [1, 0, 1]
    assert [about.title for about in kept["ipcc_tests.html"]] == ["Uses", "Looks"]


def test_report_that_cannot_be_written_is_a_warning(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out" / "ipcc_tests.html").mkdir(parents=True)
    result = run(PASSES)
    assert result.statistics.total.passed == 1
    (warning,) = warnings(tmp_path)
    assert "ipcc_tests.html: the report cannot be written there (Is a directory)." in warning


def test_names_of_files_are_safe_short_and_unique(tmp_path: Path) -> None:
    names = ["Tests.A/B: <C>", "Tests.A B.C", "Tests.A B C", "Tests.A-B-C", "é", "...", "R" * 300 + "." + "x" * 200]
    suites = [Suite(f"s1-s{number}", name) for number, name in enumerate([*names, "é"])]
    files = [report_of(tmp_path, suite).file for suite in suites]
    assert files[:5] == [
        "ipcc_tests.a_b_c.html",
        "ipcc_tests.a_b.c.html",
        "ipcc_tests.a_b_c_2.html",
        "ipcc_tests.a_b_c_3.html",
        "ipcc_é.html",
    ]
    assert files[-1] == "ipcc_é_2.html"
    assert len(set(files)) == len(files)
    assert max(map(len, files)) < 100
    assert report_of(tmp_path, suites[0]).file == files[0]
    for suite in suites:
        assert suite_report.close(tmp_path, suite) is not None
        assert suite_report.close(tmp_path, suite) is None


def test_report_without_recordings_is_not_written(tmp_path: Path) -> None:
    assert SuiteReport(tmp_path, "suite", "ipcc_tests.html").write() is None


def test_report_is_written_where_robot_writes_nothing(tmp_path: Path) -> None:
    source = tmp_path / "tests.robot"
    source.write_text(LIBRARY.format(options="", settings="", tests=PASSES), encoding="utf-8")
    with (tmp_path / "console.txt").open("w") as console:
        nothing = {"output": "NONE", "log": "NONE", "report": "NONE"}
        robot.run(source, **nothing, outputdir=tmp_path / "out", stdout=console, stderr=console)
    assert warnings(tmp_path) == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ipcc_tests.html"]


# -- again ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "directory", "words"),
    [
        ("{0}/tests/a.robot", "{0}", ["robot", "--test", "It's <it>", "tests/a.robot"]),
        ("{0}/tests/a.robot", "{0}/elsewhere", ["robot", "--test", "It's <it>", "../tests/a.robot"]),
        ("{0}/with/init/a.robot", "{0}", ["robot", "--test", "It's <it>", "--suite", "A", "with"]),
        (None, "{0}", ["robot", "--test", "It's <it>"]),
    ],
)
def test_command_names_files_from_the_working_directory(
    source: str | None, directory: str, words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "with" / "init").mkdir(parents=True)
    for folder in ("with", "with/init"):
        (tmp_path / folder / "__init__.robot").touch()
    place = source and source.format(tmp_path)
    assert shlex.split(command("It's <it>", "Tests.A", place, Path(directory.format(tmp_path)))) == words


def test_command_finds_a_test_whatever_its_name_is(run: Run, tmp_path: Path) -> None:
    """Robot takes a pattern."""
    run(PASSES)
    name = "A [b] * ? 'c' \"d\""
    _, option, pattern, *_ = shlex.split(command(name, "Tests", str(tmp_path / "tests.robot"), tmp_path))
    result = run(f"{name}\n    No Operation\n", **{option.removeprefix("--"): pattern})
    assert [test.name for test in result.suite.all_tests] == [name]
