"""The flags of an IPCC as a record: which are up, and when each was raised. It changes none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mp1bench.engine import Engine
from stm32mp1.ipcc import Ipcc

#: The status register of each direction.
STATUS = {"a7_to_m4": "C1TOC2SR", "m4_to_a7": "C2TOC1SR"}
_DIRECTIONS = {register: direction for direction, register in STATUS.items()}


class Flag(NamedTuple):
    """One flag of the IPCC. `direction` is "a7_to_m4" or "m4_to_a7"; `channel` counts from 1."""

    direction: str
    channel: int

    @classmethod
    def of(cls, subject: str) -> Flag:
        """The one that the IPCC reports as `C1TOC2SR.CH2F`."""
        register, _, field = subject.partition(".")
        return cls(_DIRECTIONS[register], int(field[2:-1]))

    def __str__(self) -> str:
        return f"{self.direction}:{self.channel}"


class Raised(NamedTuple):
    """How often a flag went up, and when it did so last, in ns."""

    times: int
    last: int


def by_direction(counts: Mapping[Flag, int]) -> dict[str, dict[str, int]]:
    """How often each flag was raised: by direction, then by channel; channels that never rang are left out."""
    return {
        direction: {str(flag.channel): times for flag, times in sorted(counts.items()) if flag.direction == direction}
        for direction in ("m4_to_a7", "a7_to_m4")
    }


class Doorbells:
    """Listens to `ipcc`, which the engine has been given already. `raised` has each flag that ever went up."""

    def __init__(self, engine: Engine, ipcc: Ipcc) -> None:
        self.raised: dict[Flag, Raised] = {}
        self._engine = engine
        report = ipcc.on_event
        assert report is not None

        def listen(kind: str, subject: str, before: int, after: int) -> None:
            if kind == "flag" and after:
                self._note(subject)
            report(kind, subject, before, after)

        ipcc.on_event = listen

    def _note(self, subject: str) -> None:
        flag = Flag.of(subject)
        times = self.raised[flag].times if flag in self.raised else 0
        self.raised[flag] = Raised(times + 1, self._engine.now)

    def counts(self) -> dict[str, dict[str, int]]:
        """How often each flag was raised, as `by_direction` has it."""
        return by_direction({flag: raised.times for flag, raised in self.raised.items()})

    def state(self) -> dict[Flag, Raised]:
        """What has been raised so far."""
        return dict(self.raised)

    def from_state(self, state: Mapping[Flag, Raised]) -> None:
        """Go on counting from there."""
        self.raised = dict(state)
