"""A comparison of two traces in words: equal, or the first difference in its context. It aligns nothing.

Marks are those of diff: `-` for what only the first has, `+` for what only the second has. `~` is the same at another
time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from ipcclab.comparison.changes import changed_parts, changes, subject, words_of
from ipcclab.comparison.compare import Comparison, Entry, Side
from ipcclab.comparison.passages import Gap, Row, passages
from ipcclab.durations import format_duration, format_moment
from mp1bench.trace import Access

_COLOURS = {"-": "31", "+": "32", "~": "33"}  # red, green, yellow
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def lines(comparison: Comparison, context: int = 3, limit: int = 12, colour: bool = False) -> list[str]:
    """What a person is told: one line if the two are equal, else the first difference with `context` lines around it.

    Of what differs there at most `limit` entries of each side are shown.
    """
    if comparison.equal:
        return [verdict(comparison)]
    shown = [verdict(comparison), *header_difference(comparison)]
    first = first_difference(comparison)
    if first is None:
        return shown
    shown += ["", f"--- {comparison.a.name}", f"+++ {comparison.b.name}"]
    shown += _hunk(comparison, first, context, limit, colour)
    return [*shown, "", *explanation(comparison, first), *totals(comparison)]


def verdict(comparison: Comparison) -> str:
    """One sentence: equal or not, and where first."""
    a, b = comparison.a, comparison.b
    names = f"{a.name} and {b.name}"
    if comparison.equal:
        but = " but for their times" if comparison.moved else ""
        return f"{names} are equal{but}: {_counted(a.count, a.unit)}{_first_moved(comparison)}."
    first = first_difference(comparison)
    if first is None:
        return f"{names} differ in their headers only: {_counted(a.count, a.unit)} are equal."
    side, index = (b, first.b) if first.a is None else (a, first.a)
    assert index is not None
    where = f"first at {side.unit} {side.entries[index].number:,}" + f" of {b.name}" * (first.a is None)
    if not comparison.places:
        return f"{names} differ in times only: {_counted(a.count, a.unit)}{_first_moved(comparison)}."
    return f"{names} differ in {_counted(len(comparison.places), 'place')}, {where}."


def first_difference(comparison: Comparison) -> Row | None:
    """Where the two first differ; None if they do not, or in their headers only."""
    return next((row for row in passages(comparison, 0) if isinstance(row, Row) and _differs(comparison, row)), None)


def header_difference(comparison: Comparison) -> list[str]:
    """What the headers say differently, in a line for each word that does."""
    a, b = comparison.a.header, comparison.b.header
    if a == b:
        return []
    parts_a, parts_b = (_HASH.sub(r"\1…", header).removeprefix("# ").split(", ", 2) for header in (a, b))
    return [f"  header    {change}" for change in changed_parts(parts_a, parts_b, ", ")]


def explanation(comparison: Comparison, row: Row) -> list[str]:
    """The difference of one row, in words."""
    a, b = _entry(comparison.a, row.a), _entry(comparison.b, row.b)
    if a is None or b is None:
        side = comparison.b if a is None else comparison.a
        only = b if a is None else a
        assert only is not None
        own = subject(only, only, side) if only.events and isinstance(only.events[0], Access) else words_of(only)
        return [f"Only {side.name} has this: {own}."]
    side = comparison.a if a.events else comparison.b
    told = [f"{subject(a, b, side)}:"]
    if not row.same:
        told += [f"  {label:<9} {change}" for label, change in changes(a, b, comparison)]
    one, other = _first_times(a, b) if row.same else (a.times[0], b.times[0])
    if comparison.times == "exact" and one != other:
        told.append(f"  {'time':<9} {format_moment(one)} → {format_moment(other)}: {_later(one, other)}")
    return told


def totals(comparison: Comparison) -> list[str]:
    """How much differs in all, if that is more than was shown."""
    a, b = comparison.a, comparison.b
    only_a = sum(_weight(a, block.a, block.a_end) for block in comparison.places)
    only_b = sum(_weight(b, block.b, block.b_end) for block in comparison.places)
    words = f"In all {_counted(only_a, a.unit)} only in {a.name}, {only_b:,} only in {b.name}"
    if comparison.times == "exact" and comparison.moved:
        words += f"; {sum(_weight(a, x, x + 1) for x, _ in comparison.moved):,} more are the same at another time"
    return ["", f"{words}."] if comparison.places else []


def shift(a: Entry, b: Entry) -> str:
    """How much later the second is, or earlier."""
    return _later(*_first_times(a, b))


def _later(one: int, other: int) -> str:
    return f"{format_duration(abs(other - one))} {'later' if other > one else 'earlier'}"


def _first_times(a: Entry, b: Entry) -> tuple[int, int]:
    """The first times of two entries that are not the same; the first of all if they are."""
    pairs = zip_longest(a.times, b.times, fillvalue=0)
    return next((pair for pair in pairs if pair[0] != pair[1]), (a.times[0], b.times[0]))


def is_moved(comparison: Comparison, row: Row) -> bool:
    """Is it the same at another time, and does that count?"""
    if not row.same or comparison.times == "ignore":
        return False
    assert row.a is not None
    assert row.b is not None
    return comparison.a.entries[row.a].times != comparison.b.entries[row.b].times


def _differs(comparison: Comparison, row: Row) -> bool:
    return not row.same or is_moved(comparison, row)


# -- the passage ------------------------------------------------------------------------------------------------------


def _hunk(comparison: Comparison, first: Row, context: int, limit: int, colour: bool) -> list[str]:
    """The first difference and what stands around it, up to the next gap."""
    shown: list[str] = []
    left = {"-": limit, "+": limit}
    more = {"-": 0, "+": 0}

    def put(mark: str, line: str) -> None:
        words = f"{mark} {line}"
        shown.append(f"\x1b[{_COLOURS[mark]}m{words}\x1b[0m" if colour and mark in _COLOURS else words)

    def put_of_side(mark: str, line: str) -> None:
        if left[mark]:
            left[mark] -= 1
            put(mark, line)
        else:
            more[mark] += 1

    def put_rest() -> None:
        if any(more.values()):
            shown.append("… " + " and ".join(f"{count:,} more with {mark}" for mark, count in more.items() if count))
            more.update({"-": 0, "+": 0})

    for row in _around(comparison, first, context):
        a, b = _entry(comparison.a, row.a), _entry(comparison.b, row.b)
        if not row.same or row == first:
            if a is not None:
                put_of_side("-", a.line)
            if b is not None:
                put_of_side("+", b.line)
            continue
        put_rest()
        assert a is not None
        assert b is not None
        if is_moved(comparison, row):
            put("~", f"{a.line}  ({shift(a, b)})")
        else:
            put(" ", a.line)
    put_rest()
    return shown


def _around(comparison: Comparison, first: Row, context: int) -> Iterator[Row]:
    """The rows between the last gap before `first` and the next one behind it."""
    held: list[Row] = []
    shown = passages(comparison, context)
    for row in shown:
        if isinstance(row, Gap):
            held = []
            continue
        held.append(row)
        if row == first:
            break
    yield from held
    for row in shown:
        if isinstance(row, Gap):
            return
        yield row


# -- counts -----------------------------------------------------------------------------------------------------------


def _entry(side: Side, index: int | None) -> Entry | None:
    return None if index is None else side.entries[index]


def _first_moved(comparison: Comparison) -> str:
    """Where the first time differs, and by how much, if one does."""
    if not comparison.moved:
        return ""
    x, y = comparison.moved[0]
    a, b = comparison.a.entries[x], comparison.b.entries[y]
    count = sum(_weight(comparison.a, x, x + 1) for x, _ in comparison.moved)
    return f", {count:,} of them at other times, the first at {format_moment(a.times[0])} ({shift(a, b)})"


def _weight(side: Side, start: int, end: int) -> int:
    """How much these entries are, in the unit of the side."""
    if side.unit == "line":
        return end - start
    return sum(len(entry.events) for entry in side.entries[start:end])


def _counted(count: int, unit: str) -> str:
    return f"{count:,} {unit}{'s' * (count != 1)}"
