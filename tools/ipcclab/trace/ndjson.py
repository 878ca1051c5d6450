"""The trace for programs: one JSON object per line, described by `schema.json`. Equal runs give equal bytes.

The first line is the header, `{"schema": "ipcclab-trace/2", "image_sha256": …, "platform": …, "devices": …}`. Each
further line is one event, in the order of the recorder: its keys are `t` (nanoseconds of virtual time), `event` (the
kind) and the kind's own, always in the same order. Numbers are integers; `fields` holds those that are not zero;
payloads are given as `hex` and as `text`. `reading.py` makes a trace of it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any

from ipcclab.payload import text_of
from ipcclab.trace.kinds import kinds_in
from ipcclab.trace.pins import pin_of_line
from ipcclab.trace.reading import read
from ipcclab.trace.recording import Recording
from ipcclab.trace.schema import SCHEMA
from mp1bench.trace import Access, Core, Effect, Event, Interrupt, Line, Log, Mcapi, Message, Trace, Unmodelled
from stm32mp1.memory_map import name_of

__all__ = ["SCHEMA", "read", "render"]

_encode: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":")).encode


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.ndjson` files."""
    trace, origin = recording.trace, recording.origin
    header = {"schema": SCHEMA, "image_sha256": origin.image_sha256, "platform": origin.platform}
    yield _encode({**header, "devices": kinds_in(trace)})
    symbolize = lru_cache(maxsize=None)(trace.symbolize)

    @cache
    def access_tail(
        cpu: str, pc: int | None, function: str, device: str, op: str, offset: int, width: int, value: int
    ) -> str:
        # A firmware repeats few different accesses very often; only their times differ.
        table = trace.tables.get(device)
        register = table.at(offset) if table else None
        fields = register.decode(value) if register and width == 4 else []
        tail = {
            "cpu": cpu,
            "pc": pc,
            "function": function if function or pc is None else symbolize(pc),
            "op": op,
            "device": device,
            "offset": offset,
            "width": width,
            "register": register.name if register else None,
            "value": value,
            "fields": {field.name: field.value for field in fields},
        }
        return _encode(tail)[1:]

    for event in trace.events:
        if isinstance(event, Access):
            yield f'{{"t":{event.t},"event":"access",{access_tail(*event[1:])}'
        else:
            kind, own = _own_keys(event, trace, symbolize)
            yield _encode({"t": event.t, "event": kind, **own})


def _own_keys(event: Event, trace: Trace, symbolize: Callable[[int], str]) -> tuple[str, dict[str, object]]:
    match event:
        case Effect(_, device, kind, subject, before, after):
            return "effect", {"device": device, "kind": kind, "subject": subject, "before": before, "after": after}
        case Line(_, device, line, level):
            pin = pin_of_line(trace.tables.get(device), device, line)
            if pin:
                return "pin", {"device": device, "pin": pin, "level": int(level)}
            return "line", {"device": device, "line": line, "level": int(level)}
        case Interrupt(_, number):
            return "interrupt", {"number": number, "lines": trace.interrupts.get(number, "")}
        case Core(_, what, detail):
            return "core", {"what": what, "detail": detail}
        case Message(_, direction, endpoint, local, remote, data):
            ends = {"direction": direction, "endpoint": endpoint, "local": local, "remote": remote}
            return "message", {**ends, "hex": data.hex(), "text": text_of(data)}
        case Mcapi(data=data, detail=detail):
            payload = {"hex": data.hex(), "text": text_of(data)}
            own = dict(zip(event._fields[1:-2], event[1:-2], strict=True))
            return "mcapi", {**own, **payload, "detail": detail}
        case Log(_, source, level, text):
            return "log", {"source": source, "level": level, "text": text}
        case Unmodelled(_, cpu, pc, address, op):
            function = "" if pc is None else symbolize(pc)
            where = {"address": address, "name": name_of(address)}
            return "unmodelled", {"cpu": cpu, "pc": pc, "function": function, "op": op, **where}
        case _:
            raise TypeError(event)
