"""What people call the places of a board: code, data, registers, exceptions. It judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm.nvic import FIRST_IRQ, exception_name
from stm32mp1.memory_map import PERIPHERALS, name_of

if TYPE_CHECKING:
    from mp1bench.board import Board

_CORE_REGISTERS = {
    0xE0001004: "DWT_CYCCNT", 0xE000E010: "SYST_CSR", 0xE000E014: "SYST_RVR", 0xE000E018: "SYST_CVR",
    0xE000ED04: "ICSR", 0xE000ED0C: "AIRCR", 0xE000EDF0: "DHCSR",
}  # fmt: skip
_CORE = 0xE0000000


def place(board: Board, pc: int) -> str:
    """`main+0x1c` in quotes, or the address."""
    symbol = board.image.symbolize(pc) if board.image is not None else ""
    return f"`{symbol}`" if symbol else f"0x{pc:08X}"


def function(board: Board, pc: int) -> str:
    """`main` in quotes, or the address."""
    name = board.image.symbols.function_at(pc) if board.image is not None else ""
    return f"`{name}`" if name else f"0x{pc:08X}"


def register(board: Board, address: int) -> str | None:
    """`USART3.ISR`, `SPI1+0x14 (not modelled)`; None for an address of memory."""
    if address >= _CORE:
        return _CORE_REGISTERS.get(address, f"the core's 0x{address:08X}")
    for part in board.platform.devices:
        if part.address <= address < part.address + part.size:
            offset = address - part.address
            known = part.model.TABLE.at(offset & ~3)
            return f"{part.name.upper()}{f'+0x{offset:03X}' if known is None else f'.{known.name}'}"
    if PERIPHERALS[0] <= address < PERIPHERALS[1]:
        return f"{name_of(address)} (not modelled)"
    return None


def datum(board: Board, address: int) -> str:
    """`uwTick` at its address, or the address."""
    symbol = board.image.symbols.symbolize_data(address) if board.image is not None else ""
    return f"`{symbol}` at 0x{address:08X}" if symbol else f"0x{address:08X}"


def lines_of(board: Board, irq: int) -> list[tuple[str, str]]:
    """The output lines that the platform wires to an interrupt: device and line."""
    return [
        (part.name, wire.line)
        for part in board.platform.devices
        for wire in part.wires
        if not wire.receiver and wire.number == irq
    ]


def sources(board: Board, irq: int) -> str:
    """`ipcc.RX1`, or what else is wired to an interrupt; "" if nothing is."""
    return " ".join(f"{device}.{line}" for device, line in lines_of(board, irq))


def exception(board: Board, number: int, priority: int | None = None) -> str:
    """`SysTick (priority 15)`, `IRQ103 (ipcc.RX1, priority 0)`."""
    wired = sources(board, number - FIRST_IRQ) if number >= FIRST_IRQ else ""
    shown = priority is not None and priority >= 0 and number >= 4
    notes = [note for note in (wired, f"priority {priority}" if shown else "") if note]
    return exception_name(number) + (f" ({', '.join(notes)})" if notes else "")
