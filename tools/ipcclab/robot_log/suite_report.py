"""The HTML report of a Robot suite: one file in Robot's output folder that holds a recording of each of its tests.

All libraries of a suite share it. It says nothing to Robot; its links are relative to the output folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ipcclab.payload import printable
from ipcclab.trace.recording import Recording
from mp1bench.errors import UsageError

if TYPE_CHECKING:
    from ipcclab.trace.html import Packed

_LONGEST = 80  # characters of a suite's name in that of its file
_UNQUOTED = "!'()*"  # besides letters, digits and _.-~: what JavaScript's encodeURIComponent leaves as it is


class Suite(NamedTuple):
    """A suite of a run: files of the same name in two folders can make suites of the same long name."""

    id: str  # Robot's: "s1-s2"
    name: str  # the long one


class SuiteReport:
    """Recordings are packed when their tests end, so that no test's trace stays in memory; `write` puts them down."""

    def __init__(self, folder: Path, title: str, file: str) -> None:
        self.file = file
        self._path = folder / file
        self._title = title
        self._packed: list[Packed] = []

    def link(self, test: str) -> str:
        """The address of that test's recording, seen from the output folder; it need not be there yet."""
        return f"{self.file}#{quote(printable(test), safe=_UNQUOTED)}"

    def add(self, recording: Recording) -> None:
        from ipcclab.trace.html import pack

        self._packed.append(pack(recording))

    def write(self) -> Path | None:
        """Write the file, unless no test has recorded anything. UsageError if it cannot be written."""
        from ipcclab.trace.html import render_all

        if not self._packed:
            return None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)  # Robot makes none if it writes nothing
            with self._path.open("w", encoding="utf-8", newline="\n") as opened:
                opened.writelines(f"{line}\n" for line in render_all(self._title, self._packed))
        except OSError as error:
            raise UsageError(f"{self._path}: the report cannot be written there ({error.strerror}).") from error
        return self._path


_reports: dict[tuple[Path, Suite], SuiteReport] = {}  # of the suites under way
_files: dict[Path, dict[str, Suite]] = {}  # by folder: to which suite a name of a file belongs


def report_of(folder: Path, suite: Suite) -> SuiteReport:
    """The report of that suite, which is under way."""
    key = folder, suite
    if key not in _reports:
        _reports[key] = SuiteReport(folder, suite.name, _file_of(folder, suite))
    return _reports[key]


def close(folder: Path, suite: Suite) -> SuiteReport | None:
    """The same at the suite's end, for whoever asks first; None if there is none."""
    return _reports.pop((folder, suite), None)


def _file_of(folder: Path, suite: Suite) -> str:
    """As much of the long name as fits, safe on each file system, and no other suite's in this folder."""
    taken = _files.setdefault(folder, {})
    *parents, stem = [re.sub(r"\W+", "_", name.lower()).strip("_") for name in suite.name.split(".")]
    stem = stem[:_LONGEST] or "suite"
    while parents and len(parents[-1]) + 1 + len(stem) <= _LONGEST:
        stem = f"{parents.pop()}.{stem}"
    file, number = f"ipcc_{stem}.html", 1
    while taken.setdefault(file, suite) != suite:
        number += 1
        file = f"ipcc_{stem}_{number}.html"
    return file
