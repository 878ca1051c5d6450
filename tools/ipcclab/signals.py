"""Signals that got lost: posts on a channel that was still occupied, found in a trace. It judges; it changes nothing.

A flag is one bit and no counter: a second post before the receiver has freed the channel leaves no mark
(ipcc-hardware.md §3).
"""

from __future__ import annotations

from typing import NamedTuple

from mp1bench.trace import Access, Effect, Trace
from stm32mp1.ipcc_table import C1SCR, C2SCR, HALF, IpccTable

_SENDER = {C1SCR: (1, "C1TOC2SR"), C2SCR: (2, "C2TOC1SR")}


class LostSignal(NamedTuple):
    """A post by processor `cpu` on `channel` that nobody can have noticed."""

    access: Access
    channel: int
    cpu: int


def lost_signals(trace: Trace) -> list[LostSignal]:
    """All posts that did not raise their flag, in order."""
    lost: list[LostSignal] = []
    posted: dict[str, LostSignal] = {}  # by flag: posts of the access under way that have not raised it yet
    for event in trace.events:
        if isinstance(event, Effect) and event.kind == "flag" and event.after:
            posted.pop(event.subject, None)
        elif isinstance(event, Access):
            lost += posted.values()
            posted = {}
            table = trace.tables.get(event.device)
            if event.op == "W" and event.width == 4 and event.offset in _SENDER and isinstance(table, IpccTable):
                cpu, status = _SENDER[event.offset]
                for channel in range(1, table.variant.channels + 1):
                    if event.value >> (HALF + channel - 1) & 1:
                        posted[f"{status}.CH{channel}F"] = LostSignal(event, channel, cpu)
    return [*lost, *posted.values()]
