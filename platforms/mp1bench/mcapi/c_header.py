"""Writes the layout as a C header, so that the firmware's side cannot differ: `python -m mp1bench.mcapi.c_header`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from mp1bench.mcapi import layout
from mp1bench.mcapi.layout import ChannelType, Count, Kind, Operation, State, Wants
from mp1bench.mcapi.status import Status

_NUMBERS = (
    "VERSION",
    "TX_CHANNEL",
    "RX_CHANNEL",
    "PRIORITIES",
    "RING_SIZE",
    "FREE_RING_SIZE",
    "BUFFERS",
    "BUFFER_SIZE",
    "RESERVED_BUFFERS",
    "DESCRIPTOR_SIZE",
    "DOMAIN",
    "TYPE_SENDS",
    "TYPE_THIRD",
    "NO_PORT",
    "ENTRY_DROPPED",
)


def render() -> str:
    """The text of firmware/lib/mcapi/layout.h."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "/* What lies in MCAPI's shared memory. Written by mp1bench.mcapi.c_header from layout.py, which says why. */"
    yield "#ifndef MCAPI_LAYOUT_H"
    yield "#define MCAPI_LAYOUT_H"
    yield ""
    for name in ("BASE", "SIZE", "MAGIC"):
        yield f"#define MCAPI_{name} 0x{getattr(layout, name):08X}u"
    yield f"#define MCAPI_ENTRY_VALID 0x{layout.ENTRY_VALID:08X}u"
    yield ""
    yield "enum {"
    for name in _NUMBERS:
        yield f"    MCAPI_{name} = 0x{getattr(layout, name):X},"
    yield "};"
    yield ""
    yield "/* Offsets from MCAPI_BASE: of the host's, then of the firmware's. */"
    yield "enum {"
    yield f"    MCAPI_HEADER = 0x{layout.HEADER:03X},"
    for name in ("SIDE_BLOCK", "INDICES", "STATISTICS", "AWAY", "FREE_RING", "POOL"):
        host, firmware = getattr(layout, name)
        yield f"    MCAPI_HOST_{name} = 0x{host:03X},"
        yield f"    MCAPI_FIRMWARE_{name} = 0x{firmware:03X},"
    for owner, rings in zip(("HOST", "FIRMWARE"), layout.RINGS, strict=True):
        for priority, offset in enumerate(rings):
            yield f"    MCAPI_{owner}_RING{priority} = 0x{offset:03X},"
    yield "};"
    for name, lsb, width in layout.ATTRIBUTE_FIELDS:
        yield f"#define MCAPI_ATTRIBUTE_{name}_SHIFT {lsb}"
        yield f"#define MCAPI_ATTRIBUTE_{name}_MASK 0x{(1 << width) - 1:X}u"
    for title, prefix, members in _enums():
        yield ""
        yield f"enum {title} {{"
        for member in members:
            yield f"    {prefix}{member.name} = {member.value if member.value < 0x80 else hex(member)},"
        yield "};"
    yield ""
    yield "#endif"


def _enums() -> Iterator[tuple[str, str, list[IntEnum]]]:
    yield "mcapi_side_state", "MCAPI_STATE_", list(State)
    yield "mcapi_wants", "MCAPI_WANTS_", list(Wants)
    yield "mcapi_kind", "MCAPI_KIND_", list(Kind)
    yield "mcapi_operation", "MCAPI_OP_", list(Operation)
    yield "mcapi_channel_type", "MCAPI_TYPE_", list(ChannelType)
    yield "mcapi_count", "MCAPI_COUNT_", list(Count)
    yield "mcapi_status", "MCAPI_", list(Status)


if __name__ == "__main__":
    print(render(), end="")
