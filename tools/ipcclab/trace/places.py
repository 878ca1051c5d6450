"""The name of the place from which an access was made, with and without the offset in its function.

It asks the trace, and no image.
"""

from __future__ import annotations

import re

from mp1bench.trace import Trace

_OFFSET = re.compile(r"\+0x[0-9a-f]+$")


def place_of(trace: Trace, function: str, pc: int | None) -> str:
    """`ipcc_post+0xc`, or the address where no name is known; empty if neither is."""
    return function or ("" if pc is None else trace.symbolize(pc) or f"0x{pc:08x}")


def function_of(trace: Trace, function: str, pc: int | None) -> str:
    """The same without the offset, which is another for each access of a function."""
    return _OFFSET.sub("", place_of(trace, function, pc))
