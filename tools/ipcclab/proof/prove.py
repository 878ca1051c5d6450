"""The whole proof: what is walked for how many channels, in parallel, its result in order and the same every time.

It prints nothing; `ipcclab.cli.prove` does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from ipcclab.proof.equation import check_equation
from ipcclab.proof.invariants import check_invariants
from ipcclab.proof.specification import Specification
from ipcclab.proof.subject import Provable
from ipcclab.proof.walk import Part, Walked, walk


class Candidate(NamedTuple):
    """The device to prove, what it must be, and further names of its lines, each with its line."""

    make: Callable[[], Provable]
    specification: Specification
    aliases: Mapping[str, str]


_candidate: Candidate  # of a process of the pool


class Task(NamedTuple):
    """One share of a section, for one process."""

    section: str
    part: Part = Part(())
    seed: int = 0


ONE, INVARIANTS, EQUATION, TWO, PAIRS = "1 channel", "invariants", "line equation", "2 channels", "pairs"
# Strides are odd, since states that differ in one bit stand a power of two apart.
SAMPLED = """\
A secured block has too many states for all of them: here the enables of a processor are all set or all clear; of
these states the first and the last channel are walked through each, other channels through every ninth, and the
invariants are checked in every 17th."""
_BATCH = 10_000  # random words of the line equation in one task
_SHARES = 2  # tasks for one pair of channels


def one_channel(specification: Specification) -> Iterator[Task]:
    """Each channel alone: its walk, with the others in both backgrounds, then the invariants in its states.

    A secured block is sampled.
    """
    last = specification.channels
    for place in range(1, last + 1):
        whole = not specification.secured or place in (1, last)
        for background in (0, 1):
            yield Task(ONE, Part((place,), background, specification.secured, step=1 if whole else 9))
    for place in range(1, last + 1):
        yield Task(
            INVARIANTS, Part((place,), place % 2, specification.secured, step=17 if specification.secured else 1)
        )


def line_equation(words: int) -> Iterator[Task]:
    """All channels at once, so many random words."""
    return (Task(EQUATION, seed=seed) for seed in range(words // _BATCH))


def two_channels(specification: Specification) -> Iterator[Task]:
    """The first and the last channel together."""
    return _pairs(TWO, [(1, specification.channels)])


def all_pairs(specification: Specification) -> Iterator[Task]:
    """Every two channels together."""
    return _pairs(PAIRS, combinations(range(1, specification.channels + 1), 2))


def _pairs(section: str, pairs: Iterable[tuple[int, int]]) -> Iterator[Task]:
    return (Task(section, Part(pair, first=first, step=_SHARES)) for pair in pairs for first in range(_SHARES))


def run(candidate: Candidate, tasks: Sequence[Task]) -> Iterator[Walked]:
    """What comes of the tasks, in their order. They are done in parallel where processes can be forked."""
    processors = os.cpu_count() or 1
    if processors == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from (perform(candidate, task) for task in tasks)
        return
    # A device's class may come from a file that cannot be imported by name: the processes inherit it.
    with multiprocessing.get_context("fork").Pool(processors, _inherit, (candidate,)) as pool:
        yield from pool.imap(_perform, tasks)


def perform(candidate: Candidate, task: Task) -> Walked:
    """Do one task."""
    make, specification, aliases = candidate
    if task.section == EQUATION:
        return check_equation(make, specification, task.seed, _BATCH)
    if task.section == INVARIANTS:
        return check_invariants(make, specification, task.part, aliases)
    return walk(make, specification, task.part)


def _inherit(candidate: Candidate) -> None:
    global _candidate
    _candidate = candidate
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # one process reports an interruption: the first


def _perform(task: Task) -> Walked:
    return perform(_candidate, task)
