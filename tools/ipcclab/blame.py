"""Which access made the subject of a failure what it is, and what touched that before: read from the trace alone.

It judges no expectation. What a failure is about is for `subject.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from ipcclab.channels import who
from ipcclab.durations import format_moment
from ipcclab.signals import lost_signals
from ipcclab.subject import WORD, Subject, subject_of
from ipcclab.trace.replay import RegisterReplay
from ipcclab.trace.text import TextFormatter
from mp1bench.chip.ipcc_supply import RESET
from mp1bench.trace import Access, Effect, Event, Line, Trace


@dataclass(frozen=True)
class Row:
    """One access with what it caused, as the text trace has it; `marked` if it is the one."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Blame:
    """Since when and by whom the subject is what it is, in words; and its history, newest last.

    `earlier` counts the rows that are left out in front.
    """

    subject: Subject
    sentence: str
    history: tuple[Row, ...]
    earlier: int


def blame(trace: Trace, failure: str, last: int) -> Blame | None:
    """Whom a failure leads to; None if it names nothing of an IPCC. `last` bounds the history."""
    subject = subject_of(trace, failure)
    if subject is None:
        return None
    follower = _Follower(trace, subject)
    culprit, words = follower.culprit, f"is {follower.value} since"
    lost = [one for one in lost_signals(trace) if (one.device, one.status) == (subject.device, subject.name)]
    if "was lost" in failure and lost:
        culprit = lost[0].raised
        words = "was set already when it was posted again at"
        if lost[0].ignored:
            words = "stayed as it was when the IPCC ignored the write at"
    if culprit is not None:
        sentence = f"{subject.name} {words} {format_moment(trace.events[culprit].t)}, by {who(trace, culprit)}"
    elif "SCR" in subject.name:
        sentence = f"{subject.name} always reads 0: what is written there sets and clears flags"
    else:
        sentence = f"{subject.name} {words} reset: nothing on the trace has changed it"
    shown = follower.touched[-last:]
    if culprit is not None and not any(culprit in group for group in shown):
        shown[:1] = [[culprit]]
    rows = tuple(_rows(trace, subject.device, shown, culprit))
    return Blame(subject, sentence, rows, len(follower.touched) - len(shown))


def latest(trace: Trace) -> list[str]:
    """The last that happened, with what came of it, as the text trace has it; nothing if the trace is empty."""
    events = trace.events
    first = next((i for i in reversed(range(len(events))) if not isinstance(events[i], Effect | Line)), 0)
    return _text(TextFormatter(trace), events[first:])


class _Follower:
    """Goes through the trace once: `culprit` is the last access or reset that changed the subject, None if none has.

    `value` is what the subject is at the end; `touched` are the accesses and resets that touched it or what belongs to
    it, by index, equal reads in a row in one group.
    """

    def __init__(self, trace: Trace, subject: Subject) -> None:
        self.culprit: int | None = None
        self.touched: list[list[int]] = []
        self._events = trace.events
        self._subject = subject
        self._table = trace.tables[subject.device]
        self._cause: int | None = None  # the access or reset under way
        self._level = False
        replay = RegisterReplay(trace)
        for index, event in enumerate(self._events):
            resets = isinstance(event, Line) and event.line == RESET
            if resets or (isinstance(event, Access | Effect | Line) and event.device == subject.device):
                if resets or isinstance(event, Access):
                    self._cause = index
                self._follow(event, replay)
        self.value = self._value(replay.values[subject.device])

    def _follow(self, event: Event, replay: RegisterReplay) -> None:
        subject = self._subject
        if isinstance(event, Access) and self._reaches(event):
            self._touch()
        for change in replay.feed(event):
            moved = change.before ^ change.after
            if moved & subject.related.get(change.register, 0):
                self._touch()
            if moved & subject.bits.get(change.register, 0):
                self.culprit = self._cause
        if isinstance(event, Line) and (event.device, event.line) == (subject.device, subject.name):
            self._touch()
            self.culprit, self._level = self._cause, event.level

    def _reaches(self, access: Access) -> bool:
        """Does the access reach the bits by itself? Masks are written whole: only changes count. SCR reads 0."""
        register = self._table.at(access.offset)
        mask = self._subject.related.get(register.name, 0) if register else 0
        if register is None or not mask:
            return False
        if mask == WORD:
            return True
        if access.op == "R":
            return not register.name.endswith(("MR", "SCR"))
        return register.name.endswith("SCR") and bool(access.value & mask)

    def _touch(self) -> None:
        if self._cause is None:
            return
        last = self.touched[-1][-1] if self.touched else None
        if last is None or not self._repeats(last, self._cause):
            self.touched.append([self._cause])
        elif last != self._cause:
            self.touched[-1].append(self._cause)

    def _repeats(self, last: int, now: int) -> bool:
        one, other = self._events[last], self._events[now]
        return last == now or (isinstance(other, Access) and other.op == "R" and one[1:] == other[1:])

    def _value(self, words: dict[str, int]) -> str:
        for register, mask in self._subject.bits.items():
            word = words[register]
            return f"0x{word:08X}" if mask == WORD else f"{(word & mask) // (mask & -mask)}"
        return "high" if self._level else "low"


def _rows(trace: Trace, device: str, groups: list[list[int]], culprit: int | None) -> list[Row]:
    formatter = TextFormatter(trace)
    rows = []
    for group in groups:
        text = "  ".join(_text(formatter, _with_consequences(trace.events, group[-1], device))).strip()
        times = f"  ×{len(group)} since {format_moment(trace.events[group[0]].t)}" if len(group) > 1 else ""
        rows.append(Row(text + times, culprit in group))
    return rows


def _text(formatter: TextFormatter, events: list[Event]) -> list[str]:
    lines = [line for event in events for line in formatter.feed(event)]
    return lines + list(formatter.finish())


def _with_consequences(events: list[Event], index: int, device: str) -> list[Event]:
    """The access or reset, and what the device reported of it."""
    found = [events[index]]
    for event in islice(events, index + 1, None):
        if not isinstance(event, Effect | Line) or (event.t, event.device) != (events[index].t, device):
            break
        found.append(event)
    return found
