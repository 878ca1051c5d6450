"""Interrupts that do not come: which one would change what is waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from mp1bench.cortexm.nvic import FIRST_IRQ, NMI, SYSTICK
from mp1bench.diagnosis.loop import Poll
from mp1bench.diagnosis.twin import Twin

_ENABLE = 1 << 0  # in SYST_CSR
#: A vector that so many exceptions share is nobody's own handler.
_SHARED = 3
_MOST = 40


class Writer(NamedTuple):
    """An exception whose handler changes what a loop polls; `verb` says how."""

    number: int
    poll: Poll
    verb: str


def find_writer(twin: Twin, polls: Sequence[Poll]) -> Writer | None:
    """Try the handlers, most likely ones first: whose handler changes one of the words that are polled?"""
    in_ram = [poll for poll in polls if twin.peek(poll.address, poll.width) is not None]
    for number in _candidates(twin) if in_ram else []:
        twin.rewind()
        if not twin.force(number):
            continue
        for poll in in_ram:
            once = twin.peek(poll.address, poll.width)
            if once is not None and once != poll.value:
                return Writer(number, poll, "increment" if _counts(twin, number, poll, once) else "change")
    return None


def _counts(twin: Twin, number: int, poll: Poll, once: int) -> bool:
    """Does the handler count? It is taken once more, when whatever asks for it may have done so again."""
    due = twin.next_due()
    if due is not None:
        twin.jump(due)
    twin.force(number)
    return once == poll.value + 1 and twin.peek(poll.address, poll.width) == once + 1


def _candidates(twin: Twin) -> list[int]:
    """Pending ones first, then SysTick if it counts, then what is enabled, then what has a handler of its own."""
    nvic = twin.core.nvic
    own = [number for number in (SYSTICK, *range(FIRST_IRQ, FIRST_IRQ + nvic.irqs)) if has_handler(twin, number)]

    def rank(number: int) -> int:
        if nvic.pending >> number & 1:
            return 0
        if number == SYSTICK:
            return 1 if twin.core.systick.control & _ENABLE else 3
        return 2 if nvic.enabled >> number & 1 else 3

    return sorted(own, key=rank)[:_MOST]


def handlers(twin: Twin) -> Counter[int]:
    """How many exceptions each address serves."""
    return Counter(twin.vector(number) for number in range(NMI, FIRST_IRQ + twin.core.nvic.irqs))


def has_handler(twin: Twin, number: int) -> bool:
    """Does the exception have a handler that few others have?"""
    address = twin.vector(number)
    return address != 0 and handlers(twin)[address] < _SHARED
