"""The listener of one library: what it hears of tests and keywords, and what it puts into Robot's log.

It speaks Robot's listener API 2, which is the same from Robot 6.1 to 7.x. Whatever goes wrong here becomes a warning:
no test fails because of it, and none passes.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn

from ipcclab.keywords.arguments import Report, one_of
from ipcclab.robot_log.again import command
from ipcclab.robot_log.suite_report import Suite, close, report_of
from ipcclab.subject import told
from ipcclab.trace.recording import FAILED, PASSED, About, Recording
from mp1bench.errors import UsageError
from mp1bench.trace import Trace

if TYPE_CHECKING:
    from ipcclab.sharedmemory import SharedMemory

Attributes: TypeAlias = Mapping[str, Any]

#: What makes something of a failure: inside, a failing keyword shows nothing, unless this then fails as well.
_EXPECTING = frozenset(
    {
        "Run Keyword And Expect Error",
        "Run Keyword And Ignore Error",
        "Run Keyword And Return Status",
        "Run Keyword And Warn On Failure",
        "Wait Until Keyword Succeeds",
        "MCAPI Status Should Be",
    }
)
_ROBOT = tuple(int(number) for number in re.findall(r"\d+", version("robotframework"))[:2])
_OUTCOMES = {"PASS": PASSED, "FAIL": FAILED}


class Recorder(Protocol):
    """What the bench of a library has for its log."""

    @property
    def recorded(self) -> bool:
        """Has anything been on the bench? Before that there is no recording."""

    @property
    def trace(self) -> Trace: ...
    @property
    def recording(self) -> Recording: ...
    def memory(self) -> SharedMemory | None:
        """What lies in shared memory, where that can be looked at."""

    def why(self) -> str:
        """Why nothing moves any more; empty if all is as it should be, or if nobody knows."""


class RobotLog:
    """The log of one instance of a library: in a library of TEST scope that of one test, else that of a suite."""

    ROBOT_LISTENER_API_VERSION = 2

    def __init__(self, bench: Recorder, report: str) -> None:
        self._bench = bench
        self._report = one_of(Report, report)
        self._heard = False  # Robot runs, and tells of keywords
        self._expecting = 0  # what is under way that makes something of a failure
        self._kept: str | None = None  # a failure inside those
        self._tried: str | None = None  # one that has left a TRY, and has met no EXCEPT yet
        self._seen: Exception | None = None
        self._suite = Suite("", "")
        self._test = ""  # under way; empty in setup and teardown of the suite
        self._linked = False  # a panel of this test links to the report
        self._before = 0  # events that were there before this test
        self._diagnosis = ""

    # -- what Robot says ----------------------------------------------------------------------------------------

    def start_suite(self, name: str, attributes: Attributes) -> None:
        self._suite = Suite(attributes["id"], attributes["longname"])

    def start_test(self, name: str, attributes: Attributes) -> None:
        self._suite = _suite_of(name, attributes)
        self._test, self._linked, self._diagnosis = name, False, ""
        self._before = self._size()

    def end_test(self, name: str, attributes: Attributes) -> None:
        self._come_out("TEST", attributes["status"])
        self._test, self._suite = "", _suite_of(name, attributes)
        self._safely(lambda: self._keep(name, attributes))

    def end_suite(self, name: str, attributes: Attributes) -> None:
        self._safely(lambda: self._write(Suite(attributes["id"], attributes["longname"])))

    def start_keyword(self, name: str, attributes: Attributes) -> None:
        self._heard = True
        self._come_out(attributes["type"], attributes["status"])
        self._expecting += _expects(attributes)

    def end_keyword(self, name: str, attributes: Attributes) -> None:
        self._seen = None
        self._come_out(attributes["type"], attributes["status"])
        if not _expects(attributes) or not self._expecting:
            return
        self._expecting -= 1
        if not self._expecting:
            failure, self._kept = self._kept, None
            if failure is not None and attributes["status"] == "FAIL":
                if attributes["type"] == "TRY":
                    self._tried = failure
                else:
                    self._safely(lambda: self._show(failure))

    # -- what the library says ----------------------------------------------------------------------------------

    def failed(self, error: Exception) -> None:
        """A keyword of the library is about to fail with `error`."""
        if not self._heard or error is self._seen or not _tells_of_the_bench(error):
            return
        self._seen = error
        if self._expecting:
            self._kept = str(error)
        else:
            self._safely(lambda: self._show(str(error)))

    def _come_out(self, kind: str, status: str) -> None:
        """What follows a TRY that failed: an EXCEPT that runs has caught the failure; anything else goes on with it."""
        if self._tried is None or status == "NOT RUN":
            return
        failure, self._tried = self._tried, None
        if kind != "EXCEPT":
            self._safely(lambda: self._show(failure))

    # -- what goes into the log ---------------------------------------------------------------------------------

    def _show(self, failure: str) -> None:
        from ipcclab.robot_log.panel import panel

        if not self._bench.recorded:
            return
        self._diagnosis = self._bench.why()
        recording = replace(self._bench.recording, about=About(sentence=failure, diagnosis=self._diagnosis))
        link = ""
        if self._test and self._report != "never":
            link = report_of(_output_folder(), self._suite).link(self._test)
            self._linked = True
        logger.info(panel(recording, failure, link), html=True)

    def _keep(self, name: str, attributes: Attributes) -> None:
        """Put the recording of a test that has ended into the report of its suite, and a link into its log."""
        wanted = self._report == "always" or (self._report == "failed" and attributes["status"] == "FAIL")
        if not (wanted and self._size() > self._before) and not self._linked:
            return
        recording = self._bench.recording
        about = replace(
            recording.about,
            title=name,
            outcome=_OUTCOMES.get(attributes["status"], ""),
            sentence=told(attributes["message"], self._diagnosis),
            diagnosis=self._diagnosis,
            command=command(name, self._suite.name, attributes["source"], Path.cwd()),
            memory=self._bench.memory(),
        )
        report = report_of(_output_folder(), self._suite)
        report.add(replace(recording, about=about))
        _link_to(report.link(name))

    def _write(self, suite: Suite) -> None:
        report = close(_output_folder(), suite)
        if report is not None and report.write():
            BuiltIn().set_suite_metadata("Timelines and registers", f"[{report.file}|{report.file}]")

    def _size(self) -> int:
        return self._bench.trace.size() if self._bench.recorded else 0

    def _safely(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            logger.warn(f"ipcclab could not explain what happened: {type(error).__name__}: {error}")
            logger.debug(traceback.format_exc())


LibraryT = TypeVar("LibraryT")


def logged(cls: type[LibraryT]) -> type[LibraryT]:
    """Class decorator of a library: each keyword tells the library's log when it fails."""
    for name in dir(cls):
        method = getattr(cls, name)
        if hasattr(method, "robot_name"):
            setattr(cls, name, _telling(method))
    return cls


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def keyword(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except Exception as error:
            self.ROBOT_LIBRARY_LISTENER.failed(error)
            raise

    return keyword


def _link_to(address: str) -> None:
    """A link in the log of a test that has ended."""
    words = "Timeline and registers of this test"
    if _ROBOT >= (7, 2):
        logger.info(f'<a href="{escape(address)}">{words}</a>', html=True)
    else:  # which keeps no message outside of keywords
        BuiltIn().set_test_documentation(f"[{address}|{words}]", append=True)


def _suite_of(test: str, attributes: Attributes) -> Suite:
    return Suite(attributes["id"].rpartition("-")[0], attributes["longname"].removesuffix(f".{test}"))


def _expects(attributes: Attributes) -> bool:
    if attributes["type"] == "TRY":
        return True
    return attributes["libname"] in ("BuiltIn", "ipcclab.IpccLibrary") and attributes["kwname"] in _EXPECTING


def _tells_of_the_bench(error: Exception) -> bool:
    """Not a test that is skipped, a wrong argument, or what an inner keyword has told already."""
    inner = type(error).__module__ == "robot.errors"
    return not (inner or isinstance(error, UsageError) or getattr(error, "ROBOT_SKIP_EXECUTION", False))


def _output_folder() -> Path:
    return Path(BuiltIn().get_variable_value("${OUTPUT_DIR}"))
