"""Devices that the device tree describes, and the drivers that bind to them (drivers/base/platform.c, dd.c).

A driver asks its device for what it needs: registers, clocks, interrupts. Which signal of the machine stands behind a
device-tree cell is the SoC's business (`soc.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from mp1bench.errors import BusError
from mp1bench.linux.errno import Errno, KernelError
from mp1bench.linux.kernel.clk import Clock
from mp1bench.linux.kernel.core import PATIENCE_NS, Kernel, Logger
from mp1bench.linux.kernel.driver_core import report_probe
from mp1bench.linux.kernel.irq import Interrupt
from mp1bench.linux.kernel.reset import ResetControl
from mp1bench.linux.kernel.task import Sleeping, finish
from mp1bench.linux.kernel.vfs import Attribute
from mp1bench.linux.kernel.vsprintf import error_name
from mp1bench.linux.of import Node

#: Buses whose children become devices as well.
_BUSES = {"simple-bus", "simple-mfd", "isa", "arm,amba-bus"}

_DEFERRED = "/sys/kernel/debug/devices_deferred"


class Machine(Protocol):
    """What the SoC wires to a device-tree cell, or None; see `soc.py`."""

    def clock(self, provider: Node, cells: tuple[int, ...]) -> Clock | None: ...

    def interrupt(self, controller: Node, cells: tuple[int, ...]) -> Interrupt | None: ...

    def reset(self, controller: Node, cells: tuple[int, ...]) -> ResetControl | None: ...


class PlatformDevice:
    """One device. Each request gives the thing, or a negative error number.

    `deferred_reason` is what its driver waits for, once that has been said. `log` is where the bus prints what it
    cannot give to the driver of the name `driver`; without, it is silent.
    """

    def __init__(self, name: str, node: Node | None, machine: Machine, log: Logger | None = None) -> None:
        self.name = name
        self.driver = ""
        self.node = node
        self.wakeup_capable = False
        self.wake_irq: Interrupt | None = None
        self.deferred_reason = ""
        self._machine = machine
        self._log = log

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def ioremap(self, index: int = 0) -> int:
        """Address of the device's registers."""
        address = None if self.node is None else self.node.address(index)
        return -Errno.EINVAL if address is None else address

    def clk_get(self) -> Clock | int:
        """The device's only clock."""
        references = [] if self.node is None else self.node.references("clocks")
        provider, cells = references[0] if references else (None, ())
        if provider is None:
            return -Errno.ENOENT
        found = self._machine.clock(provider, cells)
        if found is None:
            self.deferred_reason = f"{provider.path} has no clock <{' '.join(map(str, cells))}>"
        return found or -Errno.EPROBE_DEFER

    def reset_control_get(self, index: int = 0) -> ResetControl | int:
        """The reset line at a position of `resets`."""
        references = [] if self.node is None else self.node.references("resets")
        if index >= len(references):
            return -Errno.ENOENT
        controller, cells = references[index]
        if controller is None:
            return -Errno.ENOENT
        return self._machine.reset(controller, cells) or -Errno.EPROBE_DEFER

    def irq_byname(self, name: str) -> Interrupt | int:
        """The interrupt of that name in `interrupt-names`."""
        names = [] if self.node is None else self.node.strings("interrupt-names")
        found = self.irq(names.index(name)) if name in names else -Errno.ENXIO
        if isinstance(found, int) and self._log is not None:
            self.err_probe(self._log, f"{self.driver} {self.name}", found, f"IRQ {name} not found")
        return found

    def irq(self, index: int) -> Interrupt | int:
        """The interrupt at a position of `interrupts-extended` or `interrupts`."""
        references = [] if self.node is None else self.node.references("interrupts-extended")
        if self.node is not None and not references:
            references = self.node.references("interrupts")
        if index >= len(references):
            return -Errno.ENXIO
        controller, cells = references[index]
        found = None if controller is None else self._machine.interrupt(controller, cells)
        return found or -Errno.ENXIO

    def set_wakeup_capable(self, capable: bool) -> None:
        """device_set_wakeup_capable."""
        self.wakeup_capable = capable

    def set_wake_irq(self, interrupt: Interrupt) -> int:
        """dev_pm_set_wake_irq: this interrupt wakes the system. 0, or a negative error number."""
        self.wake_irq = interrupt
        return 0

    def clear_wake_irq(self) -> None:
        """dev_pm_clear_wake_irq."""
        self.wake_irq = None

    def err_probe(self, log: Logger, dev: str, error: int, text: str) -> int:
        """dev_err_probe: keep the reason of a deferral, print any other error; returns `error`."""
        if error == -Errno.EPROBE_DEFER:
            self.deferred_reason = text  # its debug line is drivers/base/core.c's, and no driver's file prints it
        elif error != -Errno.ENOMEM:  # whoever had no memory has said so
            log.err(dev, f"error {error_name(error)}: {text}")
        return error


class PlatformDriver(Protocol):
    """A driver, made once for each device that it is bound to.

    `probe` gives 0 or a negative error number, or raises KernelError; `remove` may be a generator, to sleep.
    """

    def probe(self) -> int: ...

    def remove(self) -> object: ...


#: Makes a driver for one device; registered under the `compatible` that it is for.
DriverFactory = Callable[[PlatformDevice], PlatformDriver]


class _Driver(NamedTuple):
    name: str
    compatible: str
    make: DriverFactory


class PlatformBus:
    """Devices and drivers of one Linux: binds what matches, and tries again what was deferred (-517).

    `devices` are in the tree's order, by name; `bound` are the drivers at work, by device name.
    """

    def __init__(self, kernel: Kernel, root: Node, machine: Machine) -> None:
        self.devices = {
            name: PlatformDevice(name, node, machine, kernel.logger("platform.c"))
            for node in _device_nodes(root)
            for name in [device_name(node)]
        }
        self.bound: dict[str, PlatformDriver] = {}
        self._owners: dict[str, _Driver] = {}
        self._deferred: dict[str, _Driver] = {}  # by device, in the order in which they were put off
        self._kernel = kernel
        self._drivers: list[_Driver] = []
        kernel.vfs.add(_DEFERRED, Attribute(show=lambda: "".join(f"{line}\n" for line in self.deferred())))

    def register(self, name: str, compatible: str, make: DriverFactory) -> None:
        """A driver is loaded: bind it to its devices, in the tree's order."""
        driver = _Driver(name, compatible, make)
        self._drivers.append(driver)
        folder = f"/sys/bus/platform/drivers/{name}"
        self._kernel.vfs.add(f"{folder}/bind", Attribute(store=lambda text: self._bind_file(driver, text)))
        self._kernel.vfs.add(f"{folder}/unbind", Attribute(store=lambda text: self._unbind_file(driver, text)))
        for device in self.find(compatible):
            self._probe(driver, device)

    def unregister(self, name: str) -> None:
        """A driver is removed: first from its devices, the last bound first."""
        self._drivers = [driver for driver in self._drivers if driver.name != name]
        for file in ("bind", "unbind"):
            self._kernel.vfs.remove(f"/sys/bus/platform/drivers/{name}/{file}")
        self._deferred = {device: driver for device, driver in self._deferred.items() if driver.name != name}
        for device in [device for device, owner in self._owners.items() if owner.name == name]:
            self.unbind(device)

    def unbind(self, device: str) -> None:
        """Take its driver from a device."""
        del self._owners[device]
        self._kernel.call(finish(self.bound.pop(device).remove()), f"unbind {device}", patience_ns=PATIENCE_NS)

    def deferred(self) -> list[str]:
        """The devices whose drivers wait for something, and for what, as debugfs has them."""
        return [f"{name}\t{self.devices[name].deferred_reason}".rstrip() for name in self._deferred]

    def find(self, compatible: str) -> list[PlatformDevice]:
        """The devices that say they are `compatible`."""
        return [d for d in self.devices.values() if d.node is not None and compatible in d.node.compatible]

    def _probe(self, driver: _Driver, device: PlatformDevice) -> int:
        if device.name in self.bound:
            return -Errno.EBUSY
        self._deferred.pop(device.name, None)
        device.deferred_reason, device.driver = "", driver.name
        made = driver.make(device)
        try:
            error = made.probe()
        except KernelError as refused:  # as Linux's drivers hand on an ERR_PTR
            error = refused.code
        except BusError as abort:
            # The kernel dies of it in whoever loads the module; the module stays, and does nothing.
            what = f"external abort in its probe: {str(abort).rstrip('.')}"
            self._kernel.printk("emerg", f"{driver.name} {device.name}", what)
            return -Errno.EFAULT
        if error == -Errno.EPROBE_DEFER:
            self._deferred[device.name] = driver
        elif error:
            report_probe(self._kernel, driver.name, device.name, error)
        else:
            self.bound[device.name] = made
            self._owners[device.name] = driver
            self._try_again()
        return error

    def _try_again(self) -> None:
        """Something has been bound: perhaps it is what others wait for."""
        for name, driver in list(self._deferred.items()):
            if name in self._deferred:
                self._probe(driver, self.devices[name])

    def _bind_file(self, driver: _Driver, text: str) -> Sleeping[int]:
        device = next((d for d in self.find(driver.compatible) if d.name == text.strip()), None)
        return -Errno.ENODEV if device is None else self._probe(driver, device)
        yield

    def _unbind_file(self, driver: _Driver, text: str) -> Sleeping[int]:
        if self._owners.get(text.strip()) is not driver:
            return -Errno.ENODEV
        self.unbind(text.strip())
        return 0
        yield


def _device_nodes(bus: Node) -> Iterator[Node]:
    """The nodes below a bus that become devices: enabled ones that say what they are."""
    for node in bus.children:
        if node.enabled and node.compatible:
            yield node
            if _BUSES.intersection(node.compatible):
                yield from _device_nodes(node)


def device_name(node: Node) -> str:
    """As Linux names the device: 4c001000.mailbox, or soc:name if the node has no address."""
    parts: list[str] = []
    here: Node | None = node
    while here is not None and here.parent is not None:
        address = here.address()
        if address is not None:
            return ":".join([f"{address:x}.{here.base_name}", *parts])
        parts.insert(0, here.name)
        here = here.parent
    return ":".join(parts)
