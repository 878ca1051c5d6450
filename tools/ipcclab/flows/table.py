"""What was measured of flows, for people and for programs: a table for the terminal, an object for JSON.

It measures nothing. Times are virtual.
"""

from __future__ import annotations

from typing import Any

from ipcclab.flows.measure import Measured

_NUMBERS = "{:>8} {:>11} {:>10} {:>7}"
_ROUND_TRIPS = "{:>8} {:>8} {:>8} {:>8}"
_LINE = f"  {{:<13}} {_NUMBERS}    {_ROUND_TRIPS}    {{:>7}} {{:>7}} {{:>7}} {{:>8}}"

HEAD = (
    f"{'':<{16 + 39 + 4}}{'round trip of a frame, us':^35}    {'doorbells':^15} {'per':>7} {'frames':>8}",
    _LINE.format(
        "", "frames", "bytes", "ms", "MB/s", "min", "median", "P99", "max", "A7→M4", "M4→A7", "frame", "waited"
    ),
)

FOOT = (
    "Each byte that came back was compared. A frame is a packet, or a message of RPMsg; its round trip begins when it",
    "lies in the ring, and it waited if there was no room for it at once. Doorbells per frame are those of both ways,",
    "by the frames of both. Times are virtual, and Linux's code takes none: compare the lines, not with a board.",
)


def line(measured: Measured) -> str:
    """One stream."""
    doorbells = measured.doorbells
    return _LINE.format(
        measured.flow,
        f"{measured.frames:,}",
        f"{measured.size:,}",
        f"{measured.duration / 1e6:.3f}",
        f"{measured.rate / 1e6:.2f}",
        *(f"{time / 1e3:.2f}" for time in measured.round_trips),
        f"{doorbells['a7_to_m4']:,}",
        f"{doorbells['m4_to_a7']:,}",
        f"{sum(doorbells.values()) / (2 * measured.frames):.3f}",
        f"{measured.waits:,}",
    ).rstrip()


def as_json(measured: Measured) -> dict[str, Any]:
    """The same, with its units in the names."""
    return {
        "part": measured.part,
        "flow": measured.flow,
        "bytes": measured.size,
        "payload_bytes": measured.payload,
        "frames": measured.frames,
        "duration_ns": measured.duration,
        "bytes_per_second": round(measured.rate),
        "round_trip_ns": measured.round_trips._asdict(),
        "doorbells": measured.doorbells,
        "frames_that_waited": measured.waits,
    }
