"""MCAPI and RPMsg against each other in one run of one image: one frame at a time, one after the other, both at once.

It knows no transport's frames: a flow (`packets.py`, `rpmsg.py`) sends a stream, the board counts doorbells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple, Protocol

from ipcclab.flows.packets import IN, OUT, PacketFlow
from ipcclab.flows.rpmsg import SERVICE, RpmsgFlow
from ipcclab.flows.stream import FlowError, StandstillError, Stream
from mp1bench.board import Board
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.mcapi import Mcapi, McapiError

#: The parts of a comparison.
ALONE, STREAM, TOGETHER = "one frame at a time", "one after the other", "both at once"
#: Frames of the first part.
ROUND_TRIPS = 100

#: How long a firmware may take to come up, and for each step of a connect.
_BOOT_US = 100_000


class Flow(Protocol):
    """A way to the firmware and back. It rings on `channels` of the IPCC, of both directions."""

    name: str
    payload: int
    channels: tuple[int, ...]

    def start(self, stream: Stream) -> None:
        """Send it; what comes back, the stream is told."""


class RoundTrips(NamedTuple):
    """From the moment when a frame lies in the ring until its echo is received, in ns; median and P99 by rank."""

    min: int
    median: int
    p99: int
    max: int

    @classmethod
    def of(cls, times: Sequence[int]) -> RoundTrips:
        """Of all that were taken."""
        ranked = sorted(times)
        median, p99 = (ranked[ceil(share * len(ranked) / 100) - 1] for share in (50, 99))
        return cls(ranked[0], median, p99, ranked[-1])


class Measured(NamedTuple):
    """What one stream was measured to be, in its `part` of the comparison. `size` in bytes, `duration` in ns."""

    part: str
    flow: str
    size: int
    payload: int
    frames: int
    duration: int
    round_trips: RoundTrips
    doorbells: dict[str, int]  # by direction
    waits: int  # frames that there was no room for at once

    @property
    def rate(self) -> float:
        """Bytes there and back in a second."""
        return self.size * 1e9 / self.duration


def find_flows(board: Board) -> list[Flow]:
    """Boot the image, and find out what it echoes: packets, messages of RPMsg or both. FlowError if it is neither."""
    board.boot()
    linux = board.linux
    assert linux is not None
    flows: list[Flow] = []
    mcapi = Mcapi(linux)
    mcapi.initialize(0, 0)
    try:
        flows.append(PacketFlow.connect(mcapi, timeout=_BOOT_US))
    except McapiError:
        mcapi.finalize()
    board.run_until(lambda: any(endpoint.name == SERVICE for endpoint in linux.endpoints), 1000 * _BOOT_US)
    flows += [RpmsgFlow(linux, endpoint) for endpoint in linux.endpoints if endpoint.name == SERVICE][:1]
    if not flows:
        raise FlowError(
            f"the firmware offers nothing to send a flow through: no packet channels at MCAPI's ports {IN} and {OUT},"
            f" and no service {SERVICE}, within {_BOOT_US // 1000} ms. `rpmsg_mcapi` has both."
        )
    return flows


def compare(board: Board, flows: Sequence[Flow], size: int) -> Iterator[Measured]:
    """All parts, with `size` bytes for each stream; each is given when it has been measured. FlowError."""
    for flow in flows:
        yield from run(board, ALONE, [flow], ROUND_TRIPS * flow.payload, window=1)
    for flow in flows:
        yield from run(board, STREAM, [flow], size)
    if len(flows) > 1:
        yield from run(board, TOGETHER, flows, size)


def run(board: Board, part: str, flows: Sequence[Flow], size: int, window: int | None = None) -> list[Measured]:
    """Stream `size` bytes through each flow at the same time, with at most `window` frames under way in each."""
    assert board.linux is not None
    kernel = board.linux.kernel
    rung = board.doorbells()
    streams = [Stream(kernel, flow.name, size, flow.payload, window) for flow in flows]
    for flow, stream in zip(flows, streams, strict=True):
        flow.start(stream)
    try:
        kernel.call(_finish(streams), part)
    except StandstillError as error:
        why = board.diagnose()
        if why is None:
            raise
        raise StandstillError(f"{error} Nothing moves because {why}") from error
    rings = {
        way: {channel: total - rung[way].get(channel, 0) for channel, total in totals.items()}
        for way, totals in board.doorbells().items()
    }
    return [
        Measured(
            part,
            flow.name,
            stream.size,
            stream.payload,
            len(stream.round_trips),
            stream.ended - stream.began,
            RoundTrips.of(stream.round_trips),
            {way: sum(counts.get(str(n), 0) for n in flow.channels) for way, counts in rings.items()},
            stream.waits,
        )
        for flow, stream in zip(flows, streams, strict=True)
    ]


def _finish(streams: Sequence[Stream]) -> Sleeping[None]:
    for stream in streams:
        yield from stream.finish()
