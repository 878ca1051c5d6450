"""The RPMsg bus (drivers/rpmsg/rpmsg_core.c): channels, endpoints, and the drivers that channels are bound to.

It moves no bytes: a transport (`virtio_rpmsg_bus.py`) does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel, Sleeping

ADDR_ANY = 0xFFFFFFFF

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

    def announce(self, channel: RpmsgChannel, *, created: bool) -> Sleeping[None]: ...

    def send(
        self, channel: RpmsgChannel, source: int, destination: int, data: bytes, *, wait: bool
    ) -> Sleeping[int]: ...


class RpmsgChannel:
    """An rpmsg device: a service name, Linux's address (ADDR_ANY until bound) and the remote's."""

    def __init__(self, transport: RpmsgTransport, parent: str, name: str, source: int, destination: int) -> None:
        self.transport = transport
        self.name = name
        self.source = source
        self.destination = destination
        self.endpoint: Endpoint | None = None
        self.driver: RpmsgDriver | None = None
        self.announced = False  # Linux tells the remote about it
        signed = source - (1 << 32) if source >= 1 << 31 else source
        self.device = f"{parent}.{name}.{signed}.{destination}"

    @property
    def dev(self) -> str:
        """How the kernel log names it."""
        return f"{self.driver.name} {self.device}" if self.driver is not None else self.device

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
    """Base of the drivers. `services` are the names it is for; with `listens`, each channel gets an endpoint."""

    name = ""
    services: tuple[str, ...] = ()
    listens = True

    def probe(self, channel: RpmsgChannel) -> int:
        """Take a channel: 0 or a negative error number."""
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> object:
        """A message has come; may be a generator."""
        return None

    def remove(self, channel: RpmsgChannel) -> None:
        """The channel goes away."""


class RpmsgCore:
    """Channels and drivers of one Linux."""

    def __init__(self, kernel: Kernel) -> None:
        self.drivers: list[RpmsgDriver] = []
        self._log = kernel.logger("rpmsg_core.c")
        self._kernel = kernel

    def register_driver(self, driver: RpmsgDriver) -> None:
        """Make a driver known to channels that come later."""
        self.drivers.append(driver)

    def register_device(self, channel: RpmsgChannel) -> Sleeping[None]:
        """Add a channel and bind it to the first driver that knows its name."""
        self._kernel.uevent("add", channel.device)
        for driver in self.drivers:
            if channel.name in driver.services:
                channel.driver = driver
                error = yield from self._probe(channel, driver)
                if error:
                    channel.driver = None
                self._kernel.uevent("bind", channel.device, error)
                return

    def unregister_device(self, channel: RpmsgChannel) -> Sleeping[None]:
        """Unbind and delete a channel."""
        if channel.driver is not None:
            yield from channel.transport.announce(channel, created=False)
            channel.driver.remove(channel)
            self._drop_endpoint(channel)
            channel.driver = None
        self._kernel.uevent("del", channel.device)

    def _probe(self, channel: RpmsgChannel, driver: RpmsgDriver) -> Sleeping[int]:
        if driver.listens:
            channel.endpoint = channel.transport.create_endpoint(channel, driver.callback, channel.source)
            if channel.endpoint is None:
                self._log.err(channel.dev, "failed to create endpoint")
                return -Errno.ENOMEM
            channel.source = channel.endpoint.address
        error = driver.probe(channel)
        if error:
            self._log.err(channel.dev, f"rpmsg_dev_probe: failed: {error}")
            self._drop_endpoint(channel)
            return error
        yield from channel.transport.announce(channel, created=True)
        return 0

    def _drop_endpoint(self, channel: RpmsgChannel) -> None:
        if channel.endpoint is not None:
            channel.transport.destroy_endpoint(channel.endpoint)
            channel.endpoint = None
