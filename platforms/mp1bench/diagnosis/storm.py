"""An interrupt that is taken over and over because nobody clears what asks for it: which line, and what holds it high.

Found by letting the M4 run on, on a twin of the board.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import FIRST_IRQ
from mp1bench.diagnosis import names
from mp1bench.diagnosis.twin import Twin
from stm32mp1.device import Device
from stm32mp1.ipcc_table import HALF
from stm32mp1.timed import TimedDevice

if TYPE_CHECKING:
    from mp1bench.board import Board

#: So many interrupts within so many instructions, with no line moving, are a storm.
_TIMES, _INSTRUCTIONS = 15, 3_000
_SHOWN = 4


def find_storm(board: Board, twin: Twin) -> str | None:
    """A clause, or None; then the twin is where it was."""
    if not twin.core.nvic.level:
        return None
    taken: Counter[int] = Counter()
    twin.core.exceptions.on_interrupt = lambda irq: taken.update((irq,))
    twin.run(_INSTRUCTIONS)
    for irq, times in taken.most_common(1):
        if times >= _TIMES and not twin.effects and twin.core.nvic.level >> (FIRST_IRQ + irq) & 1:
            wired = names.sources(board, irq)
            return f"interrupt {irq} ({wired}) comes again and again, because {_cause(board, twin, irq)}"
    twin.rewind()
    return None


def _cause(board: Board, twin: Twin, irq: int) -> str:
    if irq == board.tx_interrupt and board.ipcc is not None:
        registers = twin.board.registers()
        callers = ~(registers["C2MR"] >> HALF | registers["C2TOC1SR"])
        free = [n + 1 for n in range(board.ipcc.CHANNELS) if callers >> n & 1]
        if free:
            return f"channel {free[0]} is free and its TX interrupt is not masked (C2MR.CH{free[0]}FM = 0)"
    for name, line in names.lines_of(board, irq):
        device = twin.board.devices[name]
        if device.level(line):
            held = _holders(device, line)
            by = f": {', '.join(f'{name.upper()}.{what}' for what in held[:_SHOWN])}" if held else ""
            return f"its handler leaves the line {name}.{line} high{by}"
    return "its handler leaves the line high"


def _holders(device: Device, line: str) -> list[str]:
    """The fields each of which, were it otherwise, would let the line fall: `ISR.RXNE = 1`."""
    state, found = device.state(), []
    for register in device.TABLE:
        word = state.get(register.name)
        if not isinstance(word, int):
            continue
        for field in register.fields:
            if field.width == 1 and not _level_of(device, {**state, register.name: word ^ 1 << field.lsb}, line):
                found.append(f"{register.name}.{field.name} = {word >> field.lsb & 1}")
    return found


def _level_of(device: Device, state: dict[str, object], line: str) -> bool:
    """The line's level on a device of the same kind in that state; high if there is no such state."""
    other = type(device)()
    if isinstance(other, TimedDevice) and isinstance(device, TimedDevice):
        other.now, other.clock_hz = device.now, device.clock_hz
    try:
        other.from_state(state)
    except ValueError:
        return True
    return other.level(line)
