"""What the stacks say of a fault: which pointer is outside the RAM, and who called the code that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mp1bench.cortexm import scs
from mp1bench.diagnosis.names import place

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.cortexm.faults import Fault
    from mp1bench.engine.embedded import EmbeddedEngine

_FRAMES = scs.MSTKERR | scs.MUNSTKERR | scs.STKERR | scs.UNSTKERR
_GUARDED = scs.MSTKERR | scs.MUNSTKERR
_LR, _PC = 20, 24  # in a stacked frame
#: A frame lies at most so far above the stack pointer: what a fault handler has pushed since.
_PUSHED = 0x100
_WORD = 4
_BLX = 0x4780  # BLX Rm; the register's number is in bits 3 to 6


def remarks(board: Board, engine: EmbeddedEngine, fault: Fault) -> str:
    """Clauses to follow what is said of the fault, each with its own comma; "" if the stacks have nothing to tell."""
    return (_overflow(engine, fault) if fault.cfsr & _FRAMES else "") + _caller(board, engine, fault)


def _pointers(engine: EmbeddedEngine) -> dict[str, int]:
    registers = engine.core.registers
    return {name: registers.stack_pointer(name == "PSP") for name in ("PSP", "MSP")}


def _overflow(engine: EmbeddedEngine, fault: Fault) -> str:
    """A frame could not be stored or fetched."""
    for name, pointer in _pointers(engine).items():
        if pointer and _word(engine, pointer) is None:
            return f", for the stack pointer has left the RAM ({name} = 0x{pointer:08X})"
        if fault.cfsr & _GUARDED and not engine.core.space.mpu.allows(pointer, _WORD, True, True):
            return f", for the stack pointer has run into what the MPU protects ({name} = 0x{pointer:08X})"
    return ""


def _caller(board: Board, engine: EmbeddedEngine, fault: Fault) -> str:
    """Who has called, if there is no code where the fault was."""
    if board.image is None or board.image.symbolize(fault.pc):
        return ""
    for pointer in _pointers(engine).values():
        for frame in range(pointer, pointer + _PUSHED, _WORD):
            pc, lr = _word(engine, frame + _PC), _word(engine, frame + _LR)
            if pc == fault.pc and lr is not None and board.image.symbolize(lr & ~1):
                call = (lr & ~1) - 2
                called = (_word(engine, call) or 0) & 0xFF87 == _BLX
                return f", {'called from' if called else 'after the call at'} {place(board, call - 2 * (not called))}"
    return ""


def _word(engine: EmbeddedEngine, address: int) -> int | None:
    data = engine.load(address, _WORD)
    return int.from_bytes(data, "little") if data is not None and len(data) == _WORD else None
