"""The line equation over all channels at once: random words in the registers, lines compared with one formula for each.

The formulas work on whole words, as ipcc-hardware.md §4 writes them; they share nothing with the sets of
`specification.py`. The sequence of words follows from a seed and is the same everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from ipcclab.proof.claims import Difference
from ipcclab.proof.judge import raised
from ipcclab.proof.specification import HALF, WORD, Specification
from ipcclab.proof.subject import Access, Provable, Subject
from ipcclab.proof.walk import StoppedError, Violation, Walked

_KINDS = ("CR", "MR", "SCR", "SCR")
_SECURED_KINDS = (*_KINDS, "SECCFGR")


def check_equation(make: Callable[[], Provable], wide: Specification, seed: int, cases: int) -> Walked:
    """Write `cases` random words and compare all lines and both status registers after each."""
    random = Random(seed)
    words = Words(wide)
    done = 0
    access = Access("reset")
    try:
        subject = Subject(make, wide)
        while done < cases:
            processor, kind = random.choice((1, 2)), random.choice(_SECURED_KINDS if wide.secured else _KINDS)
            # Sparse and dense words as well as even ones: with many channels open a line would hardly ever fall.
            value = random.getrandbits(32) & (random.getrandbits(32) | -random.getrandbits(1))
            value &= random.getrandbits(32) | -random.getrandbits(1)
            value ^= WORD & -random.getrandbits(1)
            access = Access("write", wide.offsets[f"C{processor}{kind}"], value)
            subject.device.write(access.offset, value, 4)
            words.write(processor, kind, value)
            for line, sources in wide.lines:
                want = any(words.raised(source) for source in sources)
                if subject.device.level(line) != want:
                    raise StoppedError(Difference("I7", f"{line} is {'low' if want else 'high'}, must not be"))
            for own, name in ((1, "C1TOC2SR"), (2, "C2TOC1SR")):
                if subject.device.read(wide.offsets[name], 4) != words.flags[own]:
                    raise StoppedError(Difference("effect", f"{name} must read 0x{words.flags[own]:08X}"))
            subject.heard.clear()
            done += 1
    except (Exception, SystemExit) as error:
        differences = error.differences if isinstance(error, StoppedError) else (raised(error),)
        return Walked(0, done, Counter(), Violation((), (*words.path(), access), differences))
    return Walked(0, done, Counter({"I7": len(wide.lines) * cases, "effect": cases}))


class Words:
    """Two words of flags, and a word of masks, enables and security for each processor."""

    def __init__(self, wide: Specification) -> None:
        self._wide = wide
        self._channels = (1 << wide.channels) - 1
        self.flags = {1: 0, 2: 0}
        self._written = {"CR": {1: 0, 2: 0}, "MR": {1: WORD, 2: WORD}, "SECCFGR": {1: 0, 2: 0}}

    def write(self, processor: int, kind: str, value: int) -> None:
        """What a write does to the words."""
        if kind == "SCR":
            self.flags[processor] |= value >> HALF & self._channels
            self.flags[3 - processor] &= ~value
        else:
            self._written[kind][processor] = value

    def raised(self, source: str) -> bool:
        """The formula of RX0, TX0 …; of RX0S and its like in a secured block."""
        own = int(source[2]) + 1
        kind, secure = source[:2], source[3:] == "S"
        mask = self._written["MR"][own]
        flags = self.flags[3 - own] & ~mask if kind == "RX" else ~self.flags[own] & ~(mask >> HALF)
        if self._wide.secured:
            flags &= self._written["SECCFGR"][own] if secure else ~self._written["SECCFGR"][own]
        enable = (0 if kind == "RX" else HALF) + secure
        return bool(self._written["CR"][own] >> enable & 1 and flags & self._channels)

    def path(self) -> list[Access]:
        """Writes that lead from power-on to these words."""
        found = [
            Access("write", self._wide.offsets[f"C{processor}{kind}"], value)
            for kind, values in self._written.items()
            for processor, value in values.items()
            if f"C{processor}{kind}" in self._wide.offsets
        ]
        return found + [Access("write", self._wide.offsets[f"C{p}SCR"], self.flags[p] << HALF) for p in (1, 2)]
