"""The Cortex-M4F's registers as GDB wants them described: `target.xml`, and the order in which `g` sends them.

Features and names are GDB's ("Debugging with GDB", G.5.3); values and meanings are no business of this file.
"""

from __future__ import annotations

from typing import NamedTuple


class Register(NamedTuple):
    """Its name here and there, and how wide it is. `kind` is a type that GDB knows."""

    name: str
    bits: int = 32
    kind: str = "uint32"


_FEATURES = {
    "org.gnu.gdb.arm.m-profile": (
        *(Register(f"r{n}") for n in range(13)),
        Register("sp", kind="data_ptr"),
        Register("lr"),
        Register("pc", kind="code_ptr"),
        Register("xpsr"),
    ),
    "org.gnu.gdb.arm.vfp": (
        *(Register(f"d{n}", 64, "ieee_double") for n in range(16)),
        Register("fpscr", kind="int"),
    ),
    "org.gnu.gdb.arm.m-system": (
        Register("msp", kind="data_ptr"),
        Register("psp", kind="data_ptr"),
        Register("primask"),
        Register("basepri"),
        Register("faultmask"),
        Register("control"),
    ),
}

#: By GDB's number.
REGISTERS = tuple(register for registers in _FEATURES.values() for register in registers)


def _feature(name: str, registers: tuple[Register, ...]) -> str:
    rows = "\n".join(f'    <reg name="{r.name}" bitsize="{r.bits}" type="{r.kind}"/>' for r in registers)
    return f'  <feature name="{name}">\n{rows}\n  </feature>\n'


TARGET_XML = (
    '<?xml version="1.0"?>\n<!DOCTYPE target SYSTEM "gdb-target.dtd">\n<target version="1.0">\n'
    "  <architecture>arm</architecture>\n"
    + "".join(_feature(name, registers) for name, registers in _FEATURES.items())
    + "</target>\n"
)
