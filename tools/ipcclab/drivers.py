"""Two drivers on one bare IPCC, each at the speed of its processor: do they get through, or wait for each other?

A driver is a sequence of register accesses; each takes one period of its processor, in virtual time. It waits for an
interrupt line as a driver sleeps until its handler runs. Nothing here executes code of a real driver.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, TypeAlias

from ipcclab.durations import format_moment
from ipcclab.mailbox import BareIpcc
from mp1bench.engine import INSTRUCTION_NS
from mp1bench.errors import UsageError
from stm32mp1.device import CPU1, CPU2
from stm32mp1.ipcc_table import HALF, RXOIE, TXFIE

_ACCESSES_PER_ROUND = 50  # more than both drivers make together, each slower one counted
_MOST_ROUNDS = 100_000  # the trace keeps each access
_WORD = 0xFFFFFFFF


class Read(NamedTuple):
    """One read; the driver gets the value."""

    register: str


class Write(NamedTuple):
    """One write."""

    register: str
    value: int


class Wait(NamedTuple):
    """Sleep until the interrupt line is high."""

    line: str


Driver: TypeAlias = Generator[Read | Write | Wait, int, None]


class Outcome(NamedTuple):
    """How an exchange ended: rounds completed, virtual time in ns, and who waits for what; "" if all is done."""

    rounds: int
    time: int
    deadlock: str


class Exchange:
    """Half duplex: processor 1 asks, processor 2 answers in the same place, as in ST's pair for the STM32WL55.

    The sender occupies the channel first and unmasks its TX-free interrupt second; the receiver's clearing of the flag
    is the answer (ipcc-hardware.md §4, §6). `speeds` are those of processor 1 and 2: (1, 100) makes 2 the faster one.
    """

    def __init__(self, ipcc: BareIpcc, rounds: int, speeds: tuple[int, int] = (1, 1), channel: int = 1) -> None:
        if rounds < 1 or min(speeds) < 1:
            raise UsageError("an exchange has at least one round, and each processor a speed of at least 1.")
        if rounds > _MOST_ROUNDS:
            raise UsageError(f"an exchange has at most {_MOST_ROUNDS} rounds, not {rounds}.")
        ipcc.flag(channel, CPU1)  # refuses a channel that there is not
        self.completed = 0
        self._ipcc = ipcc
        self._rounds = rounds
        self._channel = channel
        self._bit = 1 << (channel - 1)
        self._shared = 0  # the word in shared memory; the question, then its complement
        self._processors = (
            _Processor(ipcc, CPU1, self._sender(), INSTRUCTION_NS * speeds[1]),
            _Processor(ipcc, CPU2, self._receiver(), INSTRUCTION_NS * speeds[0]),
        )

    def run(self) -> Outcome:
        """Run to the end, or until nobody moves any more."""
        engine, slower = self._ipcc.engine, max(processor.period for processor in self._processors)
        start = engine.now
        for processor in self._processors:
            processor.wake()
        engine.run(start + (self._rounds + 1) * _ACCESSES_PER_ROUND * slower)
        ended = max(processor.last for processor in self._processors)
        return Outcome(self.completed, ended - start, self._deadlock(ended))

    def _deadlock(self, ended: int) -> str:
        if self.completed == self._rounds:
            return ""
        occupied = "occupied" if self._ipcc.flag(self._channel, CPU1) else "free"
        doing = " and ".join(processor.doing() for processor in self._processors)
        return (
            f"in round {self.completed + 1}, since {format_moment(ended)}: {doing};"
            f" channel {self._channel} from processor 1 is {occupied}"
        )

    def _sender(self) -> Driver:
        """Processor 1."""
        free = self._bit << HALF
        yield Write("C1CR", TXFIE)
        for question in range(self._rounds):
            while (yield Read("C1TOC2SR")) & self._bit:
                pass
            self._shared = question
            yield Write("C1SCR", self._bit << HALF)
            yield Write("C1MR", (yield Read("C1MR")) & ~free)
            yield Wait("TX0")
            yield Write("C1MR", (yield Read("C1MR")) | free)
            if self._shared == question ^ _WORD:
                self.completed += 1

    def _receiver(self) -> Driver:
        """Processor 2."""
        yield Write("C2MR", (yield Read("C2MR")) & ~self._bit)
        yield Write("C2CR", RXOIE)
        for _ in range(self._rounds):
            yield Wait("RX1")
            yield Write("C2MR", (yield Read("C2MR")) | self._bit)
            if (yield Read("C1TOC2SR")) & self._bit:
                self._shared ^= _WORD
                yield Write("C2SCR", self._bit)
            yield Write("C2MR", (yield Read("C2MR")) & ~self._bit)


class _Processor:
    """Makes the accesses of one driver, one per period."""

    def __init__(self, ipcc: BareIpcc, cpu: int, driver: Driver, period: int) -> None:
        self.period = period
        self.last = 0  # when it last did something
        self._ipcc = ipcc
        self._cpu = cpu
        self._driver = driver
        self._answer: int | None = None
        self._waits_for = ""
        self._over = False
        self._name = f"processor {cpu}"
        ipcc.engine.on_event(self._name, self._step)
        for line in ipcc.device.LINES:
            ipcc.engine.watch(ipcc.name, line, lambda level, line=line: self._edge(line, level))  # type: ignore[misc]

    def wake(self) -> None:
        """Its next step is one period from now."""
        self._ipcc.engine.schedule(self._ipcc.engine.now + self.period, self._name, "")

    def doing(self) -> str:
        """What it does now, in words."""
        if self._waits_for:
            return f"{self._name} waits for {self._waits_for}"
        return f"{self._name} is done" if self._over else f"{self._name} polls"

    def _edge(self, line: str, level: bool) -> None:
        if level and line == self._waits_for:
            self._waits_for = ""
            self.wake()

    def _step(self, tag: str) -> None:
        self.last = self._ipcc.engine.now
        try:
            action = next(self._driver) if self._answer is None else self._driver.send(self._answer)
        except StopIteration:
            self._over = True
            return
        self._answer = 0
        if isinstance(action, Wait) and not self._ipcc.line(action.line):
            self._waits_for = action.line
            return
        if isinstance(action, Read):
            self._answer = self._ipcc.read(action.register, self._cpu)
        elif isinstance(action, Write):
            self._ipcc.write(action.register, action.value, self._cpu)
        self.wake()
