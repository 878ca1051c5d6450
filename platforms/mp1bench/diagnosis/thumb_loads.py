"""What a Thumb load reads: its address and where the value goes, from its code and the registers before it.

It knows loads of one value through a register. Literals, which never change, and multiple loads are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_SP, _PC = 13, 15
_MASK = 0xFFFFFFFF


class Load(NamedTuple):
    """One load: `width` in bytes, and the number of the register that the value goes to."""

    address: int
    width: int
    target: int


def find_load(code: bytes, registers: Sequence[int]) -> Load | None:
    """The load at the start of `code` (four bytes, fewer at the end of memory), or None if there is no such load.

    `registers` are R0 to R12, SP and LR.
    """
    first = int.from_bytes(code[:2], "little")
    if first >> 11 in (0b11101, 0b11110, 0b11111):
        return _wide(first, int.from_bytes(code[2:4], "little"), registers)
    return _narrow(first, registers)


def _narrow(op: int, registers: Sequence[int]) -> Load | None:
    base, target = registers[op >> 3 & 7], op & 7
    if op >> 12 == 0b0101:  # register offset: STR, STRH, STRB, LDRSB, LDR, LDRH, LDRB, LDRSH
        width = {3: 1, 4: 4, 5: 2, 6: 1, 7: 2}.get(op >> 9 & 7)
        return None if width is None else Load(base + registers[op >> 6 & 7] & _MASK, width, target)
    width = {0b01101: 4, 0b01111: 1, 0b10001: 2}.get(op >> 11)
    if width is not None:
        return Load(base + (op >> 6 & 31) * width & _MASK, width, target)
    if op >> 11 == 0b10011:  # SP-relative
        return Load(registers[_SP] + 4 * (op & 0xFF) & _MASK, 4, op >> 8 & 7)
    return None


def _wide(first: int, second: int, registers: Sequence[int]) -> Load | None:
    base, target = first & 15, second >> 12
    if base == _PC or target == _PC:
        return None
    if first & 0xFFF0 == 0xE850:  # LDREX
        return Load(registers[base] + 4 * (second & 0xFF) & _MASK, 4, target)
    if first & 0xFFF0 == 0xE8D0 and second & 0xE0 == 0x40:  # LDREXB, LDREXH
        return Load(registers[base], 2 if second & 0x10 else 1, target)
    if first & 0xFE50 == 0xE850 and first & 0x120:  # LDRD: its first word
        return Load(_indexed(registers[base], 4 * (second & 0xFF), first & 0x100, first & 0x80), 4, target)
    if first >> 9 != 0b1111100 or not first & 0x10 or first >> 5 & 3 == 3:
        return None
    width = 1 << (first >> 5 & 3)
    if first & 0x80:
        return Load(registers[base] + (second & 0xFFF) & _MASK, width, target)
    if second & 0x800:
        return Load(_indexed(registers[base], second & 0xFF, second & 0x400, second & 0x200), width, target)
    if second & 0xFC0 == 0 and second & 15 < _SP:
        return Load(registers[base] + (registers[second & 15] << (second >> 4 & 3)) & _MASK, width, target)
    return None


def _indexed(base: int, offset: int, before: int, up: int) -> int:
    """Offset and pre-indexed addresses; a post-indexed load reads at its base."""
    return (base + (offset if up else -offset) & _MASK) if before else base
