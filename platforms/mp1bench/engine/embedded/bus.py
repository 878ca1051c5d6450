"""The M4's bus: RAM and devices mapped into Unicorn, with the callbacks of each access.

A callback never lets an exception out and never stops the library (embedded-engine.md §4 P1, P10): it reports to
the engine, which ends the slice after the instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from mp1bench.engine.embedded.core import Core
from mp1bench.engine.machine import Machine, Place
from mp1bench.trace import M4, RawSource, Trace
from stm32mp1.device import Device
from stm32mp1.memory_map import PERIPHERALS

_PAGE = 0x1000

ReadCallback: TypeAlias = Callable[[object, int, int, object], int]
WriteCallback: TypeAlias = Callable[[object, int, int, int, object], None]


class Bus:
    """Maps once; after that only callbacks run. `fail(error, access)` ends the run with an exception."""

    def __init__(self, machine: Machine, core: Core, fail: Callable[[BaseException, str], None]) -> None:
        self._machine = machine
        self._core = core
        self._library = core.library
        self._trace = machine.trace
        self._fail = fail

    def map_devices(self, places: Sequence[Place]) -> None:
        """Map every device, and a reporter into the gaps of the peripheral region."""
        taken = [(address, address + memory.size) for memory in self._machine.memories for address in memory.addresses]
        for first, last, group in _page_groups(places):
            taken.append((first, last))
            if len(group) == 1 and group[0].address == first:
                # Alone in its pages: the device itself reports what lies outside its window.
                callbacks = self._device(group[0])
            else:
                callbacks = self._shared_pages(first, group)
            self._library.map_mmio(first, last - first, *callbacks)
        at, end = PERIPHERALS  # what the platform lacks reads zero there; elsewhere nothing answers: a bus fault
        for first, last in [*sorted(taken), (end, end)]:
            if at < min(first, end):
                self._library.map_mmio(at, min(first, end) - at, *self._absent(at))
            at = max(at, last)

    # -- one device -------------------------------------------------------------------------------------------

    def _device(self, place: Place) -> tuple[ReadCallback, WriteCallback]:
        if not place.device.TRACED:
            return self._counted_device(place.name, place.device)
        if self._trace is not None:
            return self._traced_device(place.name, place.device, self._trace)
        return self._plain_device(place.name, place.device)

    def _plain_device(self, name: str, device: Device) -> tuple[ReadCallback, WriteCallback]:
        device_read, device_write, fail = device.read, device.write, self._fail

        def read(uc: object, offset: int, width: int, user: object) -> int:
            try:
                return device_read(offset, width)
            except BaseException as error:
                fail(error, f"{width}-byte read of {name} +0x{offset:03X}")
                return 0

        def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
            try:
                device_write(offset, value, width)
            except BaseException as error:
                fail(error, f"{width}-byte write to {name} +0x{offset:03X}")

        return read, write

    def _counted_device(self, name: str, device: Device) -> tuple[ReadCallback, WriteCallback]:
        """One that no trace ever shows: its accesses are counted, which costs a tenth of each."""
        device_read, device_write, fail, effort = device.read, device.write, self._fail, self._core.effort

        def read(uc: object, offset: int, width: int, user: object) -> int:
            effort[0] += 1
            try:
                return device_read(offset, width)
            except BaseException as error:
                fail(error, f"{width}-byte read of {name} +0x{offset:03X}")
                return 0

        def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
            effort[0] += 1
            try:
                device_write(offset, value, width)
            except BaseException as error:
                fail(error, f"{width}-byte write to {name} +0x{offset:03X}")

        return read, write

    def _traced_device(self, name: str, device: Device, trace: Trace) -> tuple[ReadCallback, WriteCallback]:
        device_read, device_write, fail = device.read, device.write, self._fail
        # The hottest path of a traced run: everything is bound here, and `RawAccess` leaves the rest for later.
        machine, count, record, size = self._machine, self._core.counter.cell, trace.record, trace.size
        pc = self._core.counter.pc
        reads, writes = (trace.source(RawSource(M4, name, op, machine.instruction_ns)) for op in "RW")

        def read(uc: object, offset: int, width: int, user: object) -> int:
            try:
                mark = size()
                value = device_read(offset, width)
                access = (reads, machine.time, count[0], pc[0], offset, width, value)
                if size() == mark:
                    record(access)
                else:
                    trace.insert(mark, access)  # in front of what the read caused
            except BaseException as error:
                fail(error, f"{width}-byte read of {name} +0x{offset:03X}")
                return 0
            return value

        def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
            try:
                record((writes, machine.time, count[0], pc[0], offset, width, value))
                device_write(offset, value, width)
            except BaseException as error:
                fail(error, f"{width}-byte write to {name} +0x{offset:03X}")

        return read, write

    # -- pages with gaps or several devices -------------------------------------------------------------------

    def _shared_pages(self, first: int, group: Sequence[Place]) -> tuple[ReadCallback, WriteCallback]:
        windows = [(p.address - first, p.address - first + p.size, *self._device(p)) for p in group]
        absent_read, absent_write = self._absent(first)

        def read(uc: object, offset: int, width: int, user: object) -> int:
            for start, end, inner_read, _ in windows:
                if start <= offset < end:
                    return inner_read(uc, offset - start, width, user)
            return absent_read(uc, offset, width, user)

        def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
            for start, end, _, inner_write in windows:
                if start <= offset < end:
                    inner_write(uc, offset - start, width, value, user)
                    return
            absent_write(uc, offset, width, value, user)

        return read, write

    def _absent(self, base: int) -> tuple[ReadCallback, WriteCallback]:
        """Reads zero. Reserved addresses do so too: which of them answer on silicon is not documented."""
        machine, library, report = self._machine, self._library, self._machine.absent.report
        effort = self._core.effort

        def read(uc: object, offset: int, width: int, user: object) -> int:
            effort[0] += 1
            report(machine.now, M4, library.pc(), base + offset, "R")
            return 0

        def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
            effort[0] += 1
            report(machine.now, M4, library.pc(), base + offset, "W")

        return read, write


def _page_groups(places: Sequence[Place]) -> list[tuple[int, int, list[Place]]]:
    """Devices that share pages, as (first address, end address, devices), ascending."""
    groups: list[tuple[int, int, list[Place]]] = []
    for place in sorted(places, key=lambda p: p.address):
        first = place.address // _PAGE * _PAGE
        end = -(-(place.address + place.size) // _PAGE) * _PAGE
        if groups and first < groups[-1][1]:
            start, last, group = groups[-1]
            groups[-1] = (start, max(last, end), [*group, place])
        else:
            groups.append((first, end, [place]))
    return groups
