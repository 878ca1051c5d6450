"""The proof: our IPCC passes it with every channel, and a broken one is caught by the shortest sequence there is.

Two channels together and all pairs are `make prove`.
"""

from __future__ import annotations

from collections import Counter

import pytest

from ipcclab.proof.claims import CLAIMS
from ipcclab.proof.prove import EQUATION, INVARIANTS, ONE, Candidate, Task, line_equation, one_channel, perform, run
from ipcclab.proof.search import shortest
from ipcclab.proof.slice import Slice
from ipcclab.proof.specification import Specification
from ipcclab.proof.walk import Part, walk
from ipcclab.proof.words import describe
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import (
    C1CR,
    C1MR,
    C1SCR,
    C1TOC2SR,
    C2CR,
    C2MR,
    C2SCR,
    C2TOC1SR,
    STM32MP25,
    STM32WB15,
    STM32WL5x,
)

# ipcc-hardware.md §2, §4 and §9.
FOUR = tuple((name, (name,)) for name in ("RX0", "TX0", "RX1", "TX1"))
MP15 = Specification(6, FOUR)
WB15 = Specification(6, FOUR, identified=False)
WL5X = Specification(6, (*FOUR[:2], ("RXTX1", ("RX1", "TX1"))))
MP25 = Specification(16, FOUR + tuple((f"{name}S", (f"{name}S",)) for name, _ in FOUR), secured=True)


@pytest.fixture(scope="module")
def results():
    """Everything that is proven of channels one by one, and the line equation in its small size."""
    tasks = [*one_channel(MP15), *line_equation(10_000)]
    candidate = Candidate(Ipcc, MP15, {"EXTI61": "RX0", "EXTI62": "RX1"})
    return list(zip(tasks, run(candidate, tasks), strict=True))


def total(results, section):
    chosen = [walked for task, walked in results if task.section == section]
    return sum(walked.states for walked in chosen), sum(walked.transitions for walked in chosen)


def test_no_state_and_write_of_any_channel_violates_the_specification(results):
    assert [walked.violation for _, walked in results if walked.violation] == []


def test_every_channel_is_walked_through_1024_states_and_24_writes_each(results):
    assert total(results, ONE) == (2 * 6 * 1024, 2 * 6 * 1024 * 24)  # in two backgrounds
    assert total(results, INVARIANTS) == (6 * 1024, 0)
    assert total(results, EQUATION) == (0, 10_000)


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim_is_checked_in_every_state(claim, results):
    assert sum((walked.tally for _, walked in results), Counter())[claim] >= 6 * 1024


def test_two_channels_together_do_what_an_ipcc_of_two_does():
    walked = walk(Ipcc, MP15, Part((2, 5), first=7, step=1021))
    assert walked[:2] == (65, 65 * 72)
    assert walked.violation is None


@pytest.mark.parametrize(
    ("variant", "specification", "part"),
    [
        (STM32WB15, WB15, Part((6,), step=7)),
        (STM32WL5x, WL5X, Part((1,), step=7)),
        (STM32MP25, MP25, Part((16,), coarse=True, step=61)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_variant_does_what_its_specification_says(variant, specification, part):
    for section in (ONE, INVARIANTS):
        walked = perform(Candidate(ipcc_class(variant), specification, {}), Task(section, part))
        assert walked.states > 16
        assert walked.violation is None


# -- the reference itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "secured", "states", "writes"),
    [(1, False, 1_024, 24), (2, False, 65_536, 72), (1, True, 65_536, 52)],
)
def test_states_and_writes_are_as_many_as_their_bits_say(channels, secured, states, writes):
    specification = Specification(channels, FOUR, secured=secured)
    assert len(set(specification.states())) == states
    assert len(set(specification.writes())) == writes


def test_specification_follows_the_firmwares_start_and_first_message():
    """The order in which ST's HAL on processor 2 starts and sends on channel 1 (ipcc-hardware.md §11)."""
    state = MP15.power_on
    for register, value in [
        ("C2CR", 0),
        ("C2MR", 0x003F_003F),
        ("C2SCR", 0x3F),
        ("C2CR", 0x0001_0001),
        ("C2MR", 0x003F_003E),
        ("C2SCR", 0x0001_0000),
    ]:
        state = MP15.after(state, register, value)
    assert MP15.reads(state, "C2TOC1SR") == 1
    assert MP15.reads(state, "C2SCR") == 0
    assert MP15.reads(state, "C2MR") == 0xFFFF_FFFE
    assert [MP15.level(state, line) for line, _ in FOUR] == [False, False, False, False]
    state = MP15.after(state, "C1SCR", 0x0001_0001)
    assert [MP15.level(state, line) for line, _ in FOUR] == [False, False, True, False]
    state = MP15.after(state, "C2MR", 0x003E_003F)
    assert [MP15.level(state, line) for line, _ in FOUR] == [False, False, False, True]


def test_secure_channel_raises_the_secure_line_only():
    state = MP25.power_on
    for register, value in [("C2CR", 0x0000_0003), ("C2MR", 0xFFFF_FFFE), ("C1SCR", 0x0001_0000)]:
        state = MP25.after(state, register, value)
    assert [line for line, _ in MP25.lines if MP25.level(state, line)] == ["RX1"]
    state = MP25.after(state, "C2SECCFGR", 1)
    assert [line for line, _ in MP25.lines if MP25.level(state, line)] == ["RX1S"]


def test_background_raises_no_line_and_is_not_the_reset_state():
    slice_ = Slice(MP15, (2,))
    one, two = slice_.embed(slice_.narrow.power_on)
    enabled = (one._replace(enabled=frozenset({"RX", "TX"})), two._replace(enabled=frozenset({"RX", "TX"})))
    assert [MP15.level(enabled, line) for line, _ in FOUR] == [False] * 4
    assert MP15.reads(enabled, "C1TOC2SR") == MP15.reads(enabled, "C2TOC1SR") == 0b010101
    assert MP15.reads(enabled, "C1MR") == 0xFFEA_FFD7


def test_wide_specification_does_to_a_slice_what_the_narrow_one_does():
    slice_ = Slice(MP15, (5, 2))
    for state in list(slice_.narrow.states())[::997]:
        for register, value in slice_.narrow.writes():
            there = slice_.narrow.after(state, register, value)
            assert MP15.after(slice_.embed(state), register, slice_.write(register, value).value) == slice_.embed(there)


# -- broken devices -------------------------------------------------------------------------------------------------


def counterexample(device, specification=MP15):
    """What `ipcclab prove` says of it after a look at every 11th state of three channels."""
    for task in one_channel(specification):
        if task.part.places not in ((1,), (3,), (6,)):
            continue
        sampled = task._replace(part=task.part._replace(step=11))
        violation = perform(Candidate(device, specification, {}), sampled).violation
        if violation is not None:
            return "\n".join(describe(violation, shortest(device, specification, violation), device.TABLE))
    pytest.fail(f"{device.__name__} is not caught")


class EdgeOnly(Ipcc):
    """Its TX lines are raised by a channel that becomes free, not by unmasking one that is."""

    freed = False
    tx = (False, False)

    def _store(self, register, value):
        before = self._words[C1TOC2SR], self._words[C2TOC1SR]
        super()._store(register, value)
        self.freed = any(was & ~self._words[at] for was, at in zip(before, (C1TOC2SR, C2TOC1SR), strict=True))

    def _outputs(self):
        rx0, tx0, rx1, tx1 = super()._outputs()
        self.tx = tx0 and (self.freed or self.tx[0]), tx1 and (self.freed or self.tx[1])
        return [rx0, self.tx[0], rx1, self.tx[1]]


class ScrReadsBack(Ipcc):
    last = 0

    def write(self, offset, value, width):
        super().write(offset, value, width)
        if offset == C1SCR:
            self.last = value

    def read(self, offset, width):
        return super().read(offset, width) or self.last * (offset == C1SCR and width == 4)


class MaskIgnoredOnChannel6(Ipcc):
    def _outputs(self):
        masks = self._words[C2MR]
        self._words[C2MR] = masks & ~0x20
        levels = super()._outputs()
        self._words[C2MR] = masks
        return levels


class LineNotLoweredOnMask(Ipcc):
    """A line that is high stays so until its enable is taken away."""

    high = (False, False, False, False)

    def _outputs(self):
        enables = [self._words[at] >> bit & 1 for at in (C1CR, C2CR) for bit in (0, 16)]
        levels = zip(super()._outputs(), self.high, enables, strict=True)
        self.high = [new or bool(old and enabled) for new, old, enabled in levels]
        return self.high


class ReportsTwice(Ipcc):
    def _settle(self):
        before = self.heard_of
        super()._settle()
        self.heard_of = self.level("RX1")
        if self.on_line and self.heard_of and not before:
            self.on_line("RX1", True)

    heard_of = False


class CountsPosts(Ipcc):
    posts = 0

    def write(self, offset, value, width):
        if offset == C1SCR and width == 4 and value & 0x10000:
            self.posts += 1
        if offset == C2SCR and width == 4 and value & 1 and self.posts:
            self.posts -= 1
            value &= ~int(self.posts > 0)
        super().write(offset, value, width)


class RaisesOnAnAccess(Ipcc):
    def write(self, offset, value, width):
        super().write(offset, value // (offset != 0x3EC), width)


class ReadClears(Ipcc):
    def read(self, offset, width):
        value = super().read(offset, width)
        if offset == C1TOC2SR and width == 4:
            self.write(C2SCR, value, 4)
        return value


class ResetForgetsMr(Ipcc):
    def reset(self):
        masks = self.read(C1MR, 4)
        super().reset()
        self.write(C1MR, masks, 4)


class StateLeavesMasksOut(Ipcc):
    def from_state(self, state):
        super().from_state({**state, "C2MR": 0xFFFF_FFFF})


class ChannelThreeFreesItsNeighbour(Ipcc):
    def write(self, offset, value, width):
        super().write(offset, value, width)
        if offset == C1SCR and width == 4 and value & 0x40000:
            super().write(C2SCR, 0x8, 4)


class ServesHalfWords(Ipcc):
    def write(self, offset, value, width):
        super().write(offset, value, 4 if offset == C2SCR and width == 2 else width)


I7 = "I7 is violated: a line is high exactly while an enabled, unmasked channel is occupied (RX) or free (TX)."
I8 = "I8 is violated: each edge of a line and each change of a flag is reported once, and nothing else."
I11 = "I11 is violated: no access raises, and one that the hardware does not take has no effect."
EFFECT = "effect is violated: SCR sets and clears what it says."


@pytest.mark.parametrize(
    ("device", "claim", "path", "differences"),
    [
        (
            EdgeOnly,
            I7,
            ["write C1MR 0xFFFEFFFF (CH1FM=0)", "write C1CR 0x00010000 (TXFIE=1)"],
            ["TX0 is low, must be high", "it does not report that TX0 goes high"],
        ),
        (
            ScrReadsBack,
            "I4 is violated: SCR reads zero.",
            ["write C1SCR 0x00000004 (CH3C=1)"],
            ["C1SCR reads 0x00000004, must read 0x00000000"],
        ),
        (
            MaskIgnoredOnChannel6,
            I7,
            ["write C1SCR 0x00200000 (CH6S=1)", "write C2CR 0x00000001 (RXOIE=1)"],
            ["RX1 is high, must be low", "it reports that RX1 goes high, must not"],
        ),
        (
            LineNotLoweredOnMask,
            I7,
            ["write C2CR 0x00010000 (TXFIE=1)", "write C2MR 0xFFFEFFFF (CH1FM=0)", "write C2MR 0xFFFFFFFF"],
            ["TX1 is high, must be low", "it does not report that TX1 goes low"],
        ),
        (
            ReportsTwice,
            I8,
            ["write C2CR 0x00000001 (RXOIE=1)", "write C2MR 0xFFFFFFFE (CH1OM=0)", "write C1SCR 0x00010000 (CH1S=1)"],
            ["it reports 2 times that RX1 goes high, must once"],
        ),
        (
            CountsPosts,
            EFFECT,
            ["write C1SCR 0x00010000 (CH1S=1)", "write C1SCR 0x00010000 (CH1S=1)", "write C2SCR 0x00000001 (CH1C=1)"],
            [
                "C1TOC2SR reads 0x00000001, must read 0x00000000",
                "it does not report that C1TOC2SR.CH1F goes from 1 to 0",
            ],
        ),
        (
            RaisesOnAnAccess,
            I11,
            ["write +0x3ec 0xFFFFFFFF"],
            ["it raises ZeroDivisionError: integer division or modulo by zero"],
        ),
        (
            ReadClears,
            "I3 is violated: a read has no side effect.",
            ["write C1SCR 0x00040000 (CH3S=1)", "read C1TOC2SR"],
            [
                "C1TOC2SR reads 0x00000000, must read 0x00000004",
                "it reports that C1TOC2SR.CH3F goes from 1 to 0, must not",
            ],
        ),
        (
            ResetForgetsMr,
            "I10 is violated: a reset leads from any state to that after power-on.",
            ["write C1MR 0xFFFFFFFE (CH1OM=0)", "reset"],
            ["C1MR reads 0xFFFFFFFE, must read 0xFFFFFFFF"],
        ),
        (
            StateLeavesMasksOut,
            "I9 is violated: from_state(state()) is the identity, lines included.",
            ["write C2MR 0xFFFFFFFE (CH1OM=0)", "from_state(state())"],
            ["C2MR reads 0xFFFFFFFF, must read 0xFFFFFFFE"],
        ),
        (
            ChannelThreeFreesItsNeighbour,
            EFFECT,
            ["write C1SCR 0x000C0000 (CH3-4S=1)"],
            [
                "C1TOC2SR reads 0x00000004, must read 0x0000000C",
                "it reports that C1TOC2SR.CH4F goes from 1 to 0, must not",
            ],
        ),
        (
            ServesHalfWords,
            I11,
            ["2-byte write of 0xFFFF to C2SCR"],
            ["it does not report that the access is illegal"],
        ),
    ],
)
def test_broken_device_is_caught_by_the_shortest_sequence(device, claim, path, differences):
    numbered = [f"  {number}. {words}" for number, words in enumerate(path, 1)]
    said = [claim, "The shortest access sequence from power-on that shows it:", *numbered]
    said += [f"{word} {words}" for word, words in zip(("then", "and"), differences, strict=False)]
    assert counterexample(device).splitlines() == said
