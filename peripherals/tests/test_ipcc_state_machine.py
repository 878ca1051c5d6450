"""Any sequence of accesses does to the IPCC what it does to the specification: hypothesis looks for one that does not.

The sequences are the same in every run.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ipcclab.proof.judge import Outcome, observation, outcome
from ipcclab.proof.specification import HALF, SIZE, WORD, Specification
from ipcclab.proof.subject import Access, Subject
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP25, STM32WL5x

# ipcc-hardware.md §4 and §9.
FOUR = tuple((name, (name,)) for name in ("RX0", "TX0", "RX1", "TX1"))
SECURE = tuple((f"{name}S", (f"{name}S",)) for name, _ in FOUR)
WORDS = st.integers(0, WORD) | st.integers(0, 31).map(lambda bit: 1 << bit)
WORDS |= WORDS.map(lambda word: word ^ WORD)


class Sequences(RuleBasedStateMachine):
    """One device, and the state that it must be in."""

    make = Ipcc
    specification = Specification(6, FOUR)

    def __init__(self):
        super().__init__()
        self.subject = Subject(self.make, self.specification)
        self.expected = Outcome(self.specification.power_on)

    def do(self, access):
        self.expected = outcome(self.specification, self.expected.state, access)
        assert self.subject.do(access) == self.expected.value
        if self.subject.device.on_line is not None:
            assert tuple(self.subject.reported()) == self.expected.reports

    @rule(data=st.data(), value=WORDS)
    def write(self, data, value):
        register = data.draw(st.sampled_from(sorted(self.specification.offsets)))
        self.do(Access("write", self.specification.offsets[register], value))

    @rule(processor=st.sampled_from([1, 2]), channel=st.integers(0, 2), half=st.sampled_from([0, HALF]))
    def set_or_clear(self, processor, channel, half):
        self.do(Access("write", self.specification.offsets[f"C{processor}SCR"], 1 << (half + channel)))

    @rule(processor=st.sampled_from([1, 2]), channel=st.integers(0, 2), half=st.sampled_from([0, HALF]))
    def mask_or_unmask(self, processor, channel, half):
        masks = self.specification.reads(self.expected.state, f"C{processor}MR")
        self.do(Access("write", self.specification.offsets[f"C{processor}MR"], masks ^ 1 << (half + channel)))

    @rule(processor=st.sampled_from([1, 2]), value=st.sampled_from([0x00030003, 0x00010001, 0x00000001, 0x00010000]))
    def enable(self, processor, value):
        self.do(Access("write", self.specification.offsets[f"C{processor}CR"], value))

    @rule(data=st.data())
    def read(self, data):
        register = data.draw(st.sampled_from(sorted(self.specification.offsets)))
        self.do(Access("read", self.specification.offsets[register]))

    @rule(
        verb=st.sampled_from(["read", "write"]), offset=st.integers(-8, SIZE + 8), width=st.sampled_from([1, 2, 4, 8])
    )
    def access_anywhere(self, verb, offset, width):
        self.do(Access(verb, offset, (1 << 8 * width) - 1 if verb == "write" else 0, width))

    @rule()
    def reset(self):
        self.do(Access("reset"))

    @rule()
    def restore(self):
        self.do(Access("restore"))

    @rule()
    def another_takes_over(self):
        heir = Subject(self.make, self.specification)
        heir.device.from_state(json.loads(json.dumps(self.subject.device.state())))
        heir.heard.clear()
        self.subject = heir

    @precondition(lambda self: self.subject.device.on_line is not None)
    @rule()
    def stop_listening(self):
        self.subject.device.on_line = self.subject.device.on_event = None

    @precondition(lambda self: self.subject.device.on_line is None)
    @rule()
    def listen_again(self):
        self.subject.listen()
        assert self.subject.heard == []

    @invariant()
    def looks_as_specified(self):
        assert self.subject.observe() == observation(self.specification, self.expected.state)
        assert self.subject.heard == []


class CombinedLine(Sequences):
    """The STM32WL5x's: RX1 and TX1 are one line."""

    make = ipcc_class(STM32WL5x)
    specification = Specification(6, (*FOUR[:2], ("RXTX1", ("RX1", "TX1"))))


class Secured(Sequences):
    """The STM32MP25's: sixteen channels, of which some are secure."""

    make = ipcc_class(STM32MP25)
    specification = Specification(16, FOUR + SECURE, secured=True)


@pytest.mark.parametrize("machine", [Sequences, CombinedLine, Secured])
def test_any_sequence_does_what_the_specification_says(machine):
    profile = settings(derandomize=True, database=None, deadline=None, max_examples=40, stateful_step_count=50)
    run_state_machine_as_test(machine, settings=profile)
