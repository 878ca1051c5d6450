"""The IPCC as ipcc-hardware.md describes it: sets of channels, what a write does to them, what follows from them.

It is the reference that devices are compared with, not one of them: it shares no line with the model, knows no bus,
and a state of it is a value. Channels count from 1; a register goes by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations, product
from typing import NamedTuple, TypeAlias, TypeVar

Channels: TypeAlias = frozenset[int]
_Item = TypeVar("_Item")

WORD = 0xFFFFFFFF
HALF = 16  # channels a processor receives on stand in the lower half of a register, those it sends on in the upper
SIZE = 0x400  # of the window
_BANK = {"CR": 0x00, "MR": 0x04, "SCR": 0x08, "SR": 0x0C}  # §2; processor 2's is 0x10 higher
_SECURED_BANK = {"SECCFGR": 0x80, "PRIVCFGR": 0x84, "CIDCFGR": 0x88}  # §9; likewise
_COMPARTMENT_BITS = (0, 4, 5, 6, 7)  # CFEN and CID


class Side(NamedTuple):
    """What belongs to one processor."""

    occupied: Channels  # of those that it sends on
    rx_masked: Channels  # of those that it receives on
    tx_masked: Channels  # of those that it sends on
    enabled: frozenset[str] = frozenset()  # of "RX", "TX", and in a secured block "RXS", "TXS"
    secure: Channels = frozenset()
    privileged: Channels = frozenset()  # kept, without effect
    compartment: frozenset[int] = frozenset()  # bits of CIDCFGR that are one; kept, without effect


State: TypeAlias = tuple[Side, Side]  # processor 1, processor 2


@dataclass(frozen=True)
class Specification:
    """An IPCC of so many channels. `lines` names each output line and its sources: ("RXTX1", ("RX1", "TX1"))."""

    channels: int
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    identified: bool = True
    secured: bool = False

    def narrowed(self, channels: int) -> Specification:
        """The same block with another number of channels."""
        return replace(self, channels=channels)

    # -- what there is ------------------------------------------------------------------------------------------

    @cached_property
    def all(self) -> Channels:
        """All channels."""
        return frozenset(range(1, self.channels + 1))

    @cached_property
    def offsets(self) -> dict[str, int]:
        """Each register and where it is in the window (§2)."""
        found = {}
        for kind, offset in (_BANK | _SECURED_BANK if self.secured else _BANK).items():
            found[_register(1, kind)] = offset
            found[_register(2, kind)] = offset + 0x10
        return found | {name: offset for name, (offset, _) in self._constants.items()}

    @cached_property
    def _constants(self) -> dict[str, tuple[int, int]]:
        if not self.identified:
            return {}
        return {
            "HWCFGR": (0x3F0, self.channels),
            "VERR": (0x3F4, 0x00000010),
            "IPIDR": (0x3F8, 0x00100071),
            "SIDR": (0x3FC, 0xA3C5DD01),
        }

    def bits(self, register: str) -> tuple[int, ...]:
        """The bits that a write to the register may change or act on; the others are reserved."""
        lower = tuple(channel - 1 for channel in sorted(self.all))
        match register[2:]:
            case "CR":
                return tuple(self._enables)
            case "MR" | "SCR":
                return lower + tuple(HALF + bit for bit in lower)
            case "SECCFGR" | "PRIVCFGR":
                return lower
            case "CIDCFGR":
                return _COMPARTMENT_BITS
        return ()

    @cached_property
    def _enables(self) -> dict[int, str]:
        return {0: "RX", HALF: "TX"} | ({1: "RXS", HALF + 1: "TXS"} if self.secured else {})

    # -- what it does -------------------------------------------------------------------------------------------

    @cached_property
    def power_on(self) -> State:
        """All channels free, all masked, nothing enabled (§2, §4)."""
        side = Side(occupied=frozenset(), rx_masked=self.all, tx_masked=self.all)
        return side, side

    def after(self, state: State, register: str, value: int) -> State:
        """The state that writing a word to a register leads to (§3). Writing to a read-only one does nothing."""
        if not self.bits(register):
            return state
        own, peer = _sides(state, int(register[1]))
        lower, upper = _channels(self.channels, value), _channels(self.channels, value >> HALF)
        match register[2:]:
            case "CR":
                own = own._replace(enabled=frozenset(name for bit, name in self._enables.items() if value >> bit & 1))
            case "MR":
                own = own._replace(rx_masked=lower, tx_masked=upper)
            case "SCR":
                own = own._replace(occupied=own.occupied | upper)
                peer = peer._replace(occupied=peer.occupied - lower)
            case "SECCFGR":
                own = own._replace(secure=lower)
            case "PRIVCFGR":
                own = own._replace(privileged=lower)
            case "CIDCFGR":
                own = own._replace(compartment=frozenset(bit for bit in _COMPARTMENT_BITS if value >> bit & 1))
        return _sides((own, peer), int(register[1]))

    def reads(self, state: State, register: str) -> int:
        """What a register reads as (§2). Reserved bits of MR read one, all others zero (§3)."""
        if register in self._constants:
            return self._constants[register][1]
        own, _ = _sides(state, int(register[1]))
        match register[2:]:
            case "CR":
                return sum(1 << bit for bit, name in self._enables.items() if name in own.enabled)
            case "MR":
                return WORD - _word(self.all - own.rx_masked) - (_word(self.all - own.tx_masked) << HALF)
            case "SCR":
                return 0
            case "SECCFGR":
                return _word(own.secure)
            case "PRIVCFGR":
                return _word(own.privileged)
            case "CIDCFGR":
                return sum(1 << bit for bit in own.compartment)
        return _word(own.occupied)

    def level(self, state: State, line: str) -> bool:
        """Whether an output line is high: while one of its sources is."""
        return any(self._raised(state, source) for source in dict(self.lines)[line])

    def _raised(self, state: State, source: str) -> bool:
        """Whether there is a channel for a source: RX0 and TX0 are processor 1's; RX0S its secure one (§4, §9)."""
        own, peer = _sides(state, int(source[2]) + 1)
        kind, secure = source[:2], source[3:]
        channels = peer.occupied - own.rx_masked if kind == "RX" else self.all - own.occupied - own.tx_masked
        if self.secured:
            channels = channels & own.secure if secure else channels - own.secure
        return kind + secure in own.enabled and bool(channels)

    def occupied(self, state: State) -> set[str]:
        """The status flags that are one, by name."""
        return {f"C{p}TOC{3 - p}SR.CH{n}F" for p in (1, 2) for n in state[p - 1].occupied}

    # -- everything there can be --------------------------------------------------------------------------------

    def writes(self) -> Iterator[tuple[str, int]]:
        """Each single-register write that differs in a bit which can matter to flags and lines."""
        for register in self.offsets:
            if register[2:] not in ("PRIVCFGR", "CIDCFGR") and self.bits(register):
                for bits in _subsets(self.bits(register)):
                    yield register, sum(1 << bit for bit in bits)

    def states(self) -> Iterator[State]:
        """Each state that differs in what can matter to flags and lines."""
        channels = _subsets(self.all)
        secure = channels if self.secured else [frozenset[int]()]
        sides = [
            Side(*parts) for parts in product(channels, channels, channels, _subsets(self._enables.values()), secure)
        ]
        yield from product(sides, sides)


def _register(processor: int, kind: str) -> str:
    return f"C{processor}TOC{3 - processor}SR" if kind == "SR" else f"C{processor}{kind}"


def _sides(state: State, processor: int) -> tuple[Side, Side]:
    """The side of a processor, then its peer's. Its own inverse."""
    return state if processor == 1 else (state[1], state[0])


@lru_cache(maxsize=4096)
def _channels(count: int, bits: int) -> Channels:
    return frozenset(channel for channel in range(1, count + 1) if bits >> (channel - 1) & 1)


def _word(channels: Channels) -> int:
    return sum(1 << (channel - 1) for channel in channels)


def _subsets(items: Iterable[_Item]) -> list[frozenset[_Item]]:
    """All subsets, the smallest first."""
    items = list(items)
    return [frozenset(some) for size in range(len(items) + 1) for some in combinations(items, size)]
