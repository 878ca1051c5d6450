"""The shortest access sequence from power-on that shows what is wrong with a device, found breadth first.

It starts from what a walk has seen, which says how long a sequence may be at most and which channels matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from ipcclab.proof.claims import Difference
from ipcclab.proof.judge import Judge, Outcome, outcome
from ipcclab.proof.specification import HALF, WORD, Specification
from ipcclab.proof.subject import Access, Provable
from ipcclab.proof.walk import Violation

_SEQUENCES = 40_000  # after so many the search for a shorter one gives up


class Counterexample(NamedTuple):
    """A sequence of accesses from power-on, and what is wrong after the last of them."""

    path: tuple[Access, ...]
    differences: tuple[Difference, ...]
    shortest: bool = True  # no shorter one shows it; else there were too many to try


def shortest(make: Callable[[], Provable], specification: Specification, violation: Violation) -> Counterexample | None:
    """The shortest sequence that shows something wrong: the walk's own, reduced, unless the search finds a shorter one.

    None if neither the walk's own nor any other that was tried shows it.
    """
    judge = Judge(make, specification)
    known = _reduced(judge, violation.path)
    path = known.path if known else violation.path
    channels = _channels(specification, path) if known else set(violation.places)
    alphabet = _alphabet(specification, channels or {1}, path[-1] if path else None)
    for tried, (path, expected) in enumerate(_sequences(specification, alphabet)):
        if known and len(path) >= len(known.path):
            return known
        if tried == _SEQUENCES:
            return known and known._replace(shortest=False)
        if not judge.passes(path, expected):
            found = _explained(judge, path)
            if found:
                return found
    return known


def _explained(judge: Judge, path: tuple[Access, ...]) -> Counterexample | None:
    """What is wrong after `path`, or after one more read if it takes that to show."""
    reads = [Access("read", offset) for offset in judge.specification.offsets.values()]
    for longer in (path, *((*path, read) for read in reads)):
        differences = judge.differences(longer)
        if differences:
            return Counterexample(longer, tuple(differences))
    return None


def _sequences(
    specification: Specification, alphabet: Sequence[Access]
) -> Iterator[tuple[tuple[Access, ...], Outcome]]:
    """Sequences of accesses, shorter ones first, each with what its last access must lead to.

    All of them as long as they are few: a broken device may remember what it must not. Then one for each state.
    """
    power_on: tuple[Access, ...] = ()
    frontier = [(power_on, Outcome(specification.power_on))]
    yield frontier[0]
    known = {specification.power_on}
    while frontier:
        grown = []
        for path, (state, *_) in frontier:
            for access in alphabet:
                expected = outcome(specification, state, access)
                yield (*path, access), expected
                if expected.state not in known or len(alphabet) ** (len(path) + 1) < _SEQUENCES:
                    known.add(expected.state)
                    grown.append(((*path, access), expected))
        frontier = grown


def _channels(specification: Specification, path: Sequence[Access]) -> set[int]:
    """The channels that a sequence does something to."""
    found = set()
    for register, offset in specification.offsets.items():
        if register[2:] in ("MR", "SCR", "SECCFGR"):
            idle = specification.reads(specification.power_on, register)
            for access in path:
                if access.verb == "write" and access.offset == offset:
                    found |= {
                        bit % HALF + 1 for bit in specification.bits(register) if (access.value ^ idle) >> bit & 1
                    }
    return found


def _alphabet(specification: Specification, channels: set[int], last: Access | None) -> list[Access]:
    """The accesses to try, the simplest first: to these channels, to reserved bits, and the one that failed."""
    accesses: dict[Access, int] = {}  # each with the number of bits in which it differs from one that does nothing
    for register, offset in specification.offsets.items():
        bits = specification.bits(register)
        if not bits:
            continue
        idle = specification.reads(specification.power_on, register)
        some = [bit for bit in bits if register[2:] == "CR" or bit % HALF + 1 in channels]
        for size in range(3):
            for chosen in combinations(some, size):
                accesses[Access("write", offset, idle ^ sum(1 << bit for bit in chosen))] = size
        accesses[Access("write", offset, idle ^ WORD ^ sum(1 << bit for bit in bits))] = HALF
    if last and (last.verb != "write" or outcome(specification, specification.power_on, last).refused):
        accesses[last] = 1
    return sorted(accesses, key=lambda access: accesses[access])


def _reduced(judge: Judge, path: tuple[Access, ...]) -> Counterexample | None:
    """The sequence of a walk without the accesses, and without the bits, that are not needed to show what is wrong."""
    if judge.passes(path, judge.outcome(path)[1]):
        return None
    smaller: tuple[Access, ...] | None = path
    while smaller is not None:
        path = smaller
        candidates = _smaller(judge.specification, path)
        smaller = next((some for some in candidates if not judge.passes(some, judge.outcome(some)[1])), None)
    return _explained(judge, path)


def _smaller(specification: Specification, path: tuple[Access, ...]) -> Iterator[tuple[Access, ...]]:
    """The sequence without one of its accesses, or with one bit of a word left as after power-on."""
    for at in range(len(path) - 1):
        yield (*path[:at], *path[at + 1 :])
    names = {offset: name for name, offset in specification.offsets.items()}
    for at, access in enumerate(path):
        if access.verb == "write" and access.width == 4 and access.offset in names:
            idle = specification.reads(specification.power_on, names[access.offset])
            for bit in reversed(range(2 * HALF)):
                if (access.value ^ idle) >> bit & 1:
                    yield (*path[:at], access._replace(value=access.value ^ 1 << bit), *path[at + 1 :])
