"""A reader of trace-event files that takes the format as its viewers do; what it refuses, they would draw wrongly.

It is written from the format's description and shares nothing with the writer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from ipcclab.trace import About, Origin, Recording, perfetto
from mp1bench.trace import Trace

ORIGIN = Origin(None, "stm32mp157")

Entry = dict[str, Any]

# What each phase has besides name, ph and pid, and the types of that.
_KEYS: dict[str, dict[str, Any]] = {
    "M": {"args": dict},
    "X": {"tid": int, "ts": float, "dur": float, "args": dict},
    "i": {"tid": int, "ts": float, "s": str, "args": dict},
    "C": {"ts": float, "args": dict},
    "s": {"tid": int, "ts": float, "id": int, "cat": str},
    "t": {"tid": int, "ts": float, "id": int, "cat": str, "bp": str},
    "f": {"tid": int, "ts": float, "id": int, "cat": str, "bp": str},
}


class Picture:
    """A file that was read and found to be one that the viewers draw as it was meant."""

    def __init__(self, trace: Trace, about: About | None = None) -> None:
        lines = list(perfetto.render(Recording(trace, ORIGIN, about or About())))
        self.file = json.loads("\n".join(lines), parse_constant=pytest.fail)
        assert self.file["displayTimeUnit"] == "ns"
        self.entries: list[Entry] = self.file["traceEvents"]
        self.names = {
            (entry["pid"], entry.get("tid")): entry["args"]["name"]
            for entry in self.entries
            if entry["name"] in ("process_name", "thread_name")
        }
        drawn = [entry for entry in self.entries if entry["ph"] != "M"]
        for entry in self.entries:
            self._has_its_keys(entry)
        assert [entry["ts"] for entry in drawn] == sorted(entry["ts"] for entry in drawn)
        self.flows: dict[int, list[tuple[str, str]]] = defaultdict(list)  # by id: track and slice of each point
        self._walk(drawn)

    def _has_its_keys(self, entry: Entry) -> None:
        wanted = {"name": str, "ph": str, "pid": int} | _KEYS[entry["ph"]]
        if entry["name"].startswith("thread_"):
            wanted["tid"] = int
        assert set(entry) == set(wanted)
        assert all(isinstance(entry[key], kind) for key, kind in wanted.items())
        assert (entry["pid"], None) in self.names
        assert "tid" not in entry or (entry["pid"], entry["tid"]) in self.names
        assert entry.get("bp", "e") == "e"
        assert entry.get("s", "t") == "t"

    def _walk(self, drawn: list[Entry]) -> None:
        """Slices of a track nest, and each point of a flow lies on the slice that was begun last."""
        stacks: dict[int, list[tuple[int, str]]] = defaultdict(list)
        last: dict[int, str] = {}
        for entry in drawn:
            now, tid = round(entry["ts"] * 1000), entry.get("tid", 0)
            if entry["ph"] == "X":
                stack = stacks[tid]
                while stack and stack[-1][0] <= now:
                    stack.pop()
                end = now + round(entry["dur"] * 1000)
                assert end >= now
                assert not stack or end <= stack[-1][0], f"{entry['name']} leaves {stack[-1]}"
                assert len(stack) < 100
                stack.append((end, entry["name"]))
            elif entry["ph"] in "stf":
                assert stacks[tid], f"the flow {entry} lies on no slice"
                assert stacks[tid][-1][0] >= now
                assert (entry["ph"] == "s") == (entry["id"] not in last)
                assert last.get(entry["id"]) != "f"
                last[entry["id"]] = entry["ph"]
                self.flows[entry["id"]].append((self.track(entry), stacks[tid][-1][1]))
        assert set(last.values()) <= {"f"}

    def track(self, entry: Entry) -> str:
        return f"{self.names[entry['pid'], None]}/{self.names[entry['pid'], entry['tid']]}"

    def on(self, track: str) -> list[tuple[str, int, int]]:
        """What is drawn on a track: name, begin and length in nanoseconds."""
        return [
            (entry["name"], round(entry["ts"] * 1000), round(entry.get("dur", 0) * 1000))
            for entry in self.entries
            if entry["ph"] in "Xi" and self.track(entry) == track
        ]

    def arguments(self, name: str) -> list[Entry]:
        return [entry["args"] for entry in self.entries if entry["name"] == name]
