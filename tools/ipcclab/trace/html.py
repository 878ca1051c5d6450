"""The report: one HTML file with timeline, registers, accesses, chart and memory of one recording or of several.

It packs what `ipcclab.page` shows. Nothing is drawn here, and nothing that was recorded becomes HTML here.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ipcclab.page import document, source
from ipcclab.payload import printable
from ipcclab.sharedmemory import page as sharedmemory
from ipcclab.trace import svg
from ipcclab.trace.html_rows import events_of, last_rows, rows_of
from ipcclab.trace.recording import FAILED, Recording

#: The most events in a file, of all its recordings together. `.ndjson` has them all.
MOST_EVENTS = 100_000
#: The sequence chart shows the last steps: it is there to be read.
LAST_STEPS = 200
#: The most bytes of a file: a report is attached to mails and issues.
MOST_BYTES = 1_000_000

_FEW_EVENTS = 100  # in a recording: charts are left out before less is left
_MOST_TITLE = 1_000
_MOST_TEXT = 20_000  # characters of a sentence, of a report
_LITTLE_TEXT = 500

_SCRIPTS = (
    "recording.js",
    "lanes.js",
    "drawing.js",
    "timeline.js",
    "list.js",
    "registers.js",
    "fragments.js",
    "report.js",
)


@dataclass(frozen=True)
class Packed:
    """A recording as the report has it, small enough to keep until the last test of a suite has ended."""

    title: str
    outcome: str  # PASSED, FAILED or ""
    data: bytes  # what the page shows, compressed


def pack(recording: Recording) -> Packed:
    """What the report needs of a recording: its last events, and what is known of its run."""
    about, origin = recording.about, recording.origin
    data = {
        "about": {
            "title": printable(about.title)[:_MOST_TITLE],
            "outcome": about.outcome,
            "sentence": _shortened(_legible(about.sentence), _MOST_TEXT),
            "diagnosis": _shortened(_legible(about.diagnosis), _MOST_TEXT),
            "command": _shortened(about.command, _MOST_TEXT),
            "report": _shortened(_legible("\n".join(about.report)), _MOST_TEXT),
            "image": origin.image_sha256,
            "platform": origin.platform,
        },
        "rows": rows_of(recording.trace, MOST_EVENTS),
        "chart": _without_style(svg.fragment(recording.trace, LAST_STEPS)),
        "memory": "" if about.memory is None else sharedmemory.fragment(about.memory),
    }
    return Packed(about.title, about.outcome, zlib.compress(_json(data), 6))


def render(recording: Recording) -> Iterator[str]:
    """The writer of `.html` files."""
    yield from render_all(recording.about.title or "Recording", [pack(recording)])


def render_all(title: str, packed: Sequence[Packed]) -> Iterator[str]:
    """One report of several recordings, in their order. What would make it too big is left out, which the page says."""
    recordings = [json.loads(zlib.decompress(one.data)) for one in packed]
    count = len(recordings)
    tables = _tables_once(recordings)
    title = printable(title)[:_MOST_TITLE]
    script = "".join(source(name) for name in _SCRIPTS)
    page = ""
    for _ in _lighter(recordings):
        left_out = count - len(recordings)
        data = _json({"title": title, "tables": tables, "recordings": recordings, "leftOut": left_out})
        # In this alphabet nothing means anything to HTML.
        body = source("report.html").replace("{data}", base64.b64encode(zlib.compress(data, 9)).decode())
        page = document(title, body, style=source("report.css"), script=script)
        if len(page.encode()) < MOST_BYTES:
            break
    yield from page.rstrip("\n").split("\n")


def _lighter(recordings: list[dict[str, Any]]) -> Iterator[None]:
    """At each step the recordings have less: first what is missed least. What is left out of one is None."""
    whole = [one["rows"] for one in recordings]
    _cut(recordings, whole, MOST_EVENTS)
    yield
    if len(recordings) > 1:
        for one in recordings:
            if one["about"]["outcome"] != FAILED:
                one["chart"] = None
        yield
    most = min(MOST_EVENTS, sum(map(events_of, whole)))
    fewest = _FEW_EVENTS * len(recordings)
    for events in _fewer(most, fewest):
        _cut(recordings, whole, events)
        yield
    for one in recordings:
        one["chart"] = None
        one["memory"] = None if one["memory"] else ""
    for events in (most, *_fewer(most, 0)):
        _cut(recordings, whole, events)
        yield
    for one in recordings:
        one["about"] = {name: _shortened(words, _LITTLE_TEXT) for name, words in one["about"].items()}
    yield
    while len(recordings) > 1:
        recordings.sort(key=lambda one: bool(one["about"]["outcome"] != FAILED))
        del recordings[len(recordings) // 2 :]
        yield


def _fewer(most: int, fewest: int) -> Iterator[int]:
    """Ever fewer events, as long as they are more than the fewest, or none."""
    while most > fewest:
        most = most * 3 // 4
        yield most


def _cut(recordings: list[dict[str, Any]], whole: Sequence[dict[str, Any]], most: int) -> None:
    """Leave all recordings together no more than `most` events of their whole rows, the last ones."""
    share = _share([events_of(rows) for rows in whole], most)
    for one, rows in zip(recordings, whole, strict=True):
        one["rows"] = last_rows(rows, share)


def _legible(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters are left out)"


def _without_style(picture: str) -> str:
    """The picture without the `style` of its outermost element: the page's policy refuses it, and its style has it."""
    head, end, rest = picture.partition(">")
    return re.sub(r' style="[^"]*"', "", head) + end + rest


def _share(counts: Sequence[int], most: int) -> int:
    """The most events that each recording may have so that all together have no more than `most`."""
    share = 0
    left = sorted(counts)
    while left:
        share = most // len(left)
        if left[0] > share:
            break
        most -= left.pop(0)
    return share if left else max(counts, default=0)


def _tables_once(recordings: list[dict[str, Any]]) -> list[object]:
    """The register tables of all recordings, each once; in the recordings stand their numbers."""
    tables: list[object] = []
    for one in recordings:
        named = one["rows"]["tables"]
        for device, table in named.items():
            if table not in tables:
                tables.append(table)
            named[device] = tables.index(table)
    return tables


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
