"""Some channels of a wide IPCC seen as a narrow IPCC of only that many: states and writes of the one in the other.

The other channels stand in a background that raises no line, so that the lines are those of the narrow one; that they
stay as they are is the independence lemma, which is `walk.py`'s to check.
"""

from __future__ import annotations

from collections.abc import Sequence

from ipcclab.proof.specification import HALF, Channels, Side, Specification, State
from ipcclab.proof.subject import Access


class Slice:
    """A wide IPCC, seen as a narrow one made of some of its channels: `places`, channel 1 of the narrow one first.

    The other channels are in one of two backgrounds, 0 and 1.
    """

    def __init__(self, wide: Specification, places: Sequence[int], background: int = 0) -> None:
        self.wide = wide
        self.narrow = wide.narrowed(len(places))
        self.places = tuple(places)
        others = wide.all - set(places)
        # Quiet, but not as after reset: every second channel is occupied and only its TX unmasked, the others are free
        # and only their RX unmasked. In the other background it is the other way round.
        taken = frozenset(channel for channel in others if channel % 2 != background)
        secure = frozenset(channel for channel in others if wide.secured and channel % 4 < 2)
        side = Side(occupied=taken, rx_masked=taken, tx_masked=others - taken, secure=secure)
        self.background: State = (side, side)

    def embed(self, state: State) -> State:
        """A state of the narrow IPCC as one of the wide IPCC."""
        one, two = (self._side(*sides) for sides in zip(state, self.background, strict=True))
        return one, two

    def _side(self, side: Side, beside: Side) -> Side:
        return beside._replace(
            occupied=self._place(side.occupied) | beside.occupied,
            rx_masked=self._place(side.rx_masked) | beside.rx_masked,
            tx_masked=self._place(side.tx_masked) | beside.tx_masked,
            secure=self._place(side.secure) | beside.secure,
            enabled=side.enabled,
        )

    def _place(self, channels: Channels) -> Channels:
        return frozenset(self.places[channel - 1] for channel in channels)

    def write(self, register: str, value: int) -> Access:
        """A write to the narrow IPCC as one to the wide IPCC that leaves the background as it is."""
        if register[2:] != "CR":
            spread = 0
            for bit, place in enumerate(self.places):
                spread |= (value >> bit & 1) << (place - 1) | (value >> (HALF + bit) & 1) << (HALF + place - 1)
            value = spread | self.wide.reads(self.background, register)
        return Access("write", self.wide.offsets[register], value)


def way(specification: Specification, before: State, after: State) -> list[Access]:
    """Writes that lead from one state to another: at most one to each register."""
    accesses = []
    for register, offset in specification.offsets.items():
        value = specification.reads(after, register)
        if specification.bits(register) and value != specification.reads(before, register):
            accesses.append(Access("write", offset, value))
    flags = [specification.reads(state, name) for name in ("C1TOC2SR", "C2TOC1SR") for state in (before, after)]
    for register, (own, own_after, peer, peer_after) in (("C1SCR", flags), ("C2SCR", flags[2:] + flags[:2])):
        value = (own_after & ~own) << HALF | (peer & ~peer_after)
        if value:
            accesses.append(Access("write", specification.offsets[register], value))
    return accesses
