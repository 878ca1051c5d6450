"""What an access must do to a device, and in words what a device does instead, and against which claim.

It judges a sequence of accesses from power-on, each thing that can be seen on a fresh device: so what is seen is not
due to looking at something else before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

from ipcclab.proof.claims import Difference
from ipcclab.proof.specification import WORD, Specification, State
from ipcclab.proof.subject import Access, Provable, Report, Subject

_CLAIM_OF_VERB = {"reset": "I10", "restore": "I9", "read": "I3"}


class Outcome(NamedTuple):
    """What an access must lead to."""

    state: State
    value: int | None = None  # what it reads
    refused: bool = False
    reports: tuple[Report, ...] = ()  # in the order of `Subject.reported`


def outcome(specification: Specification, state: State, access: Access) -> Outcome:
    """What `access` must do in `state`: only aligned words of registers are served (ipcc-hardware.md §8)."""
    if access.verb == "reset":
        after = specification.power_on
        return Outcome(after, reports=reports(specification, state, after))
    if access.verb == "restore":
        return Outcome(state)
    names = {offset: name for name, offset in specification.offsets.items()}
    register = names.get(access.offset) if access.width == 4 else None
    if access.verb == "read":
        if register is None:
            return Outcome(state, 0, True, (("illegal", "", 0, 0),))
        return Outcome(state, specification.reads(state, register))
    if register is None or not specification.bits(register):
        return Outcome(state, None, True, (("illegal", "", access.value, 0),))
    after = specification.after(state, register, access.value)
    return Outcome(after, reports=reports(specification, state, after))


def reports(specification: Specification, before: State, after: State) -> tuple[Report, ...]:
    """What must be reported on the way: each flag that changes, then each line that moves, in the lines' order."""
    was, now = specification.occupied(before), specification.occupied(after)
    flags: list[Report] = [("flag", name, int(name in was), int(name in now)) for name in was ^ now]
    lines: list[Report] = [
        ("line", line, specification.level(after, line))
        for line, _ in specification.lines
        if specification.level(after, line) != specification.level(before, line)
    ]
    return (*sorted(flags, key=str), *lines)


def observation(specification: Specification, state: State) -> list[int]:
    """What `Subject.observe` must see."""
    return [
        *(specification.reads(state, register) for register in specification.offsets),
        *(specification.level(state, line) for line, _ in specification.lines),
    ]


class Judge:
    """Replays access sequences on fresh devices and compares them with the specification."""

    def __init__(self, make: Callable[[], Provable], specification: Specification) -> None:
        self.make = make
        self.specification = specification
        self._observation = cache(partial(observation, specification))

    def passes(self, path: Sequence[Access], expected: Outcome) -> bool:
        """Whether the last access of `path` does what it must, all looked at on one device."""
        try:
            subject, value = self._replay(path)
            if value != expected.value or tuple(subject.reported()) != expected.reports:
                return False
            return subject.observe() == self._observation(expected.state) and not subject.heard
        except (Exception, SystemExit):
            return False

    def outcome(self, path: Sequence[Access]) -> tuple[State, Outcome]:
        """The state before the last access of `path`, and what that access must lead to."""
        before, expected = self.specification.power_on, Outcome(self.specification.power_on)
        for access in path:
            before = expected.state
            expected = outcome(self.specification, before, access)
        return before, expected

    def differences(self, path: Sequence[Access]) -> list[Difference]:
        """What the last access of `path` does and must not, the most telling difference first."""
        before, expected = self.outcome(path)
        last = path[-1] if path else Access("reset")
        claim = "I11" if expected.refused else _CLAIM_OF_VERB.get(last.verb, "") if path else ""
        try:
            subject, value = self._replay(path)
        except (Exception, SystemExit) as error:
            return [raised(error)]
        found = []
        if value != expected.value:
            found.append(Difference("I3", f"it gives {_word(value)}, must give {_word(expected.value)}"))
        found += compare(self.specification, before, expected.state, self._observe(path))
        found += misreported(subject.reported(), expected.reports)
        return [difference._replace(claim=claim or difference.claim) for difference in found]

    def _replay(self, path: Sequence[Access]) -> tuple[Subject, int | None]:
        subject, value = Subject(self.make, self.specification), None
        for access in path:
            subject.heard.clear()
            value = subject.do(access)
        return subject, value

    def _observe(self, path: Sequence[Access]) -> list[object]:
        """What `Subject.observe` sees, each thing on a fresh device; an exception stands for itself."""
        seen: list[object] = []
        for offset in self.specification.offsets.values():
            seen.append(_what(partial(self._replay(path)[0].device.read, offset, 4)))
        for line, _ in self.specification.lines:
            seen.append(_what(partial(self._replay(path)[0].device.level, line)))
        return seen


def _what(ask: Callable[[], object]) -> object:
    try:
        return ask()
    except (Exception, SystemExit) as error:
        return error


def compare(specification: Specification, before: State, after: State, seen: Sequence[object]) -> Iterator[Difference]:
    """What is wrong with what is seen after an access that led from one state to another."""
    names = [*specification.offsets, *(line for line, _ in specification.lines)]
    for name, got, want in zip(names, seen, observation(specification, after), strict=True):
        if isinstance(got, Exception):
            yield raised(got, f"asking for {name}")
        elif got == want:
            continue
        elif name in specification.offsets:
            claim = _claim(specification, name, specification.reads(before, name), got, want)
            yield Difference(claim, f"{name} reads {_word(got)}, must read {_word(want)}")
        else:
            yield Difference("I7", f"{name} is {_level(got)}, must be {_level(want)}")


def _claim(specification: Specification, name: str, was: int, got: object, want: int) -> str:
    """The claim that a register breaks that reads wrong."""
    if name.endswith("SCR"):
        return "I4"
    if not name.startswith(("C1", "C2")):
        return "constants"
    wrong = got ^ want if isinstance(got, int) else WORD
    if not name.endswith("SR"):
        return "storage" if wrong & sum(1 << bit for bit in specification.bits(name)) else "I5"
    if wrong >> specification.channels:
        return "I5"
    if wrong & ~(was ^ want):
        return "I1" if wrong & ~want else "I2"
    return "effect"


def raised(error: BaseException, what: str = "it") -> Difference:
    """What is wrong if something raises."""
    return Difference("I11", f"{what} raises {type(error).__name__}: {error}")


def misreported(heard: Sequence[Report], expected: Sequence[Report]) -> Iterator[Difference]:
    """What is wrong with what was reported."""
    if list(heard) != list(expected):
        yield from (Difference("I8", sentence) for sentence in _misreports(heard, expected))


def _misreports(heard: Sequence[Report], expected: Sequence[Report]) -> Iterator[str]:
    got, due = Counter(heard), Counter(expected)
    for report in dict.fromkeys((*expected, *heard)):
        if not got[report]:
            yield f"it does not report that {_happening(report)}"
        elif got[report] != due[report]:
            times = "" if got[report] == 1 else f" {got[report]} times"
            yield f"it reports{times} that {_happening(report)}, must {'once' if due[report] else 'not'}"
    if got == due:
        yield f"it reports that {', then that '.join(map(_happening, heard))}: in another order than it must"


def _happening(report: Report) -> str:
    match report:
        case ("line", line, level):
            return f"{line} goes {_level(level)}"
        case ("flag", subject, before, after):
            return f"{subject} goes from {before} to {after}"
        case ("illegal", *_):
            return "the access is illegal"
    return f"{report!r} happens"


def _level(level: object) -> str:
    return "high" if level else "low"


def _word(value: object) -> str:
    return f"0x{value:08X}" if isinstance(value, int) else repr(value)
