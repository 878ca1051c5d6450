"""A recording as the report's rows: one for each line of the text trace, with what the page draws and filters by.

Few different rows repeat very often, so a row is the number of its shape, and the time since the row before. It formats
nothing: what a row says is a line of the text writer; which state it leaves is the bits that it flips.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from ipcclab.durations import format_moment
from ipcclab.payload import printable
from ipcclab.signals import lost_signals
from ipcclab.trace.html_shapes import Shapes
from ipcclab.trace.html_slots import REGISTER, Slots
from ipcclab.trace.text import TextFormatter
from mp1bench.trace import Access, Effect, Event, Line, Trace
from stm32mp1.ipcc_table import IpccTable
from stm32mp1.registers import Register

_MOST_WORDS = 4_000  # characters of a row

#: Names and numbers only, ready for JSON; `report.js` says how they are read.
Rows: TypeAlias = dict[str, Any]


def rows_of(trace: Trace, most: int) -> Rows:
    """The last `most` events of the trace as rows, and the state in front of them."""
    events = trace.events
    start = max(0, len(events) - most)
    while 0 < start < len(events) and isinstance(events[start], Effect | Line):
        start += 1  # what an access causes stands in its row
    slots = Slots(trace)
    for event in events[:start]:
        slots.feed(event)
    slots.first = list(slots.values)
    shapes = Shapes(trace, slots, lost_signals(trace))
    times: list[int] = []
    numbers: list[int] = []
    polls: list[tuple[int, int, int]] = []  # number of the row, further reads, time of the last one behind the first
    index = start
    now = begin = events[start].t if start < len(events) else 0
    for line, group in _grouped(trace, start):
        first, last = group[0], group[-1]
        more = len(group) - 1 if isinstance(last, Access) else 0
        if more:
            polls.append((len(numbers), more, last.t - first.t))
            line = line.removesuffix(f"  ×{more + 1} until {format_moment(last.t)}")
        words = line[len(f"{format_moment(first.t):>15}  ") :]
        if len(words) > _MOST_WORDS:
            words = f"{words[:_MOST_WORDS]}… ({len(words) - _MOST_WORDS:,} more characters)"
        numbers.append(shapes.number(words, group[: len(group) - more], index))
        times.append(first.t - now)
        now = first.t
        index += len(group)
    return {
        "skipped": start,
        "begin": begin,
        "times": times,
        "shape": numbers,
        "polls": polls,
        "shapes": shapes.described,
        "registers": list(shapes.registers),
        "functions": list(shapes.functions),
        "lanes": shapes.lanes(),
        "slots": [[kind, printable(device), printable(name)] for kind, device, name in slots.keys],
        "first": slots.first,
        "tables": {
            printable(name): {"cores": table.variant.cores, "registers": [_described(one) for one in table]}
            for name, table in trace.tables.items()
            if isinstance(table, IpccTable)
        },
    }


def last_rows(rows: Rows, most: int) -> Rows:
    """The same without its first rows, so that at most so many events are left. Without any, no name of theirs is."""
    polls = {row: (more, time) for row, more, time in rows["polls"]}
    shapes = rows["shapes"]
    left = events_of(rows)
    first, begin, cut = list(rows["first"]), rows["begin"], 0
    times = rows["times"]
    while left > most:
        shape = shapes[rows["shape"][cut]]
        for slot, bits in shape["flips"]:
            first[slot] ^= bits
        left -= shape["events"] + polls.get(cut, (0, 0))[0]
        begin += times[cut]
        cut += 1
    if not cut:
        return rows
    used = sorted(set(rows["shape"][cut:]))
    number = {old: new for new, old in enumerate(used)}
    begin += times[cut] if cut < len(times) else 0
    if not used:
        kept = [slot for slot, (kind, _, _) in enumerate(rows["slots"]) if kind == REGISTER]
        first = [first[slot] for slot in kept]
        rows = {**rows, "registers": [], "functions": [], "lanes": [], "slots": [rows["slots"][slot] for slot in kept]}
    return {
        **rows,
        "skipped": rows["skipped"] + events_of(rows) - left,
        "begin": begin,
        "times": [0, *times[cut + 1 :]] if cut < len(times) else [],
        "shape": [number[old] for old in rows["shape"][cut:]],
        "shapes": [shapes[old] for old in used],
        "polls": [(row - cut, more, time) for row, (more, time) in polls.items() if row >= cut],
        "first": first,
    }


def events_of(rows: Rows) -> int:
    """How many events the rows stand for."""
    counts: list[int] = [shape["events"] for shape in rows["shapes"]]
    polls: list[int] = [more for _, more, _ in rows["polls"]]
    numbers: list[int] = rows["shape"]
    return sum(counts[number] for number in numbers) + sum(polls)


def _grouped(trace: Trace, start: int) -> Iterator[tuple[str, list[Event]]]:
    """Each line of the text trace with the events that it stands for."""
    formatter = TextFormatter(trace)
    held: list[Event] = []
    for event in trace.events[start:]:
        completed = list(formatter.feed(event))
        if held and completed:
            yield completed.pop(0), held
            held = []
        if completed:
            yield completed[0], [event]
        else:
            held.append(event)
    for line in formatter.finish():
        yield line, held


def _described(register: Register) -> dict[str, Any]:
    fields = [[field.name, field.lsb, field.width, field.meaning] for field in register.fields]
    return {"name": register.name, "offset": register.offset, "human": register.human, "fields": fields}
