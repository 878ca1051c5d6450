"""The exhaustive walk: some channels of a device, in each of their states, through each write that concerns them.

After each write everything that can be seen is compared; then a write back leads to the next. What the invariants say
beyond single writes is `invariants.py`'s to check.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from ipcclab.proof.claims import Difference, Tally
from ipcclab.proof.judge import compare, misreported, observation, raised, reports
from ipcclab.proof.slice import Slice, way
from ipcclab.proof.specification import HALF, Specification, State
from ipcclab.proof.subject import Access, Provable, Report, Subject


class Part(NamedTuple):
    """A share of a walk over the channels at `places`: the states number `first`, `first + step`, and so on."""

    places: tuple[int, ...]
    background: int = 0  # 0 or 1: the other channels
    coarse: bool = False  # only states in which the enables of each processor are all set or all clear
    first: int = 0
    step: int = 1


class Violation(NamedTuple):
    """Where a proof stopped."""

    places: tuple[int, ...]  # the channels that were walked, if some were
    path: tuple[Access, ...]  # leads from power-on to the state in question, and ends with the access
    differences: tuple[Difference, ...]


class Walked(NamedTuple):
    """What came of a part."""

    states: int
    transitions: int
    tally: Tally
    violation: Violation | None = None


@cache
def all_states(narrow: Specification) -> list[State]:
    """The states of a walk, numbered."""
    return list(narrow.states())


@cache
def numbers(narrow: Specification, part: Part) -> list[int]:
    """The states of a part, by number."""
    some = {frozenset(), frozenset(("RX", "TX", "RXS", "TXS") if narrow.secured else ("RX", "TX"))}
    states = enumerate(all_states(narrow))
    chosen = [number for number, state in states if not part.coarse or some.issuperset(side.enabled for side in state)]
    return chosen[part.first :: part.step]


@cache
def _answers(narrow: Specification, part: Part) -> array[int]:
    """The number of the state that each write leads to in each state of a part, in a row; places do not matter."""
    number_of = {state: number for number, state in enumerate(all_states(narrow))}
    writes = list(narrow.writes())
    found = array("L")
    for number in numbers(narrow, part):
        state = all_states(narrow)[number]
        found.extend(number_of[narrow.after(state, *write)] for write in writes)
    return found


class _Expected(NamedTuple):
    state: State
    seen: list[int]  # as `Subject.observe` sees it
    shown: int  # flags and levels, as one number: what reports depend on


class _Expectations(dict[int, _Expected]):
    """What is to be seen in each state of the narrow IPCC, by number; worked out when first asked for."""

    def __init__(self, slice_: Slice) -> None:
        self._slice = slice_
        self._moves: dict[tuple[int, int], list[Report]] = {}

    def __missing__(self, number: int) -> _Expected:
        wide = self._slice.wide
        state = self._slice.embed(all_states(self._slice.narrow)[number])
        seen = observation(wide, state)
        shown = wide.reads(state, "C1TOC2SR") | wide.reads(state, "C2TOC1SR") << HALF
        for line, _ in wide.lines:
            shown = shown << 1 | wide.level(state, line)
        self[number] = _Expected(state, seen, shown)
        return self[number]

    def moves(self, before: _Expected, after: _Expected) -> list[Report]:
        """What is to be reported on the way."""
        way = before.shown, after.shown
        if way not in self._moves:
            self._moves[way] = list(reports(self._slice.wide, before.state, after.state))
        return self._moves[way]


class StoppedError(Exception):
    """A walk has come to something that is wrong."""

    def __init__(self, *differences: Difference) -> None:
        self.differences = differences


def walk(make: Callable[[], Provable], wide: Specification, part: Part) -> Walked:
    """Walk a part. It stops at the first violation."""
    slice_ = Slice(wide, part.places, part.background)
    narrow, shared = slice_.narrow, part._replace(places=(), background=0)
    writes = [slice_.write(*write) for write in narrow.writes()]
    undos = [undoing(wide, register) for register, _ in narrow.writes()]
    answers, expected = _answers(narrow, shared), _Expectations(slice_)
    states = transitions = 0
    start, doing = wide.power_on, list[Access]()  # what is being done, and in which state it began
    try:
        subject = Subject(make, wide)
        write, observe, reported, heard = subject.device.write, subject.observe, subject.reported, subject.heard
        for number in numbers(narrow, shared):
            before = expected[number]
            doing = way(wide, start, before.state)
            for access in doing:
                subject.do(access)
            if observe() != before.seen:
                raise StoppedError(*compare(wide, before.state, before.state, observe()))
            start = before.state
            for access, undo in zip(writes, undos, strict=True):
                after = expected[answers[transitions]]
                due = expected.moves(before, after)
                doing = [access]
                heard.clear()
                write(access.offset, access.value, 4)
                if observe() != after.seen or (heard != due and reported() != due):
                    raise StoppedError(*compare(wide, start, after.state, observe()), *misreported(reported(), due))
                if after is not before:
                    back = undo(before.seen, after.seen)
                    due = expected.moves(after, before)
                    doing = [access, back]
                    heard.clear()
                    write(back.offset, back.value, 4)
                    if heard != due and reported() != due:
                        raise StoppedError(*misreported(reported(), due))
                transitions += 1
            states += 1
    except (Exception, SystemExit) as error:
        differences = error.differences if isinstance(error, StoppedError) else (raised(error),)
        path = (*way(wide, wide.power_on, start), *doing)
        return Walked(states, transitions, Counter(), Violation(part.places, path, differences))
    return Walked(states, transitions, _tally(wide, narrow, states))


def undoing(wide: Specification, register: str) -> Callable[[list[int], list[int]], Access]:
    """How to write back what a write to `register` has changed, from what is seen before and after it."""
    at = {name: index for index, name in enumerate(wide.offsets)}
    if not register.endswith("SCR"):
        offset, index = wide.offsets[register], at[register]
        return lambda before, after: Access("write", offset, before[index])
    peer = wide.offsets["C2SCR" if register == "C1SCR" else "C1SCR"]
    sent, received = at["C1TOC2SR"], at["C2TOC1SR"]
    if register == "C2SCR":
        sent, received = received, sent

    def undo(before: list[int], after: list[int]) -> Access:
        lost, gained = before[received] & ~after[received], after[sent] & ~before[sent]
        return Access("write", peer, lost << HALF | gained)

    return undo


def _tally(wide: Specification, narrow: Specification, states: int) -> Tally:
    """How often each claim was checked in a walk through so many states."""
    writes = list(narrow.writes())
    transitions, lower = states * len(writes), (1 << HALF) - 1
    both = sum(register.endswith("SCR") and value & value >> HALF & lower != 0 for register, value in writes)
    tally = Counter(
        dict.fromkeys(("I1", "I2", "I5", "I8", "I11", "storage", "constants", "effect", "independence"), transitions)
    )
    tally["I4"] = 2 * transitions
    tally["I6"] = both * states
    tally["I7"] = len(wide.lines) * transitions
    return tally
