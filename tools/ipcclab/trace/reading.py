"""The reader of `.ndjson` traces: makes of the file what was recorded, so that each writer writes the same of both.

It needs no image: an access holds its function, and `symbolize` knows that of the rest. What devices have, `kinds.py`
says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from ipcclab.trace.kinds import PINS, Kind, table_of
from ipcclab.trace.origin import Origin
from ipcclab.trace.pins import pin_of_line
from ipcclab.trace.schema import SCHEMA, fault, kinds
from mp1bench.errors import IpccLabError
from mp1bench.trace import Access, Core, Effect, Event, Interrupt, Line, Log, Mcapi, Message, Trace, Unmodelled
from stm32mp1.gpio import Gpio
from stm32mp1.registers import RegisterTable

_AGAIN = "Have it written again, with `--trace FILE.ndjson`."
#: The time at the head of a line as our writer has it. What follows recurs from line to line, and is parsed once.
_TIME = re.compile(r'\{"t":(0|[1-9]\d{0,17}),')


EventT = TypeVar("EventT", Access, Core, Effect, Interrupt, Log, Mcapi, Message, Unmodelled)


class TraceFileError(IpccLabError):
    """A file that holds no trace, or one that is damaged."""


def read(path: Path) -> tuple[Trace, Origin]:
    """The trace of an `.ndjson` file, and where it comes from. TraceFileError names the line that is wrong, and why."""
    return _Reader(path).read()


def text_of_file(path: Path) -> str:
    """The file's text, in lines that end with `\\n`. TraceFileError for what is no text, or cannot be read."""
    try:
        if path.is_dir():
            raise TraceFileError(f"{path} is a folder. Name a file.")
        if not path.exists():
            raise TraceFileError(f"{path}: there is no such file.")
        if not path.is_file():
            raise TraceFileError(f"{path} is no ordinary file. Name one.")
        content = path.read_bytes()
    except OSError as error:
        raise TraceFileError(f"{path} cannot be read ({error.strerror}).") from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TraceFileError(f"{path}: line {line} is not UTF-8, so this is no trace. {_AGAIN}") from error


class _Reader:
    """One reading of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0  # of the line at hand
        self._cut_off = False  # the line at hand is the last, and no line feed ends it
        self._banks: set[str] = set()  # the devices whose lines are pins
        self._functions: dict[int | None, str] = {}  # of events that do not hold it themselves
        self._interrupts: dict[int, str] = {}
        self._seen: dict[str, dict[int, str]] = {}  # registers that the records name, by device and offset

    def read(self) -> tuple[Trace, Origin]:
        lines = self._lines()
        header = next(lines, None)
        if header is None:
            raise TraceFileError(f"{self._path} is empty: a trace begins with a header. {_AGAIN}")
        origin, devices = self._header(header)
        self._banks = {name for name, kind in devices.items() if kind == PINS}
        trace = Trace()
        event_of = lru_cache(maxsize=4096)(self._event)
        for line in lines:
            time = _TIME.match(line)
            event = event_of(f'{{"t":0,{line[time.end() :]}') if time else self._event(line)
            trace.record(event._replace(t=int(time[1])) if time else event)
        trace.tables = self._tables(devices)
        trace.interrupts = self._interrupts
        trace.symbolize = lambda address: self._functions.get(address, "")
        return trace, origin

    def _lines(self) -> Iterator[str]:
        lines = text_of_file(self._path).split("\n")
        rest = lines.pop()  # behind the last line feed
        for self._number, line in enumerate([*lines, rest] if rest else lines, start=1):
            self._cut_off = self._number > len(lines)
            yield line

    def _header(self, line: str) -> tuple[Origin, dict[str, Kind]]:
        record = self._parsed(line)
        schema = record.get("schema")
        if schema == "ipcclab-trace/1":
            raise self._wrong(f"{schema} does not say what its devices are, and is read no more")
        if schema != SCHEMA:
            raise self._wrong(f"this is no header of {SCHEMA}")
        self._check(record, "header")
        return Origin(record["image_sha256"], record["platform"]), record["devices"]

    def _tables(self, devices: dict[str, Kind]) -> dict[str, RegisterTable]:
        tables = {}
        for name, kind in devices.items():
            try:
                tables[name] = table_of(kind, self._seen.get(name, {}))
            except ValueError as error:
                self._number = 1
                raise self._wrong(f"there can be no such `{name}`: {str(error).rstrip('.')}") from error
        return tables

    def _parsed(self, line: str) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            if self._cut_off and self._number > 1:
                raise self._wrong("the file ends in the middle of it") from error
            raise self._wrong("this is no JSON") from error
        if not isinstance(record, dict):
            raise self._wrong("this is no JSON object")
        return record

    def _check(self, record: dict[str, Any], kind: str) -> None:
        found = fault(record, kind)
        if found:
            raise self._wrong(found)

    def _wrong(self, what: str) -> TraceFileError:
        return TraceFileError(f"{self._path}: line {self._number}: {what}. {_AGAIN}")

    def _event(self, line: str) -> Event:
        record = self._parsed(line)
        kind = record.get("event")
        known = [name for name in kinds() if name != "header"]
        if kind not in known:
            raise self._wrong(f"this is no event that {SCHEMA} has")
        self._check(record, kind)
        return _MAKERS[kind](self, record)

    def _access(self, record: dict[str, Any]) -> Event:
        if record["register"] is not None:
            self._seen.setdefault(record["device"], {})[record["offset"]] = record["register"]
        return _made(Access, record)

    def _pin(self, record: dict[str, Any]) -> Event:
        device, pin = record["device"], record["pin"]
        number = pin[2:]
        if device not in self._banks or pin != pin_of_line(Gpio.TABLE, device, number):
            raise self._wrong(f"`{pin}` is no pin of a device that the header has")
        return Line(record["t"], device, number, bool(record["level"]))

    def _interrupt(self, record: dict[str, Any]) -> Event:
        if record["lines"]:
            self._interrupts[record["number"]] = record["lines"]
        return _made(Interrupt, record)

    def _unmodelled(self, record: dict[str, Any]) -> Event:
        self._functions[record["pc"]] = record["function"]
        return _made(Unmodelled, record)


def _made(kind: type[EventT], record: dict[str, Any]) -> EventT:
    """The event whose parts stand in the record under their names."""
    return kind(**{name: record[name] for name in kind._fields})


_MAKERS: dict[str, Callable[[_Reader, dict[str, Any]], Event]] = {
    "access": _Reader._access,
    "effect": lambda _, record: _made(Effect, record),
    "line": lambda _, record: Line(record["t"], record["device"], record["line"], bool(record["level"])),
    "pin": _Reader._pin,
    "interrupt": _Reader._interrupt,
    "core": lambda _, record: _made(Core, record),
    "message": lambda _, record: _made(Message, {**record, "data": bytes.fromhex(record["hex"])}),
    "mcapi": lambda _, record: _made(Mcapi, {**record, "data": bytes.fromhex(record["hex"])}),
    "log": lambda _, record: _made(Log, record),
    "unmodelled": _Reader._unmodelled,
}
