"""How far the core can run before an instruction could unmask an exception or leave the straight line.

Unmasking (CPSIE, MSR) cannot be observed in Unicorn, so while something pending is held back by a mask only, the
engine runs up to and including such an instruction and looks again (embedded-engine.md §3). Stopping early is
always right, only slower.
"""

from __future__ import annotations

_LONGEST = 64


def straight_line(code: bytes) -> int:
    """Number of Thumb instructions from the start of `code` up to the first that needs a look, at least 1."""
    count, at = 0, 0
    while count < _LONGEST and at + 2 <= len(code):
        first = int.from_bytes(code[at : at + 2], "little")
        wide = first >> 11 in (0b11101, 0b11110, 0b11111)
        second = int.from_bytes(code[at + 2 : at + 4], "little")
        count += 1
        at += 4 if wide else 2
        if _ends_wide(first, second) if wide else _ends_narrow(first):
            break
    return max(count, 1)


def _ends_narrow(op: int) -> bool:
    if op >> 12 == 0b1101 or op >> 11 == 0b11100 or op >> 8 == 0x47:
        return True  # conditional branch, SVC, UDF; B; BX, BLX
    if op >> 8 in (0x44, 0x46):
        return op & 0x87 == 0x87  # ADD, MOV to PC
    if op >> 12 == 0b1011:
        # CBZ, CBNZ; CPS; POP with PC; BKPT; IT and hints
        return op & 0x0500 == 0x0100 or op >> 5 == 0b10110110011 or op >> 8 in (0xBD, 0xBE, 0xBF)
    return False


def _ends_wide(first: int, second: int) -> bool:
    if first >> 11 == 0b11110:
        return bool(second & 0x8000)  # branches, MSR, MRS, hints, barriers
    if first >> 9 == 0b1110100:
        return bool(first & 0x10)  # LDM, LDRD, TBB, exclusives
    return first >> 9 == 0b1111100 and bool(first & 0x10) and second >> 12 == 15  # LDR to PC
