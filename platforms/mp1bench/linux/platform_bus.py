"""Devices that the device tree describes, and the drivers that bind to them (drivers/base/platform.c).

A driver asks its device for what it needs: registers, clocks, interrupts. Which signal of the machine stands behind a
device-tree cell is the SoC's business (`soc.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import Kernel, Sleeping
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.of import Node


class Machine(Protocol):
    """What the SoC wires to a device-tree cell; see `soc.py`."""

    def clock(self, provider: Node, cells: tuple[int, ...]) -> Clock | None: ...

    def interrupt(self, controller: Node, cells: tuple[int, ...]) -> Interrupt | None: ...


class PlatformDevice:
    """One device. Each request gives the thing, or a negative error number."""

    def __init__(self, name: str, node: Node | None, machine: Machine) -> None:
        self.name = name
        self.node = node
        self.wakeup_capable = False
        self._machine = machine

    def ioremap(self, index: int = 0) -> int:
        """Address of the device's registers."""
        reg = [] if self.node is None else self.node.reg
        return reg[index][0] if index < len(reg) else -Errno.EINVAL

    def clk_get(self) -> Clock | int:
        """The device's only clock."""
        references = [] if self.node is None else self.node.references("clocks")
        if not references or references[0].node is None:
            return -Errno.ENOENT
        return self._machine.clock(references[0].node, references[0].cells) or -Errno.EPROBE_DEFER

    def irq_byname(self, name: str) -> Interrupt | int:
        """The interrupt of that name in `interrupt-names`."""
        names = [] if self.node is None else self.node.strings("interrupt-names")
        return self.irq(names.index(name)) if name in names else -Errno.ENXIO

    def irq(self, index: int) -> Interrupt | int:
        """The interrupt at a position of `interrupts` or `interrupts-extended`."""
        references = [] if self.node is None else self.node.references("interrupts-extended")
        if index >= len(references):
            return -Errno.ENXIO
        controller, cells = references[index]
        found = None if controller is None else self._machine.interrupt(controller, cells)
        return found or -Errno.ENXIO


class PlatformDriver(Protocol):
    """A driver, made once for each device that it is bound to."""

    def probe(self) -> int: ...

    def remove(self) -> Sleeping[None]: ...


#: Makes a driver for one device; registered under the `compatible` that it is for.
DriverFactory = Callable[[PlatformDevice], PlatformDriver]


class PlatformBus:
    """Devices and drivers of one Linux: binds what matches, and tries again what was deferred (-517)."""

    def __init__(self, kernel: Kernel) -> None:
        self.devices: list[PlatformDevice] = []
        self.bound: dict[PlatformDevice, PlatformDriver] = {}
        self._kernel = kernel
        self._drivers: dict[str, DriverFactory] = {}
