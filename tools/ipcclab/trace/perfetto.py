"""The trace as a picture for Perfetto's UI (ui.perfetto.dev) and chrome://tracing: a track for each thing that lasts.

The format is for `trace_event.py`. An access takes no time of its own and is drawn a nanosecond wide; equal reads that
follow each other (a firmware that polls) are one slice. An arrow leads from each write that posts a signal to the write
that frees its channel, and from the rise of a line over the interrupt that the M4 takes to the M4's next access. Times
never go back: an event recorded behind a later one is drawn with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import accumulate

from ipcclab.ipcc_words import interrupted_cores
from ipcclab.payload import printable, quoted, text_of
from ipcclab.signals import Signal, signals
from ipcclab.trace.perfetto_mcapi import McapiTracks
from ipcclab.trace.pins import pin_of_line
from ipcclab.trace.places import function_of
from ipcclab.trace.recording import Recording
from ipcclab.trace.text import announcement
from ipcclab.trace.trace_event import Args, Point, Slice, TraceEvents, Track
from mp1bench.trace import A7, M4, Access, Core, Effect, Event, Interrupt, Line, Log, Mcapi, Message, Unmodelled
from stm32mp1.ipcc_table import IpccTable
from stm32mp1.memory_map import name_of

_ACCESS_NS = 1
_SAME_CALL_NS = 1000  # accesses of a function that are further apart are drawn as two calls of it
_DEEPEST = 32  # slices in each other; the viewers are lost with thousands
_NAME = 80  # characters of a name; all of it stands in the arguments
_DIRECTIONS = {"a7_to_m4": "A7 → M4", "m4_to_a7": "M4 → A7"}


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.json` files."""
    about = recording.about
    said = {"title": about.title, "outcome": about.outcome, "sentence": about.sentence, "diagnosis": about.diagnosis}
    said["command"] = about.command
    origin = {"platform": recording.origin.platform, "image_sha256": recording.origin.image_sha256}
    return _Picture(recording).draw().lines({**origin, **{key: words for key, words in said.items() if words}})


class _Picture:
    """Draws a recording event by event; what lasts is drawn to the end of the recording until it is seen to end."""

    def __init__(self, recording: Recording) -> None:
        self._trace = trace = recording.trace
        self._times = list(accumulate((event.t for event in trace.events), max))
        self._end = self._times[-1] if self._times else 0
        self._out = TraceEvents()
        self._mcapi = McapiTracks(self._out, self._end)
        self._function = lru_cache(maxsize=None)(partial(function_of, trace))
        self._described = lru_cache(maxsize=None)(self._describe)
        self._last: tuple[Access, Slice] | None = None  # the last access, while only what it caused has followed
        self._depth = 0  # how many slices that one lies in; one that lies in another must not grow out of it
        self._busy: dict[Track, int] = {}  # by track of accesses: when its last slice ends
        self._calls: dict[str, tuple[str, Slice]] = {}  # by processor: the function of its last access
        self._lines: dict[tuple[str, str], Slice | None] = {}  # by device and line: since when it is high, if it is
        self._freed: dict[Track, int] = {}  # by track of a channel: when it was freed last
        self._state: Slice | None = None
        self._taken: list[Point] = []  # the rise of a line and the interrupt: an arrow that waits for an access
        self._tables = {name: table for name, table in trace.tables.items() if isinstance(table, IpccTable)}
        cores = next((table.variant.cores for table in self._tables.values()), ("Cortex-A7", "Cortex-M4"))
        self._processes = dict(zip((A7, M4), cores, strict=True))
        self._declare()

    def _declare(self) -> None:
        """The tracks that every picture has, so that two pictures can be laid side by side."""
        for cpu in (A7, M4):
            self._accesses(cpu)
            self._out.track(self._process(cpu), "functions")
        for device, table in self._tables.items():
            for sender in (1, 2):
                for channel in range(1, table.variant.channels + 1):
                    self._channel(Signal(device, sender, channel))
            for line in table.variant.lines:
                self._line_track(device, line.name)
        for direction in _DIRECTIONS.values():
            self._out.track("RPMsg", direction)

    # -- tracks -------------------------------------------------------------------------------------------------

    def _process(self, cpu: str) -> str:
        return self._processes.get(cpu, cpu)

    def _accesses(self, cpu: str) -> Track:
        return self._out.track(self._process(cpu), "accesses")

    def _device(self, device: str) -> str:
        return f"IPCC {device}" if device in self._tables else device

    def _channel(self, signal: Signal) -> Track:
        first, second = (core.removeprefix("Cortex-") for core in self._tables[signal.device].variant.cores)
        sender, receiver = (first, second) if signal.sender == 1 else (second, first)
        return self._out.track(self._device(signal.device), f"CH{signal.channel} {sender} → {receiver}")

    def _line_track(self, device: str, line: str) -> Track:
        cores = interrupted_cores(self._tables[device].variant, line) if device in self._tables else ""
        return self._out.track(self._device(device), f"{line} ({cores})" if cores else line)

    # -- events -------------------------------------------------------------------------------------------------

    def draw(self) -> TraceEvents:
        """All of it."""
        for index, event in enumerate(self._trace.events):
            self._event(index, self._times[index], event)
        self._arrow_of_interrupt()
        for signal in signals(self._trace):
            self._signal(signal)
        return self._out

    def _event(self, index: int, t: int, event: Event) -> None:
        cause = None
        if isinstance(event, Effect | Line) and self._last and self._last[0].device == event.device:
            cause = self._last if self._last[1].end == t + _ACCESS_NS else None
        match event:
            case Access():
                self._last = event, self._draw_access(index, t, event)
                return
            case Effect(_, device, kind, subject, before, after):
                words = f"ignored: {subject}" if kind == "illegal" else f"{subject} {before}→{after}"
                if cause:
                    cause[1].args.setdefault("effects", []).append(words)
                else:
                    self._out.instant(Point(self._out.track(self._device(device), "effects"), t, index), words, {})
            case Line(_, device, line):
                pin = pin_of_line(self._trace.tables.get(device), device, line)
                if pin:
                    self._pin(index, t, pin, event)
                else:
                    self._line(index, t, event, cause)
            case Interrupt(_, number):
                self._interrupt(index, t, number)
            case Core(_, what, detail):
                if self._state:
                    self._state.until(t)
                at = Point(self._out.track(self._process(M4), "state"), t, index)
                self._state = self._out.slice(at, self._end, what, {"detail": detail} if detail else {})
            case Message():
                self._message(index, t, event)
            case Mcapi():
                self._mcapi.feed(index, t, event)
            case Log(_, source, level, text):
                at = Point(self._out.track("Log", source), t, index)
                said = {"level": level} if level else {}
                self._out.instant(at, printable(text)[:_NAME], {**said, "text": text})
            case Unmodelled(_, cpu, pc, address, op):
                where = {} if pc is None else {"function": self._function("", pc), "pc": f"0x{pc:08x}"}
                at = Point(self._accesses(cpu), t, index)
                self._out.instant(at, f"{op} 0x{address:08X} not modelled", {"address": name_of(address), **where})
        self._last = self._last if cause else None

    def _draw_access(self, index: int, t: int, access: Access) -> Slice:
        track, end = self._accesses(access.cpu), t + _ACCESS_NS
        if self._last and self._polls(index, access):
            slice_ = self._last[1]
            slice_.until(end)
            slice_.args["times"] = slice_.args.get("times", 1) + 1
        else:
            name, args = self._described(*access[2:])
            self._depth = self._depth + 1 if t < self._busy.get(track, 0) else 0
            slice_ = self._moment(Point(track, t, index), name, dict(args))
        self._busy[track] = end
        self._call(index, t, access)
        if access.cpu == M4 and self._taken:
            self._taken.append(slice_.at)
            self._arrow_of_interrupt()
        return slice_

    def _moment(self, at: Point, name: str, args: Args) -> Slice:
        """An access. Those of one moment lie in each other, the deepest are marks: a bare device does all at time 0."""
        end = at.t + _ACCESS_NS
        if self._depth < _DEEPEST:
            return self._out.slice(at, end, name, args)
        self._out.instant(at, name, args)
        return Slice(at, end, {}, args)

    def _polls(self, index: int, access: Access) -> bool:
        """Whether an access repeats the read just before it, from the same instruction and with the same result."""
        before = self._trace.events[index - 1]
        repeats = isinstance(before, Access) and access[1:] == before[1:]
        return repeats and access.op == "R" and access.pc is not None and not self._depth

    def _call(self, index: int, t: int, access: Access) -> None:
        """Draw the function of an access, as one call while its accesses follow each other closely."""
        name = self._function(access.function, access.pc)
        before, call = self._calls.get(access.cpu, ("", None))
        if call and name == before and t <= call.end + _SAME_CALL_NS:
            call.until(t + _ACCESS_NS)
            return
        if call:
            call.until(min(call.end, t))
        track = self._out.track(self._process(access.cpu), "functions")
        self._calls[access.cpu] = name, self._out.slice(Point(track, t, index), t + _ACCESS_NS, name, {})

    def _pin(self, index: int, t: int, pin: str, event: Line) -> None:
        if (event.device, event.line) not in self._lines:
            self._out.counter(event.device, pin, 0, -1, int(not event.level))
            self._lines[event.device, event.line] = None
        self._out.counter(event.device, pin, t, index, int(event.level))

    def _line(self, index: int, t: int, event: Line, cause: tuple[Access, Slice] | None) -> None:
        key = event.device, event.line
        track = self._line_track(*key)
        if event.level:
            slice_ = self._out.slice(Point(track, t, index), self._end, event.line, {})
        else:  # one that falls first was high before
            slice_ = self._lines.get(key) or self._out.slice(Point(track, 0, -1), t, event.line, {})
            slice_.until(t)
        self._lines[key] = slice_ if event.level else None
        if cause:
            slice_.args["raised by" if event.level else "lowered by"] = self._who(cause[0])

    def _interrupt(self, index: int, t: int, number: int) -> None:
        self._arrow_of_interrupt()
        lines = self._trace.interrupts.get(number, "")
        at = Point(self._accesses(M4), t, index)
        self._out.slice(at, t + _ACCESS_NS, f"interrupt {number} {lines}".rstrip(), {"number": number})
        self._busy[at.track] = t + _ACCESS_NS
        if M4 in self._calls:  # what comes next is another call
            self._calls[M4] = "", self._calls[M4][1]
        high = [self._lines.get((device, line)) for device, _, line in (name.rpartition(".") for name in lines.split())]
        self._taken = [*sorted((one.at for one in high if one), key=lambda point: point.order)[-1:], at]

    def _arrow_of_interrupt(self) -> None:
        """The arrow over the last interrupt, as far as it got."""
        if len(self._taken) > 1:
            self._out.flow("interrupt", self._taken)
        self._taken = []

    def _message(self, index: int, t: int, message: Message) -> None:
        _, direction, endpoint, local, remote, data = message
        at = Point(self._out.track("RPMsg", _DIRECTIONS.get(direction, direction)), t, index)
        words = (announcement(data) if endpoint == "ns" else "") or quoted(data)
        ends = {"endpoint": endpoint, "local": f"0x{local:x}", "remote": f"0x{remote:x}"}
        payload = {"bytes": len(data), "text": text_of(data), "hex": data.hex()}
        self._out.instant(at, f"{printable(endpoint)} {words}"[:_NAME], {**ends, **payload})

    def _signal(self, signal: Signal) -> None:
        """A slice while the channel is occupied, and the arrow from who posted the signal to who freed the channel."""
        track = self._channel(signal)
        poster, freer = self._writer(signal.raised), self._writer(signal.freed)
        args = {"posted by": poster[1]} if poster else {}
        at = Point(track, *poster[0][1:]) if poster else Point(track, self._freed.get(track, 0), -1)
        if signal.lost:
            self._out.instant(at, "lost signal", args)
            return
        args["freed by"] = freer[1] if freer else "nobody" if signal.freed is None else "reset"
        self._freed[track] = self._end if signal.freed is None else self._times[signal.freed]
        self._out.slice(at, self._freed[track], "occupied", args)
        if poster and freer:
            self._out.flow(f"signal CH{signal.channel}", [poster[0], freer[0]])

    def _writer(self, index: int | None) -> tuple[Point, str] | None:
        """Where the access of that index is drawn, and whose it is; None if there is none."""
        event = None if index is None else self._trace.events[index]
        if index is None or not isinstance(event, Access):
            return None
        return Point(self._accesses(event.cpu), self._times[index], index), self._who(event)

    # -- words --------------------------------------------------------------------------------------------------

    def _who(self, access: Access) -> str:
        return f"{access.cpu.upper()} {self._function(access.function, access.pc)}"

    def _describe(
        self, pc: int | None, function: str, device: str, op: str, offset: int, width: int, value: int
    ) -> tuple[str, Args]:
        """The name of an access and its arguments: of the fields, those that are not zero."""
        table = self._trace.tables.get(device)
        register = table.at(offset) if table else None
        verb = op if width == 4 else f"{op}{8 * width}"
        place = function if function or pc is None else self._trace.symbolize(pc)
        args: Args = {"device": device, "register": register.name if register else f"+0x{offset:03x}"}
        args["value"] = f"0x{value:0{2 * width}X}"
        if register and width == 4:
            args["fields"] = {field.name: field.value for field in register.decode(value) if field.value}
        if place:
            args["function"] = place
        if pc is not None:
            args["pc"] = f"0x{pc:08x}"
        return f"{verb} {args['register']}", args
