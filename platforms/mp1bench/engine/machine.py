"""What every engine has in common: the bus as processor 1 sees it, the wiring, and the queue of timed events.

It executes no code. `BareEngine` is this and nothing else; `EmbeddedEngine` and `RenodeEngine` add a Cortex-M4.
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from mp1bench.engine import INSTRUCTION_NS, Stop
from mp1bench.engine.absent import Absent
from mp1bench.engine.attention import Attention
from mp1bench.engine.event_queue import Event, EventQueue
from mp1bench.engine.snapshot import Snapshot, restore, take
from mp1bench.errors import BusError, PlatformError, SnapshotError, suggest
from mp1bench.trace import A7, Access, Effect, Line, Trace
from stm32mp1.device import CPU1, Device
from stm32mp1.master import BusMaster
from stm32mp1.memory_map import name_of
from stm32mp1.timed import TimedDevice

#: Effort of waking a device: with what follows in it, in others and in the slice that it ends, some fifty accesses.
_ALARM = 50


def _alarm_of(device: str) -> str:
    """The receiver of the event that wakes a device."""
    return f"{device} alarm"


@dataclass
class Memory:
    """One RAM and all the addresses it answers at."""

    name: str
    size: int
    addresses: tuple[int, ...]
    buffer: mmap.mmap
    view: memoryview = field(init=False)

    def __post_init__(self) -> None:
        self.view = memoryview(self.buffer)

    def offset_of(self, address: int, size: int = 1) -> int | None:
        """Offset of [address, address + size) in the buffer, or None if it is not wholly inside one window."""
        for base in self.addresses:
            if base <= address and address + size <= base + self.size:
                return address - base
        return None


@dataclass
class Place:
    """One device and the window in which it answers."""

    name: str
    device: Device
    address: int
    size: int


class Machine:
    """Bus, wiring and timed events. See `mp1bench.engine.Engine` for the contract of the public methods."""

    name = "bare"
    version = ""

    def __init__(self, trace: Trace | None = None) -> None:
        self.trace = trace
        self.absent = Absent(trace)
        self.instruction_ns = INSTRUCTION_NS
        self.memories: list[Memory] = []
        self._memory_windows: list[tuple[int, int, Memory]] = []  # first address, and the one behind the last
        self.places: dict[str, Place] = {}
        self._windows: list[int] = []  # where the windows of `_ascending` begin
        self._ascending: list[Place] = []
        self._irqs: dict[tuple[str, str], list[int]] = {}
        self._untraced: set[tuple[str, str]] = set()  # device and line: requests to DMA come by the thousand
        self._watchers: dict[tuple[str, str], list[Callable[[bool], None]]] = {}
        self._attention = Attention()
        self._handlers: dict[str, Callable[[str], None]] = {}
        self._alarms: dict[str, int] = {}  # by device: the ticket of what it is to be woken by
        self._rung = 0  # alarms so far
        self._queue = EventQueue()
        self.time = 0  # when the slice under way began; `now` is exact inside it
        self._stop_detail: str | None = None
        self.observers: list[Callable[[], None]] = []
        self.on_reset_request: Callable[[], None] = lambda: None
        self.stop_wakes: Callable[[], bool] = lambda: True

    # -- building ---------------------------------------------------------------------------------------------

    def add_memory(self, name: str, size: int, addresses: Sequence[int]) -> None:
        for address in addresses:
            self._refuse_overlap(name, address, size)
        memory = Memory(name, size, tuple(addresses), mmap.mmap(-1, size))
        self.memories.append(memory)
        self._memory_windows += [(address, address + size, memory) for address in addresses]

    def add_device(self, name: str, device: Device, address: int, size: int) -> None:
        self._refuse_overlap(name, address, size)
        self.places[name] = place = Place(name, device, address, size)
        at = bisect_right(self._windows, address)
        self._windows.insert(at, address)
        self._ascending.insert(at, place)
        device.on_line = lambda line, level: self._line_changed(name, line, level)
        device.on_event = lambda kind, subject, before, after: self._effect(name, kind, subject, before, after)
        self._attention.add(device)
        if isinstance(device, TimedDevice):
            self._give_time(name, device)
        if isinstance(device, BusMaster):
            device.bus_read = partial(self.master_read, master=name)
            device.bus_write = partial(self.master_write, master=name)
        if self.trace is not None:
            self.trace.tables[name] = device.TABLE

    def _give_time(self, name: str, device: TimedDevice) -> None:
        def wake_at(at: int | None) -> None:
            if name in self._alarms:
                self.cancel(self._alarms.pop(name))
            if at is not None:
                self._alarms[name] = self.schedule(at, _alarm_of(name), "")

        def ring(_tag: str) -> None:
            self._alarms.pop(name, None)
            self._rung += 1
            device.alarm()

        device.now = lambda: self.now
        device.on_wake_at = wake_at
        self.on_event(_alarm_of(name), ring)

    def connect(self, device: str, line: str, irq: int) -> None:
        line = self._line_of(device, line)
        self._irqs.setdefault((device, line), []).append(irq)
        if self.trace is not None:
            wired = self.trace.interrupts.get(irq)
            self.trace.interrupts[irq] = f"{wired} {device}.{line}" if wired else f"{device}.{line}"

    def wire(self, device: str, line: str, receiver: str, number: int) -> None:
        model, line = self.places[receiver].device, self._line_of(device, line)
        if not model.INPUTS_TRACED:
            self._untraced.add((device, line))
        self._watchers.setdefault((device, line), []).append(lambda level: model.input(number, level))
        self._attention.wire(self.places[device].device, line, model, number)

    def watch(self, device: str, line: str, listener: Callable[[bool], None]) -> None:
        line = self._line_of(device, line)
        self._watchers.setdefault((device, line), []).append(listener)
        self._attention.watch(self.places[device].device, line)

    def _refuse_overlap(self, name: str, address: int, size: int) -> None:
        taken = [(p.name, p.address, p.size) for p in self.places.values()]
        taken += [(m.name, a, m.size) for m in self.memories for a in m.addresses]
        for other, base, length in taken:
            if address < base + length and base < address + size:
                raise PlatformError(
                    f"{name} at 0x{address:08X} (0x{size:X} bytes) overlaps {other} at 0x{base:08X}"
                    f" (0x{length:X} bytes). Move one of them."
                )

    def _line_of(self, device: str, output: str) -> str:
        """The line that leaves the device as `output`: itself, or the one behind an event."""
        if device not in self.places:
            raise PlatformError(f"no device is called {device!r}.{suggest(device, self.places)}")
        model = self.places[device].device
        try:
            return model.line_of(output)
        except ValueError as error:
            known = suggest(output, (*model.LINES, *model.EVENTS))
            raise PlatformError(f"{device} has no output line {output!r}.{known or ' It has none.'}") from error

    # -- lines and effects ------------------------------------------------------------------------------------

    def _line_changed(self, device: str, line: str, level: bool) -> None:
        if self.trace is not None and (device, line) not in self._untraced:
            self.trace.record(Line(self.now, device, line, level))
        for irq in self._irqs.get((device, line), ()):
            self._drive_irq(irq, level)
        for listener in self._watchers.get((device, line), ()):
            listener(level)
        self.notify()

    def notify(self) -> None:
        for observer in self.observers:
            observer()

    def _drive_irq(self, irq: int, level: bool) -> None:
        """An engine with a core raises or lowers the NVIC input here."""

    def _effect(self, device: str, kind: str, subject: str, before: int, after: int) -> None:
        if self.trace is not None:
            self.trace.record(Effect(self.now, device, kind, subject, before, after))
        self.notify()

    # -- the bus, as processor 1 ------------------------------------------------------------------------------

    def read(self, address: int, width: int = 4, function: str = "") -> int:
        memory, offset = self._memory_at(address, width)
        if memory is not None:
            return int.from_bytes(memory.view[offset : offset + width], "little")
        place = self._place_at(address, "R")
        before = self.trace.size() if self.trace is not None else 0
        outer, place.device.processor = place.device.processor, CPU1
        try:
            value = place.device.read(address - place.address, width)
        finally:
            place.device.processor = outer
        self._record_access(place, "R", address, width, value, function, before)
        return value

    def write(self, address: int, value: int, width: int = 4, function: str = "") -> None:
        if self._memory_at(address, width)[0] is not None:
            self.write_bytes(address, value.to_bytes(width, "little"))
            return
        place = self._place_at(address, "W")
        self._record_access(place, "W", address, width, value, function)
        outer, place.device.processor = place.device.processor, CPU1
        try:
            place.device.write(address - place.address, value, width)
        finally:
            place.device.processor = outer

    def _record_access(
        self, place: Place, op: str, address: int, width: int, value: int, function: str, at: int | None = None
    ) -> None:
        """Record an access; a read, whose value is known late, `at` its place in front of what it caused."""
        if self.trace is not None and place.device.TRACED:
            access = Access(self.now, A7, None, function, place.name, op, address - place.address, width, value)
            self.trace.insert(self.trace.size() if at is None else at, access)

    def _memory_at(self, address: int, size: int) -> tuple[Memory | None, int]:
        for first, end, memory in self._memory_windows:
            if first <= address and address + size <= end:
                return memory, address - first
        return None, 0

    def _find_place(self, address: int) -> Place | None:
        at = bisect_right(self._windows, address)
        place = self._ascending[at - 1] if at else None
        return place if place is not None and address < place.address + place.size else None

    def _place_at(self, address: int, op: str) -> Place:
        place = self._find_place(address)
        if place is not None:
            return place
        self.absent.report(self.now, A7, None, address, op)
        raise BusError(
            f"processor 1 touched 0x{address:08X}, where the platform has neither memory nor a device"
            f" (on the chip: {name_of(address)})."
        )

    # -- the bus, as a device that is a master of it -----------------------------------------------------------

    def master_read(self, address: int, width: int, master: str) -> int | None:
        """What the device `master` reads; None where nothing answers. No trace shows it: no code is behind it."""
        memory, offset = self._memory_at(address, width)
        if memory is not None:
            return int.from_bytes(memory.view[offset : offset + width], "little")
        place = self._find_place(address)
        if place is not None:
            return place.device.read(address - place.address, width)
        self.absent.report(self.now, master, None, address, "R")
        return None

    def master_write(self, address: int, value: int, width: int, master: str) -> bool:
        """What the device `master` writes; False where nothing answers."""
        value &= (1 << 8 * width) - 1
        if self._memory_at(address, width)[0] is not None:
            self.write_bytes(address, value.to_bytes(width, "little"))
            return True
        place = self._find_place(address)
        if place is not None:
            place.device.write(address - place.address, value, width)
            return True
        self.absent.report(self.now, master, None, address, "W")
        return False

    def read_bytes(self, address: int, size: int) -> bytes:
        memory, offset = self._memory_at(address, size)
        if memory is None:
            raise self._outside(address, size)
        return bytes(memory.view[offset : offset + size])

    def write_bytes(self, address: int, data: bytes) -> None:
        memory, offset = self._memory_at(address, len(data))
        if memory is None:
            raise self._outside(address, len(data))
        memory.view[offset : offset + len(data)] = data

    def _outside(self, address: int, size: int) -> BusError:
        known = ", ".join(f"{m.name} 0x{a:08X} ({m.size // 1024} KiB)" for m in self.memories for a in m.addresses)
        return BusError(f"0x{address:08X}..0x{address + size:08X} does not lie in one memory. Memory here: {known}.")

    # -- time -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.time

    @property
    def effort(self) -> int:
        return _ALARM * self._rung

    def on_event(self, target: str, handler: Callable[[str], None]) -> None:
        self._handlers[target] = handler

    def schedule(self, at: int, target: str, tag: str) -> int:
        if target not in self._handlers:
            raise PlatformError(f"an event for {target!r} was scheduled, but nothing of that name receives events.")
        grid = self.instruction_ns
        at = max(-(-at // grid) * grid, self.now)
        ticket = self._queue.add(at, target, tag)
        self._queue_changed(at)
        return ticket

    def cancel(self, ticket: int) -> None:
        self._queue.cancel(ticket)

    def pending_events(self) -> list[Event]:
        """What is scheduled, in the order in which it will fire."""
        return self._queue.pending()

    def refuse_unknown_receivers(self, queue: Sequence[Event]) -> None:
        """SnapshotError if events are due for somebody who is not here."""
        unknown = sorted({target for _, _, target, _ in queue if target not in self._handlers})
        if unknown:
            raise SnapshotError(f"events are due for {', '.join(unknown)}, which this machine does not have.")

    def replace_events(self, queue: Sequence[Event]) -> None:
        """Schedule exactly these instead; `pending_events` of another machine."""
        self._queue.replace(queue)
        devices = {_alarm_of(name): name for name in self.places}
        self._alarms = {devices[target]: ticket for _, ticket, target, _ in queue if target in devices}

    def _queue_changed(self, at: int) -> None:
        """An engine with a core shortens the slice under way here."""

    def _next_event_time(self) -> int | None:
        return self._queue.next_time()

    def _fire_due(self) -> None:
        """Call the handlers of all events due now, by (time, ticket), until a stop is asked for."""
        while self._stop_detail is None:
            event = self._queue.take(self.time)
            if event is None:
                return
            _, _, target, tag = event
            self._handlers[target](tag)
            self.notify()

    def request_stop(self, detail: str) -> None:
        self._stop_detail = detail

    def _take_stop(self) -> Stop | None:
        detail, self._stop_detail = self._stop_detail, None
        return None if detail is None else Stop("requested", detail)

    # -- snapshots --------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        return take(self)

    def restore(self, snapshot: Snapshot) -> None:
        restore(self, snapshot)

    def core_part(self) -> Mapping[str, object]:
        """An engine with a core gives here what of it belongs to a snapshot."""
        return {}

    def restore_core(self, part: Mapping[str, object]) -> None:
        """The inverse of `core_part`, for a part with the same names."""
