"""The end of a run in the terminal: what was said, what is left, where the files are.

It shows the summary and, from the trace, only what Linux complained about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ipcclab.durations import format_duration, format_moment
from ipcclab.payload import printable, quoted
from ipcclab.summary import platform_name
from mp1bench.board import Board
from mp1bench.image import Image
from mp1bench.trace import Log, Trace

_BAD = ("emerg", "err", "warn")
_SHOWN = 8


def header(board: Board, image: Image) -> str:
    """The first line: what runs where."""
    engine = f"{board.engine.name} engine {board.engine.version}".rstrip()
    return f"{image.path.name} (sha256 {image.sha256[:12]}) on {platform_name(board)}, {engine}"


def complaints(trace: Trace) -> list[str]:
    """The warnings and errors that Linux printed, the first of them if there are many."""
    said = [e.text for e in trace.events if isinstance(e, Log) and e.source == "linux" and e.level in _BAD]
    more = [f"and {len(said) - _SHOWN} more, see the trace"] if len(said) > _SHOWN else []
    return said[:_SHOWN] + more


def lines(summary: dict[str, Any], complaints: Sequence[str], files: Sequence[Path], command: str) -> list[str]:
    """The whole report: its sections, the files, and how the run ended."""
    out = [*sections(summary, complaints), *section("Files", map(str, files))]
    return [*out, "", stopped(summary), f"Again         {command}"]


def stopped(summary: dict[str, Any]) -> str:
    """How the run ended, and when."""
    instructions = "" if summary["instructions"] is None else f", {summary['instructions']:,} instructions"
    ended = f"{summary['stop']} after {format_duration(summary['virtual_ns'])}{instructions}: {summary['stop_detail']}"
    return f"Stopped       {ended}"


def sections(summary: dict[str, Any], complaints: Sequence[str]) -> list[str]:
    """What was found, section after section; a section that would be empty is left out."""
    out: list[str] = []
    out += section("Announced", _announced(summary["announced"]))
    out += section("Messages", _messages(summary["sent"], summary["received"]))
    out += section("Firmware log", summary["log"].splitlines())
    for name, text in summary["uart"].items():
        out += section(name, text.splitlines())
    out += section("Doorbells", doorbells(summary["doorbells"]))
    out += section("Linux warns", complaints)
    out += section("Left occupied", summary["occupied_at_end"])
    out += section("Not modelled", _unmodelled(summary["unmodelled"]))
    out += section("Diagnosis", [summary["diagnosis"]] if summary["diagnosis"] else [])
    return out


def _unmodelled(unmodelled: Sequence[dict[str, Any]]) -> list[str]:
    """What was accessed most often, and how much more there is."""
    most = sorted(unmodelled, key=lambda one: -(one["reads"] + one["writes"]))
    rows = [f"{one['name']:<20} {_times(one)}" for one in most[:_SHOWN]]
    return rows + ([f"and {len(most) - _SHOWN} more addresses, see the summary"] if len(most) > _SHOWN else [])


def _times(one: dict[str, Any]) -> str:
    ways = (("read", one["reads"]), ("written", one["writes"]))
    return ", ".join(f"{verb} {n:,} time{'s' * (n != 1)}" for verb, n in ways if n)


def section(title: str, rows: Iterable[str]) -> list[str]:
    """The rows, with the title in front of the first."""
    return [f"{'' if index else title:<13} {printable(row)}".rstrip() for index, row in enumerate(rows)]


def _announced(announced: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{a['name']} 0x{a['address']:x}" for a in announced]


def _messages(sent: Sequence[dict[str, Any]], received: Sequence[dict[str, Any]]) -> list[str]:
    """Both directions in the order of time. The first answer after a message carries its turnaround."""
    # In one moment an answer comes first: the next message may leave because of it.
    ways = [(t["at_ns"], 0, "←", t) for t in received] + [(t["at_ns"], 1, "→", t) for t in sent]
    waiting: dict[int, int] = {}
    rows = []
    for at, _, arrow, t in sorted(ways, key=lambda way: way[:2]):
        turnaround = ""
        if arrow == "→":
            waiting[t["local"]] = at
        elif t["local"] in waiting:
            turnaround = f"after {format_duration(at - waiting.pop(t['local']))}"
        ends = f"0x{t['local']:x} {arrow} 0x{t['remote']:x}"
        payload = quoted(bytes.fromhex(t["bytes_hex"]))
        rows.append(f"{format_moment(at):>14}  {t['endpoint']:<20} {ends:<16} {payload}  {turnaround}")
    return rows


def doorbells(counts: dict[str, dict[str, int]]) -> list[str]:
    """How often each channel has signalled, a row for each direction that has."""
    ways = (("m4_to_a7", "M4 → A7"), ("a7_to_m4", "A7 → M4"))
    rows = []
    for key, way in ways:
        rang = ", ".join(f"CH{channel} {n}" for channel, n in counts[key].items() if n)
        if rang:
            rows.append(f"{way}  {rang}")
    return rows
