"""What is different of two entries of a trace that one change may have made of each other, in words.

It compares a pair; which entries are one is for `compare.py` and `passages.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ipcclab.comparison.compare import Comparison, Entry, Side
from ipcclab.comparison.passages import COLUMNS, edits
from ipcclab.trace.places import place_of
from ipcclab.trace.text import notable_fields
from mp1bench.trace import A7, Access, Effect, Line
from stm32mp1.ipcc_table import IpccTable
from stm32mp1.registers import Register

_LISTED = 3  # channels that are named; more are no help
_CHANNEL = re.compile(r"CH(\d+)")


def subject(a: Entry, b: Entry, side: Side) -> str:
    """Who does what to what; of two entries that differ in detail, what both do."""
    event = (a.events or b.events or (None,))[0]
    if not isinstance(event, Access):
        return words_of(a, 2)
    table = side.trace.tables.get(event.device) if side.trace else None
    number = 1 if event.cpu == A7 else 2
    core = table.variant.cores[number - 1] if isinstance(table, IpccTable) else event.cpu.upper()
    register = table.at(event.offset) if table else None
    verb = "reads" if event.op == "R" else "writes"
    name = register.name if register else f"+0x{event.offset:03X}"
    return f"processor {number} ({core}) {verb} {event.device} {name}{_channels(a, b, register)}"


def _channels(a: Entry, b: Entry, register: Register | None) -> str:
    """The channels in question: those of the bits that differ, else of all bits that are not as after a reset."""
    values = [entry.events[0].value for entry in (a, b) if entry.events and isinstance(entry.events[0], Access)]
    if register is None:
        return ""
    bits = values[0] ^ values[-1] or values[0] ^ register.reset
    named = {int(found[1]) for field in register.decode(bits) if (found := _CHANNEL.match(field.name))}
    if not 0 < len(named) <= _LISTED:
        return ""
    return f", channel{'s' * (len(named) > 1)} {', '.join(map(str, sorted(named)))}"


def changes(a: Entry, b: Entry, comparison: Comparison) -> Iterator[tuple[str, str]]:
    """What is different of two entries that one change may have made of each other: a label, and from what to what."""
    one, other = (entry.events[0] if entry.events else None for entry in (a, b))
    if isinstance(one, Access) and isinstance(other, Access):
        told = list(_changes_of_access(a, b, one, other, comparison))
    else:
        told = [("text", change) for change in changed_parts(_columns(a), _columns(b), "  ")]
    yield from told or _changes_unseen(a, b)


def _changes_unseen(a: Entry, b: Entry) -> Iterator[tuple[str, str]]:
    """What the line of the text trace does not show."""
    for one, other in zip(a.events, b.events, strict=False):
        for name, before, after in zip(one._fields, one, other, strict=False):
            if name != "t" and before != after:
                yield name, f"{before!r} → {after!r}"


def _changes_of_access(
    a: Entry, b: Entry, one: Access, other: Access, comparison: Comparison
) -> Iterator[tuple[str, str]]:
    places = [_place(event, side) for event, side in ((one, comparison.a), (other, comparison.b))]
    if places[0] != places[1]:
        yield "function", " → ".join(places)
    if one.width != other.width:
        yield "width", f"{8 * one.width} → {8 * other.width} bits"
    if one.value != other.value:
        values = f"0x{one.value:0{2 * one.width}X} → 0x{other.value:0{2 * other.width}X}"
        table = comparison.a.trace.tables.get(one.device) if comparison.a.trace else None
        register = table.at(one.offset) if table and one.width == other.width == 4 else None
        yield "value", values + _changed_fields(register, one.value, other.value)
    repeats = [sum(isinstance(event, Access) for event in entry.events) for entry in (a, b)]
    if repeats[0] != repeats[1]:
        yield "repeated", " → ".join(f"×{count:,}" for count in repeats)
    causes = [", ".join(_consequences(entry)) or "nothing" for entry in (a, b)]
    if causes[0] != causes[1]:
        yield "causes", " → ".join(causes)


def _place(event: Access, side: Side) -> str:
    assert side.trace is not None  # events are those of a trace
    return place_of(side.trace, event.function, event.pc) or "none"


def _changed_fields(register: Register | None, one: int, other: int) -> str:
    if register is None:
        return ""
    before, after = notable_fields(register, one), notable_fields(register, other)
    gone = "  ".join(field for field in before if field not in after) or "as after reset"
    come = "  ".join(field for field in after if field not in before) or "as after reset"
    return f": {gone} → {come}"


def _consequences(entry: Entry) -> Iterator[str]:
    for event in entry.events:
        if isinstance(event, Effect):
            illegal = event.kind == "illegal"
            yield f"ignored: {event.subject}" if illegal else f"{event.subject} {event.before}→{event.after}"
        elif isinstance(event, Line):
            yield f"{'▲' if event.level else '▼'} {event.line}"


def words_of(entry: Entry, columns: int | None = None) -> str:
    """The first columns of a line as words, or all; without the mark of what no processor did."""
    return ", ".join(_columns(entry)[:columns]).removeprefix("--, ")


def _columns(entry: Entry) -> list[str]:
    return COLUMNS.split(entry.bare.strip())


def changed_parts(a: list[str], b: list[str], between: str) -> Iterator[str]:
    """The parts that differ, from what to what."""
    for tag, a1, a2, b1, b2 in edits(a, b):
        if tag != "equal":
            yield f"{between.join(a[a1:a2]) or 'nothing'} → {between.join(b[b1:b2]) or 'nothing'}"
