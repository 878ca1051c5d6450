"""Accesses to what the platform does not model: each address once on the trace, all of them counted.

It answers no access; who calls it says what a read gives.
"""

from __future__ import annotations

from dataclasses import dataclass

from mp1bench.trace import Log, Trace, Unmodelled
from stm32mp1.memory_map import find_block, name_of

#: So many addresses of one block are shown on the trace; a firmware that clears a whole RAM there shows no more.
SHOWN = 16


@dataclass
class Counts:
    """How often one address was accessed."""

    reads: int = 0
    writes: int = 0


class Absent:
    """`counts` holds every address that was accessed, in the order of first accesses."""

    def __init__(self, trace: Trace | None) -> None:
        self.counts: dict[int, Counts] = {}
        self._trace = trace
        self._shown: dict[int, int] = {}  # by base of the block: how many of its addresses

    def report(self, now: int, who: str, pc: int | None, address: int, op: str) -> None:
        """`who` accessed `address`: M4, A7, or a device that is a master of the bus, by its name."""
        counts = self.counts.get(address)
        if counts is None:
            counts = self.counts[address] = Counts()
            self._show(now, who, pc, address, op)
        if op == "R":
            counts.reads += 1
        else:
            counts.writes += 1

    def _show(self, now: int, who: str, pc: int | None, address: int, op: str) -> None:
        if self._trace is None:
            return
        block = find_block(address)
        base = -1 if block is None else block.base
        self._shown[base] = self._shown.get(base, 0) + 1
        if self._shown[base] <= SHOWN:
            self._trace.record(Unmodelled(now, who, pc, address, op))
        if self._shown[base] == SHOWN + 1:
            what = "reserved addresses" if block is None else f"addresses of {block.name}"
            self._trace.record(Log(now, "bench", "", f"further {what} are not modelled: counted, not shown"))

    def listed(self) -> list[dict[str, object]]:
        """The addresses with their names and counts, as the summary has them, from the lowest address up."""
        return [
            {"address": address, "name": name_of(address), "reads": counts.reads, "writes": counts.writes}
            for address, counts in sorted(self.counts.items())
        ]
