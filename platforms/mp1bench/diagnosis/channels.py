"""Flags of the IPCC that stay up: for how long, and why the other side does not take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import exception_name
from mp1bench.engine import CoreState
from stm32mp1.ipcc_table import RXOIE

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.doorbells import Flag

_MS = 1_000_000
#: A flag that has been up for less than this may simply be on its way.
STUCK_NS = 1 * _MS


def stuck_channels(board: Board, core: CoreState | None) -> list[str]:
    """A clause for each flag that has been up for too long: which, for how long and why."""
    clauses = []
    for flag in board.occupied_flags():
        age = board.engine.now - board.raised_at(flag)
        if age >= STUCK_NS:
            sender = "A7" if flag.direction == "a7_to_m4" else "M4"
            why = _firmware_is_deaf(board, core, flag) if sender == "A7" else _host_is_deaf(board, flag)
            clauses.append(f"channel {flag.channel} occupied by the {sender} for {age // _MS} ms: {why}")
    return clauses


def _firmware_is_deaf(board: Board, core: CoreState | None, flag: Flag) -> str:
    """Why the M4 does not take the interrupt of a flag that Linux raised, looked at from the IPCC inwards."""
    masked = _masked(board, "C2", flag.channel)
    if masked:
        return masked
    irq = board.rx_interrupt
    if irq is None:
        return f"the platform wires the IPCC's {board.ipcc_line('RX1') or 'RX1'} to nothing"
    if core is None:
        return "the M4 does not clear it"
    if irq not in core.irq_enabled:
        return f"interrupt {irq} is disabled in the NVIC"
    if irq in core.irq_pending and core.deep:
        return f"interrupt {irq} is pending, but in deep sleep no line that the EXTI lets through is high"
    if irq in core.irq_pending:
        for name, value in core.masks._asdict().items():
            if value:
                return f"interrupt {irq} is pending, but {name.upper()} = 0x{value:X} holds it back"
        if core.active_exception:
            return f"interrupt {irq} is pending until {exception_name(core.active_exception)} ends"
    return "the firmware does not clear it"


def _host_is_deaf(board: Board, flag: Flag) -> str:
    """Why Linux does not acknowledge a flag that the M4 raised."""
    if board.linux is None:
        return "there is no host to acknowledge it"
    return _masked(board, "C1", flag.channel) or "Linux does not acknowledge it"


def _masked(board: Board, bank: str, channel: int) -> str:
    registers = board.registers()
    if not registers[f"{bank}CR"] & RXOIE:
        return f"RX interrupts are disabled ({bank}CR.RXOIE = 0)"
    if registers[f"{bank}MR"] >> (channel - 1) & 1:
        return f"its RX interrupt is masked ({bank}MR.CH{channel}OM = 1)"
    return ""
