"""The trace for people: one line per access, with what it caused at its end. Live view and `.txt` file are the same.

    8.123455 ms  M4  ipcc_signal+0x1c  W  ipcc+0x018 C2SCR     0x00010000  CH1S=1  → C2TOC1SR.CH1F 0→1  ▲ RX0 (A7)

The order is that of Renode's access log (processor, place, verb, offset, register, value), so that the same patterns
find the same accesses. Shown of a register are the fields that differ from their reset value.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import lru_cache

from ipcclab.durations import format_moment
from ipcclab.ipcc_words import interrupted_cores
from ipcclab.payload import printable, quoted
from ipcclab.trace.mcapi_words import mcapi_in_words
from ipcclab.trace.pins import pin_of_line
from ipcclab.trace.recording import Recording
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
from stm32mp1.registers import Register

_CHANNEL = re.compile(r"CH(\d+)(\w+=\d)")
_BESIDE = "--"  # in the column of the processor, for what neither did
_PLACE_WIDTH = 28

_CPU_COLOUR = {A7: "36", M4: "35"}  # cyan, magenta
_DIM, _RED, _GREEN, _YELLOW = "2", "31", "32", "33"


class TextFormatter:
    """Turns events into lines, one event at a time.

    An access is held back until the next event that is not its consequence. Equal reads by the same instruction that
    follow each other without any consequence (a firmware that polls) become one line with a count.
    """

    def __init__(self, trace: Trace, colour: bool = False) -> None:
        self._trace = trace
        self._colour = colour
        self._access: Access | None = None
        self._consequences: list[Effect | Line] = []
        self._repeats = 0
        self._last = 0
        self._place = lru_cache(maxsize=None)(self._function_at)
        self._value = lru_cache(maxsize=None)(self._register_and_value)
        self._line_name = lru_cache(maxsize=None)(self._line_and_receiver)

    def feed(self, event: Event) -> Iterator[str]:
        """The lines that `event` completes."""
        held = self._access
        if held is not None:
            if isinstance(event, Effect | Line) and event.t == held.t and event.device == held.device:
                self._consequences.append(event)
                return
            if isinstance(event, Access) and self._polls(held, event):
                self._repeats += 1
                self._last = event.t
                return
        yield from self.finish()
        if isinstance(event, Access):
            self._access = event
        else:
            yield self._line(event)

    def _polls(self, held: Access, access: Access) -> bool:
        return access.pc is not None and access.op == "R" and not self._consequences and access[1:] == held[1:]

    def finish(self) -> Iterator[str]:
        """The line still held back, if there is one."""
        access, self._access = self._access, None
        if access is not None:
            yield self._access_line(access)
        self._consequences = []
        self._repeats = 0

    # -- lines --------------------------------------------------------------------------------------------------

    def _access_line(self, access: Access) -> str:
        known = access.function or access.pc is None
        place = access.function if known else self._place(access.pc)
        verb = access.op if access.width == 4 else f"{access.op}{8 * access.width}"
        what = f"{verb:<3} {self._value(access.device, access.offset, access.width, access.value)}"
        if self._repeats:
            what += f"  ×{self._repeats + 1} until {format_moment(self._last)}"
        if access.op == "R" and not self._consequences:
            return self._compose(access.t, access.cpu, place, self._paint(what, _DIM))
        effects = [_effect(e) for e in self._consequences if isinstance(e, Effect)]
        arrow = "  → " + ", ".join(effects) if effects else ""
        edges = [self._edge(e) for e in self._consequences if isinstance(e, Line)]
        return self._compose(access.t, access.cpu, place, "  ".join([what + arrow, *edges]))

    def _line(self, event: Event) -> str:
        match event:
            case Effect(t=t, device=device):
                return self._compose(t, _BESIDE, printable(device), _effect(event))
            case Line(t=t, device=device):
                return self._compose(t, _BESIDE, printable(device), self._edge(event))
            case Interrupt(t=t, number=number):
                lines = self._trace.interrupts.get(number, "")
                return self._compose(t, M4, "", f"takes interrupt {number} {printable(lines)}".rstrip())
            case Core(t=t, what=what, detail=detail):
                words = printable(f"{what}: {detail}" if detail else what)
                return self._compose(t, M4, "", self._paint(words, _RED) if what in ("fault", "lockup") else words)
            case Message(t=t, endpoint=endpoint):
                return self._compose(t, A7, endpoint, message_in_words(event))
            case Mcapi(t=t):
                return self._compose(t, A7, "mcapi", mcapi_in_words(event))
            case Log(t=t, source=source, level=level, text=text):
                return self._compose(t, _BESIDE, source, printable(f"{level}: {text}" if level else text))
            case Unmodelled(t=t, cpu=cpu, pc=pc, address=address, op=op):
                what = f"{op:<3} 0x{address:08X}  {name_of(address)} is not modelled"
                if cpu not in (M4, A7):
                    return self._compose(t, _BESIDE, printable(cpu), what)
                return self._compose(t, cpu, "" if pc is None else self._place(pc), what)
            case _:
                raise TypeError(event)

    def _compose(self, t: int, cpu: str, place: str, words: str) -> str:
        column = self._paint(cpu.upper(), _CPU_COLOUR.get(cpu, ""))
        return f"{format_moment(t):>15}  {column}  {printable(place):<{_PLACE_WIDTH}}  {words}".rstrip()

    def _edge(self, event: Line) -> str:
        pin = pin_of_line(self._trace.tables.get(event.device), event.device, event.line)
        if pin:
            return f"{pin} 0→1" if event.level else f"{pin} 1→0"
        mark = self._paint("▲", _GREEN) if event.level else self._paint("▼", _YELLOW)
        return f"{mark} {self._line_name(event.device, event.line)}"

    def _function_at(self, pc: int) -> str:
        return printable(self._trace.symbolize(pc)) or f"0x{pc:08x}"

    def _line_and_receiver(self, device: str, name: str) -> str:
        """The line of an IPCC with the processor that it interrupts; any other by its name only."""
        table = self._trace.tables.get(device)
        cores = interrupted_cores(table.variant, name) if isinstance(table, IpccTable) else ""
        return f"{printable(name)} ({cores})" if cores else printable(name)

    def _register_and_value(self, device: str, offset: int, width: int, value: int) -> str:
        table = self._trace.tables.get(device)
        register = table.at(offset) if table else None
        name = printable(register.name) if register else "(no register)"
        fields = "  ".join(["", *notable_fields(register, value)]) if register and width == 4 else ""
        return f"{printable(device)}+0x{offset:03x} {name:<9} 0x{value:0{2 * width}X}{fields}"

    def _paint(self, words: str, colour: str) -> str:
        return f"\x1b[{colour}m{words}\x1b[0m" if self._colour and colour else words


def message_in_words(message: Message) -> str:
    """`0x400→0x401  "hello"  5 B`, Linux's address first."""
    arrow = "→" if message.direction == "a7_to_m4" else "←"
    payload = announcement(message.data) if message.endpoint == "ns" else ""
    payload = payload or f"{quoted(message.data)}  {len(message.data)} B"
    return f"0x{message.local:x}{arrow}0x{message.remote:x}  {payload}"


def notable_fields(register: Register, value: int, since: int | None = None) -> list[str]:
    """`CH1S=1` for each field that differs from its reset value or is wider than a bit; `CH2-6OM=0` for neighbours.

    `since` is what to compare with in place of the reset value.
    """
    changed = value ^ (register.reset if since is None else since)
    shown: list[str] = []
    run: tuple[int, int, str] | None = None  # first and last channel, and the rest of the words, of what was shown last
    for field in register.fields:
        if field.width == 1 and not changed & field.mask:
            continue
        words = f"{field.name}={(value & field.mask) >> field.lsb}"
        channel = _CHANNEL.fullmatch(words)
        if channel is None:
            run = None
        elif run is not None and run[1:] == (int(channel[1]) - 1, channel[2]):
            run = (run[0], int(channel[1]), channel[2])
            shown[-1] = f"CH{run[0]}-{run[1]}{run[2]}"
            continue
        else:
            run = (int(channel[1]), int(channel[1]), channel[2])
        shown.append(words)
    return shown


def last_accesses(trace: Trace, count: int) -> list[str]:
    """The last `count` accesses and what they caused, nothing else."""
    events: list[Access | Effect | Line] = []
    for event in reversed(trace.events):
        if isinstance(event, Access | Effect | Line):
            events.append(event)
            count -= isinstance(event, Access)
        if count <= 0:
            break
    accessed = {event.device for event in events if isinstance(event, Access)}
    events = [event for event in events if event.device in accessed]
    formatter = TextFormatter(trace)
    shown = [line for event in reversed(events) for line in formatter.feed(event)]
    return [*shown, *formatter.finish()]


def lines(trace: Trace, colour: bool = False) -> Iterator[str]:
    """The whole trace, one line after the other."""
    formatter = TextFormatter(trace, colour)
    for event in trace.events:
        yield from formatter.feed(event)
    yield from formatter.finish()


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.txt` files. Where the trace comes from stands in the first line."""
    yield f"# {printable(recording.origin.platform)}, image {recording.origin.image_sha256 or 'none'}"
    yield from lines(recording.trace)


def announcement(data: bytes) -> str:
    """A name-service message in words (linux-mailbox.md §4.5); empty if it has not the size of one."""
    if len(data) != 40:
        return ""
    name, address, flags = struct.unpack("<32sII", data)
    return f"{'destroy' if flags & 1 else 'create'} {quoted(name.rstrip(bytes(1)))} 0x{address:x}"


def _effect(event: Effect) -> str:
    if event.kind == "illegal":
        return f"ignored: {printable(event.subject)}"
    return f"{printable(event.subject)} {event.before}→{event.after}"
