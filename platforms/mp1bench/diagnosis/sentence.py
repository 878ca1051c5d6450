"""The sentence: what the M4 does and where, what it waits for in vain, and who else waits for what.

It puts together what the other files of this folder find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from mp1bench.chip.ipcc_supply import CLOCK_OFF, IN_RESET
from mp1bench.cortexm.faults import describe_fault
from mp1bench.cortexm.nvic import BUSFAULT, HARDFAULT, MEMMANAGE, USAGEFAULT, exception_name
from mp1bench.diagnosis import stacks
from mp1bench.diagnosis.channels import STUCK_NS, stuck_channels
from mp1bench.diagnosis.names import place
from mp1bench.engine import CoreState, Stop
from mp1bench.errors import ModelError
from mp1bench.trace import M4, Access, Event

if TYPE_CHECKING:
    from mp1bench.board import Board

_FAULTS = (HARDFAULT, MEMMANAGE, BUSFAULT, USAGEFAULT)


class _Verdict(NamedTuple):
    """What was found by letting a twin go on: a main clause about the M4 or None, and further clauses."""

    main: str | None = None
    clauses: tuple[str, ...] = ()


def diagnose(board: Board) -> str | None:
    """The sentence, or None if the M4 moves or rests, no flag is stuck and Linux waits for nothing."""
    core = board.engine.core_state()
    faulted = core is not None and (core.locked_up or core.active_exception in _FAULTS)
    verdict = _Verdict()
    if core is not None and board.engine.running and not faulted:
        verdict = _going_on(board)
    waits = stuck_channels(board) if board.engine.running else []
    waits += [*verdict.clauses, *_stranded(board), *_unanswered(board)]
    waiting = board.linux.waiting() if board.linux is not None else None
    if waiting is not None:
        waits.append(waiting.rstrip("."))
    if not waits and not faulted and verdict.main is None:
        return None
    if verdict.main is None or (core is not None and core.asleep and waits):
        return "; ".join([_m4(board, core), *waits]) + "."  # a sleeper who misses something needs no second reason
    return "; ".join([verdict.main, *waits]) + "."


def crash(board: Board) -> Stop | None:
    """`lockup`, or `fault` if the M4 stays in the handler of a fault, and where; None if it has not crashed."""
    core = board.engine.core_state()
    if core is None:
        return None
    if core.locked_up:
        return Stop("lockup", _m4(board, core))
    return Stop("fault", _m4(board, core)) if board.engine.running and core.active_exception in _FAULTS else None


def whereabouts(board: Board) -> str:
    """What the M4 does and where, stuck or not, in one sentence."""
    return f"{_m4(board, board.engine.core_state())}."


def _going_on(board: Board) -> _Verdict:
    """Let the M4 go on, on a twin of the board, and judge what it does there."""
    # The twin needs the embedded engine, whose library a board with another engine can do without.
    from mp1bench.diagnosis import busy_wait, sleep, storm
    from mp1bench.diagnosis.loop import find_loop
    from mp1bench.diagnosis.twin import Twin

    try:
        twin = Twin(board)
        again = storm.find_storm(board, twin)
        if again is not None:
            return _Verdict(None, (again,))
        loop = None if twin.asleep else find_loop(twin)
        if loop is not None:
            return _Verdict(busy_wait.judge(board, twin, loop, _acknowledge_may_come(board)))
        return _Verdict(sleep.judge(board, twin) if twin.asleep else None)
    except ModelError:
        return _Verdict()  # asked from inside a register access, or a device's model fails: the run itself says so


def _acknowledge_may_come(board: Board) -> bool:
    """Has the M4 occupied a channel so recently that Linux may be about to answer?"""
    mine = [flag for flag in board.occupied_flags() if flag.direction == "m4_to_a7"]
    return any(board.engine.now - board.raised_at(flag) < STUCK_NS for flag in mine)


def _m4(board: Board, core: CoreState | None) -> str:
    """What the M4 does, and where."""
    if core is not None and core.locked_up:
        return f"the M4 is locked up: {_fault(board, core)}"
    if core is None or not board.engine.running:
        return "the M4 runs" if board.engine.running else "the M4 is held in reset"
    where = f"at {place(board, core.pc - 2 if core.asleep else core.pc)}"  # the PC is past the WFI
    if core.active_exception in _FAULTS:
        return f"the M4 stays in its fault handler {where}: {_fault(board, core)}"
    if core.active_exception:
        where += f" inside {exception_name(core.active_exception)}"
    return f"the M4 sleeps in WFI {where}" if core.asleep else f"the M4 runs {where}"


def _fault(board: Board, core: CoreState) -> str:
    if core.fault is None:
        return describe_fault(None)
    symbol = board.image.symbolize(core.fault.pc) if board.image is not None else ""
    from mp1bench.diagnosis.twin import look_inside

    engine = look_inside(board)
    told = "" if engine is None else stacks.remarks(board, engine, core.fault)
    return describe_fault(core.fault) + (f", in `{symbol}`" if symbol else "") + told


def _stranded(board: Board) -> list[str]:
    """A clause if the M4 has reset itself under Linux, which lets it start only once (m4-platform.md §4.2)."""
    if board.linux is None or board.linux.rproc_state != "running":
        return []
    if board.chip.core_reset is None or not board.chip.core_reset.stranded:
        return []
    return ["it has reset itself, and BOOT_MCU = 0 keeps it there until Linux starts it again"]


def _unanswered(board: Board) -> list[str]:
    """A clause for each reason for which the IPCC has answered nobody: how many accesses, and whose came first."""
    if board.trace is None:
        return []
    refused = [(index, effect.subject) for index, effect in board.trace.effects() if effect.kind == "illegal"]
    clauses = []
    for reason, words in ((IN_RESET, "while the IPCC was held in reset"), (CLOCK_OFF, "with the IPCC's clock off")):
        lost = [index for index, subject in refused if subject.endswith(reason)]
        if lost:
            events = board.trace.events
            count = f"{len(lost)} access{'es' if len(lost) > 1 else ''} came {words}"
            clauses.append(f"{count}, the first{_caller(board, events[: lost[0]])} at {events[lost[0]].t:,} ns")
    return clauses


def _caller(board: Board, events: Sequence[Event]) -> str:
    """Whose access came last."""
    access = events[-1] if events else None
    if not isinstance(access, Access):
        return ""  # a test's, on the device itself
    if access.cpu == M4:
        return f" by the M4 at {place(board, access.pc or 0)}"
    return f" by the A7's {access.function}" if access.function else " by the A7"
