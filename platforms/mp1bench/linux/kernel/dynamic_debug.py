"""Dynamic debug (lib/dynamic_debug.c): which debug lines are printed, in the query language of its control file.

It prints nothing itself; `Logger` asks it. A query by line or class, and the decorations `l` and `t`, are refused. All
sites are known from the start, as if every module were loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from mp1bench.errors import UsageError, suggest
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.debug_sites import SITES
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import Attribute

CONTROL = "/sys/kernel/debug/dynamic_debug/control"

_FLAGS = "pmf"  # in the order in which the control file shows them
_UNMODELLED_FLAGS = "lt"
_KEYWORDS = ("file", "module", "func", "format")
_UNMODELLED_KEYWORDS = ("line", "class")
_MAX_WORDS = 9
_WORD = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s"']\S*))""")
_CONVERSION = re.compile(r"%#?l*z?(p\w+|[diuxs])")
_PRINTED = {"d": r"-?\d+", "i": r"-?\d+", "u": r"\d+", "x": "[0-9a-fA-Fx]+", "s": ".*"}


class Site:
    """One place in a driver that may print a debug line. `flags` are those that are set."""

    def __init__(self, path: str, module: str, function: str, line: str) -> None:
        self.path = path
        self.module = module
        self.function = function
        self.format = line
        self.flags: set[str] = set()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What it prints."""
        words = _CONVERSION.split(self.format)  # text, conversion, text, …
        for at in range(0, len(words), 2):
            words[at] = re.escape(words[at])
        for at in range(1, len(words), 2):
            words[at] = _PRINTED.get(words[at], r"\S+")
        return re.compile("".join(words))

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]

    def prints(self, text: str) -> bool:
        """Is a line printed by this site?"""
        return self._pattern.fullmatch(text) is not None

    def matches(self, keyword: str, value: str) -> bool:
        """Does a match specification mean this site?"""
        if keyword == "file":
            return _wildcard(value, self.path) or _wildcard(value, self.file)
        if keyword == "format":
            return self.format.startswith(value[1:]) if value.startswith("^") else value in self.format
        return _wildcard(value, self.module if keyword == "module" else self.function)

    @property
    def decoration(self) -> str:
        """What stands in front of a line, such as "stm32_ipcc:stm32_ipcc_rx_irq: "."""
        words = [f"{word}:" for flag, word in (("m", self.module), ("f", self.function)) if flag in self.flags]
        return "".join([*words, " "]) if words else ""


class Outcome(NamedTuple):
    """What became of one query: its specifications, the sites it means, and the kernel's complaints about it."""

    query: str
    specs: dict[str, str]
    sites: list[Site]
    complaints: tuple[str, ...] = ()


class _BadQueryError(Exception):
    """A query that Linux refuses; its words are Linux's."""


class DynamicDebug:
    """The debug lines of one Linux, all off at first."""

    def __init__(self) -> None:
        self.sites = [
            Site(path, module, function, line) for path, (module, lines) in SITES.items() for function, line in lines
        ]
        self._printing: dict[str, list[Site]] = {}  # the sites of each file of which any is on

    def decoration(self, file: str, text: str) -> str | None:
        """What to print in front of a line of `file`; None if the line is not to be printed."""
        sites = self._printing.get(file)
        if sites is None:
            return None
        site = next((site for site in sites if site.prints(text)), None)
        if site is None:
            return ""  # a line that Linux has not: it comes with its file
        return site.decoration if "p" in site.flags else None

    # -- queries ----------------------------------------------------------------------------------------------

    def enable(self, queries: str) -> None:
        """Carry out what a user wants: "file stm32-ipcc.c +p". UsageError for what is wrong or means no line at all."""
        if not isinstance(queries, str):
            raise UsageError(f"queries for dynamic debug are text, such as file stm32-ipcc.c +p, not {queries!r}.")
        for outcome in self.execute(queries):
            if outcome.complaints:
                words = "; ".join(outcome.complaints)
                raise UsageError(
                    f"dynamic debug does not take `{outcome.query}`: {words}."
                    f" A query is pairs of {', '.join(_KEYWORDS)} and a value, then flags: file stm32-ipcc.c +p."
                )
            if not outcome.sites:
                raise UsageError(self._without_site(outcome))

    def execute(self, queries: str) -> list[Outcome]:
        """Carry out queries as the control file does, one after the other; a bad one does not keep the others."""
        outcomes = []
        for query in filter(None, (part.strip() for part in re.split("[;\n]", queries))):
            if not query.startswith("#"):
                outcomes.append(self._execute_one(query))
        self._printing = {}
        for site in self.sites:
            if "p" in site.flags:
                self._printing[site.file] = [one for one in self.sites if one.file == site.file]
        return outcomes

    def show(self) -> str:
        """The catalogue as the control file lists it, without line numbers."""
        rows = [
            f'{site.path} [{site.module}]{site.function} ={_flags(site.flags)} "{site.format}"' for site in self.sites
        ]
        return "".join(f"{row}\n" for row in ["# filename [module]function flags format", *rows])

    def _execute_one(self, query: str) -> Outcome:
        try:
            words = list(_words(query))
            operator, flags = _parse_flags(words[-1])
            specs = _parse_specs(words[:-1])
        except _BadQueryError as bad:
            return Outcome(query, {}, [], bad.args)
        found = [site for site in self.sites if all(site.matches(*spec) for spec in specs.items())]
        for site in found:
            site.flags = {"+": site.flags | flags, "-": site.flags - flags, "=": set(flags)}[operator]
        return Outcome(query, specs, found)

    def _without_site(self, outcome: Outcome) -> str:
        for keyword, value in outcome.specs.items():
            if not any(site.matches(keyword, value) for site in self.sites):
                names = {"file": {site.file for site in self.sites}, "module": {site.module for site in self.sites}}
                hint = suggest(value, names.get(keyword, ()))
                return f"none of the modelled drivers has a debug line for `{keyword} {value}`.{hint}"
        return f"no debug line of the modelled drivers is meant by all of `{outcome.query}`. Leave a part of it away."


def control_file(debug: DynamicDebug, complain: Callable[[str], None]) -> Attribute:
    """The file behind CONTROL: as silent as Linux's about a query that means no site."""

    def store(queries: str) -> Sleeping[int]:
        complaints = [words for outcome in debug.execute(queries) for words in outcome.complaints]
        for words in complaints:
            complain(words)
        return -Errno.EINVAL if complaints else 0
        yield

    return Attribute(debug.show, store)


def _words(query: str) -> Iterator[str]:
    at = count = 0
    while at < len(query) and not query[at:].lstrip().startswith("#"):
        found = _WORD.match(query, at)
        if found is None:
            raise _BadQueryError(f"unclosed quote: {query[at:].lstrip()[1:]}", "tokenize failed")
        at, count = found.end(), count + 1
        if count > _MAX_WORDS:
            raise _BadQueryError(f"too many words, legal max <={_MAX_WORDS}", "tokenize failed")
        yield next(word for word in found.groups() if word is not None)


def _parse_flags(word: str) -> tuple[str, set[str]]:
    failed = "flags parse failed"
    if word[:1] not in ("+", "-", "="):
        raise _BadQueryError(f"bad flag-op {word[:1]}, at start of {word}", failed)
    for flag in word[1:]:
        if flag in _UNMODELLED_FLAGS:
            raise _BadQueryError(f"flag '{flag}' is not modelled, {' '.join(_FLAGS)} and _ are", failed)
        if flag not in (*_FLAGS, "_"):
            raise _BadQueryError(f"unknown flag '{flag}'", failed)
    return word[0], set(word[1:]) - {"_"}


def _parse_specs(words: list[str]) -> dict[str, str]:
    failed = "query parse failed"
    if len(words) % 2:
        raise _BadQueryError("expecting pairs of match-spec <value>", failed)
    specs: dict[str, str] = {}
    for keyword, value in zip(words[::2], words[1::2], strict=True):
        if keyword in _UNMODELLED_KEYWORDS:
            raise _BadQueryError(f'keyword "{keyword}" is not modelled', failed)
        if keyword not in _KEYWORDS:
            raise _BadQueryError(f'unknown keyword "{keyword}"', failed)
        pairs = [(keyword, value)]
        if keyword == "file" and ":" in value:
            name, _, tail = value.partition(":")
            if tail[:1].isdigit() or tail.startswith("-"):
                raise _BadQueryError('keyword "line" is not modelled', failed)
            pairs = [("file", name), ("func", tail)]
        for key, wanted in pairs:
            if key in specs:
                raise _BadQueryError(f"match-spec:{key} val:{specs[key]} overridden by {wanted}", failed)
            specs[key] = _unescaped(wanted) if key == "format" else wanted
    return specs


def _unescaped(value: str) -> str:
    r"""`\040` is a space."""
    return re.sub(r"\\([0-3]?[0-7]{1,2})", lambda octal: chr(int(octal[1], 8)), value)


def _wildcard(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _flags(flags: Iterable[str]) -> str:
    return "".join(sorted(flags, key=_FLAGS.index)) or "_"
