"""IT blocks: where they begin, and which instructions of them are executed (ARMv7-M, A7.3 and A7.7.38)."""

from __future__ import annotations

import pytest

from mp1bench.engine.embedded.it_blocks import after_it, executes, in_block, starts_of_blocks

N, Z, C, V = (1 << bit for bit in (31, 30, 29, 28))
#: Condition: the flags with which its instruction is executed, as a set of NZCV words.
ALL = [n | z | c | v for n in (0, N) for z in (0, Z) for c in (0, C) for v in (0, V)]
CONDITIONS = {
    "EQ": lambda f: f & Z, "NE": lambda f: not f & Z,
    "CS": lambda f: f & C, "CC": lambda f: not f & C,
    "MI": lambda f: f & N, "PL": lambda f: not f & N,
    "VS": lambda f: f & V, "VC": lambda f: not f & V,
    "HI": lambda f: f & C and not f & Z, "LS": lambda f: not f & C or f & Z,
    "GE": lambda f: bool(f & N) == bool(f & V), "LT": lambda f: bool(f & N) != bool(f & V),
    "GT": lambda f: not f & Z and bool(f & N) == bool(f & V), "LE": lambda f: f & Z or bool(f & N) != bool(f & V),
    "AL": lambda f: True,
}  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_decides(name: str) -> None:
    condition = list(CONDITIONS).index(name)
    # ITSTATE of the last instruction of a block: the condition and 1000; bits 7:2 are xPSR's 15:10, 1:0 its 26:25.
    itstate = condition << 4 | 0b1000
    xpsr = itstate >> 2 << 10 | (itstate & 3) << 25 | 1 << 24
    for flags in ALL:
        assert executes(xpsr | flags) == bool(CONDITIONS[name](flags))


@pytest.mark.parametrize("flags", ALL)
def test_outside_of_a_block_everything_is_executed(flags: int) -> None:
    assert executes(flags | 1 << 24)


@pytest.mark.parametrize(
    ("mask", "narrow"),
    [(0b1000, 1), (0b0100, 2), (0b1100, 2), (0b0010, 3), (0b1110, 3), (0b0001, 4), (0b1011, 4)],
)
def test_block_is_as_long_as_its_mask_says(mask: int, narrow: int) -> None:
    code = (0xBF00 | mask).to_bytes(2, "little") + b"\x01\x30" * 6  # IT EQ, ADDS
    inside = [at for at in range(2, 14, 2) if starts_of_blocks(lambda a, size: code[a : a + size], at)]
    assert inside == list(range(2, 2 + 2 * narrow, 2))


def test_wide_instructions_count_once() -> None:
    code = b"\x02\xbf" + b"\x4f\xea\x00\x04" * 3 + b"\x01\x30"  # ITTT EQ, MOV.W three times, ADDS
    inside = [at for at in range(2, 16, 2) if starts_of_blocks(lambda a, size: code[a : a + size], at) == [0]]
    assert inside == [2, 6, 10]


def test_hints_are_no_blocks() -> None:
    code = b"\x00\xbf\x30\xbf\x01\x30"  # NOP, WFI
    assert starts_of_blocks(lambda a, size: code[a : a + size], 4) == []


def test_block_goes_on_with_its_conditions_and_ends() -> None:
    itstate = 0b0000_1011  # ITETE EQ: EQ, and a bit for each instruction behind the first, 1 for the inverse; then 1
    xpsr = Z | 1 << 24 | (itstate & 0xFC) << 8 | (itstate & 3) << 25
    executed = []
    while in_block(xpsr):
        executed.append(executes(xpsr))
        xpsr = after_it(xpsr)
    assert executed == [True, False, True, False]
    assert xpsr == Z | 1 << 24
