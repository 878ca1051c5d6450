"""Is the M4 in a loop that nothing ends, and what would end it? Found by trying, on a twin of the board.

A loop that something from outside would end is a firmware that waits for work: nothing is said of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import FIRST_IRQ, NMI
from mp1bench.diagnosis import names, outside
from mp1bench.diagnosis.interrupts import find_writer, handlers
from mp1bench.diagnosis.loop import Loop, Poll, outlives, stays
from mp1bench.diagnosis.obstacle import obstacle
from mp1bench.diagnosis.ticking import find_wait
from mp1bench.diagnosis.twin import Twin

if TYPE_CHECKING:
    from mp1bench.board import Board

#: Functions whose names say that the firmware has given up, and those in which a program ends that has done its work.
_GIVEN_UP = re.compile(r"error|fault|fail|panic|assert|abort|fatal|crash|halt|hang|die|infinite_?loop", re.IGNORECASE)
_DONE = re.compile(r"`(_?main|_*exit|_start|Reset_Handler|LoopForever|.*idle.*)`", re.IGNORECASE)
_EXIT = re.compile(r"`_*exit`")
_VALUES = 3


def judge(board: Board, twin: Twin, loop: Loop, patient: bool) -> str | None:
    """What the M4 waits for in vain in the loop that it is in, as a main clause; None if something may end it.

    `patient`: a channel that the M4 occupies may be acknowledged yet.
    """
    lasting = outlives(twin, loop)
    if lasting is None:
        return None
    twin.keep()
    for comes in outside.COMES:
        twin.rewind()
        comes(twin)
        if not stays(twin, lasting):
            return None
    if not lasting.ticks:
        return _sentence(board, twin, lasting, patient)
    wait = find_wait(twin, lasting)
    said = _sentence(board, twin, wait[0], patient) if wait is not None else None
    return f"{said}, and {wait[1]}" if said is not None and wait is not None else None


def _sentence(board: Board, twin: Twin, loop: Loop, patient: bool) -> str | None:
    where = names.function(board, loop.pc) + _inside(board, twin)
    polls = loop.polls
    if not polls:
        return _endless(board, twin, loop, where)
    for helps, who in ((outside.linux_acknowledges, "acknowledge"), (outside.linux_is_ready, "table")):
        twin.rewind()
        helps(twin)
        if not stays(twin, loop):
            return _waits_for_linux(board, twin, where, polls, who, patient)
    twin.rewind()
    # Where much may come, a word among others that one handler would change is no proof.
    writer = find_writer(twin, polls) if len(polls) == 1 or not _interruptible(twin) else None
    twin.rewind()
    if writer is not None:
        by = names.exception(board, writer.number, twin.priority(writer.number))
        why = obstacle(twin.core, writer.number)
        return (
            f"the M4 waits in {where} for {_polled(board, writer.poll)}: {by} would {writer.verb} it,"
            f" {'and' if why.startswith('is pending') else 'but'} {why}"
        )
    devices = [poll for poll in polls if names.register(board, poll.address)]
    if devices:
        return f"the M4 waits in {where} for {_all(board, devices)}"
    own = [poll for poll in polls if _belongs(twin, poll.address)]
    if _interruptible(twin) or not own:
        return None  # what lies outside the image is shared with Linux
    return f"the M4 waits in {where} for {_all(board, own)}, and no interrupt can come that would change it"


def _inside(board: Board, twin: Twin) -> str:
    number = twin.core.exceptions.ipsr
    return f" inside {names.exception(board, number, twin.priority(number))}" if number else ""


def _polled(board: Board, poll: Poll) -> str:
    register = names.register(board, poll.address)
    if register is not None:
        return f"{register}, which stays 0x{poll.value:0{2 * poll.width}X}"
    return f"{names.datum(board, poll.address)}, which stays {poll.value}"


def _all(board: Board, polls: list[Poll]) -> str:
    return " and ".join(_polled(board, poll) for poll in polls[:_VALUES])


def _waits_for_linux(board: Board, twin: Twin, where: str, polls: list[Poll], what: str, patient: bool) -> str | None:
    if what == "table":
        if board.linux is not None:
            return None
        return f"the M4 waits in {where} for the virtio driver to set DRIVER_OK in the resource table"
    if patient:
        return None
    return f"the M4 waits in {where} for {_all(board, polls)}"


def _belongs(twin: Twin, address: int) -> bool:
    """Is it in the image's own memory?"""
    segments = twin.image.segments if twin.image is not None else ()
    return any(
        start <= address < start + segment.size for segment in segments for start in (segment.physical, segment.virtual)
    )


def _interruptible(twin: Twin) -> bool:
    """Thread mode with something enabled that would be taken if it came."""
    enabled = [n for n in range(FIRST_IRQ, FIRST_IRQ + twin.core.nvic.irqs) if twin.core.nvic.enabled >> n & 1]
    return twin.core.exceptions.ipsr == 0 and (twin.in_task or any(twin.preempts(n) for n in enabled))


def _endless(board: Board, twin: Twin, loop: Loop, where: str) -> str | None:
    number = twin.core.exceptions.ipsr
    shared = handlers(twin)[twin.vector(number)] if number else 0
    if number >= NMI and shared > 2 and names.function(board, twin.vector(number)) == names.function(board, loop.pc):
        what = names.exception(board, number, twin.priority(number))
        return (
            f"the M4 stays in {names.function(board, loop.pc)}, the handler that {shared} vectors share:"
            f" {what} was not expected"
        )
    name = names.function(board, loop.pc)
    if _GIVEN_UP.search(name):
        return f"the M4 has given up: it stays in {where}"
    masks, held = twin.core.registers.masks(), twin.core.nvic.next_pending()
    if any(masks) and held is not None and not number and not _EXIT.fullmatch(name):
        came = names.exception(board, held, twin.priority(held))
        return f"the M4 is in an endless loop in {where}: {came} {obstacle(twin.core, held)}"
    if number or (any(masks) and not _DONE.fullmatch(name)):
        return f"the M4 is in an endless loop in {where}"
    if _interruptible(twin) or _DONE.fullmatch(name):
        return None
    return f"the M4 is in an endless loop in {where}, and no interrupt is enabled that would end it"
