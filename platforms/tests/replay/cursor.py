"""A recording of the real code, and the place in it that a replay has come to.

It reads and compares; what the lines mean is the business of the replayers (`ipcc.py`, `rpmsg.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: One line of a recording.
Line = dict[str, Any]

#: Keys that say where a line stands and not what happened.
_PLACE = ("i", "t")


class Mismatch(Exception):  # noqa: N818 - it is the outcome of a replay, not an accident
    """The model did something else than the recording says, or the recording cannot be read. One sentence."""


def read(path: Path) -> list[Line]:
    """The lines of a recording; the first one is its scenario. Raises Mismatch."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mismatch(f"the recording cannot be read: {error}.") from None
    lines: list[Line] = []
    for number, row in enumerate(text.splitlines(), 1):
        try:
            line = json.loads(row)
        except (ValueError, RecursionError) as error:
            raise Mismatch(f"line {number}: this is not JSON: {error}.") from None
        if not isinstance(line, dict) or not isinstance(line.get("e"), str):
            raise Mismatch(f"line {number}: this is not an object with the kind of its event, `e`.")
        if type(line.get("t")) is not int:
            raise Mismatch(f"line {number}: the time `t` is missing or not a whole number.")
        lines.append(line)
    if not lines or lines[0]["e"] != "scenario" or not isinstance(lines[0].get("config"), dict):
        raise Mismatch("line 1: a recording begins with a scenario and its `config`.")
    return lines


class Cursor:
    """The place in a recording: `line` is the next one that is to happen."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self._at = 0

    @property
    def line(self) -> Line:
        """The line at the cursor; at the end of the file, one of the kind "" that nothing matches."""
        return self._lines[self._at] if self._at < len(self._lines) else {"e": "", "t": -1}

    @property
    def over(self) -> bool:
        """All lines have happened."""
        return self._at >= len(self._lines)

    def take(self) -> Line:
        """The line at the cursor, which is carried out now."""
        line = self.line
        self._at += 1
        return line

    def expect(self, t: int, **event: object) -> None:
        """The model did this at `t`: it must be what the line at the cursor says, key for key. Raises Mismatch."""
        line = self.line
        if line["t"] != t or {key: value for key, value in line.items() if key not in _PLACE} != event:
            raise self.mismatch(f"the model did {show({'t': t, **event})}")
        self._at += 1

    def mismatch(self, what: str) -> Mismatch:
        """The complaint that the line at the cursor and `what` do not agree."""
        said = "ends" if self.over else f"says {show(self.line)}"
        return Mismatch(f"line {self._at + 1}: the recording {said}; {what}.")


def show(line: Line) -> str:
    """A line as people read it: without its number."""
    return json.dumps({key: value for key, value in line.items() if key != "i"}, default=repr)
