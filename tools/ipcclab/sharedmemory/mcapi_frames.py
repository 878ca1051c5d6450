"""One slot of MCAPI's rings: what the 16 bytes say, and what of it cannot be right.

It does not know whether the slot's turn has come: `mcapi` does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ipcclab.sharedmemory.mcapi_structure import McapiFrame, SlotState
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import (
    ATTRIBUTE_FIELDS,
    BUFFER_SIZE,
    BUFFERS,
    Descriptor,
    Kind,
    Operation,
)

_SCALARS = (1, 2, 4, 8)


def read_frame(
    data: bytes,
    slot: int,
    state: SlotState,
    payload: Callable[[int, int], bytes],
) -> McapiFrame:
    """The frame in these bytes; `payload` gives what lies in a buffer: its index, and how many bytes."""
    found = Descriptor.unpack(data)
    kind = Kind(found.kind) if found.kind in list(Kind) else None
    buffer = found.low if kind in (Kind.MESSAGE, Kind.PACKET) else None
    carried, says = b"", ""
    if buffer is not None and buffer < BUFFERS:
        carried = payload(buffer, found.length)
    elif kind is Kind.SCALAR:
        carried = struct.pack("<II", found.low, found.high)[: found.length]
    elif kind is Kind.CONTROL:
        says = _words(found)
    return McapiFrame(
        slot,
        state,
        f"kind {found.kind}" if kind is None else kind.name.lower(),
        found.priority,
        found.lap,
        found.source,
        found.destination,
        found.length,
        buffer,
        says,
        carried,
    )


def what_is_wrong(data: bytes, priority: int, lap: int) -> str:
    """Why a frame that waits in a ring of that `priority` cannot be right; "" if it can."""
    found = Descriptor.unpack(data)
    if not any(data):
        return "no frame"
    if found.lap != lap:
        return f"lap {found.lap}, and it is the turn of lap {lap}"
    if found.kind not in list(Kind):
        return f"kind {found.kind}, which there is not"
    if found.priority != priority:
        return f"a frame of priority {found.priority}"
    if found.kind == Kind.CONTROL:
        operation = found.low & 0xFF
        return "" if operation in list(Operation) else f"control operation {operation}, which there is not"
    if found.kind == Kind.SCALAR:
        return "" if found.length in _SCALARS else f"a scalar of {found.length} bytes"
    if found.length > BUFFER_SIZE:
        return f"{found.length} bytes, and a buffer holds {BUFFER_SIZE}"
    if found.low >= BUFFERS:
        return f"buffer {found.low}, and there are {BUFFERS}"
    other = ~found.high & 0xFFFFFFFF
    return "" if found.low == other else f"buffer {found.low} in one word, and {other} in the other"


def _words(found: Descriptor) -> str:
    """A control frame in words, with the attributes that a CONNECT carries."""
    words = Frame(Kind.CONTROL, found.priority, found.source, found.destination, low=found.low, high=found.high).words()
    if found.low & 0xFF != Operation.CONNECT:
        return words
    values = [(name, found.high >> lsb & (1 << width) - 1) for name, lsb, width in ATTRIBUTE_FIELDS]
    return " ".join([words, *(f"{name}={value}" for name, value in values if value)])
