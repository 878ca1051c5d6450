"""What the registers of each IPCC hold, event by event, from the trace alone. It asks no device.

Written is what a register keeps of a write, flags follow the device's reports, and the RCC's IPCCRST gives every
register its reset value. A read corrects what happened unseen, such as a reset that was not recorded.
"""

from __future__ import annotations

from typing import NamedTuple

from mp1bench.chip.ipcc_supply import RESET
from mp1bench.trace import Access, Effect, Event, Line, Trace
from stm32mp1.ipcc_table import IpccTable
from stm32mp1.registers import RW


class Change(NamedTuple):
    """A register that holds something else than before."""

    device: str
    register: str
    before: int
    after: int


class RegisterReplay:
    """Feed it the events of `trace` in order. `values` is what each register reads as, by device and name."""

    def __init__(self, trace: Trace) -> None:
        self._tables = {name: table for name, table in trace.tables.items() if isinstance(table, IpccTable)}
        self.values = {name: {one.name: one.reset for one in table} for name, table in self._tables.items()}
        self._written: dict[str, Change] = {}  # by device: what its last access has changed

    def feed(self, event: Event) -> list[Change]:
        """Take the next event, and give the registers that changed by it."""
        if isinstance(event, Line) and event.line == RESET and event.level:
            words = [(device, one.name, one.reset) for device, table in self._tables.items() for one in table]
            return [change for word in words for change in self._set(*word)]
        if not isinstance(event, Access | Effect) or event.device not in self._tables:
            return []
        if isinstance(event, Access):
            return self._access(event)
        table, values = self._tables[event.device], self.values[event.device]
        if event.kind == "illegal":
            undone = self._written.pop(event.device, None)
            return self._set(event.device, undone.register, undone.before) if undone else []
        name, _, field_name = event.subject.partition(".")
        register = table.named(name)
        field = register.field(field_name) if register else None
        if event.kind != "flag" or register is None or field is None:
            return []
        word = values[register.name] & ~field.mask | event.after << field.lsb & field.mask
        return self._set(event.device, register.name, word)

    def _access(self, access: Access) -> list[Change]:
        self._written.pop(access.device, None)
        register = self._tables[access.device].at(access.offset)
        if register is None or access.width != 4 or (access.op == "W" and register.access != RW):
            return []
        word = access.value if access.op == "R" else access.value & register.writable | register.ones
        changes = self._set(access.device, register.name, word)
        if changes:
            self._written[access.device] = changes[0]
        return changes

    def _set(self, device: str, register: str, word: int) -> list[Change]:
        values = self.values[device]
        before = values[register]
        if before == word:
            return []
        values[register] = word
        return [Change(device, register, before, word)]
