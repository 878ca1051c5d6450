"""Why nothing moves any more: who waits for what, in one sentence, from the state of both sides of the IPCC.

It only looks; a machine that it has looked at goes on as if it had not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mp1bench.cortexm.nvic import exception_name
from mp1bench.trace import M4, Access
from stm32mp1.ipcc import C1CR, C1MR, C2CR, C2MR, C2TOC1SR, RXOIE, Ipcc

if TYPE_CHECKING:
    from mp1bench.board import Board, Flag

#: A flag that is up for less than this may simply be on its way.
_STUCK_NS = 1_000_000
#: So many reads of one status register in a row are a loop that waits.
_SPINNING = 3


class CoreState(Protocol):
    """What an engine with a Cortex-M4 tells of it. Interrupts count from 0, as the NVIC does."""

    pc: int
    asleep: bool
    primask: int
    basepri: int
    active_exception: int

    def irq_enabled(self, number: int) -> bool: ...
    def irq_pending(self, number: int) -> bool: ...


def diagnose(board: Board) -> str | None:
    """The sentence, or None if the firmware is at rest with no flag stuck and Linux waiting for nothing."""
    if board.stop is not None and board.stop.reason in ("lockup", "fault"):
        return f"the M4 ended in a {board.stop.reason}: {board.stop.detail.rstrip('.')}."
    core = _core_state(board)
    spun_on = None if core is None or core.asleep else _spun_on(board)
    waits = [] if spun_on is None else [f"it waits for channel {spun_on} to be freed (C2TOC1SR.CH{spun_on}F = 1)"]
    waits += [_stuck(board, core, flag) for flag in board.occupied_flags() if _is_stuck(board, flag, spun_on)]
    linux = board.linux.waiting() if board.linux is not None else None
    if linux is not None:
        waits.append(f"Linux waits for {linux}")
    if not waits:
        return None
    return "; ".join([_doing(board, core, spun_on is not None), *waits]) + "."


def _core_state(board: Board) -> CoreState | None:
    state = getattr(board.engine, "core_state", None)
    return state() if state is not None and board.engine.running else None


def _doing(board: Board, core: CoreState | None, spins: bool) -> str:
    if core is None:
        return "the M4 runs" if board.engine.running else "the M4 is held in reset"
    symbol = board.image.symbolize(core.pc) if board.image is not None else ""
    where = f"at `{symbol}`" if symbol else f"at 0x{core.pc:08X}"
    inside = f" inside {exception_name(core.active_exception)}" if core.active_exception else ""
    if core.asleep:
        return f"the M4 sleeps in WFI {where}{inside}"
    return f"the M4 {'spins' if spins else 'runs'} {where}{inside}"


def _spun_on(board: Board) -> int | None:
    """The channel (from 1) whose flag the M4 reads over and over, by the last accesses on the trace."""
    if board.trace is None:
        return None
    reads: list[Access] = []
    for event in reversed(board.trace.events):
        if isinstance(event, Access) and event.cpu == M4:
            if event.op != "R" or event.offset != C2TOC1SR or isinstance(event, Ipcc):
                return None
            reads.append(event)
            if len(reads) == _SPINNING:
                break
    if len(reads) < _SPINNING:
        return None
    always_set = reads[0].value & reads[1].value & reads[2].value
    return always_set.bit_length() or None
