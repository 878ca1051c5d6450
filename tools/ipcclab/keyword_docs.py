"""The documentation of the Robot keywords, as data: what libdoc reads, and what its text says in our form of it.

A documentation begins with a sentence; its list is the arguments, its tables are examples. Who shows it is elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

#: The libraries, each with what is at the other side of the firmware.
LIBRARIES = {
    "IpccLibrary": "a bare IPCC, or a board with a model of Linux",
    "GuestLibrary": "a real Linux in Renode",
}

#: The tags that are themes, in the order of the card. A keyword with two of them belongs to the later one.
THEMES = {
    "Firmware": "Firmware",
    "Guest": "The guest",
    "Time": "Time",
    "Linux": "Linux",
    "Remoteproc": "Remoteproc",
    "Devices": "Devices of Linux",
    "Files": "Files of Linux",
    "RPMsg": "RPMsg",
    "MCAPI": "MCAPI",
    "Mailbox": "Linux's mailbox framework",
    "Log": "Linux's log",
    "Shell": "The guest's shell",
    "Registers": "Registers",
    "Channels": "Channels",
    "Interrupts": "Interrupts",
    "Memory": "Memory",
    "Pins": "Pins",
    "Device": "The device without firmware",
    "Trace": "Trace",
}

_ROW = re.compile(r"\| .* \|")
_ARGUMENT = re.compile(r"- ``(\w+)``: (.*)")
_WIDE = 0xFFFF


@dataclass(frozen=True)
class Argument:
    """An argument of a keyword. `default` is as a test would write it, None if there is none."""

    name: str
    default: str | None
    optional: bool
    many: bool

    def __str__(self) -> str:
        """As the card shows it: `channel`, `[within=50ms]`, `[accesses …]`."""
        if self.many:
            return f"[{self.name} …]"
        if not self.optional:
            return self.name
        return f"[{self.name}]" if self.default in (None, "None") else f"[{self.name}={self.default}]"


@dataclass(frozen=True)
class KeywordDoc:
    """A keyword of a library. `doc` is in Robot's format."""

    name: str
    arguments: tuple[Argument, ...]
    tags: tuple[str, ...]
    doc: str

    @property
    def sentence(self) -> str:
        """The first sentence of the documentation."""
        first, _, _ = " ".join(self.doc.partition("\n\n")[0].split("\n")).partition(". ")
        return f"{first.removesuffix('.')}."

    @property
    def theme(self) -> str:
        """The tag that it is shown under; "" if it has none of THEMES."""
        return next((theme for theme in reversed(THEMES) if theme in self.tags), "")

    @property
    def meanings(self) -> dict[str, str]:
        """What the documentation says of each argument."""
        found: dict[str, str] = {}
        name = ""
        for line in self.doc.splitlines():
            item = _ARGUMENT.fullmatch(line)
            if item:
                name = item[1]
                found[name] = item[2]
            elif name and line.startswith("  "):
                found[name] += f" {line.strip()}"
            else:
                name = ""
        return found

    @property
    def examples(self) -> list[list[list[str]]]:
        """The tables: rows of cells, as a suite has them."""
        tables: list[list[list[str]]] = []
        inside = False
        for line in self.doc.splitlines():
            if _ROW.fullmatch(line):
                tables += [] if inside else [[]]
                tables[-1].append(cells(line))
            inside = bool(_ROW.fullmatch(line))
        return tables


@cache
def documented(library: str) -> tuple[KeywordDoc, ...]:
    """All keywords of a library, in the order of their names."""
    # Its import takes longer than a small run, and the command line imports this file.
    from robot.libdocpkg import LibraryDocumentation  # type: ignore[import-untyped]

    return tuple(
        KeywordDoc(one.name, tuple(map(_argument, one.args)), tuple(one.tags), one.doc)
        for one in LibraryDocumentation(f"ipcclab.{library}").keywords
    )


def by_theme(library: str) -> dict[str, list[KeywordDoc]]:
    """The keywords of a library under the titles of THEMES, in that order."""
    found = {title: [one for one in documented(library) if one.theme == tag] for tag, title in THEMES.items()}
    return {title: keywords for title, keywords in found.items() if keywords}


def cells(row: str) -> list[str]:
    """The cells of a row of Robot's format."""
    return [cell.strip() for cell in row[1:-1].split(" | ")]


def _argument(info: Any) -> Argument:
    """libdoc's ArgInfo, which differs between Robot 6 and 7 in other places."""
    many = info.kind == info.VAR_POSITIONAL
    default: str | None = info.default_repr
    if default is not None and default.isdecimal() and int(default) > _WIDE:
        default = f"0x{int(default):X}"
    return Argument(info.name, default, not info.required, many)
