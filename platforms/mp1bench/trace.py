"""The one recorder: everything observable on the bench as a list of typed events in virtual time.

It records and hands on; it formats nothing. Writers (`ipcclab.trace`) are pure functions of `Trace.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from stm32mp1.registers import RegisterTable

M4 = "m4"
A7 = "a7"


class Access(NamedTuple):
    """One register access. `pc` is the address of the load or store, None for the model of Linux, which has none.

    `function` is empty where `Trace.symbolize` knows it.
    """

    t: int  # nanoseconds of virtual time, as in every event
    cpu: str  # M4 or A7
    pc: int | None
    function: str  # "stm32_ipcc_send_data", with "+0x40" behind where pc is known
    device: str
    op: str  # "R" or "W"
    offset: int
    width: int  # bytes
    value: int


class RawSource(NamedTuple):
    """What the accesses of one kind to one device have in common."""

    cpu: str
    device: str
    op: str
    instruction_ns: int


#: An `Access` as the M4's hot path leaves it, to be spelt out when somebody looks: number of its source, time at which
#: its slice began, instructions since, pc, offset, width, value. Plain numbers cost the garbage collector nothing.
RawAccess: TypeAlias = tuple[int, int, int, int, int, int, int]


class Effect(NamedTuple):
    """What a device did in answer to the access just before it: `kind` and operands as the device reports them."""

    t: int
    device: str
    kind: str  # IPCC: "flag"
    subject: str  # IPCC: "C1TOC2SR.CH1F"
    before: int
    after: int


class Line(NamedTuple):
    """An edge of an interrupt line, right after the access that caused it."""

    t: int
    device: str
    line: str  # "RX1"
    level: bool


class Interrupt(NamedTuple):
    """The M4 took an external interrupt (`number` as the NVIC counts, 0-based)."""

    t: int
    number: int


class Core(NamedTuple):
    """The M4's life: released, held, reset, fault, lockup."""

    t: int
    what: str
    detail: str


class Message(NamedTuple):
    """A payload that crossed shared memory. `direction` is "a7_to_m4" or "m4_to_a7"."""

    t: int
    direction: str
    endpoint: str  # service name, e.g. "rpmsg-tty"; "ns" for a name-service announcement
    local: int  # Linux's RPMsg address
    remote: int  # the firmware's RPMsg address
    data: bytes


class Mcapi(NamedTuple):
    """A step of MCAPI's transport in shared memory, as Linux's side takes it or sees it.

    `what` is "frame" (put into a ring by Linux, or taken from one), "dropped" (a frame or an entry that was wrong, or
    for nobody: `detail` says why), "returned" (a buffer that came home to its owner, or that Linux sent home),
    "doorbell" or "deferred" (Linux rang, or noted that it will when the channel is free; of the firmware, what its
    counters tell), or "epoch" (a side is new, up, or gone: `detail`). `direction` is "a7_to_m4" or "m4_to_a7": of the
    frame, the doorbell or the side that is new; of a buffer, the one in which its owner sends.
    """

    t: int
    what: str
    direction: str
    kind: str = ""  # of a frame: "message", "packet", "scalar", "control"
    priority: int = 0
    source: int = 0  # port
    destination: int = 0
    buffer: int | None = None  # index in the pool of the direction
    data: bytes = b""  # payload; of a scalar its bytes, the lowest first
    detail: str = ""  # of a control frame what it says


class Log(NamedTuple):
    """A line of text: `source` is "linux", "cm4_log", a UART's name, or "bench" for a remark on what nobody notices.

    `level` is one of Linux's for Linux, else "".
    """

    t: int
    source: str
    level: str
    text: str


class Unmodelled(NamedTuple):
    """First access to an address where the platform has no device and no memory."""

    t: int
    cpu: str
    pc: int | None
    address: int
    op: str


Event: TypeAlias = Access | Effect | Line | Interrupt | Core | Message | Mcapi | Log | Unmodelled


class Trace:
    """Recorder of one run.

    `tables` maps a device's name to its register table, so that writers can decode; `interrupts` maps an NVIC input to
    the lines wired to it ("ipcc.RX1"); `symbolize` turns an address of the M4 into `function+0xoffset` (empty string
    if unknown) and is set when an image is loaded.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        #: Append one event. The bare method of the list: an access of the M4 waits for it.
        self.record: Callable[[Event | RawAccess], None] = self._events.append  # type: ignore[assignment]
        self.size: Callable[[], int] = self._events.__len__
        self._typed = 0  # events before this index are typed
        self._sources: list[RawSource] = []
        self.tables: dict[str, RegisterTable] = {}
        self.interrupts: dict[int, str] = {}
        self.symbolize: Callable[[int], str] = lambda address: ""
        self._listeners: list[Callable[[Event], None]] = []
        self._published = 0

    def insert(self, at: int, access: Access | RawAccess) -> None:
        """Record an access in front of the effects that are recorded from index `at` on."""
        self._events.insert(at, access if isinstance(access, Access) else self._spelt_out(*access))

    @property
    def events(self) -> list[Event]:
        """All events so far, in order."""
        events = self._events
        for index in range(self._typed, len(events)):
            event = events[index]
            if type(event) is tuple:
                events[index] = self._spelt_out(*event)
        self._typed = len(events)
        return events

    def effects(self) -> Iterator[tuple[int, Effect]]:
        """What devices have reported, each with its index in `events`. No access is spelt out for that."""
        return ((index, event) for index, event in enumerate(self._events) if type(event) is Effect)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Hand every event from now on to `listener`, in order, at the end of the slice in which it happened."""
        self.publish()
        self._published = len(self._events)
        self._listeners.append(listener)

    def publish(self) -> None:
        """Bring the listeners up to date. The engine calls this between slices."""
        if not self._listeners:
            return
        events = self.events
        while self._published < len(events):
            event = events[self._published]
            self._published += 1
            for listener in self._listeners:
                listener(event)

    def source(self, source: RawSource) -> int:
        """The number under which the accesses of `source` are recorded as `RawAccess`."""
        self._sources.append(source)
        return len(self._sources) - 1

    def _spelt_out(self, number: int, start: int, count: int, pc: int, offset: int, width: int, value: int) -> Access:
        source = self._sources[number]
        time = start + count * source.instruction_ns
        return Access(time, source.cpu, pc, "", source.device, source.op, offset, width, value)
