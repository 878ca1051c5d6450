"""What has a value at each moment of a trace: the registers of each IPCC, and the lines and pins that move in it.

It follows `RegisterReplay` for registers and keeps levels itself. It says what changes, not why.
"""

from __future__ import annotations

from ipcclab.trace.pins import pin_of_line
from ipcclab.trace.replay import RegisterReplay
from mp1bench.trace import Event, Line, Trace

REGISTER, LINE, PIN = "register", "line", "pin"


class Slots:
    """Feed it the events in order. `values` holds what each slot has now, `first` what it had in front of the rows."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._replay = RegisterReplay(trace)
        self._numbers: dict[tuple[str, str], int] = {}
        self.values: list[int] = []
        self.first: list[int] = []
        self.keys: list[tuple[str, str, str]] = []  # kind, device and name
        for device, registers in self._replay.values.items():
            for name, value in registers.items():
                self._add(REGISTER, device, name, value)

    def _add(self, kind: str, device: str, name: str, value: int) -> None:
        self._numbers[device, name] = len(self.values)
        self.keys.append((kind, device, name))
        self.values.append(value)
        self.first.append(value)

    def feed(self, event: Event) -> None:
        """Take the next event."""
        if not isinstance(event, Line):
            for change in self._replay.feed(event):
                self.values[self._numbers[change.device, change.register]] = change.after
            return
        key = event.device, event.line
        if key not in self._numbers:  # its first edge tells what it was before
            pin = pin_of_line(self._trace.tables.get(event.device), event.device, event.line)
            self._add(PIN if pin else LINE, *key, 1 - event.level)
        self.values[self._numbers[key]] = int(event.level)

    def feed_row(self, events: list[Event]) -> list[tuple[int, int]]:
        """The slots that have changed after these events, each with the bits that flipped."""
        before = list(self.values)
        for event in events:
            self.feed(event)
        before += self.first[len(before) :]
        return [(slot, b ^ a) for slot, (b, a) in enumerate(zip(before, self.values, strict=True)) if a != b]
