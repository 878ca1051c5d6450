"""The trace-event format, which Perfetto's UI and chrome://tracing open: tracks, slices, instants, counters and flows.

It knows the format and nothing of what is shown. Times are nanoseconds here, and microseconds with three decimals in
the file. Entries are written by time and `order`, equal ones as they came: so slices nest, and the end of an arrow lies
on the slice that was given before it with the same `order`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

_encode = json.JSONEncoder(separators=(",", ":")).encode

Args: TypeAlias = dict[str, Any]


class Track(NamedTuple):
    """A row of the picture."""

    process: int
    thread: int


class Point(NamedTuple):
    """A moment of a track: where something is drawn, or an arrow ends. `order` is that among equal moments."""

    track: Track
    t: int
    order: int


class Slice:
    """A slice that may still change: `args` may be added to, and `until` moves its end."""

    def __init__(self, at: Point, end: int, entry: dict[str, object], args: Args) -> None:
        self.at = at
        self.args = args
        self._entry = entry
        self.until(end)

    def until(self, end: int) -> None:
        self.end = max(end, self.at.t)  # none ends before it begins, whatever the trace says
        self._entry["dur"] = (self.end - self.at.t) / 1000


class TraceEvents:
    """Collects entries; `lines` is the file."""

    def __init__(self) -> None:
        self._processes: dict[str, int] = {}
        self._tracks: dict[tuple[str, str], Track] = {}
        self._entries: list[tuple[int, int, dict[str, object]]] = []
        self._flows = 0

    def process(self, name: str) -> int:
        """The number of a group of tracks. They are shown in the order in which they are first asked for."""
        return self._processes.setdefault(name, len(self._processes) + 1)

    def track(self, process: str, name: str) -> Track:
        """A track, shown in its process in the order in which it is first asked for."""
        found = self._tracks.get((process, name))
        if found is None:  # no thread has the number of its process: that one would be its main thread
            found = self._tracks[process, name] = Track(self.process(process), 1001 + len(self._tracks))
        return found

    def slice(self, at: Point, end: int, name: str, args: Args) -> Slice:
        """What lasts. Slices of a track must lie in each other or apart."""
        entry: dict[str, object] = {"name": name, "ph": "X"}
        self._add(at, entry)
        made = Slice(at, end, entry, args)
        entry["args"] = args
        return made

    def instant(self, at: Point, name: str, args: Args) -> None:
        """What happens, and lasts no time."""
        self._add(at, {"name": name, "ph": "i", "s": "t", "args": args})

    def counter(self, process: str, name: str, t: int, order: int, value: int) -> None:
        """The value of a curve from now on."""
        entry = {"name": name, "ph": "C", "pid": self.process(process), "ts": t / 1000, "args": {"level": value}}
        self._entries.append((t, order, entry))

    def flow(self, name: str, points: list[Point]) -> None:
        """Arrows from point to point, each of which must lie on a slice."""
        self._flows += 1
        last = len(points) - 1
        for number, point in enumerate(points):
            phase = "s" if number == 0 else "f" if number == last else "t"
            binding = {"bp": "e"} if number else {}
            self._add(point, {"name": name, "cat": "flow", "ph": phase, "id": self._flows, **binding})

    def _add(self, at: Point, entry: dict[str, object]) -> None:
        entry.update(pid=at.track.process, tid=at.track.thread, ts=at.t / 1000)
        self._entries.append((at.t, at.order, entry))

    def lines(self, about: Args) -> Iterator[str]:
        """The file. `about` is what it says of itself."""
        yield f'{{"displayTimeUnit":"ns","otherData":{_encode(about)},"traceEvents":['
        entries = [*self._names(), *(entry for *_, entry in sorted(self._entries, key=lambda entry: entry[:2]))]
        for entry in entries[:-1]:
            yield f"{_encode(entry)},"
        yield from map(_encode, entries[-1:])
        yield "]}"

    def _names(self) -> Iterator[dict[str, object]]:
        for name, number in self._processes.items():
            yield {"name": "process_name", "ph": "M", "pid": number, "args": {"name": name}}
            yield {"name": "process_sort_index", "ph": "M", "pid": number, "args": {"sort_index": number}}
        for (_, name), track in self._tracks.items():
            where = {"pid": track.process, "tid": track.thread}
            yield {"name": "thread_name", "ph": "M", **where, "args": {"name": name}}
            yield {"name": "thread_sort_index", "ph": "M", **where, "args": {"sort_index": track.thread}}
