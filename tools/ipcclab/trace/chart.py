"""The sequence chart as data: three lanes, steps between them, and the channels that are occupied meanwhile.

It says what there is to draw. How a trace becomes steps is for `ipcclab.trace.sequence`, how they look for its writers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: Lanes, from the left: processor 1, the IPCC, processor 2.
LEFT, MIDDLE, RIGHT = 0, 1, 2

SIGNAL = "signal"  # a write that occupied a channel
LOST = "lost"  # one that signalled in vain
FREE = "free"  # one that freed a channel
ACCESS = "access"  # any other that changed a register, or wrote to SCR
REFUSED = "refused"  # an access that the IPCC did not take
POLL = "poll"  # reads of one register by one instruction, or the read at which they ended
LINE = "line"  # an interrupt line rose
INTERRUPT = "interrupt"  # processor 2 took it
MESSAGE = "message"  # a payload crossed shared memory
CORE = "core"  # processor 2 was released, held, reset
FAULT = "fault"  # or failed
IPCC = "ipcc"  # the IPCC was reset, or changed a flag unasked
LOG = "log"  # a line of text
PAUSE = "pause"  # nothing of all this happened for a while


class Step(NamedTuple):
    """An arrow from lane to lane, or where the two are equal a mark on it; a log line or a pause is over all lanes."""

    t: int  # nanoseconds of virtual time
    event: int  # index in `Trace.events` of what it shows
    source: int
    target: int
    kind: str
    label: str  # one line, printable: "W C1SCR CH2S=1 → CH2 occupied"
    place: str = ""  # who did it: the function, or the source of a log line


class Occupied(NamedTuple):
    """A channel towards the other processor, from the step that occupied it to the one that freed it.

    `first` and `last` are indices in `Chart.steps`; None where that lies outside of what the chart shows.
    """

    sender: int  # processor 1 or 2
    channel: int  # from 1
    first: int | None
    last: int | None


class Lane(NamedTuple):
    """A column of the chart: "Linux" on the "Cortex-A7"; "processor 1" where it is not seen who that is."""

    role: str
    core: str


@dataclass(frozen=True)
class Chart:
    """A sequence chart: its lanes, its steps in order, and how many came before them."""

    lanes: tuple[Lane, Lane, Lane]
    steps: list[Step]
    occupied: list[Occupied]
    left_out: int = 0

    @property
    def first_line(self) -> str:
        """What to say before the first step; empty if that really is the first."""
        if not self.steps:
            return "nothing happened on the IPCC"
        return f"{self.left_out:,} earlier steps are not shown" if self.left_out else ""

    def last(self, count: int) -> Chart:
        """The chart of the last steps. ValueError unless there is one at least."""
        if count < 1:
            raise ValueError(f"a chart of the last {count} steps has none.")
        cut = max(len(self.steps) - count, 0)
        if cut and self.steps[cut].kind == PAUSE:
            cut += 1
        left_out = self.left_out + sum(step.kind != PAUSE for step in self.steps[:cut])
        bars = [
            Occupied(
                bar.sender,
                bar.channel,
                None if bar.first is None or bar.first < cut else bar.first - cut,
                None if bar.last is None else bar.last - cut,
            )
            for bar in self.occupied
            if bar.last is None or bar.last >= cut
        ]
        return Chart(self.lanes, self.steps[cut:], bars, left_out)
