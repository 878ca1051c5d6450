"""What of a comparison is shown: the differences, line beside line, and a little of what is equal around them.

It chooses and pairs; it has no words. The terminal shows the first of it, the page all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from ipcclab.comparison.compare import Block, Comparison, Entry

_PAIRED = 64  # entries of each side among which those are looked for that one change made of each other
_COLUMNS = 256  # columns of two lines that are aligned; for more that takes too long
COLUMNS = re.compile(r" {2,}")  # what stands between two columns of the text trace
_ACCESS = re.compile(r"^(\S+) .*? ([RW])\d* +(\S+\+0x[0-9a-f]+ \S+)")


def edits(a: list[str], b: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """How one list of columns becomes the other: the opcodes of `difflib`. Of very long ones, all is replaced."""
    if max(len(a), len(b)) > _COLUMNS:
        return [("replace", 0, len(a), 0, len(b))]
    return SequenceMatcher(None, a, b, autojunk=False).get_opcodes()


class Row(NamedTuple):
    """Entries that stand beside each other, by index: the same (but for time), changed, or of one side alone."""

    a: int | None
    b: int | None
    same: bool


class Gap(NamedTuple):
    """So many entries that are equal and not shown; so many of them are at another time."""

    entries: int
    moved: int


def passages(comparison: Comparison, context: int) -> Iterator[Row | Gap]:
    """The whole comparison in rows: each difference with up to `context` equal entries around it, gaps for the rest.

    Entries that are the same at another time count as equal here, but for the first difference of all.
    """
    blocks = comparison.blocks
    moved = comparison.moved
    next_moved = 0  # in `moved`: the first that is not behind
    for number, block in enumerate(blocks):
        if not block.same:
            yield from _rows(comparison, block)
            continue
        kept = [(block.a, block.a + context)] if number > 0 else []
        if number == 0 and comparison.times == "exact" and moved and moved[0][0] < block.a_end:
            kept.append((moved[0][0] - context, moved[0][0] + context + 1))
        if number + 1 < len(blocks):
            kept.append((block.a_end - context, block.a_end))
        at = block.a
        for start, end in [*kept, (block.a_end, block.a_end)]:
            start = max(at, min(start, block.a_end))
            if start > at:
                first = next_moved
                while next_moved < len(moved) and moved[next_moved][0] < start:
                    next_moved += 1
                yield Gap(start - at, next_moved - first)
            at = max(start, min(end, block.a_end))
            yield from (Row(x, block.b + x - block.a, True) for x in range(start, at))
            while next_moved < len(moved) and moved[next_moved][0] < at:
                next_moved += 1


def _rows(comparison: Comparison, block: Block) -> Iterator[Row]:
    """A place that differs. What one change may have made of each other stands beside each other."""
    for a, a_end, b, b_end in _similar(comparison, block):
        both = min(a_end - a, b_end - b)
        yield from (Row(a + n, b + n, False) for n in range(both))
        yield from (Row(x, None, False) for x in range(a + both, a_end))
        yield from (Row(None, y, False) for y in range(b + both, b_end))


def _similar(comparison: Comparison, block: Block) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of both sides: all of the same shapes one by one, or one of the two empty."""
    _, a, a_end, b, b_end = block
    if max(a_end - a, b_end - b) > _PAIRED:
        yield a, a_end, b, b
        yield a_end, a_end, b, b_end
        return
    first = [_shape(entry) for entry in comparison.a.entries[a:a_end]]
    second = [_shape(entry) for entry in comparison.b.entries[b:b_end]]
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "replace":
            yield a + a1, a + a2, b + b1, b + b1
            yield a + a2, a + a2, b + b1, b + b2
        else:
            yield a + a1, a + a2, b + b1, b + b2


def _shape(entry: Entry) -> tuple[str, ...]:
    """What two entries have in common if one is the other, changed: who does what to what."""
    words = entry.bare.strip()
    access = _ACCESS.match(words)
    shape = access.groups() if access else tuple(COLUMNS.split(words)[:2])
    by_events = entry.key != entry.bare
    return (type(entry.events[0]).__name__, *shape) if by_events else shape
