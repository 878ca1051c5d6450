"""What the proof claims, by number. I1 to I12 are the invariants of the device; the rest is what they are part of."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, TypeAlias

CLAIMS = {
    "I1": "a flag rises only through its sender's SCR",
    "I2": "a flag falls only through its receiver's SCR or a reset",
    "I3": "a read has no side effect",
    "I4": "SCR reads zero",
    "I5": "reserved bits keep their reset value and ignore writes",
    "I6": "one write that sets and clears a channel does both",
    "I7": "a line is high exactly while an enabled, unmasked channel is occupied (RX) or free (TX)",
    "I8": "each edge of a line and each change of a flag is reported once, and nothing else",
    "I9": "from_state(state()) is the identity, lines included",
    "I10": "a reset leads from any state to that after power-on",
    "I11": "no access raises, and one that the hardware does not take has no effect",
    "I12": "swapping the processors and their registers changes nothing else",
    "storage": "CR, MR and the configuration registers read back what was written",
    "constants": "HWCFGR and the identification registers read their constants",
    "effect": "SCR sets and clears what it says",
    "independence": "an access to some channels leaves the others as they are",
}

Tally: TypeAlias = "Counter[str]"  # how often each claim was checked


class Difference(NamedTuple):
    """Something that a device shows and the specification does not."""

    claim: str
    sentence: str  # "TX0 is low, must be high"
