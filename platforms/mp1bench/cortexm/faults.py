"""A fault that the core took: what the firmware can read of it, and the same in words. It decides nothing."""

from __future__ import annotations

from typing import NamedTuple

from mp1bench.cortexm import scs


class Fault(NamedTuple):
    """Status as the fault left it. `pc` is the instruction at fault, `address` what it touched, if that is known."""

    exception: str
    pc: int
    cfsr: int
    hfsr: int
    address: int | None


def describe_fault(fault: Fault | None) -> str:
    """One phrase: which exception, where, and what the status registers say."""
    if fault is None:
        return "no fault was taken"
    names = [name for bit, name in scs.CFSR_BITS.items() if fault.cfsr >> bit & 1]
    names += [name for bit, name in scs.HFSR_BITS.items() if fault.hfsr >> bit & 1]
    where = "" if fault.address is None else f" at address 0x{fault.address:08X}"
    return f"{fault.exception} at pc 0x{fault.pc:08X} ({', '.join(names) or 'no status'}){where}"
