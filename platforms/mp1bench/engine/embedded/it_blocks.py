"""IT blocks in Thumb code: where one begins around an address, and whether the next instruction of one is executed.

The library executes a block as a whole (embedded-engine.md §4 P6), so who wants to stop inside must know beforehand.
"""

from __future__ import annotations

from collections.abc import Callable

_LONGEST = 16  # bytes of the instructions of one block
_IT = 0x0600FC00  # in xPSR


def starts_of_blocks(load: Callable[[int, int], bytes | None], address: int) -> list[int]:
    """Addresses in front of `address` at which an IT instruction, if one is executed there, holds that instruction."""
    return [start for start in range(address - 2, address - _LONGEST, -2) if address in _block(load, start)]


def _block(load: Callable[[int, int], bytes | None], start: int) -> list[int]:
    """The instructions that an IT at `start` makes conditional; none if there is no IT."""
    code = load(start, 2 + _LONGEST) or b""
    first = int.from_bytes(code[:2], "little")
    mask = first & 0xF
    if first >> 8 != 0xBF or not mask:
        return []
    instructions, at = [], 2
    for _ in range(5 - (mask & -mask).bit_length()):
        instructions.append(start + at)
        at += width_of(code[at : at + 2])
    return instructions


def width_of(code: bytes) -> int:
    """Bytes of the instruction that begins with this halfword."""
    return 4 if int.from_bytes(code, "little") >> 11 in (0b11101, 0b11110, 0b11111) else 2


def in_block(xpsr: int) -> bool:
    """Whether the instruction that comes next is one of an IT block."""
    return bool(xpsr & _IT)


def executes(xpsr: int) -> bool:
    """Whether the instruction that comes next is executed, by the IT bits and the flags in xPSR."""
    if not in_block(xpsr):
        return True
    condition = xpsr >> 12 & 0xF
    n, z, c, v = (bool(xpsr >> bit & 1) for bit in (31, 30, 29, 28))
    holds = (z, c, n, v, c and not z, n == v, n == v and not z, True)[condition >> 1]
    return holds != bool(condition & 1) or condition >> 1 == 7


def after_it(xpsr: int) -> int:
    """The same xPSR behind an instruction of a block that changed nothing else."""
    itstate = xpsr >> 8 & 0xFC | xpsr >> 25 & 3
    itstate = itstate & 0xE0 | itstate << 1 & 0x1F if itstate & 7 else 0
    return xpsr & ~_IT | (itstate & 0xFC) << 8 | (itstate & 3) << 25
