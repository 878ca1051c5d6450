"""Two traces side by side: what is the same, what only one of them has, and what is the same at another time.

It aligns and counts; the words are for `difference.py`. What is compared is what the text trace shows as one line: an
access with all that came of it, a folded poll. Times never decide what belongs together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from ipcclab.endings import by_ending
from ipcclab.payload import printable
from ipcclab.trace import ndjson, text
from ipcclab.trace.kinds import kinds_in
from ipcclab.trace.reading import text_of_file
from ipcclab.trace.recording import Recording
from mp1bench.trace import Access, Event, Interrupt, Trace

Times: TypeAlias = Literal["exact", "ignore"]

_RUN = 3  # equal entries in a row by which two traces are taken to have met again
_FIRST_WINDOW = 64  # entries of each in which that is looked for at first
_REFINED = 64  # entries of each between two such places that are aligned one by one
_MOMENT = re.compile(r"(^ *| until )(\d{1,13})\.(\d{6}) ms")


class Entry(NamedTuple):
    """One line of the text trace, and what is known of it."""

    line: str
    bare: str  # the line without its times
    times: tuple[int, ...]  # of its events, in ns, each once
    key: Hashable  # all but its times: equal for entries that are the same
    number: int  # of its first event, or of the line in a text file; from 1
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Side:
    """One of the two: its name, its header, its entries, and the trace if there is one."""

    name: str
    header: str
    entries: Sequence[Entry]
    unit: str  # what `number` and `count` count: event, line
    count: int
    trace: Trace | None = None


class Block(NamedTuple):
    """Entries `a` up to `a_end` of one side and `b` up to `b_end` of the other: the same throughout, or not at all."""

    same: bool
    a: int
    a_end: int
    b: int
    b_end: int


@dataclass(frozen=True)
class Comparison:
    """Two sides and how they go together. A difference in time is none if `times` is "ignore"."""

    a: Side
    b: Side
    times: Times
    blocks: Sequence[Block]

    @cached_property
    def places(self) -> list[Block]:
        """Where the two differ in more than time, in order."""
        return [block for block in self.blocks if not block.same]

    @cached_property
    def moved(self) -> list[tuple[int, int]]:
        """The entries that are the same at another time: their indices in `a` and in `b`."""
        a, b = self.a.entries, self.b.entries
        pairs = (pair for block in self.blocks if block.same for pair in zip(*_ranges(block), strict=True))
        return [(x, y) for x, y in pairs if a[x].times != b[y].times]

    @property
    def equal(self) -> bool:
        """Is there no difference that counts?"""
        return not (self.a.header != self.b.header or self.places or (self.times == "exact" and self.moved))


def compare(a: Side, b: Side, times: Times = "exact") -> Comparison:
    """Align two sides of the same unit."""
    numbers: dict[Hashable, int] = {}  # the same for the same key: a small number is compared faster
    first, second = ([numbers.setdefault(entry.key, len(numbers)) for entry in side.entries] for side in (a, b))
    return Comparison(a, b, times, list(_joined(_aligned(first, second))))


def loader_for(path: Path) -> Callable[[Path], Recording | list[str]]:
    """What reads a file of this name: a recording (`.ndjson`), or lines (`.txt`). UsageError for another ending."""
    return by_ending(path, _LOADERS, "no comparison for")


def sides(
    first_name: str, first: Recording | list[str], second_name: str, second: Recording | list[str]
) -> tuple[Side, Side]:
    """Two traces, to be compared event by event, or line by line if one of them is text."""
    if isinstance(first, Recording) and isinstance(second, Recording):
        return _side_of_events(first_name, first), _side_of_events(second_name, second)
    return _side_of_lines(first_name, first), _side_of_lines(second_name, second)


def _side_of_events(name: str, recording: Recording) -> Side:
    trace = recording.trace
    header, *_ = text.render(Recording(Trace(), recording.origin))
    kinds = json.dumps(kinds_in(trace), ensure_ascii=False)
    return Side(
        printable(name),
        printable(f"{header}, devices {kinds}"),
        list(_grouped(trace)),
        "event",
        len(trace.events),
        trace,
    )


def _side_of_lines(name: str, source: Recording | list[str]) -> Side:
    trace = source.trace if isinstance(source, Recording) else None
    lines = [printable(line) for line in (source if isinstance(source, list) else text.render(source))]
    header = lines[0] if lines and lines[0].startswith("# ") else ""
    body = lines[1:] if header else lines
    events = [entry.events for entry in _grouped(trace)] if trace is not None else [()] * len(body)
    first = 2 if header else 1
    entries = [
        _entry_of_line(line, number, own)
        for number, (line, own) in enumerate(zip(body, events, strict=True), start=first)
    ]
    return Side(printable(name), printable(header), entries, "line", len(lines), trace)


def _text(path: Path) -> list[str]:
    content = text_of_file(path)
    return content.removesuffix("\n").split("\n") if content else []


def _recording(path: Path) -> Recording:
    return Recording(*ndjson.read(path))


_LOADERS: dict[str, Callable[[Path], Recording | list[str]]] = {".ndjson": _recording, ".txt": _text}


def _entry_of_line(line: str, number: int, events: tuple[Event, ...]) -> Entry:
    times = tuple(int(found[2] + found[3]) for found in _MOMENT.finditer(line)) or (0,)
    bare = _MOMENT.sub("", line)
    return Entry(line, bare, times, bare, number, events)


def _grouped(trace: Trace) -> Iterator[Entry]:
    """The lines of the text trace, each with its events."""
    formatter = text.TextFormatter(trace)
    held: list[Event] = []
    number = 1
    for event in trace.events:
        lines = list(formatter.feed(event))
        if not lines:
            held.append(event)
            continue
        groups: list[list[Event]] = [held] if held else []
        held = [event] if isinstance(event, Access) else []
        if not held:
            groups.append([event])
        for line, group in zip(lines, groups, strict=True):
            yield _entry(line, group, number, trace)
            number += len(group)
    for line in formatter.finish():
        yield _entry(line, held, number, trace)


def _entry(line: str, events: list[Event], number: int, trace: Trace) -> Entry:
    line = printable(line)
    bare = _MOMENT.sub("", line)
    key = (bare, *dict.fromkeys(_untimed(event, trace) for event in events))
    return Entry(line, bare, tuple(dict.fromkeys(event.t for event in events)), key, number, tuple(events))


def _untimed(event: Event, trace: Trace) -> Hashable:
    """All that the `.ndjson` form says of an event, but for its time and what follows from the rest.

    Where an access was made stands in its line: the function and the offset in it, and only without one the address.
    """
    if isinstance(event, Access):
        return event.cpu, *event[4:]
    if isinstance(event, Interrupt):
        return event.number, trace.interrupts.get(event.number, "")
    return type(event).__name__, *event[1:]


# -- alignment ------------------------------------------------------------------------------------------------------


def _aligned(a: list[int], b: list[int]) -> Iterator[Block]:
    """Blocks that cover both lists. From each difference on the nearest place is taken where `_RUN` entries are equal.

    That takes time in proportion to the lists, whatever is in them; the smallest possible difference it need not find.
    """
    i = j = 0
    while i < len(a) or j < len(b):
        run = _common(a[i : i + _FIRST_WINDOW], b[j : j + _FIRST_WINDOW])
        if run:
            yield Block(True, i, i + run, j, j + run)
            i, j = i + run, j + run
            continue
        x, y = _meeting(a, b, i, j)
        yield from _refined(a, b, Block(False, i, x, j, y))
        i, j = x, y


def _common(a: list[int], b: list[int]) -> int:
    """How many entries are equal at the beginning."""
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _meeting(a: list[int], b: list[int], i: int, j: int) -> tuple[int, int]:
    """The nearest place from `i` and `j` on where both go on alike; the ends if there is none."""
    a_end, b_end = len(a), len(b)
    window = _FIRST_WINDOW
    while True:
        place: dict[tuple[int, ...], int] = {}
        for y in range(j, min(j + window, b_end)):
            place.setdefault(tuple(b[y : y + _RUN]), y)
        best = a_end, b_end
        cost = a_end - i + b_end - j
        for x in range(i, min(i + window, a_end)):
            if x - i >= cost:
                break
            found = place.get(tuple(a[x : x + _RUN]))
            if found is not None and x - i + found - j < cost:
                best, cost = (x, found), x - i + found - j
        if best != (a_end, b_end) or window >= max(a_end - i, b_end - j):
            return best
        window *= 4


def _refined(a: list[int], b: list[int], block: Block) -> Iterator[Block]:
    """The block, and what few entries are the same within it."""
    _, i, x, j, y = block
    if x - i > _REFINED or y - j > _REFINED:
        yield block
        return
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, a[i:x], b[j:y], autojunk=False).get_opcodes():
        yield Block(tag == "equal", i + a1, i + a2, j + b1, j + b2)


def _joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Neighbours of the same kind as one."""
    held: Block | None = None
    for block in blocks:
        if held is not None and held.same == block.same:
            held = Block(held.same, held.a, block.a_end, held.b, block.b_end)
            continue
        if held is not None:
            yield held
        held = block
    if held is not None:
        yield held


def _ranges(block: Block) -> tuple[range, range]:
    return range(block.a, block.a_end), range(block.b, block.b_end)
