"""What must hold in each state beyond the effect of single writes: reads, refused accesses, state, reset, symmetry.

The channels and states are those of `walk.py`, in the same background.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from ipcclab.proof.claims import Difference
from ipcclab.proof.judge import compare, misreported, observation, outcome, raised, reports
from ipcclab.proof.mirror import Mirror
from ipcclab.proof.slice import Slice, way
from ipcclab.proof.specification import SIZE, WORD, Specification, State
from ipcclab.proof.subject import Access, Provable, Report, Subject
from ipcclab.proof.walk import Part, StoppedError, Violation, Walked, all_states, numbers, undoing


def check_invariants(
    make: Callable[[], Provable], wide: Specification, part: Part, aliases: Mapping[str, str]
) -> Walked:
    """Check the invariants in each state of a part. `aliases` are further names of lines, each with its line."""
    slice_ = Slice(wide, part.places, part.background)
    check = _Check(slice_, aliases)
    states = 0
    try:
        check.build(make)
        for number in numbers(slice_.narrow, part._replace(places=(), background=0)):
            check.go(slice_.embed(all_states(slice_.narrow)[number]))
            check.everything()
            states += 1
    except (Exception, SystemExit) as error:
        differences = error.differences if isinstance(error, StoppedError) else (raised(error),)
        path = (*way(wide, wide.power_on, check.here), *check.doing)
        return Walked(states, 0, check.tally, Violation(part.places, path, differences))
    return Walked(states, 0, check.tally)


def refused_accesses(specification: Specification) -> Iterator[Access]:
    """Accesses that the hardware does not take: narrow, wide, unaligned, reserved, outside, to what is read-only."""
    offsets = specification.offsets
    for offset in (offsets["C1MR"], offsets["C2SCR"]):
        for width in (1, 2, 8):
            yield Access("read", offset, 0, width)
            yield Access("write", offset, (1 << 8 * width) - 1, width)
    for offset in (offsets["C1SCR"] + 2, offsets["C2CR"] + 1, 0x020, 0x3EC, SIZE, -4):
        yield Access("read", offset)
        yield Access("write", offset, WORD)
    for register, offset in offsets.items():
        if not specification.bits(register):
            yield Access("write", offset, WORD)


class _Check:
    """A device under proof in a known state, and what is checked there."""

    subject: Subject
    heir: Subject  # takes over the state of the subject
    image: Subject  # is in the mirrored state

    def __init__(self, slice_: Slice, aliases: Mapping[str, str]) -> None:
        self.wide, self._aliases = slice_.wide, aliases
        self.here = self.wide.power_on
        self.seen: list[int] = []
        self.doing: list[Access] = []
        self.tally: Counter[str] = Counter()
        self._mirror = Mirror(self.wide)
        self._refused = [(access, outcome(self.wide, self.here, access)) for access in refused_accesses(self.wide)]
        self._writes = [
            (slice_.write(register, value), undoing(self.wide, register))
            for register, value in slice_.narrow.writes()
            if register.startswith("C1")  # those of processor 2 are their images
        ]

    def build(self, make: Callable[[], Provable]) -> None:
        """Make the devices. Nobody listens to the heir and the image: that must not matter."""
        self.subject, self.heir, self.image = (Subject(make, self.wide) for _ in range(3))
        for silent in (self.heir.device, self.image.device):
            silent.on_line = silent.on_event = None

    def go(self, state: State) -> None:
        """Bring subject and image to a state, by writes."""
        self.doing = way(self.wide, self.here, state)
        for access in self.doing:
            self.subject.do(access)
            self.image.do(self._mirror.access(access))
        self.subject.heard.clear()
        self.here, self.seen, self.doing = state, observation(self.wide, state), []

    def everything(self) -> None:
        """Check all invariants here. The device is in this state again afterwards."""
        self._expect(self.subject)
        for alias, line in self._aliases.items():
            same = self.subject.device.level(alias) == self.wide.level(self.here, line)
            self._require(same, "I7", f"{alias} is not what {line} is")
        self.tally["I7"] += len(self.wide.lines) + len(self._aliases)
        self._reads()
        self._reserved_bits()
        self._refusals()
        self._kept_registers()
        self._restore()
        self._reset()
        self._symmetry()

    def _reads(self) -> None:
        for offset, value in zip(self.wide.offsets.values(), self.seen, strict=False):
            self._perform(Access("read", offset), value)
        self._expect(self.subject)
        self.tally["I3"] += len(self.wide.offsets)

    def _reserved_bits(self) -> None:
        for (register, offset), value in zip(self.wide.offsets.items(), self.seen, strict=False):
            bits = self.wide.bits(register)
            if bits:
                self._perform(Access("write", offset, value ^ WORD ^ sum(1 << bit for bit in bits)))
                self.tally["I5"] += 1
        self._expect(self.subject)

    def _refusals(self) -> None:
        for access, expected in self._refused:
            self._perform(access, expected.value, expected.reports)
        self._expect(self.subject)
        self.tally["I11"] += len(self._refused)

    def _kept_registers(self) -> None:
        for register in self.wide.offsets:
            if register.endswith(("PRIVCFGR", "CIDCFGR")):
                self._perform(Access("write", self.wide.offsets[register], WORD))
                self._expect(self.subject, self.wide.after(self.here, register, WORD))
                self._perform(Access("write", self.wide.offsets[register], self.wide.reads(self.here, register)))
                self.tally["storage"] += 1

    def _restore(self) -> None:
        self._perform(Access("restore"))
        self._expect(self.subject)
        self.heir.device.from_state(json.loads(json.dumps(self.subject.device.state())))
        self._expect(self.heir)
        self.tally["I9"] += 1

    def _reset(self) -> None:
        saved, power_on = self.subject.device.state(), self.wide.power_on
        self._perform(Access("reset"), None, reports(self.wide, self.here, power_on))
        self._expect(self.subject, power_on)
        self.subject.device.from_state(saved)
        moved = [report for report in self.subject.reported() if report[0] == "line"]
        due = [report for report in reports(self.wide, power_on, self.here) if report[0] == "line"]
        if moved != due:
            raise StoppedError(*misreported(moved, due))
        self._expect(self.subject)
        self.tally["I10"] += 1

    def _symmetry(self) -> None:
        subject, image = self.subject, self.image
        for access, undo in self._writes:
            self.doing = [access]
            subject.device.write(access.offset, access.value, 4)
            image.do(self._mirror.access(access))
            after = subject.observe()
            agree = self._mirror.agrees(after, image.observe())
            self._require(agree, "I12", f"its mirror image differs: {after} and {image.observe()}")
            if after != self.seen:
                back = undo(self.seen, after)
                subject.device.write(back.offset, back.value, 4)
                image.do(self._mirror.access(back))
        subject.heard.clear()
        self.tally["I12"] += len(self._writes)

    def _perform(self, access: Access, value: int | None = None, due: Sequence[Report] = ()) -> None:
        """An access to the subject that must give a value and be reported like this."""
        self.doing = [access]
        got = self.subject.do(access)
        self._require(got == value, "I3", f"it gives {got!r}, must give {value!r}")
        heard = self.subject.reported()
        if heard != list(due):
            raise StoppedError(*misreported(heard, due))

    def _expect(self, subject: Subject, state: State | None = None) -> None:
        """Nothing more was reported, and everything looks as in that state: by default the present one."""
        seen = subject.observe()
        if seen != (self.seen if state is None else observation(self.wide, state)):
            raise StoppedError(*compare(self.wide, self.here, state or self.here, seen))
        self._require(not subject.heard, "I8", "it reports what does not happen")

    def _require(self, condition: bool, claim: str, *sentences: str) -> None:
        if not condition:
            raise StoppedError(*(Difference(claim, sentence) for sentence in sentences))
