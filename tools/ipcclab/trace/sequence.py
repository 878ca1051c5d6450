"""The steps of a sequence chart: what crossed between Linux, the IPCC and the firmware. It draws nothing.

A step is a write that changed something or tried to, a line that rose, an interrupt that was taken, a message or
frame, a line of text, what became of the core, or a pause. Reads are left out unless a firmware polls, and so is what
happens on other devices; MCAPI's doorbells are the writes to the IPCC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from ipcclab.durations import format_duration
from ipcclab.ipcc_words import processors
from ipcclab.payload import printable
from ipcclab.signals import Signal, signals
from ipcclab.trace import chart
from ipcclab.trace.chart import LEFT, MIDDLE, RIGHT, Chart, Lane, Occupied, Step
from ipcclab.trace.mcapi_words import frame_columns, mcapi_in_words
from ipcclab.trace.places import function_of
from ipcclab.trace.replay import Change, RegisterReplay
from ipcclab.trace.text import message_in_words, notable_fields
from ipcclab.trace.widths import cut
from mp1bench.chip.ipcc_supply import RESET
from mp1bench.trace import A7, M4, Access, Core, Effect, Event, Interrupt, Line, Log, Mcapi, Message, Trace
from stm32mp1.ipcc_table import C1SCR, C2SCR, STM32MP15, IpccTable

#: Nothing for that long is a pause.
PAUSE_NS = 10_000

_POLLS = 3  # reads; an interrupt handler that looks twice is not polling
_PAYLOAD = 36  # characters
_FLAG = re.compile(r"C\dTOC\dSR\.CH(\d+)F")
_LANE = {A7: LEFT, M4: RIGHT}


def chart_of(trace: Trace, last: int | None = None) -> Chart:
    """The chart of a trace; with `last`, of its last steps. ValueError if that is no positive number."""
    found = signals(trace)
    steps = _Steps(trace, found)
    for index, event in enumerate(trace.events):
        steps.feed(index, event)
    steps.finish()
    whole = Chart(_lanes(trace), steps.found, _occupied(steps.found, found))
    return whole if last is None else whole.last(last)


@dataclass
class _Read:
    """Equal reads by one instruction."""

    first: int
    access: Access
    last: int  # nanoseconds
    count: int


@dataclass
class _Cause:
    """An access to an IPCC, its reset, or a flag that changed unasked; with what followed from it."""

    index: int
    event: Access | Line | Effect
    changes: list[Change]
    effects: list[Effect] = field(default_factory=list)
    lines: list[tuple[int, Line]] = field(default_factory=list)


class _Steps:
    """Turns events into steps. An access is held back until the first event that is not its consequence."""

    def __init__(self, trace: Trace, found: list[Signal]) -> None:
        self.found: list[Step] = []
        self._trace = trace
        self._tables = {name: table for name, table in trace.tables.items() if isinstance(table, IpccTable)}
        self._replay = RegisterReplay(trace)
        self._lost: dict[int, list[int]] = {}
        for signal in found:
            if signal.lost and signal.raised is not None:
                self._lost.setdefault(signal.raised, []).append(signal.channel)
        self._cause: _Cause | None = None
        self._reads: dict[tuple[object, ...], _Read] = {}  # since the last step, by all but time and value
        self._polls: dict[tuple[object, ...], int] = {}  # what a polling instruction has read, likewise
        self._until = 0  # when the last step ended
        self._place = lru_cache(maxsize=None)(partial(function_of, trace))

    def feed(self, index: int, event: Event) -> None:
        """Take the next event."""
        changes = self._replay.feed(event)
        if isinstance(event, Effect | Line) and self._cause is not None and self._follows(event, self._cause.event):
            if isinstance(event, Effect):
                self._cause.effects.append(event)
            else:
                self._cause.lines.append((index, event))
            return
        self._finish_access()
        match event:
            case Access(device=device) | Effect(device=device) if device in self._tables:
                self._cause = _Cause(index, event, changes)
            case Line(line=line, level=True) if line == RESET:
                self._cause = _Cause(index, event, changes)
            case Line(device=device, level=True) if device in self._tables:
                self._line(index, event)
            case Interrupt(t=t, number=number):
                lines = self._trace.interrupts.get(number, "").split()
                if any(line.partition(".")[0] in self._tables for line in lines):
                    names = " ".join(line.partition(".")[2] for line in lines)
                    self._add(Step(t, index, RIGHT, RIGHT, chart.INTERRUPT, f"takes interrupt {number} {names}"))
            case Message(t=t, direction=direction):
                ends = (LEFT, RIGHT) if direction == "a7_to_m4" else (RIGHT, LEFT)
                self._add(Step(t, index, *ends, chart.MESSAGE, _message(event)))
            case Mcapi(t=t, what="frame", direction=direction):
                ends = (LEFT, RIGHT) if direction == "a7_to_m4" else (RIGHT, LEFT)
                self._add(Step(t, index, *ends, chart.MESSAGE, _frame(event)))
            case Mcapi(t=t, what="epoch" | "dropped" | "deferred"):
                self._add(Step(t, index, LEFT, RIGHT, chart.LOG, mcapi_in_words(event), "mcapi"))
            case Core(t=t, what=what, detail=detail):
                kind = chart.FAULT if what in ("fault", "lockup") else chart.CORE
                self._add(Step(t, index, RIGHT, RIGHT, kind, f"{what}: {detail}" if detail else what))
            case Log(t=t, source=source, level=level, text=text):
                words = f"{level}: {text}" if level else text
                self._add(Step(t, index, LEFT, RIGHT, chart.LOG, words, source))

    def finish(self) -> None:
        """Take the end of the trace."""
        self._finish_access()
        self._end_polls()

    def _finish_access(self) -> None:
        cause, self._cause = self._cause, None
        if cause is None:
            return
        event = cause.event
        if not isinstance(event, Access):
            self._add(self._unasked(cause.index, event, cause))
        elif any(effect.kind == "illegal" for effect in cause.effects):
            words = ", ".join(f"ignored: {one.subject}" for one in cause.effects if one.kind == "illegal")
            self._add(self._access(cause.index, event, chart.REFUSED, words))
        elif event.op == "R" and not cause.effects and not cause.lines:
            self._read(cause.index, event)
        elif event.op == "R" or event.offset in (C1SCR, C2SCR) or cause.changes or cause.effects or cause.lines:
            self._add(self._write(cause.index, event, cause))
        for index, line in cause.lines:
            if line.level:
                self._line(index, line)

    def _follows(self, event: Effect | Line, cause: Access | Line | Effect) -> bool:
        """Whether it is what came of that: of an access on the same device, of a reset on any IPCC."""
        if isinstance(cause, Line):
            return event.t == cause.t and event.device in self._tables
        return event.t == cause.t and event.device == cause.device

    # -- steps --------------------------------------------------------------------------------------------------

    def _add(self, step: Step, until: int | None = None) -> None:
        if step.kind != chart.POLL:
            self._end_polls()
        if self.found and step.t - self._until >= PAUSE_NS:
            words = format_duration(step.t - self._until)
            self.found.append(Step(step.t, step.event, LEFT, RIGHT, chart.PAUSE, words))
        self.found.append(step._replace(label=printable(step.label), place=printable(step.place)))
        self._until = step.t if until is None else until

    def _access(self, index: int, access: Access, kind: str, label: str) -> Step:
        place = self._place(access.function, access.pc)
        device = f"{access.device} " if len(self._tables) > 1 else ""
        return Step(access.t, index, _LANE.get(access.cpu, LEFT), MIDDLE, kind, device + label, place)

    def _write(self, index: int, access: Access, cause: _Cause) -> Step:
        lost = self._lost.get(index, [])
        flags = _flags(cause.effects)
        became = [*flags.values(), *([f"{_channels(lost)} lost"] if lost else [])]
        kind = chart.LOST if lost else chart.SIGNAL if 1 in flags else chart.FREE if 0 in flags else chart.ACCESS
        before = cause.changes[0].before if cause.changes else None
        words = [self._what(access, before)]
        if became:
            words.append("→ " + ", ".join(became))
        words += [f"▼ {line.line}" for _, line in cause.lines if not line.level]
        return self._access(index, access, kind, " ".join(words))

    def _unasked(self, index: int, event: Line | Effect, cause: _Cause) -> Step:
        """What the IPCC did without an access."""
        effects = [event, *cause.effects] if isinstance(event, Effect) else cause.effects
        words = ["reset"] if isinstance(event, Line) else []
        flags = _flags(effects)
        if flags:
            words += ["→"] * len(words) + [", ".join(flags.values())]
        words += [f"▼ {line.line}" for _, line in cause.lines if not line.level]
        return Step(event.t, index, MIDDLE, MIDDLE, chart.IPCC, " ".join(words))

    def _line(self, index: int, line: Line) -> None:
        """A step for each processor that the line interrupts."""
        for one in self._tables[line.device].variant.lines:
            if one.name == line.line:
                for processor in processors(one):
                    lane = LEFT if processor == 1 else RIGHT
                    self._add(Step(line.t, index, MIDDLE, lane, chart.LINE, f"▲ {line.line}"))

    # -- reads --------------------------------------------------------------------------------------------------

    def _read(self, index: int, access: Access) -> None:
        """Count a read. It is a step if the instruction was polling and now reads something else."""
        if access.pc is None:
            return
        spot = access[1:-1]
        read = self._reads.get(spot)
        if read is not None and read.access.value != access.value:
            if read.count >= _POLLS:
                self._end_polls()
            self._reads.pop(spot, None)
        if self._polls.get(spot, access.value) != access.value:
            del self._polls[spot]
            self._add(self._access(index, access, chart.POLL, self._what(access)))
            return
        read = self._reads.setdefault(spot, _Read(index, access, access.t, 0))
        read.count += 1
        read.last = access.t

    def _end_polls(self) -> None:
        reads, self._reads = self._reads, {}
        for read in reads.values():
            if read.count >= _POLLS:
                access = read.access
                self._polls[access[1:-1]] = access.value
                step = self._access(read.first, access, chart.POLL, f"{self._what(access)} ×{read.count:,}")
                self._add(step, until=read.last)

    # -- words --------------------------------------------------------------------------------------------------

    def _what(self, access: Access, since: int | None = None) -> str:
        """`W C1SCR CH2S=1`: of a register, the fields that differ from `since`."""
        register = self._tables[access.device].at(access.offset)
        verb = access.op if access.width == 4 else f"{access.op}{8 * access.width}"
        if register is None:
            return f"{verb} +0x{access.offset:03x}"
        fields = notable_fields(register, access.value, since) if access.width == 4 else []
        return " ".join([verb, register.name, *(fields or [f"0x{access.value:0{2 * access.width}X}"])])


def _message(message: Message) -> str:
    """`rpmsg-tty 0x400→0x401 "hello" 5 B`; of a long payload the beginning."""
    addresses, _, rest = message_in_words(message).partition("  ")
    payload, _, size = rest.rpartition("  ")
    return " ".join(filter(None, [printable(message.endpoint), addresses, cut(payload, _PAYLOAD), size]))


def _frame(frame: Mcapi) -> str:
    """`mcapi 20→2 packet p1 buffer 3 "hello" 5 B`; of a long payload the beginning."""
    return " ".join(["mcapi", *(cut(column, _PAYLOAD) for column in frame_columns(frame))])


def _flags(effects: Iterable[Effect]) -> dict[int, str]:
    """`CH1, CH2 occupied` behind 1, `CH3 free` behind 0, as far as there are such."""
    channels: dict[int, list[int]] = {}
    for effect in effects:
        flag = _FLAG.fullmatch(effect.subject)
        if flag and effect.kind == "flag":
            channels.setdefault(effect.after, []).append(int(flag[1]))
    words = {1: "occupied", 0: "free"}
    return {level: f"{_channels(channels[level])} {words[level]}" for level in words if level in channels}


def _channels(numbers: list[int]) -> str:
    """`CH1-3, CH5`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("CH" + "-".join(map(str, run)) for run in runs)


def _lanes(trace: Trace) -> tuple[Lane, Lane, Lane]:
    tables = [table for table in trace.tables.values() if isinstance(table, IpccTable)]
    variant = tables[0].variant if tables else STM32MP15
    linux = any(
        isinstance(event, Message | Mcapi) or (isinstance(event, Log) and event.source == "linux")
        for event in trace.events
    )
    firmware = any(
        isinstance(event, Core | Interrupt) or (isinstance(event, Access) and event.cpu == M4 and event.pc is not None)
        for event in trace.events
    )
    return (
        Lane("Linux" if linux else "processor 1", printable(variant.cores[0])),
        Lane("IPCC", printable(variant.name)),
        Lane("firmware" if firmware else "processor 2", printable(variant.cores[1])),
    )


def _occupied(steps: list[Step], found: list[Signal]) -> list[Occupied]:
    """From which step to which each channel was occupied; if that was not seen to end, until it is occupied again."""
    at = {step.event: number for number, step in enumerate(steps) if step.kind not in (chart.PAUSE, chart.LINE)}
    bars: list[Occupied] = []
    latest: dict[tuple[str, str], int] = {}  # by device and flag: index in `bars`
    for one in found:
        if not one.lost:
            first = None if one.raised is None else at.get(one.raised)
            last = None if one.freed is None else at.get(one.freed)
            before = latest.get((one.device, one.status))
            if before is not None and bars[before].last is None:
                bars[before] = bars[before]._replace(last=first)
            latest[one.device, one.status] = len(bars)
            bars.append(Occupied(one.sender, one.channel, first, last))
    return bars
