"""The RPMsg bus (drivers/rpmsg/rpmsg_core.c): channels, endpoints, and the drivers that channels are bound to.

It moves no bytes: a transport (`virtio_rpmsg_bus.py`) does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Protocol

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.driver_core import report_probe
from mp1bench.linux.kernel.task import Sleeping, finish
from mp1bench.linux.kernel.vfs import Attribute
from mp1bench.linux.kernel.vsprintf import signed

ADDR_ANY = 0xFFFFFFFF
NAME_SIZE = 32  # of a service, with the NUL at its end

#: A receiver: (channel, payload, source address). It may be a generator.
Callback = Callable[["RpmsgChannel", bytes, int], object]


class Endpoint:
    """An address at which Linux listens."""

    def __init__(self, channel: RpmsgChannel, address: int, callback: Callback) -> None:
        self.channel = channel
        self.address = address
        self.callback = callback


class RpmsgTransport(Protocol):
    """What a channel can ask of the bus that carries it; see `virtio_rpmsg_bus.py`."""

    mtu: int
    dev: str

    def create_channel(self, name: str, source: int, destination: int) -> Sleeping[RpmsgChannel | None]: ...

    def release_channel(self, name: str, source: int, destination: int) -> Sleeping[int]: ...

    def create_endpoint(self, channel: RpmsgChannel, callback: Callback, address: int) -> Endpoint | None: ...

    def destroy_endpoint(self, endpoint: Endpoint) -> None: ...

    def announce(self, channel: RpmsgChannel, *, created: bool) -> Sleeping[int]: ...

    def overwrite(self, offset: int, data: bytes) -> None:
        """Change the payload that is being delivered, where it lies."""

    def send(
        self, channel: RpmsgChannel, source: int, destination: int, data: bytes, *, wait: bool
    ) -> Sleeping[int]: ...


class RpmsgChannel:
    """An rpmsg device: a service name, Linux's address (ADDR_ANY until bound) and the remote's.

    `override` names the only driver that it is for; without, the service's name decides.
    """

    def __init__(
        self, transport: RpmsgTransport, parent: str, name: str, source: int, destination: int, override: str | None
    ) -> None:
        self.transport = transport
        self.name = name
        self.source = source
        self.destination = destination
        self.override = override
        self.endpoint: Endpoint | None = None
        self.driver: RpmsgDriver | None = None
        self.announced = False  # Linux tells the remote about it
        self.device = f"{parent}.{name}.{signed(source)}.{signed(destination)}".replace("/", "!")

    @property
    def dev(self) -> str:
        """How the kernel log names it."""
        return f"{'rpmsg' if self.driver is None else self.driver.name} {self.device}"

    def send(self, data: bytes, *, wait: bool = True) -> Sleeping[int]:
        """rpmsg_send / rpmsg_trysend: to the remote's address, from the channel's own endpoint."""
        return self.sendto(data, self.destination, wait=wait)

    def sendto(self, data: bytes, destination: int, *, wait: bool = True) -> Sleeping[int]:
        """rpmsg_sendto / rpmsg_trysendto."""
        if self.endpoint is None:
            return -Errno.EINVAL
        source = self.endpoint.address
        return (yield from self.transport.send(self, source, destination, data, wait=wait))


class RpmsgDriver:
    """Base of the drivers. `services` are the names it is for; with `listens`, each channel gets an endpoint.

    `open_files` counts those of its nodes that are open, also the ones of channels that are gone.
    """

    name = ""
    services: tuple[str, ...] = ()
    listens = True
    open_files = 0

    def probe(self, channel: RpmsgChannel) -> int | Sleeping[int]:
        """Take a channel: 0 or a negative error number. It may be a generator."""
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> object:
        """A message has come; may be a generator."""
        return None

    def remove(self, channel: RpmsgChannel) -> object:
        """The channel goes away; may be a generator."""

    def matches(self, channel: RpmsgChannel) -> bool:
        """Is it a driver for this channel?"""
        return self.name == channel.override if channel.override is not None else channel.name in self.services


class RpmsgUser(Protocol):
    """Whoever sits in user space: it hears of channels that can be used, and of what comes from them."""

    def channel_opened(self, channel: RpmsgChannel, driver: RpmsgWriter) -> None: ...

    def message_received(self, channel: RpmsgChannel, data: bytes, source: int) -> None: ...

    def channel_closed(self, channel: RpmsgChannel) -> None: ...


class RpmsgWriter(Protocol):
    """A driver whose channels users write to."""

    def write(self, channel: RpmsgChannel, data: bytes) -> Sleeping[int]:
        """Bytes written, or a negative error number."""


class RpmsgCore:
    """Channels and drivers of one Linux."""

    def __init__(self, kernel: Kernel) -> None:
        self.drivers: list[RpmsgDriver] = []
        self._channels: list[RpmsgChannel] = []
        self._log = kernel.logger("rpmsg_core.c")
        self._kernel = kernel

    def register_driver(self, driver: RpmsgDriver) -> None:
        """Make a driver known, and bind it to the channels that have none."""
        self.drivers.append(driver)
        for channel in list(self._channels):
            if channel.driver is None and driver.matches(channel):
                self._kernel.call(self._bind(channel, driver), f"loading {driver.name}")

    def unregister_driver(self, driver: RpmsgDriver) -> None:
        """Take a driver from its channels, which stay."""
        self.drivers.remove(driver)
        for channel in [channel for channel in self._channels if channel.driver is driver]:
            self._kernel.call(self._unbind(channel, driver), f"removing {driver.name}")

    def register_device(self, channel: RpmsgChannel) -> Sleeping[None]:
        """Add a channel and bind it to the first driver that is for it and takes it."""
        self._channels.append(channel)
        self._kernel.uevent("add", channel.device)
        self._add_attributes(channel)
        for driver in self.drivers:
            if driver.matches(channel) and (yield from self._bind(channel, driver)) == 0:
                return

    def unregister_device(self, channel: RpmsgChannel) -> Sleeping[None]:
        """Unbind and delete a channel."""
        self._channels.remove(channel)
        if channel.driver is not None:
            yield from self._unbind(channel, channel.driver)
        for name in _ATTRIBUTES:
            self._kernel.vfs.remove(_attribute_path(channel, name))
        self._kernel.uevent("del", channel.device)

    def _bind(self, channel: RpmsgChannel, driver: RpmsgDriver) -> Sleeping[int]:
        channel.driver = driver
        error = yield from self._probe(channel, driver)
        if error:
            channel.driver = None
            report_probe(self._kernel, driver.name, channel.device, error)
        self._kernel.uevent("bind", channel.device, error)
        return error

    def _unbind(self, channel: RpmsgChannel, driver: RpmsgDriver) -> Sleeping[None]:
        yield from channel.transport.announce(channel, created=False)
        yield from finish(driver.remove(channel))
        self._drop_endpoint(channel)
        channel.driver = None

    def _probe(self, channel: RpmsgChannel, driver: RpmsgDriver) -> Sleeping[int]:
        if driver.listens:
            channel.endpoint = channel.transport.create_endpoint(channel, driver.callback, channel.source)
            if channel.endpoint is None:
                self._log.err(channel.dev, "failed to create endpoint")
                return -Errno.ENOMEM
            channel.source = channel.endpoint.address
        result = driver.probe(channel)
        error = (yield from result) if isinstance(result, Generator) else result
        if error:
            self._log.err(channel.dev, f"rpmsg_dev_probe: failed: {error}")
        elif driver.listens:
            error = yield from channel.transport.announce(channel, created=True)
            if error:
                self._log.err(channel.dev, "failed to announce creation")
                yield from finish(driver.remove(channel))
        if error:
            self._drop_endpoint(channel)
        return error

    def _drop_endpoint(self, channel: RpmsgChannel) -> None:
        if channel.endpoint is not None:
            channel.transport.destroy_endpoint(channel.endpoint)
            channel.endpoint = None

    def _add_attributes(self, channel: RpmsgChannel) -> None:
        for name, show in _ATTRIBUTES.items():
            self._kernel.vfs.add(_attribute_path(channel, name), Attribute(partial(show, channel)))


#: The files of a channel in sysfs.
_ATTRIBUTES: dict[str, Callable[[RpmsgChannel], str]] = {
    "name": lambda channel: f"{channel.name}\n",
    "src": lambda channel: f"0x{channel.source:x}\n",
    "dst": lambda channel: f"0x{channel.destination:x}\n",
    "announce": lambda channel: "true\n" if channel.announced else "false\n",
    "modalias": lambda channel: f"rpmsg:{channel.name}\n",
}


def _attribute_path(channel: RpmsgChannel, name: str) -> str:
    return f"/sys/bus/rpmsg/devices/{channel.device}/{name}"
