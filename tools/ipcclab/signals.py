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
_STATUS = {1: "C1TOC2SR", 2: "C2TOC1SR"}  # by the number of the sending processor
_SENDERS = {register: sender for sender, register in _STATUS.items()}
_FLAG = re.compile(r"(C1TOC2SR|C2TOC1SR)\.CH(\d+)F")


@dataclass
class Signal:
    """One post on `channel` (1-based) of the IPCC called `device`, by processor `sender`.

    `raised` and `freed` are indices in `Trace.events`: of the write that posted, and of what freed the channel, a write
    or the RCC's reset. `raised` is None if the trace begins later, `freed` if the channel was still occupied at its
    end. A signal is `lost` if it raised no flag, because its channel was occupied or the IPCC took no write.
    """

    device: str
    sender: int
    channel: int
    raised: int | None = None
    freed: int | None = None
    lost: bool = False

    @property
    def status(self) -> str:
        """Register and field of its flag: `C1TOC2SR.CH2F`."""
        return f"{_STATUS[self.sender]}.CH{self.channel}F"


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
        elif isinstance(event, Effect) and (flag := _FLAG.fullmatch(event.subject)) and event.kind == "flag":
            key = event.device, event.subject
            one = (posted if event.after else occupying).pop(key, None)
            if one is None:  # nobody was seen to post it
                one = Signal(event.device, _SENDERS[flag[1]], int(flag[2]))
                found.append(one)
            if event.after:
                one.lost = False
                occupying[key] = one
            else:
                last = max(cause.get(event.device, -1), reset)
                one.freed = None if last < 0 else last
    return found


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
