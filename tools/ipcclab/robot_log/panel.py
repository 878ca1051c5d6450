"""The panel inside a failing keyword: HTML for a message of Robot's log, in Robot's own colours.

It reads a recording and asks no bench. Robot inserts a message as it is, and keeps its line breaks: so there are none
outside of <pre>, styles are inline, and whatever was recorded is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from ipcclab.blame import Row, blame, latest
from ipcclab.channels import Channel, channels, line_levels
from ipcclab.subject import told
from ipcclab.trace import Recording, svg
from ipcclab.trace.text import last_accesses
from mp1bench.trace import Trace

_HISTORY = 16
_ACCESSES = 20
_STEPS = 16

#: Words, and the colour behind them if there is one.
Cell: TypeAlias = tuple[str, str]

#: Half transparent, so that they stand out from a light background and from a dark one.
_RED, _GREY = "rgba(220,50,47,.22)", "rgba(128,128,128,.18)"
_LINE = "1px solid rgba(128,128,128,.45)"


def panel(recording: Recording, failure: str, link: str = "") -> str:
    """What the recording says about a failure. `link` is the address of the report at this test, if there is one."""
    trace = recording.trace
    diagnosis = recording.about.diagnosis
    sentence, *more = told(failure, diagnosis).split("\n")
    found = blame(trace, failure, _HISTORY)
    parts = [_heading(sentence)]
    if more:
        parts.append(_listing([Row(line, line.startswith(("- ", "+ "))) for line in more]))
    if diagnosis:
        parts.append(_paragraph("Nothing moves because", diagnosis))
    if found is not None:
        left_out = f", {found.earlier} earlier left out" if found.earlier else ""
        parts.append(_paragraph("Because", f"{found.sentence}."))
        parts.append(_section(f"History of {found.subject.title}{left_out}", _listing(found.history), opened=True))
    elif not more:
        parts.append(_paragraph("The last thing that happened", ""))
        parts.append(_listing([Row(line.strip()) for line in latest(trace)]))
    parts.append(_section("Channels and interrupt lines", _channels(trace) + _lines(trace), opened=True))
    parts.append(_section(f"Last {_ACCESSES} accesses", _listing(_last(trace)), opened=found is None))
    chart = svg.fragment(trace, last=_STEPS)
    if chart:
        parts.append(_section("Sequence chart of the last steps", _scrolling(chart), opened=True))
    if link:
        parts.append(f'<p style="margin:.6em 0 0"><a href="{escape(link)}">Timeline and registers of this test</a></p>')
    style = f"white-space:normal;border:{_LINE};border-left:4px solid #dc322f;border-radius:4px;padding:.6em .8em"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _heading(sentence: str) -> str:
    return f'<p style="margin:0 0 .4em;font-weight:bold">{escape(sentence)}</p>'


def _paragraph(title: str, words: str) -> str:
    return f'<p style="margin:.4em 0"><b>{escape(title)}</b> {escape(words)}</p>'


def _channels(trace: Trace) -> str:
    """A table for each IPCC: a row for each channel, with what goes to processor 2 at the left."""
    tables = []
    both = channels(trace)
    for device in dict.fromkeys(one.device for one in both):
        to_2 = [one for one in both if one.device == device and one.sender == 1]
        to_1 = [one for one in both if one.device == device and one.sender == 2]
        titles = ["", *_titles(to_2[0]), *_titles(to_1[0])]
        rows = [[(f"CH{one.number}", ""), *_cells(one), *_cells(other)] for one, other in zip(to_2, to_1, strict=True)]
        tables.append(_table(titles, rows))
    return "".join(tables)


def _titles(channel: Channel) -> tuple[str, str, str]:
    sender, receiver = channel.way.split(" → ")
    return channel.way, f"RX at {receiver}", f"TX at {sender}"


def _cells(channel: Channel) -> list[Cell]:
    return [(channel.state, _GREY if channel.occupied else ""), (channel.rx, ""), (channel.tx, "")]


def _lines(trace: Trace) -> str:
    levels = line_levels(trace)
    rows = [[(one.name, ""), (one.receiver, ""), (one.state, _GREY if one.high else "")] for one in levels]
    return _table(("", "to", "level"), rows)


def _last(trace: Trace) -> list[Row]:
    return [Row(line.strip()) for line in last_accesses(trace, _ACCESSES)]


def _section(title: str, body: str, opened: bool = False) -> str:
    summary = f'<summary style="cursor:pointer;font-weight:bold">{escape(title)}</summary>'
    return f'<details style="margin:.4em 0"{" open" * opened}>{summary}{body}</details>'


def _listing(rows: Iterable[Row]) -> str:
    """Lines of the trace, the marked one on red."""
    lines = [f'<span style="background:{_RED}">{escape(r.text)}</span>' if r.marked else escape(r.text) for r in rows]
    return _scrolling(f'<pre style="margin:0;white-space:pre">{"&#10;".join(lines)}</pre>')


def _scrolling(body: str) -> str:
    return f'<div style="overflow-x:auto;padding:.3em 0">{body}</div>'


def _table(titles: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    head = "".join(_cell("th", title, "") for title in titles)
    body = "".join(f"<tr>{''.join(_cell('td', *cell) for cell in row)}</tr>" for row in rows)
    return _scrolling(f'<table style="border-collapse:collapse"><tr>{head}</tr>{body}</table>')


def _cell(tag: str, words: str, background: str) -> str:
    """With all that Robot's style sheet says of cells undone."""
    style = f"border:{_LINE};padding:.1em .6em;text-align:left;white-space:nowrap;color:inherit"
    return f'<{tag} style="{style};background:{background or "transparent"}">{escape(words)}</{tag}>'
