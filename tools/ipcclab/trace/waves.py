"""The events of a trace as variables that change in time: what a waveform viewer shows. It writes no file.

Each variable has one value at a moment, the last; texts of one moment are joined instead. What would be lost by that,
such as a flag that is raised and freed within a nanosecond, or the same message twice, has an event beside it: each bit
that acts when one is written (`ipcc.C1SCR.CH2S`), each rise of a line (`ipcc.RX1_rise`), each text (`…_event`).
Times of the trace never go back here: an event that was recorded behind a later one counts as happening with it, since
the order of the recorder is that of cause and effect.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from ipcclab.payload import quoted
from ipcclab.trace.mcapi_words import mcapi_in_words
from ipcclab.trace.pins import pin_of_line
from ipcclab.trace.places import function_of
from ipcclab.trace.replay import RegisterReplay
from ipcclab.trace.text import announcement, notable_fields
from mp1bench.trace import (
    A7,
    M4,
    Access,
    Core,
    Effect,
    Event,
    Interrupt,
    Line,
    Log,
    Mcapi,
    Message,
    Trace,
    Unmodelled,
)
from stm32mp1.ipcc_table import IpccTable
from stm32mp1.memory_map import name_of
from stm32mp1.registers import CONST, W1

WIRE, EVENT, STRING = "wire", "event", "string"
NOTHING = "-"  # a text that was not said yet: some readers trip over an empty one

_JOINED = 16  # texts of one moment that are shown; a bare device does all it does at time 0

Value: TypeAlias = int | str


class Wave(NamedTuple):
    """A variable: where it stands, `("ipcc", "C1MR")`, and its value before the first event."""

    scope: tuple[str, ...]
    name: str
    kind: str = WIRE
    size: int = 1
    initial: Value = 0

    @property
    def reference(self) -> str:
        """How a file names it: `CH1OM`, `pc[31:0]`."""
        return self.name if self.size == 1 else f"{self.name}[{self.size - 1}:0]"


class Waves(NamedTuple):
    """All variables, those of a group next to each other, and their changes in the order of time."""

    variables: list[Wave]
    changes: list[tuple[int, Wave, Value]]  # nanoseconds, variable, value; an event's value is 1
    end: int  # time of the last event


def waves(trace: Trace) -> Waves:
    """Everything of a trace that a viewer of waves can show. An IPCC and a processor have all theirs in every trace."""
    collector = _Collector(trace)
    changes: list[tuple[int, Wave, Value]] = []
    now = 0
    for moment, event in zip(accumulate((event.t for event in trace.events), max), trace.events, strict=True):
        if moment != now:
            changes += ((now, wave, value) for wave, value in collector.changed())
            now = moment
        collector.feed(event)
    changes += ((now, wave, value) for wave, value in collector.changed())
    return Waves(list(collector.variables.values()), changes, now)


class _Collector:
    """Takes events, and gives what has changed since it was last asked."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._replay = RegisterReplay(trace)
        self._function = lru_cache(maxsize=None)(partial(function_of, trace))
        self._words = lru_cache(maxsize=None)(self._words_of)
        self._before = {(e.device, e.line): not e.level for e in reversed(trace.events) if isinstance(e, Line)}
        self._levels: dict[Wave, Value] = {}
        self._away: set[tuple[str, int]] = set()  # MCAPI's buffers, by direction and index
        self._texts: dict[Wave, list[str]] = {}
        self._scopes: dict[str, str] = {name: name for name in (M4, A7, "rpmsg", "mcapi", "log")}
        self._names: dict[tuple[str, ...], set[str]] = defaultdict(set)  # by scope: those that are taken
        self.variables: dict[tuple[tuple[str, ...], str, str], Wave] = {}  # by scope, name as the trace has it, kind
        for cpu in (M4, A7):
            self._processor(cpu)
        self._text(M4, "state")
        self._text(M4, "interrupt")
        self._wave((M4,), "irq", size=16, initial="x")
        for direction in ("a7_to_m4", "m4_to_a7"):
            self._text("rpmsg", direction)
        for device, table in trace.tables.items():
            if isinstance(table, IpccTable):
                self._ipcc(device, table)

    # -- variables ----------------------------------------------------------------------------------------------

    def _wave(self, scope: tuple[str, ...], name: str, kind: str = WIRE, size: int = 1, initial: Value = 0) -> Wave:
        """The variable of that name, declared when it is first asked for."""
        key = scope, name, kind
        if key not in self.variables:
            taken = self._names[scope]
            wave = self.variables[key] = Wave(scope, _legal(name, taken), kind, size, initial)
            taken.add(wave.name)
        return self.variables[key]

    def _scope(self, name: str) -> str:
        if name not in self._scopes:
            self._scopes[name] = _legal(name, self._scopes.values())
        return self._scopes[name]

    def _text(self, scope: str, name: str) -> tuple[Wave, Wave]:
        """A text, and the event that it is said."""
        where = (self._scope(scope),)
        return self._wave(where, name, STRING, initial=NOTHING), self._wave(where, f"{name}_event", EVENT)

    def _processor(self, cpu: str) -> tuple[Wave, Wave]:
        where = (self._scope(cpu),)
        function = self._wave(where, "function", STRING, initial=NOTHING)
        self._text(cpu, "access")
        return function, self._wave(where, "pc", size=32, initial="x")

    def _line(self, device: str, line: str) -> tuple[Wave, Wave]:
        """The level of a line or pin, and the event that it rises."""
        where = (self._scope(device),)
        name = pin_of_line(self._trace.tables.get(device), device, line) or line
        before = self._before.get((device, line), False)
        return self._wave(where, name, initial=int(before)), self._wave(where, f"{name}_rise", EVENT)

    def _ipcc(self, device: str, table: IpccTable) -> None:
        """Its lines, each field that a register holds, and for each bit that acts when it is written an event."""
        for line in table.variant.lines:
            self._line(device, line.name)
        self._text(device, "ignored")
        for register in table:
            where = (self._scope(device), register.name)
            for field in register.fields if register.access != CONST else ():
                if register.access == W1:
                    self._wave(where, field.name, EVENT)
                else:
                    reset = (register.reset & field.mask) >> field.lsb
                    self._wave(where, field.name, size=field.width, initial=reset)

    # -- values -------------------------------------------------------------------------------------------------

    def changed(self) -> Iterator[tuple[Wave, Value]]:
        """What the events since the last call have changed. A text of many parts is cut to the last of them."""
        for wave, parts in self._texts.items():
            more = [f"({len(parts) - _JOINED} more)"] if len(parts) > _JOINED else []
            yield wave, "; ".join([*more, *parts[-_JOINED:]])
        yield from self._levels.items()
        self._texts, self._levels = {}, {}

    def _say(self, scope: str, name: str, words: str) -> None:
        text, event = self._text(scope, name)
        self._texts.setdefault(text, []).append(words or NOTHING)
        self._levels[event] = 1

    def feed(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case Access():
                self._access(event)
            case Line(_, device, line, level):
                wave, rise = self._line(device, line)
                self._levels[wave] = int(level)
                if level:
                    self._levels[rise] = 1
            case Interrupt(_, number):
                self._levels[self._wave((M4,), "irq", size=16, initial="x")] = number
                self._say(M4, "interrupt", f"{number} {self._trace.interrupts.get(number, '')}".rstrip())
            case Core(_, what, detail):
                self._say(M4, "state", f"{what}: {detail}" if detail else what)
            case Message(_, direction, endpoint, local, remote, data):
                arrow = "->" if direction == "a7_to_m4" else "<-"
                payload = (announcement(data) if endpoint == "ns" else "") or quoted(data)
                self._say("rpmsg", direction, f"{endpoint} 0x{local:x}{arrow}0x{remote:x} {payload}")
            case Mcapi(direction=direction):
                self._say("mcapi", direction, mcapi_in_words(event, ("->", "<-")))
                self._buffers(event)
            case Log(_, source, level, text):
                self._say("log", source, f"{level}: {text}" if level else text)
            case Unmodelled(_, cpu, _, address, op):
                self._say(cpu, "unmodelled", f"{op} 0x{address:08X} {name_of(address)}")
            case Effect(_, device, kind, subject, before, after) if kind != "flag":
                self._say(
                    device, *("ignored", subject) if kind == "illegal" else (kind, f"{subject} {before}->{after}")
                )
        for device, name, before, after in self._replay.feed(event):
            register = self._trace.tables[device].named(name)
            for field in register.fields if register and register.access not in (CONST, W1) else ():
                if (before ^ after) & field.mask:
                    wave = self._wave((self._scope(device), name), field.name, size=field.width)
                    self._levels[wave] = (after & field.mask) >> field.lsb

    def _buffers(self, event: Mcapi) -> None:
        """How many buffers of each pool are away from their owner; with a new epoch all are home."""
        if event.what == "epoch":
            self._away.clear()
        elif event.buffer is not None and event.what == "frame":
            self._away.add((event.direction, event.buffer))
        elif event.buffer is not None and event.what == "returned":
            self._away.discard((event.direction, event.buffer))
        for direction in ("a7_to_m4", "m4_to_a7"):
            wave = self._wave(("mcapi",), f"{direction}_buffers", size=5)
            self._levels[wave] = sum(one == direction for one, _ in self._away)

    def _access(self, access: Access) -> None:
        function, pc = self._processor(access.cpu)
        self._texts[function] = [self._function(access.function, access.pc) or NOTHING]
        if access.pc is not None:
            self._levels[pc] = access.pc
        self._say(
            access.cpu, "access", self._words(access.device, access.op, access.offset, access.width, access.value)
        )
        table = self._trace.tables.get(access.device)
        register = table.at(access.offset) if isinstance(table, IpccTable) else None
        if register and register.access == W1 and access.op == "W" and access.width == 4:
            for field in register.fields:
                if access.value & field.mask:
                    self._levels[self._wave((self._scope(access.device), register.name), field.name, EVENT)] = 1

    def _words_of(self, device: str, op: str, offset: int, width: int, value: int) -> str:
        table = self._trace.tables.get(device)
        register = table.at(offset) if table else None
        verb = op if width == 4 else f"{op}{8 * width}"
        words = [
            verb,
            f"{device}.{register.name}" if register else f"{device}+0x{offset:03x}",
            f"0x{value:0{2 * width}X}",
        ]
        return " ".join([*words, *notable_fields(register, value)] if register and width == 4 else words)


def _legal(name: str, taken: Iterable[str]) -> str:
    """A name that every reader takes, and no two have."""
    legal = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if not legal or legal[0].isdigit():
        legal = f"_{legal}"
    while legal in taken:
        legal += "_"
    return legal
