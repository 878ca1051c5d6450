"""The layout of a platform file: comments away, braces joined, indentation counted. What is left are logical lines.

It knows nothing of what a line says; `repl.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mp1bench.errors import PlatformError

STRING = r'"(?:\\.|[^"\\\n])*"'

_STRING_OR_COMMENT = re.compile(rf"{STRING}|//[^\n]*|/\*(?:.*?\*/|.*\Z)", re.DOTALL)
_LONGEST_LINE = 1000


class Place(NamedTuple):
    """Where something stands: file and line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Line(NamedTuple):
    """One logical line: where it starts, its depth in steps of four spaces, and its text without them."""

    place: Place
    depth: int
    text: str


def logical_lines(text: str, path: str) -> Iterator[Line]:
    """The lines that say something. Raises PlatformError for what Renode would not lex either."""
    pieces: list[str] = []
    place, depth, open_braces = Place(path, 0), 0, 0
    for number, line in enumerate(_without_comments(text, path).split("\n"), start=1):
        if not line.strip():
            continue
        if not pieces:
            place = Place(path, number)
            depth = _depth(line, place)
        pieces.append(line.strip())
        outside = re.sub(STRING, "", line)
        if '"' in outside:
            raise PlatformError(f'{Place(path, number)}: a string without its closing ".')
        open_braces += outside.count("{") - outside.count("}")
        if open_braces < 0:
            raise PlatformError(f"{Place(path, number)}: a }} without its {{.")
        if open_braces == 0:
            yield Line(place, depth, " ".join(pieces))
            pieces.clear()
    if pieces:
        raise PlatformError(f"{place}: a {{ without its }}.")


def _without_comments(text: str, path: str) -> str:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LONGEST_LINE:
            raise PlatformError(f"{Place(path, number)}: the line has {len(line)} characters. Break it up.")

    def blank(found: re.Match[str]) -> str:
        piece = found.group()
        if piece.startswith('"'):
            return piece
        if piece.startswith("/*") and not piece[2:].endswith("*/"):
            number = text.count("\n", 0, found.start()) + 1
            raise PlatformError(f"{Place(path, number)}: a /* without its */.")
        return "\n" * piece.count("\n") or " "

    return _STRING_OR_COMMENT.sub(blank, text)


def _depth(line: str, place: Place) -> int:
    indent = line[: len(line) - len(line.lstrip())]
    if indent.strip(" "):
        raise PlatformError(f"{place}: indented by something else than spaces. Use four spaces a step.")
    if len(indent) % 4:
        raise PlatformError(f"{place}: indented by {len(indent)} spaces. Use four spaces a step.")
    return len(indent) // 4
