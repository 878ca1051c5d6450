"""What the registers and lines of an IPCC do, in words: who writes, what that triggers, when a line is high.

All of it follows from a variant (ipcc-hardware.md §3-5, §9); no value of a running device is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from mp1bench.errors import UsageError
from stm32mp1.ipcc_table import VARIANTS, Line, Variant
from stm32mp1.registers import Register

_IF = ", if enabled and unmasked"

SECURITY = (
    "SECCFGR routes a channel's interrupts to the secure or the non-secure lines. PRIVCFGR and CIDCFGR are kept"
    " and not enforced, and no access is refused for its security. No source confirms the value of VERR."
)


def find_variant(name: str) -> Variant:
    """The variant of that name, or of that part: `STM32MP15`, `stm32mp157c`, `WL55`. UsageError if there is none."""
    wanted = "STM32" + name.upper().removeprefix("STM32")
    for variant in VARIANTS:
        if wanted == variant.name.upper():
            return variant
    for variant in VARIANTS:
        if wanted.startswith(tuple(re.findall(r"STM32\w+", variant.parts))):
            return variant
    known = [variant.name for variant in VARIANTS]
    near = get_close_matches(wanted, known, n=1, cutoff=0.8)
    hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(known)}."
    raise UsageError(f"no variant of the IPCC is called `{name}`. {hint}")


def processors(line: Line) -> list[int]:
    """The processors that a line interrupts, by number: usually one."""
    return sorted({int(source[2]) + 1 for source in line.sources})


def interrupted_cores(variant: Variant, line_name: str) -> str:
    """Whom a line interrupts, as the trace calls it: "A7"."""
    numbers = [number for line in variant.lines if line.name == line_name for number in processors(line)]
    return ", ".join(variant.cores[number - 1].removeprefix("Cortex-") for number in numbers)


class IpccWords:
    """The sentences about one IPCC. `wires` says where lines go on a platform, where that is known: "NVIC 103"."""

    def __init__(self, variant: Variant, wires: Mapping[str, str] | None = None) -> None:
        self.variant = variant
        self._receivers = {line.name: line.receiver for line in variant.lines} | dict(wires or {})

    def line(self, line: Line) -> str:
        """A line and where it goes: "RX1 (NVIC 103)"."""
        receiver = self._receivers[line.name]
        return f"{line.name} ({receiver})" if receiver else line.name

    def receiver(self, line: Line) -> str:
        """Whom a line interrupts and how: "Cortex-M4, NVIC 103, wake-up event EXTI62"."""
        cores = [self.variant.cores[processor - 1] for processor in processors(line)]
        events = [f"wake-up event {event}" for event, name in self.variant.events if name == line.name]
        return ", ".join(filter(None, [*cores, self._receivers[line.name], *events]))

    def high_while(self, line: Line) -> list[str]:
        """When a line is high: one condition for each of its sources, any of which is enough."""
        return [self._condition(source) for source in line.sources]

    def notes(self, register: Register) -> list[tuple[str, str]]:
        """Who writes a register and what that triggers, each behind a word that says which it is."""
        if not register.name.startswith(("C1", "C2")):
            return [("written", "by nobody; both processors may read it")]
        own, kind = int(register.name[1]), register.name[2:]
        peer = 3 - own
        sends, receives = _status(own), _status(peer)
        if kind == f"TOC{peer}SR":
            writer = f"by nobody; C{own}SCR.CHnS sets the flags, C{peer}SCR.CHnC clears them"
            raised = (
                f"an occupied channel raises {self._lines_of('RX', peer)}, a free one {self._lines_of('TX', own)}{_IF}"
            )
            return [("written", writer), ("triggers", raised)]
        notes = [("written", f"by processor {own}, the {self.variant.cores[own - 1]}; the bus keeps nobody out")]
        if kind == "SCR":
            effects = [
                f"CHnS sets {sends}.CHnF and so raises {self._lines_of('RX', peer)}{_IF}",
                f"CHnC clears {receives}.CHnF and so raises {self._lines_of('TX', peer)}{_IF}",
            ]
        elif kind in ("CR", "MR", "SECCFGR"):
            effects = [
                f"{self.line(line)} is {'also ' if number else ''}high while {condition}"
                for line in self.variant.lines
                if own in processors(line)
                for number, condition in enumerate(self.high_while(line))
                if f"C{own}CR" in condition
            ]
        else:
            effects = ["nothing: it is kept and not enforced"]
        return notes + [("triggers" if effect is effects[0] else "", effect) for effect in effects]

    def directions(self, channel: int) -> list[tuple[str, list[tuple[str, str]]]]:
        """A channel is two, one in each direction. For each, then for both: bits as (`C1SCR.CH3S`, what it does)."""
        found = []
        for own, peer in ((1, 2), (2, 1)):
            bits = [
                (f"C{own}SCR.CH{channel}S", f"processor {own} occupies it: it has something to say"),
                (f"{_status(own)}.CH{channel}F", "1 while it is occupied"),
                (f"C{peer}SCR.CH{channel}C", f"processor {peer} frees it: it has received"),
                (f"C{peer}MR.CH{channel}OM", f"keeps it, occupied, from raising {self._lines_of('RX', peer)}"),
                (f"C{own}MR.CH{channel}FM", f"keeps it, free, from raising {self._lines_of('TX', own)}"),
            ]
            found.append((f"processor {own} to processor {peer}", bits))
        if self.variant.secured:
            both = []
            for own in (1, 2):
                both.append((f"C{own}SECCFGR.CH{channel}SEC", f"makes its interrupts to processor {own} secure"))
                both.append((f"C{own}PRIVCFGR.CH{channel}PRIV", "kept, not enforced"))
            found.append(("both directions", both))
        return found

    def _lines_of(self, half: str, processor: int) -> str:
        """The lines to a processor on which RX, or TX, comes: "RX1 or RX1S (NVIC 173)"."""
        source = f"{half}{processor - 1}"
        lines = [line for line in self.variant.lines if {source, source + "S"} & set(line.sources)]
        return " or ".join(self.line(line) for line in lines) or "no line"

    def _condition(self, source: str) -> str:
        """When a source of a line is high."""
        own = int(source[2]) + 1
        enable = "SEC" * source.endswith("S") + ("RXOIE" if source.startswith("RX") else "TXFIE")
        if source.startswith("RX"):
            conditions = [f"{_status(3 - own)}.CHnF = 1", f"C{own}MR.CHnOM = 0"]
        else:
            conditions = [f"{_status(own)}.CHnF = 0", f"C{own}MR.CHnFM = 0"]
        if self.variant.secured:
            conditions.append(f"C{own}SECCFGR.CHnSEC = {int(source.endswith('S'))}")
        return f"C{own}CR.{enable} = 1 and, for any n, {', '.join(conditions[:-1])} and {conditions[-1]}"


def _status(own: int) -> str:
    """The register with the flags of the channels on which a processor sends."""
    return f"C{own}TOC{3 - own}SR"
