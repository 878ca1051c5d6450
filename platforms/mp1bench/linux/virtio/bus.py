"""The virtio bus (drivers/virtio/virtio.c): a device is reset, acknowledged, and bound to the driver of its id.

How status, features and queues reach the other side is the transport's business (`VirtioDevice`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.driver_core import report_probe
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.virtio.ring import F_EVENT_IDX, F_INDIRECT_DESC, Virtqueue

ACKNOWLEDGE, DRIVER, DRIVER_OK, FAILED = 1, 2, 4, 128

#: Features of the rings themselves, which are taken whenever they are offered.
_RING_FEATURES = F_INDIRECT_DESC | F_EVENT_IDX


class VirtioDevice(Protocol):
    """A device as its transport shows it."""

    name: str
    id: int

    def get_status(self) -> int: ...

    def set_status(self, status: int) -> None: ...

    def reset(self) -> None: ...

    def get_features(self) -> int: ...

    def finalize_features(self, features: int) -> None: ...

    def find_vqs(self, dev: str, queues: Sequence[tuple[str, Callable[[], object]]]) -> list[Virtqueue] | int:
        """Make the named queues, or return a negative error number. `dev` is how the log names their owner."""

    def del_vqs(self) -> None: ...

    def dma_alloc(self, size: int) -> int | None:
        """Address of `size` bytes that both sides reach, or None."""

    def dma_free(self) -> None: ...


class VirtioDriver(Protocol):
    """A driver for the devices of one id."""

    name: str
    id: int
    features: int

    def probe(self, device: VirtioDevice, features: int) -> Sleeping[int]: ...

    def remove(self, device: VirtioDevice) -> Sleeping[None]: ...


class VirtioBus:
    """Devices and drivers of one Linux."""

    def __init__(self, kernel: Kernel) -> None:
        self.drivers: dict[int, VirtioDriver] = {}
        self._devices: dict[str, VirtioDevice] = {}
        self._bound: dict[str, VirtioDriver] = {}
        self._kernel = kernel

    def register_driver(self, driver: VirtioDriver) -> None:
        """Make a driver known, and bind it to the devices that have none."""
        self.drivers[driver.id] = driver
        for device in list(self._devices.values()):
            if device.id == driver.id and device.name not in self._bound:
                self._kernel.call(self._probe(device, driver), f"loading {driver.name}")

    def unregister_driver(self, driver: VirtioDriver) -> None:
        """Take a driver from its devices, which stay."""
        del self.drivers[driver.id]
        for name in [name for name, owner in self._bound.items() if owner is driver]:
            self._kernel.call(self._unbind(self._devices[name]), f"removing {driver.name}")

    def register_device(self, device: VirtioDevice) -> Sleeping[int]:
        """register_virtio_device: 0 also when the driver refuses."""
        device.reset()
        _add_status(device, ACKNOWLEDGE)
        self._devices[device.name] = device
        self._kernel.uevent("add", device.name)
        driver = self.drivers.get(device.id)
        if driver is not None:
            yield from self._probe(device, driver)
        return 0

    def unregister_device(self, device: VirtioDevice) -> Sleeping[None]:
        """unregister_virtio_device."""
        if device.name in self._bound:
            yield from self._unbind(device)
        self._devices.pop(device.name, None)
        self._kernel.uevent("del", device.name)

    def _probe(self, device: VirtioDevice, driver: VirtioDriver) -> Sleeping[None]:
        _add_status(device, DRIVER)
        features = device.get_features() & (driver.features | _RING_FEATURES)
        device.finalize_features(features)
        error = yield from driver.probe(device, features)
        if error:
            _add_status(device, FAILED)
            report_probe(self._kernel, driver.name, device.name, error)
        else:
            self._bound[device.name] = driver
        self._kernel.uevent("bind", device.name, error)

    def _unbind(self, device: VirtioDevice) -> Sleeping[None]:
        yield from self._bound.pop(device.name).remove(device)
        _add_status(device, ACKNOWLEDGE)


def device_ready(device: VirtioDevice) -> None:
    """virtio_device_ready: the driver can be spoken to."""
    _add_status(device, DRIVER_OK)


def _add_status(device: VirtioDevice, bit: int) -> None:
    device.set_status(device.get_status() | bit)
