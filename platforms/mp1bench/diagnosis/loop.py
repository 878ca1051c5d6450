"""The loop that the M4 is in: instructions that bring everything back to where it was, so that nothing but time moves.

A loop that counts, stores something new or makes a device do something is none: it comes to an end, or has an effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mp1bench.diagnosis.twin import State, Step, Twin

#: The longest way into a loop and once around it, in instructions.
_LONGEST = 1_500
_TRIES = 3
#: So many things that come by themselves may come while the M4 stays in the loop, and so long at least: 100 ms.
_EVENTS, _STRIDE_NS = 50, 2_000_000
#: Time for a handler to come to its end, and for what it has woken to begin, in instructions.
AFTERWARDS = 4_000
_SP, _LR = 13, 14


class Poll(NamedTuple):
    """A place that the loop reads, and what it finds there each time."""

    address: int
    width: int
    value: int


@dataclass(frozen=True)
class Loop:
    """One turn. `ticks` are addresses that it reads and that do not matter: words that count while it goes round."""

    steps: tuple[Step, ...]
    ticks: frozenset[int] = frozenset()

    @cached_property
    def places(self) -> frozenset[tuple[int, int]]:
        """Where one turn leads: PC and SP."""
        return frozenset(place(step.state) for step in self.steps)

    @cached_property
    def reads(self) -> frozenset[tuple[int, int]]:
        """What one turn finds where it polls: address and value."""
        polled = {poll.address for poll in self.polls}
        return frozenset(
            (step.load.address, step.value) for step in self.steps if step.load and step.load.address in polled
        )

    @cached_property
    def pc(self) -> int:
        """An address in the function that loops: the others are called by it."""
        calls = [
            step
            for step, after in zip(self.steps, (*self.steps[1:], self.steps[0]), strict=True)
            if _calls(step, after)
        ]
        return max(calls or self.steps, key=lambda step: step.state.registers[_SP]).state.pc

    @cached_property
    def polls(self) -> list[Poll]:
        """What is read in one turn, in order, but ticks; what only leads to another read, as a pointer, is left out."""
        found: dict[int, Poll] = {}
        for step in self.steps:
            if step.load is not None and step.load.address not in self.ticks:
                found.setdefault(step.load.address, Poll(step.load.address, step.load.width, step.value))
        pointers = {p.address for p in found.values() for q in found.values() if p is not q and _points(p, q)}
        stack = {a for a in found if any(0 <= a - step.state.registers[_SP] < 0x100 for step in self.steps)}
        for left_out in (pointers, stack):
            rest = {address: poll for address, poll in found.items() if address not in left_out}
            found = rest or found
        return list(found.values())


def _calls(step: Step, after: Step) -> bool:
    """Is it a BL or BLX? Its function is not always told by SP: a callee has the same until it pushes."""
    behind = after.state.registers[_LR] & ~1
    return behind in (step.state.pc + 2, step.state.pc + 4) and after.state.pc != behind


def _points(pointer: Poll, to: Poll) -> bool:
    return pointer.width == 4 and pointer.value >= 0x100 and 0 <= to.address - pointer.value < 0x400


def find_loop(twin: Twin) -> Loop | None:
    """The loop that the twin is in, or None. It is left somewhere in it."""
    seen: dict[State, int] = {}
    tries = 0
    for number in range(_LONGEST):
        if twin.halted or twin.asleep:
            return None
        state = twin.state()
        if state in seen:
            loop = _once_around(twin, number - seen[state])
            tries += 1
            if loop is not None or tries == _TRIES:
                return loop
            seen.clear()
        seen[state] = number
        twin.step()
    return None


def _once_around(twin: Twin, instructions: int) -> Loop | None:
    start, memory, effects = twin.state(), twin.memory(), twin.effects
    steps = tuple(twin.step() for _ in range(instructions))
    if twin.state() != start or twin.memory() != memory or twin.effects != effects:
        return None
    return Loop(steps)


def stays(twin: Twin, loop: Loop) -> bool:
    """After whatever has just been done to the twin: does it stay in the loop, or come back to it?"""
    return goes_round(twin, loop) or _comes_back(twin, loop)


def goes_round(twin: Twin, loop: Loop) -> bool:
    """One whole turn, by the same way and with the same finds."""
    polled = {poll.address for poll in loop.polls}
    for _ in range(len(loop.steps) + 1):
        if not is_in(twin, loop):
            return False
        step = twin.step()
        if step.load and step.load.address in polled and (step.load.address, step.value) not in loop.reads:
            return False
    return True


def _comes_back(twin: Twin, loop: Loop) -> bool:
    return _returns(twin, loop) and goes_round(twin, loop)


def _returns(twin: Twin, loop: Loop) -> bool:
    twin.run(AFTERWARDS)
    for _ in range(len(loop.steps)):
        if is_in(twin, loop) or twin.halted or twin.asleep:
            break
        twin.step()
    return is_in(twin, loop)


def is_in(twin: Twin, loop: Loop) -> bool:
    """Is it somewhere on the way that the loop takes?"""
    return not twin.halted and not twin.asleep and place(twin.state()) in loop.places


def place(state: State) -> tuple[int, int]:
    """What tells one point of a loop from another: PC and SP."""
    return state.pc, state.registers[_SP]


def outlives(twin: Twin, loop: Loop) -> Loop | None:
    """The loop with its ticks, if the M4 stays in it while all comes that comes by itself: ticks, timers, what devices
    have begun. None if it leaves it, or if it only lets time pass.
    """
    ticks: set[int] = set()
    for _ in range(_EVENTS):
        due = twin.next_due()
        if due is None:
            break
        twin.jump(max(due, twin.engine.now + _STRIDE_NS))
        twin.step()
        moved = [poll for poll in loop.polls if twin.look(poll.address, poll.width) not in (None, poll.value)]
        if any(twin.peek(poll.address, poll.width) is None for poll in moved):
            return None  # a device has done what it had begun
        ticks.update(poll.address for poll in moved)
        if not is_in(twin, loop) and not _returns(twin, loop):
            return None
    lasting = Loop(loop.steps, frozenset(ticks))
    only_time = ticks and all(poll.address in ticks for poll in lasting.polls)
    return None if only_time or not stays(twin, lasting) else lasting
