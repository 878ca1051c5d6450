"""A device under proof: what can be done to it, what can be seen of it, and what it has reported.

It uses nothing but the public interface of `stm32mp1.device.Device`, and expects nothing of what it sees.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import repeat
from typing import NamedTuple, Protocol, TypeAlias

from ipcclab.proof.specification import Specification

#: ("line", "RX1", True), ("flag", "C1TOC2SR.CH1F", 0, 1) or ("illegal", "2-byte read of C1SCR", 0, 0)
Report: TypeAlias = tuple[object, ...]


class Provable(Protocol):
    """The part of `stm32mp1.device.Device` that a device must have to be proven."""

    on_line: Callable[[str, bool], None] | None
    on_event: Callable[[str, str, int, int], None] | None

    def read(self, offset: int, width: int) -> int: ...
    def write(self, offset: int, value: int, width: int) -> None: ...
    def reset(self) -> None: ...
    def level(self, line: str) -> bool: ...
    def state(self) -> dict[str, object]: ...
    def from_state(self, state: Mapping[str, object]) -> None: ...


class Access(NamedTuple):
    """One thing that is done to a device: "read" or "write", "reset", or "restore": from_state(state())."""

    verb: str
    offset: int = 0
    value: int = 0
    width: int = 4


class Subject:
    """A fresh device. Everything that it reports is in `heard`, in order."""

    def __init__(self, make: Callable[[], Provable], specification: Specification) -> None:
        self.device = make()
        self.specification = specification
        self.heard: list[Report] = []
        self._offsets = list(specification.offsets.values())
        self._lines = [name for name, _ in specification.lines]
        self.listen()

    def listen(self) -> None:
        """Hear what the device reports, from now on."""
        self.device.on_line = lambda line, level: self.heard.append(("line", line, level))
        self.device.on_event = lambda *event: self.heard.append(event)

    def observe(self) -> list[int]:
        """What every register reads as, then the level of every line."""
        device = self.device
        return [*map(device.read, self._offsets, repeat(4)), *map(device.level, self._lines)]

    def do(self, access: Access) -> int | None:
        """Perform an access; what it read, if it was a read."""
        device = self.device
        match access.verb:
            case "read":
                return device.read(access.offset, access.width)
            case "write":
                device.write(access.offset, access.value, access.width)
            case "reset":
                device.reset()
            case "restore":
                device.from_state(json.loads(json.dumps(device.state())))
        return None

    def reported(self) -> list[Report]:
        """What was reported since it was last asked: flags in the order of their names, refusals without words."""
        heard = [(report[0], "", *report[2:]) if report[0] == "illegal" else report for report in self.heard]
        self.heard.clear()
        flags = next((at for at, report in enumerate(heard) if report[0] != "flag"), len(heard))
        return sorted(heard[:flags], key=str) + heard[flags:]
