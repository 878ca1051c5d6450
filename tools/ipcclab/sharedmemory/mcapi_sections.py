"""MCAPI's area in words, as sections: both sides in one table, and for each what it sends and where its buffers are.

Everything in a section is plain text of one line, whatever bytes the memory holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import get_args

from ipcclab.payload import quoted
from ipcclab.sharedmemory.mcapi_structure import McapiArea, McapiBuffer, McapiFrame, McapiSide, Place
from ipcclab.sharedmemory.section import Section
from mp1bench.mcapi.layout import NO_PORT

_SHOWN = 16  # bytes of a payload; JSON has them all
_WAYS = {"Linux": "A7 → M4", "firmware": "M4 → A7"}


def mcapi_sections(area: McapiArea) -> Iterator[Section]:
    """All that there is to say of it; findings are said with the others."""
    where = f"At 0x{area.address:08X}, version {area.version}, {area.size} bytes."
    if not area.sides:
        yield Section("mcapi", "MCAPI", (where, "Another version than the one that is read here: nothing more is."))
        return
    linked = (
        "The two sides are linked: each has reset its words for the other's epoch."
        if area.linked
        else "The two sides are not linked: no frame counts, and every buffer is its owner's."
    )
    columns = ("", *(side.side for side in area.sides))
    rows = zip(*(_of_side(side) for side in area.sides), strict=True)
    told = tuple((name, first, second) for (name, first), (_, second) in rows)
    yield Section("mcapi", "MCAPI", (where, linked), columns, told)
    for side in area.sides:
        yield _frames(side)
        yield _buffers(side)


def _of_side(side: McapiSide) -> Iterator[tuple[str, str]]:
    yield "epoch", str(side.epoch)
    yield "state", side.state
    yield "reset for the other's epoch", str(side.synced) if side.synced else "none"
    yield "waits for", " ".join(side.wants) or "-"
    for name, count in side.statistics.items():
        yield name.replace("_", " "), f"{count:,}"


def _frames(side: McapiSide) -> Section:
    sentences = [
        f"Ring {ring.priority}: written up to {ring.head}, read up to {ring.tail}; {_waiting(ring.waiting)}."
        for ring in side.rings
    ]
    home = side.returns
    sentences.append(f"Free ring: returned up to {home.head}, collected up to {home.tail}; {_waiting(home.waiting)}.")
    columns = ("ring", "slot", "state", "frame", "ports", "bytes", "buffer", "what it holds")
    rows = tuple((str(ring.priority), *_frame(frame)) for ring in side.rings for frame in ring.frames)
    return Section("mcapi-ring", f"MCAPI: rings {_WAYS[side.side]}", tuple(sentences), columns, rows)


def _waiting(count: int | None) -> str:
    return "which cannot be" if count is None else f"waiting: {count}"


def _frame(frame: McapiFrame) -> tuple[str, ...]:
    buffer = "-" if frame.buffer is None else str(frame.buffer)
    ports = f"{_port(frame.source)} → {_port(frame.destination)}"
    return str(frame.slot), frame.state, frame.kind, ports, str(frame.length), buffer, _holds(frame)


def _port(port: int) -> str:
    return "-" if port == NO_PORT else str(port)


def _holds(frame: McapiFrame) -> str:
    if frame.buffer is None:
        number = int.from_bytes(frame.payload, "little")
        return frame.says or (f"0x{number:0{2 * len(frame.payload)}X}" if frame.payload else "")
    payload = quoted(frame.payload[:_SHOWN]) + "…" * (len(frame.payload) > _SHOWN)
    return payload if frame.state == "waiting" else f"now {payload}"


def _buffers(side: McapiSide) -> Section:
    counts = Counter(buffer.state for buffer in side.buffers)
    told = ", ".join(f"{counts[place]} {place}" for place in get_args(Place) if counts[place])
    rows = []
    for _, group in groupby(side.buffers, lambda buffer: (buffer.owner, buffer.state)):
        first, *rest = group
        rows.append(_row(first, rest[-1] if rest else None))
    columns = ("buffer", "address", "held by", "where")
    return Section("mcapi-buffers", f"MCAPI: buffers {_WAYS[side.side]}", (f"{told}.",), columns, tuple(rows))


def _row(first: McapiBuffer, last: McapiBuffer | None) -> tuple[str, ...]:
    index = str(first.index) if last is None else f"{first.index}-{last.index}"
    return index, f"0x{first.address:08X}{'…' * (last is not None)}", first.owner, first.state
