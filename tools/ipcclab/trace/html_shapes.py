"""What the rows of a trace look like, each look once: words, what they flip, where they are drawn, what finds them.

The lanes of the timeline follow from them. Times are in the rows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from ipcclab.ipcc_words import interrupted_cores
from ipcclab.payload import printable
from ipcclab.signals import Signal
from ipcclab.trace.html_slots import LINE, REGISTER, Slots
from ipcclab.trace.pins import pin_of_line
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
from stm32mp1.ipcc_table import STM32MP15, IpccTable
from stm32mp1.registers import RO, W1, Field

_MOST_LABEL = 400  # characters that stand in the timeline
_ADDRESSES = re.compile(r" 0x[0-9a-f]+[→←]0x[0-9a-f]+  ")
_COLUMNS = re.compile(r" {2,}")
_CHANNEL = re.compile(r"CH(\d+)[A-Z]+")
_SENDERS = {"C1TOC2SR": 1, "C2TOC1SR": 2}  # by the register with the flags of their channels
_KINDS: dict[type, str] = {
    Effect: "effect",
    Line: "line",
    Interrupt: "interrupt",
    Core: "core",
    Message: "message",
    Mcapi: "mcapi",
    Log: "log",
    Unmodelled: "unmodelled",
}

#: A row of the timeline: kind, then what tells it from others of its kind.
_Lane: TypeAlias = tuple[str | int, ...]
_FROM_TOP = ("cpu", "channel", "line", "taken", "message", "mcapi", "level", "pin", "log")


class Shapes:
    """Give it the rows in order. It feeds their events to `slots`."""

    def __init__(self, trace: Trace, slots: Slots, lost: Iterable[Signal]) -> None:
        self._trace = trace
        self._slots = slots
        self._ipccs = {name: table for name, table in trace.tables.items() if isinstance(table, IpccTable)}
        self._lost: dict[int | None, list[_Lane]] = defaultdict(list)  # by index of the event that posted
        for one in lost:
            self._lost[one.raised].append(("channel", one.device, one.sender, one.channel))
        self._numbers: dict[object, int] = {}
        self._lanes: dict[_Lane, int] = {}
        self.described: list[dict[str, Any]] = []
        self.registers: dict[str, int] = {}  # the names by which rows are found, and their numbers
        self.functions: dict[str, int] = {}

    def number(self, words: str, group: list[Event], index: int) -> int:
        """The number of the shape of a row: its line without the time, its events, the index of the first of them."""
        flips = self._slots.feed_row(group)
        lost = self._lost.get(index, [])
        key = (words, *[(type(event), event[1:]) for event in group], tuple(flips), tuple(lost))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.described)
            self.described.append(self._describe(words, group, flips, lost))
        return number

    def _describe(
        self, words: str, group: list[Event], flips: list[tuple[int, int]], lost: list[_Lane]
    ) -> dict[str, Any]:
        event = group[0]
        lane, label = self._drawn(event, words)
        label = label[:_MOST_LABEL]
        registers, channels = self._found_by(event, flips)
        is_access = isinstance(event, Access)
        return {
            "text": words,
            "events": len(group),
            "flips": flips,
            "kind": _kind(event),
            "lane": None if lane is None else self._lane(lane),
            "label": label,
            "function": self.functions.setdefault(label, len(self.functions)) if is_access else None,
            "registers": registers,
            "channels": channels,
            "lost": [self._lane(one) for one in lost],
        }

    def _drawn(self, event: Event, words: str) -> tuple[_Lane | None, str]:
        """The lane on which a row is a mark, and what stands there if there is room. Edges are drawn as levels."""
        match event:
            case Access(cpu=cpu, function=function, pc=pc):
                place = function if function or pc is None else self._trace.symbolize(pc) or f"0x{pc:08x}"
                return ("cpu", cpu), printable(place.partition("+")[0])
            case Unmodelled(cpu=cpu):
                return (("cpu", cpu) if cpu in (A7, M4) else None), "not modelled"
            case Core(what=what):
                return ("cpu", M4), printable(what)
            case Interrupt(number=number):
                return ("taken",), f"{number} {printable(self._trace.interrupts.get(number, ''))}".rstrip()
            case Message(direction=direction):
                return ("message", direction), _ADDRESSES.split(words, maxsplit=1)[-1]
            case Mcapi(what="frame" | "epoch", direction=direction):
                return ("mcapi", direction), _COLUMNS.split(words, maxsplit=2)[-1]
            case Log(source=source, text=text):
                return ("log", printable(source)), printable(text)
        return None, ""

    def _found_by(self, event: Event, flips: list[tuple[int, int]]) -> tuple[list[int], int]:
        """The registers that a row accesses or changes; its channels as bits: written, seen occupied, or changed."""
        registers: set[int] = set()
        channels = 0
        table = self._trace.tables.get(event.device) if isinstance(event, Access) else None
        if isinstance(event, Access) and table is not None:
            register = table.at(event.offset)
            registers.add(self._register(event.device, register.name if register else f"+0x{event.offset:03x}"))
            tells = event.width == 4 and isinstance(table, IpccTable)
            if register and tells and register.access == (W1 if event.op == "W" else RO):
                channels |= _channels(register.fields, event.value)
        for slot, bits in flips:
            kind, device, name = self._slots.keys[slot]
            changed = self._ipccs[device].named(name) if kind == REGISTER else None
            if changed:
                registers.add(self._register(device, name))
                channels |= _channels(changed.fields, bits)
        return sorted(registers), channels

    def _register(self, device: str, name: str) -> int:
        """The number of a register's name. The device is part of it, except for the only IPCC."""
        only = device in self._ipccs and len(self._ipccs) == 1
        return self.registers.setdefault(name if only else f"{printable(device)} {name}", len(self.registers))

    # -- lanes --------------------------------------------------------------------------------------------------

    def _lane(self, lane: _Lane) -> int:
        return self._lanes.setdefault(lane, len(self._lanes))

    def lanes(self) -> list[dict[str, Any]]:
        """The lanes, by number; `rank` counts from the top. What has a level has a slot, and a bit of it."""
        used = list(self._slots.first)  # the bits that are set, or change
        for shape in self.described:
            for slot, bits in shape["flips"]:
                used[slot] |= bits
        slots: dict[_Lane, tuple[int, int]] = {}
        for slot, (kind, device, name) in enumerate(self._slots.keys):
            if kind != REGISTER:
                slots["level" if kind == LINE and device not in self._ipccs else kind, device, name] = slot, 0
            elif name in _SENDERS:
                for bit in range(self._ipccs[device].variant.channels):
                    lane: _Lane = ("channel", device, _SENDERS[name], bit + 1)
                    if used[slot] >> bit & 1 or lane in self._lanes:
                        slots[lane] = slot, bit
        for lane in slots:
            self._lane(lane)
        from_top = sorted(self._lanes, key=lambda lane: (_FROM_TOP.index(str(lane[0])), lane[1:]))
        ranks = {lane: rank for rank, lane in enumerate(from_top)}
        return [
            {
                "kind": lane[0],
                "label": self._label(lane),
                "from": _sender(lane),
                "rank": ranks[lane],
                "slot": slots.get(lane, (None, 0))[0],
                "bit": slots.get(lane, (None, 0))[1],
            }
            for lane in self._lanes
        ]

    def _label(self, lane: _Lane) -> str:
        match lane:
            case ("cpu", cpu):
                return self._cores()[0 if cpu == A7 else 1]
            case ("channel", str(device), int(sender), channel):
                cores = [core.removeprefix("Cortex-") for core in self._ipccs[device].variant.cores]
                return f"{self._of(device)}CH{channel} {cores[sender - 1]} → {cores[2 - sender]}"
            case ("line", str(device), str(name)):
                cores_of_line = interrupted_cores(self._ipccs[device].variant, name)
                return printable(f"{self._of(device)}{name}{' → ' * bool(cores_of_line)}{cores_of_line}")
            case ("level", str(device), str(name)):
                return printable(f"{device} {name}")
            case ("pin", str(device), str(name)):
                return pin_of_line(self._trace.tables.get(device), device, name)
            case ("taken",):
                return "M4 takes interrupt"
            case ("message", direction):
                return "RPMsg to firmware" if direction == "a7_to_m4" else "RPMsg to Linux"
            case ("mcapi", direction):
                return "MCAPI to firmware" if direction == "a7_to_m4" else "MCAPI to Linux"
            case _:
                return f"log {lane[1]}"

    def _of(self, device: str) -> str:
        return "" if device in self._ipccs and len(self._ipccs) == 1 else f"{printable(device)} "

    def _cores(self) -> tuple[str, str]:
        variants = [table.variant for table in self._ipccs.values()]
        return variants[0].cores if variants else STM32MP15.cores


def _kind(event: Event) -> str:
    if isinstance(event, Mcapi) and event.what == "frame":
        return "frame"
    return event.op if isinstance(event, Access) else _KINDS[type(event)]


def _sender(lane: _Lane) -> int | None:
    """The processor by which a lane is coloured."""
    match lane:
        case ("cpu", cpu):
            return 1 if cpu == A7 else 2
        case ("channel", _, int(sender), _):
            return sender
        case ("message" | "mcapi", direction):
            return 1 if direction == "a7_to_m4" else 2
        case ("taken",):
            return 2
        case _:
            return None


def _channels(fields: Iterable[Field], bits: int) -> int:
    """The channels of the fields in which a bit is set: bit 0 is channel 1."""
    found = 0
    for field in fields:
        channel = _CHANNEL.fullmatch(field.name)
        if channel and bits & field.mask:
            found |= 1 << (int(channel[1]) - 1)
    return found
