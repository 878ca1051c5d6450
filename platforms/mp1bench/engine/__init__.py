"""The seam between the bench and whatever executes the Cortex-M4. Read this file, then any engine.

Times are integer nanoseconds of virtual time. Addresses are those that the M4 uses, and the A7's names of the same
memory. "Processor 1" is the Cortex-A7, "processor 2" the Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mp1bench.cortexm.borrowed import Masks
from mp1bench.cortexm.faults import Fault
from mp1bench.trace import Trace
from stm32mp1.device import Device

if TYPE_CHECKING:
    from mp1bench.engine.absent import Absent
    from mp1bench.engine.snapshot import Snapshot

#: One M4 instruction: 200 MIPS, an exact grid. A deterministic clock, not a timing model.
INSTRUCTION_NS = 5


class Stop(NamedTuple):
    """Why `run` came back: `time`, `requested`, `idle`, `lockup` or `fault`, and one sentence."""

    reason: str
    detail: str


class CoreState(NamedTuple):
    """Where the M4 is, for the diagnosis and for people. Interrupts are numbered as the NVIC counts (0-based).

    `deep` is sleep with SCR.SLEEPDEEP: SysTick stands still, and only `stop_wakes` lets an interrupt wake the core.
    """

    pc: int
    asleep: bool
    locked_up: bool
    masks: Masks
    active_exception: int
    irq_enabled: frozenset[int]
    irq_pending: frozenset[int]
    fault: Fault | None
    deep: bool = False


class Engine(Protocol):
    """What the board, the host and the tests may ask of an engine."""

    name: str
    version: str
    trace: Trace | None
    #: What was accessed and is not there.
    absent: Absent
    #: Called after each effect, line edge and host event, exactly when it happens: where conditions are looked at.
    observers: list[Callable[[], None]]
    #: What the M4's own request for a reset (AIRCR.SYSRESETREQ) does. Until the board says, it restarts the core.
    on_reset_request: Callable[[], None]
    #: In deep sleep: whether the platform's wake-up logic (the EXTI) lets what is pending reach the core.
    stop_wakes: Callable[[], bool]

    @property
    def now(self) -> int:
        """Virtual time in ns; exact to the instruction, also inside a device access."""

    @property
    def instructions(self) -> int | None:
        """M4 instructions retired since the engine was built; None where the engine cannot tell."""

    @property
    def effort(self) -> int:
        """What the M4's run has cost beyond plain instructions, however sliced: the bound of a run that hurries."""

    # Building the machine.
    def add_memory(self, name: str, size: int, addresses: Sequence[int]) -> None:
        """Place RAM of `size` bytes. Several addresses are several names of the same bytes."""

    def add_device(self, name: str, device: Device, address: int, size: int) -> None:
        """Place a device and record what it reports."""

    def connect(self, device: str, line: str, irq: int) -> None:
        """Wire an output line or event of a device to the M4's NVIC input `irq` (0-based, level)."""

    def wire(self, device: str, line: str, receiver: str, number: int) -> None:
        """Connect an output line or event of a device to input `number` of another device."""

    def watch(self, device: str, line: str, listener: Callable[[bool], None]) -> None:
        """Call `listener(level)` on each edge of an output line or event, inside the access that caused it."""

    def notify(self) -> None:
        """Something observable changed outside the devices' own reports (a UART byte): call the observers."""

    # Processor 1's view.
    def read(self, address: int, width: int = 4, function: str = "") -> int:
        """Bus read as processor 1; `function` is the host function that the trace shows. BusError where nothing is."""

    def write(self, address: int, value: int, width: int = 4, function: str = "") -> None:
        """Bus write as processor 1."""

    def read_bytes(self, address: int, size: int) -> bytes:
        """Copy out of RAM. BusError unless [address, address + size) lies in one memory."""

    def write_bytes(self, address: int, data: bytes) -> None:
        """Copy into RAM, code included."""

    # The M4. Memory and devices other than the core's own survive its reset.
    @property
    def running(self) -> bool:
        """The M4 has been released and is not held in reset (it may be asleep)."""

    @property
    def dozes(self) -> bool:
        """The M4 sleeps, and its tick or a device is due that may wake it: it costs nothing to wait for."""

    def hold(self) -> None:
        """Reset the core and keep it from running."""

    def release(self) -> None:
        """Let a held core start: SP and PC are fetched from address 0."""

    def core_state(self) -> CoreState | None:
        """Where the M4 is now; None where there is none."""

    # Snapshots.
    def snapshot(self) -> Snapshot:
        """The machine as it is now, between two runs."""

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of a machine that was built alike. SnapshotError, and no change, if it was not."""

    # Time.
    def on_event(self, target: str, handler: Callable[[str], None]) -> None:
        """Name the receiver of scheduled events. Events are data, so that snapshots can hold them."""

    def schedule(self, at: int, target: str, tag: str) -> int:
        """Call `target`'s handler with `tag` at time `at`, rounded up to the instruction grid. Returns a ticket."""

    def cancel(self, ticket: int) -> None:
        """Forget a scheduled event; one that has fired or is unknown is ignored."""

    def run(self, until: int) -> Stop:
        """Run to virtual time `until`, or to a stop. May be called again from inside an event's handler."""

    def request_stop(self, detail: str) -> None:
        """Make the innermost `run` return `requested` as soon as the current event or instruction is complete."""
