"""Doorbells that go wrong on purpose: a write that raises a flag of the IPCC is lost, happens twice, or comes late.

It stands between the IPCC and whoever hears of its flags, on every engine. Who survives that is for tests.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

from mp1bench.doorbells import STATUS, Flag
from mp1bench.engine import Engine
from mp1bench.errors import UsageError, suggest
from mp1bench.trace import Log
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import C1SCR, C2SCR

KINDS = ("lost", "doubled", "late")

_TARGET = "doorbell-faults"
#: Where a direction's flags are raised, and where they are taken back; to raise is in the upper half.
_RAISED_IN = {"a7_to_m4": C1SCR, "m4_to_a7": C2SCR}
_TAKEN_IN = {"a7_to_m4": C2SCR, "m4_to_a7": C1SCR}
_UPPER = 16


class Fault:
    """One fault that was injected. `struck` has the times, in ns, at which it did; `end` ends it."""

    def __init__(self, kind: str, flag: Flag, which: Collection[int] | None, by: int) -> None:
        self.kind = kind
        self.flag = flag
        self.struck: list[int] = []
        self._which = which
        self.by = by
        self._seen = 0
        self._ended = False

    def end(self) -> None:
        """No doorbell is touched any more. One that is to come late, or again, still comes."""
        self._ended = True

    def strikes(self) -> bool:
        """The flag goes up once more: does it go wrong?"""
        self._seen += 1
        return not self._ended and (self._which is None or self._seen in self._which)


class DoorbellFaults:
    """The faults of one IPCC, which the engine has been given already. Each doorbell suffers from one at most."""

    def __init__(self, engine: Engine, ipcc: Ipcc) -> None:
        self._engine = engine
        self._ipcc = ipcc
        self._faults: list[Fault] = []
        self._again: dict[Flag, Fault] = {}  # comes again when it has been taken
        self._due: dict[str, Flag] = {}
        self._tags = count()
        self._own: tuple[Flag, int] | None = None  # the change that a write of ours is about to make
        report = ipcc.on_event
        assert report is not None

        def listen(kind: str, subject: str, before: int, after: int) -> None:
            if kind != "flag" or self._passes(Flag.of(subject), after):
                report(kind, subject, before, after)

        ipcc.on_event = listen
        engine.on_event(_TARGET, self._comes)

    def inject(self, kind: str, direction: str, channel: int, which: int | Collection[int] | None, by: int) -> Fault:
        """See `Board.inject`."""
        if kind not in KINDS:
            raise UsageError(f"no doorbell can be `{kind}`.{suggest(kind, KINDS)}")
        if direction not in STATUS:
            raise UsageError(f"no doorbell goes `{direction}`.{suggest(direction, STATUS)}")
        if not _is_number(channel) or not 1 <= channel <= self._ipcc.CHANNELS:
            raise UsageError(f"there is no channel {channel}: this IPCC has the channels 1 to {self._ipcc.CHANNELS}.")
        numbers = None if which is None else list(which) if isinstance(which, Collection) else [which]
        if numbers is not None and not (numbers and all(_is_number(one) and one > 0 for one in numbers)):
            raise UsageError(f"doorbells count from 1, so `which` cannot be {which!r}. Without it, all go wrong.")
        if not _is_number(by) or by < 0 or (kind == "late" and by == 0) or (kind == "lost" and by > 0):
            raise UsageError(
                "`by` says in ns how late a late doorbell comes, or how long after it was taken a doubled one comes"
                f" again. With `{kind}` it cannot be {by!r}."
            )
        fault = Fault(kind, Flag(direction, channel), numbers, by)
        self._faults.append(fault)
        return fault

    def _passes(self, flag: Flag, after: int) -> bool:
        """A flag has just changed. False if nobody is to hear of it."""
        if self._own == (flag, after):
            self._own = None
            return bool(after)
        if after:
            return not self._goes_wrong(flag)
        fault = self._again.pop(flag, None)
        if fault is not None:
            self._schedule(flag, fault.by)
        return True

    def _goes_wrong(self, flag: Flag) -> bool:
        """A flag has just gone up. True if it has not, after all."""
        struck = [fault for fault in self._faults if fault.flag == flag and fault.strikes()]
        if not struck:
            return False
        fault = struck[0]
        fault.struck.append(self._engine.now)
        if fault.kind == "doubled":
            self._remark(flag, "comes twice")
            self._again[flag] = fault
            return False
        self._own = flag, 0
        self._ipcc.write(_TAKEN_IN[flag.direction], 1 << flag.channel - 1, 4)
        if fault.kind == "late":
            self._schedule(flag, fault.by)
        self._remark(flag, "is lost" if fault.kind == "lost" else f"comes {fault.by} ns late")
        return True

    def _schedule(self, flag: Flag, by: int) -> None:
        tag = str(next(self._tags))
        self._due[tag] = flag
        self._engine.schedule(self._engine.now + by, _TARGET, tag)

    def _comes(self, tag: str) -> None:
        flag = self._due.pop(tag)
        word = self._ipcc.state()[STATUS[flag.direction]]
        assert isinstance(word, int)
        up = word >> flag.channel - 1 & 1
        self._remark(flag, "comes now, and is up already" if up else "comes now")
        self._own = None if up else (flag, 1)
        self._ipcc.write(_RAISED_IN[flag.direction], 1 << flag.channel - 1 + _UPPER, 4)

    def _remark(self, flag: Flag, what: str) -> None:
        if self._engine.trace is not None:
            text = f"injected: the doorbell of CH{flag.channel}, {flag.direction}, {what}"
            self._engine.trace.record(Log(self._engine.now, "bench", "", text))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
