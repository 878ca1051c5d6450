"""A loop that goes round while a tick counts: is it a wait, for what, and would a time-out end it? Tried on a twin.

A main loop that looks at flags and at the time is none: whatever it finds, it comes round again.
"""

from __future__ import annotations

from mp1bench.diagnosis.loop import Loop, Poll, find_loop, goes_round, outlives
from mp1bench.diagnosis.twin import Twin

_SP = 13
#: The longest way from the end of a wait to the end of its function, in instructions.
_LONGEST = 1_500
_MOST = 4


def find_wait(twin: Twin, loop: Loop) -> tuple[Loop, str] | None:
    """The loop with nothing but what it waits for, and a clause about its time-out; None if it is no wait.

    `loop` is one with ticks. The twin's `rewind` leads into it.
    """
    ends = {poll.address for poll in loop.polls[:_MOST] if _ends_if_other(twin, loop, poll)}
    if not ends:
        return None
    aside = frozenset(poll.address for poll in Loop(loop.steps).polls if poll.address not in ends)
    twin.rewind()
    _let_ticks_jump(twin, loop)
    if goes_round(twin, loop) and goes_round(twin, loop):  # the first turn may have read the tick before
        return Loop(loop.steps, aside), "no time-out ends it"
    return (Loop(loop.steps, aside), "only a time-out would end it") if _is_left(twin, loop) else None


def _let_ticks_jump(twin: Twin, loop: Loop) -> None:
    """By more than any time-out."""
    for poll in Loop(loop.steps).polls:
        if poll.address in loop.ticks:
            bits = 8 * poll.width
            late = (twin.peek(poll.address, poll.width) or 0) + (3 << (bits - 3))
            twin.engine.write(poll.address, late & ((1 << bits) - 1), poll.width)


def _ends_if_other(twin: Twin, loop: Loop, poll: Poll) -> bool:
    """Would it leave the loop, did it always find the opposite there?"""
    twin.rewind()
    return _is_left(twin, loop, poll.address)


def _is_left(twin: Twin, loop: Loop, opposite: int | None = None) -> bool:
    """Its function returns, or ends elsewhere; `opposite` is an address where the M4 finds all bits the other way."""
    outermost = max(step.state.registers[_SP] for step in loop.steps)
    for _ in range(_LONGEST):
        if twin.halted or twin.asleep or twin.state().registers[_SP] > outermost:
            return True
        step = twin.step()
        if step.load is not None and step.load.address == opposite:
            twin.core.registers.set_one(step.load.target, step.value ^ ((1 << 8 * step.load.width) - 1))
    other = find_loop(twin)
    return other is not None and not other.places & loop.places and outlives(twin, other) is not None
