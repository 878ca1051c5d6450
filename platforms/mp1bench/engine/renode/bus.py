"""Accesses of Renode's Cortex-M4: the device behind each window answers, and the trace shows it."""

from __future__ import annotations

from collections.abc import Callable

from mp1bench.cortexm.dwt import Dwt
from mp1bench.cortexm.itm import Itm
from mp1bench.engine.machine import Machine
from mp1bench.engine.renode.windows import CoreUnit, Window, windows
from mp1bench.trace import M4, Access

_ITM, _DWT, _UNIT = 0xE0000000, 0xE0001000, 0x1000
_ABSENT = 20  # effort of an access to nothing


class Bus:
    """`windows` are known by number. `fail(error, access, pc)` ends the run with an exception; nothing raises here."""

    def __init__(self, machine: Machine, itm: Itm, dwt: Dwt, fail: Callable[[BaseException, str, int], None]) -> None:
        self._machine = machine
        self._fail = fail
        self.windows = [
            *windows(list(machine.places.values()), machine.memories),
            Window("the ITM", _ITM, _UNIT, CoreUnit(itm.read, itm.write)),
            Window("the DWT", _DWT, _UNIT, CoreUnit(dwt.read, lambda offset, value, width: dwt.write(offset, value))),
        ]
        self.effort = 0  # of the accesses that no trace shows

    def read(self, number: int, offset: int, width: int, pc: int) -> int:
        """The M4's instruction at `pc` reads; 0 where nothing is."""
        name, address, _, device = self.windows[number]
        machine, trace = self._machine, self._machine.trace
        try:
            if device is None:
                self.effort += _ABSENT
                machine.absent.report(machine.time, M4, pc, address + offset, "R")
                return 0
            if trace is None or not device.TRACED:
                self.effort += 1
                return device.read(offset, width)
            mark = trace.size()
            value = device.read(offset, width)
            trace.insert(mark, Access(machine.time, M4, pc, "", name, "R", offset, width, value))
            return value
        except BaseException as error:
            self._fail(error, f"{width}-byte read of {name} +0x{offset:03X}", pc)
            return 0

    def write(self, number: int, offset: int, value: int, width: int, pc: int) -> None:
        """The M4's instruction at `pc` writes; lost where nothing is."""
        name, address, _, device = self.windows[number]
        machine, trace = self._machine, self._machine.trace
        try:
            if device is None:
                self.effort += _ABSENT
                machine.absent.report(machine.time, M4, pc, address + offset, "W")
                return
            if trace is None or not device.TRACED:
                self.effort += 1
            else:
                trace.record(Access(machine.time, M4, pc, "", name, "W", offset, width, value))
            device.write(offset, value, width)
        except BaseException as error:
            self._fail(error, f"{width}-byte write to {name} +0x{offset:03X}", pc)
