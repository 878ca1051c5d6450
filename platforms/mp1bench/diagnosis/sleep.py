"""Does the M4 sleep for ever, or until something comes? Found by letting all come, on a twin of the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import FIRST_IRQ, SYSTICK
from mp1bench.diagnosis import names, outside
from mp1bench.diagnosis.obstacle import obstacle
from mp1bench.diagnosis.twin import Twin
from stm32mp1.ipcc_table import HALF, RXOIE

if TYPE_CHECKING:
    from mp1bench.board import Board

#: So many things that come by themselves do not wake it: then none does.
_EVENTS = 50
_SHOWN = 3
_EVER = 1 << 60


def judge(board: Board, twin: Twin) -> str | None:
    """Why nothing will wake the M4, as a main clause; None if something may. The twin is asleep.

    Nothing is said of an operating system that idles: its tasks may have come to their ends.
    """
    if twin.in_task:
        return None
    how = "WFE" if twin.engine.nap_until else "WFI"
    if twin.engine.nap_until:
        twin.engine.nap_until = _EVER  # a nap that only an event ends
    for _ in range(_EVENTS):
        due = twin.next_due()
        if due is None:
            break
        twin.jump(due)
        if _wakes(twin):
            return None
    for comes in (*outside.COMES, outside.linux_acknowledges, outside.linux_frees_semaphores):
        comes(twin)
        if _wakes(twin):
            return None
    pc = twin.core.exceptions.pc - 2  # it is past the WFI
    return f"the M4 sleeps for ever in {how} at {names.place(board, pc)}: {_why(board, twin)}"


def _wakes(twin: Twin) -> bool:
    twin.run(1)
    return not twin.asleep


def _why(board: Board, twin: Twin) -> str:
    nvic = twin.core.nvic
    deep = twin.core.clock.stopped
    enabled = [n for n in range(FIRST_IRQ, FIRST_IRQ + nvic.irqs) if nvic.enabled >> n & 1]
    if not enabled:
        ticks = "" if deep else ", and SysTick " + obstacle(twin.core, SYSTICK)
        return f"no interrupt is enabled in the NVIC{ticks}"
    reasons = [f"{names.exception(board, n)} {_cannot(board, twin, n)}" for n in enabled[:_SHOWN]]
    more = [f"{len(enabled) - _SHOWN} more cannot come either"] if len(enabled) > _SHOWN else []
    return ", ".join([*reasons, *more])


def _cannot(board: Board, twin: Twin, number: int) -> str:
    """Why an enabled interrupt does not wake it, to follow its name."""
    if twin.core.nvic.pending >> number & 1:
        return obstacle(twin.core, number)
    irq = number - FIRST_IRQ
    if irq in (board.rx_interrupt, board.tx_interrupt) and board.ipcc is not None:
        registers, channels = board.registers(), (1 << board.ipcc.CHANNELS) - 1
        enable, shift = (RXOIE, 0) if irq == board.rx_interrupt else (RXOIE << HALF, HALF)
        if not registers["C2CR"] & enable:
            return f"is switched off (C2CR.{'TXFIE' if shift else 'RXOIE'} = 0)"
        if registers["C2MR"] >> shift & channels == channels:
            return f"has all channels masked (C2MR.CHn{'FM' if shift else 'OM'} = 1)"
    return "is not asked for: nothing that it is enabled for can come"
