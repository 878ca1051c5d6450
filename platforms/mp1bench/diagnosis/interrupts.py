"""Interrupts that do not come: which one would change what is waited for, and what keeps it from coming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from mp1bench.cortexm.nvic import FIRST_IRQ, NMI, SYSTICK, bits, exception_name
from mp1bench.diagnosis.loop import Poll
from mp1bench.diagnosis.twin import Twin

_ENABLE, _TICKINT = 1 << 0, 1 << 1  # in SYST_CSR
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


def obstacle(twin: Twin, number: int) -> str:
    """What keeps an exception from being taken, to follow its name: "is pending, but ..."."""
    nvic, systick = twin.core.nvic, twin.core.systick
    if number >= FIRST_IRQ and not nvic.enabled >> number & 1:
        return "is disabled in the NVIC"
    if nvic.pending >> number & 1:
        return f"is pending, but {_held_back(twin, number)}"
    if number == SYSTICK:
        if not systick.control & _ENABLE:
            return "is not running (SYST_CSR.ENABLE = 0)"
        if not systick.control & _TICKINT:
            return "runs without interrupting (SYST_CSR.TICKINT = 0)"
        return "has no reload value (SYST_RVR = 0)" if not systick.reload else "does not come"
    return "is not asked for: its line is low"


def _held_back(twin: Twin, number: int) -> str:
    nvic, masks = twin.core.nvic, twin.core.registers.masks()
    own = nvic.group(nvic.priority[number])
    if masks.faultmask:
        return "FAULTMASK = 0x1 holds it back"
    if masks.primask:
        return "PRIMASK = 0x1 holds it back"
    if masks.basepri & nvic.priority_mask and own >= nvic.group(masks.basepri):
        return f"BASEPRI = 0x{masks.basepri:X} holds it back"
    if nvic.active_priority() <= own:
        active = min(bits(nvic.active), key=lambda n: nvic.group(nvic.priority[n]))
        if active < 4:
            return f"cannot pre-empt {exception_name(active)}"
        return f"cannot pre-empt a handler of priority {twin.priority(active)}"
    return "is not taken"
