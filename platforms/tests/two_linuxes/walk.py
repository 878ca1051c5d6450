"""One walk on either Linux, from probe over six lives of the M4, and what was seen of each step, as lines of text.

It knows neither Linux (`sides.py`) and compares nothing (`claims.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from mp1bench.trace import Access, Effect, Event, Line, Log, Trace


class Step(NamedTuple):
    """`method` is one of `Side`'s."""

    name: str
    method: str
    arguments: tuple[str | int | bytes, ...] = ()


def life(image: str, *steps: Step) -> tuple[Step, ...]:
    """A firmware from its start to its stop."""
    return (Step(f"start {image}", "start", (image,)), *steps, Step(f"stop {image}", "stop"))


def send(data: bytes, terminal: int = 0) -> Step:
    """Have Linux write to a terminal, in one piece."""
    return Step(f"send {len(data)} bytes to ttyRPMSG{terminal}", "send", (terminal, data))


ECHO, RTOS, SIGNALS = "rpmsg_echo.elf", "rpmsg_echo_rtos.elf", "ipcc_signals.elf"

#: 1000 bytes are three messages. SIGNALS has no resource table and does not listen on CH3: its shutdown is acknowledged
#: by the next firmware, which clears all flags when it starts. In the last life Linux prints its debug lines.
WALK = (
    Step("probe", "probe"),
    *life(ECHO, send(b"hello"), send(b"world", 1), send(b"again"), send(b"m" * 1000)),
    *life(ECHO, Step("look", "look"), send(b"hello")),
    *life(RTOS, send(b"hello"), send(b"world", 1)),
    *life(SIGNALS),
    *life(ECHO, send(b"hello")),
    Step("debug", "debug"),
    *life(ECHO, send(b"hello")),
)


class Side(Protocol):
    """A Linux and its M4. After each step nothing moves for `rest`.

    `received` is what has come by the terminals since it was asked last, `buffer` the firmware's trace buffer, and
    `interrupts` how often the kernel says that it has taken RX and TX of the mailbox (None: it does not say).
    """

    trace: Trace

    def probe(self) -> None: ...
    def start(self, image: str) -> None: ...
    def send(self, terminal: int, data: bytes) -> None: ...
    def look(self) -> dict[str, str]:
        """Files of sysfs and debugfs, and what they hold."""

    def debug(self) -> None:
        """Have the drivers print their debug lines from now on."""

    def stop(self) -> None: ...
    def rest(self) -> None: ...
    def received(self) -> bytes: ...
    def buffer(self) -> str: ...
    def interrupts(self) -> tuple[int, int] | None: ...


class Phase(NamedTuple):
    """What was seen in one step; the first word of a line says what kind of thing it is.

    a7, m4   an access: function, R or W and the width in bytes, register, value. Of Linux's functions without the
             offset, which the host model does not have
    flag     a flag of the IPCC, as that access changed it
    line     a line of the IPCC or the RCC
    log      the kernel's, of the four layers from the mailbox to RPMsg; all behind the accesses, because a console lags
    buffer, received, file, interrupts   as in `Side`
    """

    name: str
    lines: list[str]

    def of(self, *kinds: str) -> list[str]:
        """The lines of these kinds, in their order."""
        return [line for line in self.lines if line.split(" ", 1)[0] in kinds]


def walk(side: Side, steps: Sequence[Step] = WALK) -> list[Phase]:
    """Do the steps, one after the other."""
    phases: list[Phase] = []
    counted = (0, 0)
    for number, step in enumerate(steps):
        mark = len(side.trace.events)
        files: dict[str, str] = getattr(side, step.method)(*step.arguments) or {}
        side.rest()
        events = side.trace.events[mark:]
        lines = [line for event in events for line in _seen(event, side.trace)]
        lines += [f"log {line}" for line in _said(events)]
        lines += [f"buffer {line}" for line in side.buffer().splitlines()]
        lines += [f"received {side.received().decode()}".rstrip()]
        lines += [
            f"file {path} {text}" for path, content in sorted(files.items()) for text in content.strip().splitlines()
        ]
        count = side.interrupts()
        if count is not None:
            lines.append(f"interrupts RX0 {count[0] - counted[0]} TX0 {count[1] - counted[1]}")
            counted = count
        phases.append(Phase(f"{number} {step.name}", lines))
    return phases


def _seen(event: Event, trace: Trace) -> Iterator[str]:
    match event:
        case Access(cpu=cpu, pc=pc, function=function, op=op, width=width, value=value, device="ipcc" as device):
            place = function if function or pc is None else trace.symbolize(pc)
            place = place.partition("+")[0] if cpu == "a7" else place
            register = trace.tables[device].at(event.offset)
            yield f"{cpu} {place} {op}{width} {register.name if register else hex(event.offset)} {value:08X}"
        case Effect(device="ipcc", subject=flag, after=after):
            yield f"flag {flag} {after}"
        case Line(device="ipcc" | "rcc", line=name, level=level):
            yield f"line {name} {int(level)}"


def _said(events: Sequence[Event]) -> Iterator[str]:
    drivers = ("stm32-ipcc", "stm32-rproc", "remoteproc", "rproc-virtio", "virtio", "rpmsg", "NS announcement")
    for event in events:
        if isinstance(event, Log) and event.source == "linux" and event.text.startswith(drivers):
            yield event.text
