"""A register as a picture in plain characters: bits 31 to 16 and 15 to 0 as two rows of boxes, as manuals draw them.

It draws what the table says; no value of a running device is in it.
"""

from __future__ import annotations

from typing import NamedTuple

from stm32mp1.registers import CONST, RES1, RO, RW, RW0C, RW1C, RW1S, W1, WO, Register

#: What an access does, as it stands below a box.
ABBREVIATIONS = {RW: "rw", RO: "r", CONST: "r", WO: "w", W1: "w1", RW1S: "rs", RW1C: "rc_w1", RW0C: "rc_w0"}


class _Box(NamedTuple):
    """Neighbouring bits that belong together, `high` to `low`."""

    high: int
    low: int
    label: str
    below: str

    @property
    def numbers(self) -> str:
        return " ".join(f"{bit:>2}" for bit in range(self.high, self.low - 1, -1))

    @property
    def width(self) -> int:
        return max(len(self.numbers), len(self.label), len(self.below))


def bit_picture(register: Register) -> list[str]:
    """The lines of the picture: bit numbers above the boxes, names in them, below them what an access does."""
    return [line for high in (31, 15) for line in _row(_boxes(register, high))]


def _row(boxes: list[_Box]) -> list[str]:
    border = "+".join(["", *("-" * box.width for box in boxes), ""])
    return [
        " " + " ".join(box.numbers.center(box.width) for box in boxes).rstrip(),
        border,
        "|".join(["", *(box.label.center(box.width) for box in boxes), ""]),
        border,
        " " + " ".join(box.below.center(box.width) for box in boxes).rstrip(),
    ]


def _boxes(register: Register, high: int) -> list[_Box]:
    """The boxes of the 16 bits from `high` down."""
    end = high - 15
    boxes = []
    while high >= end:
        low = high
        name, lsb = _owner(register, high)
        while low > end and _owner(register, low - 1) == (name, lsb):
            low -= 1
        boxes.append(_box(register, high, low, name, lsb))
        high = low - 1
    return boxes


def _owner(register: Register, bit: int) -> tuple[str, int]:
    """Name and lowest bit of the field that has this bit; no name for a reserved one."""
    if not register.fields:
        return register.name, 0
    for field in register.fields:
        if field.mask >> bit & 1:
            return field.name, field.lsb
    return "", 0


def _box(register: Register, high: int, low: int, name: str, lsb: int) -> _Box:
    single = high == low
    if not name:
        reads = "1" if register.reserved == RES1 else "0"
        label = "reserved" if high - low >= 2 else "-"
        return _Box(high, low, label, reads if label == "-" else f"reads {reads}")
    field = register.field(name)
    below = ABBREVIATIONS[field.access if field is not None else register.access]
    return _Box(high, low, name if single else f"{name}[{high - lsb}:{low - lsb}]", below)
