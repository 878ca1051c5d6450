"""Flags of the IPCC that stay up: for how long, and why the other side does not take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import FIRST_IRQ
from mp1bench.diagnosis.obstacle import obstacle
from stm32mp1.ipcc_table import RXOIE

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.doorbells import Flag
    from mp1bench.engine.embedded.core import Core

_MS = 1_000_000
#: A flag that has been up for less than this may simply be on its way.
STUCK_NS = 1 * _MS


def stuck_channels(board: Board) -> list[str]:
    """A clause for each flag that has been up for too long: which, for how long and why."""
    clauses = []
    for flag in board.occupied_flags():
        age = board.engine.now - board.raised_at(flag)
        if age >= STUCK_NS:
            sender = "A7" if flag.direction == "a7_to_m4" else "M4"
            why = _firmware_is_deaf(board, flag) if sender == "A7" else _host_is_deaf(board, flag)
            clauses.append(f"channel {flag.channel} occupied by the {sender} for {age // _MS} ms: {why}")
    return clauses


def _firmware_is_deaf(board: Board, flag: Flag) -> str:
    """Why the M4 does not take the interrupt of a flag that Linux raised, looked at from the IPCC inwards."""
    masked = _masked(board, "C2", flag.channel)
    if masked:
        return masked
    irq = board.rx_interrupt
    if irq is None:
        return f"the platform wires the IPCC's {board.ipcc_line('RX1') or 'RX1'} to nothing"
    core = _core(board)
    if core is None:
        return "the M4 does not clear it"
    number = FIRST_IRQ + irq
    if (core.nvic.enabled & ~core.nvic.pending) >> number & 1:
        return "the firmware does not clear it"
    return f"interrupt {irq} {obstacle(core, number)}"


def _core(board: Board) -> Core | None:
    if board.engine.core_state() is None:
        return None
    from mp1bench.diagnosis.twin import look_inside  # needs the embedded engine, and a board without a core does not

    engine = look_inside(board)
    return None if engine is None else engine.core


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
