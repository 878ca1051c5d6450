"""The signals of a trace: who occupied which channel, who freed it, and which were lost. It judges; it changes nothing.

A flag is one bit and no counter: a second post before the receiver has freed the channel leaves no mark
(ipcc-hardware.md §3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mp1bench.chip.ipcc_supply import RESET
from mp1bench.trace import Access, Effect, Line, Trace
from stm32mp1.ipcc_table import C1SCR, C2SCR, HALF, IpccTable

_SENDER = {C1SCR: 1, C2SCR: 2}
_FLAG = re.compile(r"C([12])TOC[12]SR\.CH(\d+)F")


@dataclass
class Signal:
    """One post on `channel` (1-based) of the IPCC called `device`, by processor `sender`.

    `raised` and `freed` are indices in `Trace.events`: of the write that posted, and of what freed the channel, a write
    or the RCC's reset. `raised` is None if the trace begins later, `freed` if the channel was still occupied at its
    end. A signal is `lost` if it raised no flag: because the IPCC `ignored` the write, or its channel was occupied.
    """

    device: str
    sender: int
    channel: int
    raised: int | None = None
    freed: int | None = None
    lost: bool = False
    ignored: bool = False

    @property
    def status(self) -> str:
        """Register and field of its flag: `C1TOC2SR.CH2F`."""
        return f"{status_of(self.sender)}.CH{self.channel}F"

    @property
    def why_lost(self) -> str:
        """In words that follow the moment."""
        return ", and the IPCC ignored the write" if self.ignored else " while it was still occupied"


def signals(trace: Trace) -> list[Signal]:
    """All signals, in the order in which they were posted."""
    found: list[Signal] = []
    posted: dict[tuple[str, str], Signal] = {}  # by device and flag: of the write under way, no flag raised yet
    occupying: dict[tuple[str, str], Signal] = {}  # by device and flag
    cause: dict[str, int] = {}  # by device: its last access
    reset = -1

    for index, event in enumerate(trace.events):
        if isinstance(event, Access):
            posted.clear()
            cause[event.device] = index
            for signal in _posts(event, index, trace):
                posted[event.device, signal.status] = signal
                found.append(signal)
        elif isinstance(event, Line) and event.line == RESET and event.level:
            reset = index
        elif isinstance(event, Effect) and event.kind == "illegal":
            for signal in posted.values():
                signal.ignored = True
        elif isinstance(event, Effect) and (flag := _FLAG.fullmatch(event.subject)) and event.kind == "flag":
            key = event.device, event.subject
            one = (posted if event.after else occupying).pop(key, None)
            if one is None:  # nobody was seen to post it
                one = Signal(event.device, int(flag[1]), int(flag[2]))
                found.append(one)
            if event.after:
                one.lost = False
                occupying[key] = one
            else:
                last = max(cause.get(event.device, -1), reset)
                one.freed = None if last < 0 else last
    return found


def status_of(sender: int) -> str:
    """The register with the flags of the channels on which that processor sends."""
    return f"C{sender}TOC{3 - sender}SR"


def lost_signals(trace: Trace) -> list[Signal]:
    """Those that nobody can have noticed."""
    return [signal for signal in signals(trace) if signal.lost]


def _posts(access: Access, index: int, trace: Trace) -> list[Signal]:
    """What a write posts; lost until its flag has risen."""
    sender = _SENDER.get(access.offset)
    table = trace.tables.get(access.device)
    if access.op != "W" or access.width != 4 or sender is None or not isinstance(table, IpccTable):
        return []
    bits = access.value >> HALF
    numbers = range(1, table.variant.channels + 1)
    return [Signal(access.device, sender, n, raised=index, lost=True) for n in numbers if bits >> (n - 1) & 1]
