"""The channels of each IPCC as a trace leaves them: free or occupied, since when, by whom, and who would be told.

It reads a trace and asks no device. One channel is one direction of it: CH1 from either processor.
"""

from __future__ import annotations

from dataclasses import dataclass

from ipcclab.durations import format_moment
from ipcclab.ipcc_words import interrupted_cores
from ipcclab.payload import printable
from ipcclab.signals import Signal, signals, status_of
from ipcclab.trace.places import place_of
from ipcclab.trace.replay import RegisterReplay
from mp1bench.trace import Access, Line, Trace
from stm32mp1.ipcc_table import HALF, IpccTable, Variant


@dataclass(frozen=True)
class Channel:
    """One direction of a channel: `sender` is the number of the processor that sends on it, `number` counts from 1.

    `since` is when its flag last changed, in nanoseconds, None if it never has; `by` is what changed it, in words.
    """

    device: str
    number: int
    sender: int
    way: str  # "A7 → M4"
    occupied: bool
    since: int | None
    by: str
    rx_masked: bool  # at its receiver: MR.CHnOM
    tx_masked: bool  # at its sender: MR.CHnFM

    @property
    def flag(self) -> str:
        """Register and field: `C1TOC2SR.CH2F`."""
        return f"{status_of(self.sender)}.CH{self.number}F"

    @property
    def state(self) -> str:
        """`free`, or `occupied` with who did it and when: the same words everywhere."""
        word = "occupied" if self.occupied else "free"
        return word if self.since is None else f"{word} since {format_moment(self.since)}, by {self.by}"

    @property
    def rx(self) -> str:
        """Does its receiver hear that it is occupied: `open` or `masked`."""
        return _mask(self.rx_masked)

    @property
    def tx(self) -> str:
        """Does its sender hear that it is free: `open` or `masked`."""
        return _mask(self.tx_masked)


@dataclass(frozen=True)
class LineLevel:
    """An interrupt line of an IPCC: `since` is its last edge, None if there was none; `enabled` are its CR bits."""

    device: str
    name: str
    receiver: str  # "M4"
    high: bool
    since: int | None
    enabled: bool

    @property
    def state(self) -> str:
        word = "high" if self.high else "low"
        when = "" if self.since is None else f" since {format_moment(self.since)}"
        return f"{word}{when}, {'enabled' if self.enabled else 'not enabled'}"


def channels(trace: Trace) -> list[Channel]:
    """Every channel of every IPCC, in both directions: those of processor 1 first, from channel 1 up."""
    values = final_values(trace)
    last: dict[tuple[str, int, int], Signal] = {}
    for one in signals(trace):
        if not one.lost:
            last[one.device, one.sender, one.channel] = one
    found = []
    for device, words in values.items():
        variant = variant_of(trace, device)
        for sender in (1, 2):
            for number in range(1, variant.channels + 1):
                signal = last.get((device, sender, number))
                occupied = bool(words[status_of(sender)] >> (number - 1) & 1)
                index = None if signal is None else signal.raised if occupied else signal.freed
                own, peer = words[f"C{sender}MR"], words[f"C{3 - sender}MR"]
                found.append(
                    Channel(
                        device,
                        number,
                        sender,
                        f"{core(variant, sender)} → {core(variant, 3 - sender)}",
                        occupied,
                        None if index is None else trace.events[index].t,
                        "" if index is None else who(trace, index),
                        bool(peer >> (number - 1) & 1),
                        bool(own >> (HALF + number - 1) & 1),
                    )
                )
    return found


def line_levels(trace: Trace) -> list[LineLevel]:
    """Every interrupt line of every IPCC."""
    edges = {(event.device, event.line): event for event in trace.events if isinstance(event, Line)}
    found = []
    for device, words in final_values(trace).items():
        variant = variant_of(trace, device)
        for line in variant.lines:
            edge = edges.get((device, line.name))
            enabled = any(_enabled(words, source) for source in line.sources)
            level, since = (False, None) if edge is None else (edge.level, edge.t)
            receiver = interrupted_cores(variant, line.name)
            found.append(LineLevel(device, line.name, receiver, level, since, enabled))
    return found


def lines(trace: Trace) -> list[str]:
    """The same as text, for a terminal: channels that were used or are open, and all lines."""
    shown = channels(trace)
    used = [one for one in shown if one.occupied or one.since is not None or not (one.rx_masked and one.tx_masked)]
    rows = [f"CH{one.number} {one.way}  RX {one.rx:<6}  TX {one.tx:<6}  {one.state}" for one in used]
    if len(used) < len(shown):
        rows.append(f"{len(shown) - len(used)} more: free, masked at both ends, never used")
    return rows + [f"{one.name} ({one.receiver})  {one.state}" for one in line_levels(trace)]


def final_values(trace: Trace) -> dict[str, dict[str, int]]:
    """What each IPCC's registers hold at the end of the trace, by device and register."""
    replay = RegisterReplay(trace)
    for event in trace.events:
        replay.feed(event)
    return replay.values


def variant_of(trace: Trace, device: str) -> Variant:
    table = trace.tables[device]
    assert isinstance(table, IpccTable)
    return table.variant


def core(variant: Variant, processor: int) -> str:
    """A processor as the trace calls it: `A7`."""
    return variant.cores[processor - 1].removeprefix("Cortex-")


def who(trace: Trace, index: int) -> str:
    """Whose doing the event was: processor and function, or that it was a reset."""
    event = trace.events[index]
    if not isinstance(event, Access):
        return "a reset"
    return printable(f"{event.cpu.upper()} {place_of(trace, event.function, event.pc)}".rstrip())


def _enabled(words: dict[str, int], source: str) -> bool:
    """CR.RXOIE or CR.TXFIE, or its secure twin one bit above, for a source such as `TX1` or `RX1S`."""
    control = words[f"C{int(source[2]) + 1}CR"]
    return bool(control >> (HALF * (source[:2] == "TX") + (len(source) > 3)) & 1)


def _mask(masked: bool) -> str:
    return "masked" if masked else "open"
