"""The firmware's services as their user on the Linux side sees them: what was announced, bound, sent and received.

It drives nothing: the drivers of RPMsg report to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mp1bench.errors import UsageError
from mp1bench.linux.errno import Errno, KernelError
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgWriter
from mp1bench.trace import Message


class Announcement(NamedTuple):
    """A service that the firmware announced, and when (ns)."""

    name: str
    address: int
    at: int


class Transfer(NamedTuple):
    """One message, seen from Linux: `endpoint` is the service's name, `local` Linux's address."""

    endpoint: str
    local: int
    remote: int
    data: bytes
    at: int


class HostEndpoint:
    """A service of the firmware that a Linux driver has bound: `local` is Linux's address, `remote` the firmware's."""

    def __init__(self, kernel: Kernel, channel: RpmsgChannel, driver: RpmsgWriter) -> None:
        self.name = channel.name
        self.local = channel.source
        self.remote = channel.destination
        self.channel = channel
        self._kernel = kernel
        self._driver = driver

    def __repr__(self) -> str:
        return f"<{self.name} 0x{self.local:x} -> 0x{self.remote:x}>"

    def send(self, data: bytes) -> None:
        """Write `data` as a user of the driver would. KernelError if Linux does not take all of it."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise UsageError(f"a message is bytes, not {data!r}." + " Encode the text." * isinstance(data, str))
        written = self._kernel.call(self._driver.write(self.channel, bytes(data)), f"writing to {self.name}")
        if written < 0:
            raise KernelError(written, f"{len(data)} bytes for {self.name} were not sent")
        if written < len(data):
            what = f"only {written} of {len(data)} bytes for {self.name} were sent"
            raise KernelError(-Errno.ENOMEM, what)


class Services:
    """What has come and gone, oldest first; the `on_…` are told of each as it comes."""

    def __init__(self, kernel: Kernel) -> None:
        self.announced: list[Announcement] = []
        self.endpoints: list[HostEndpoint] = []
        self.sent: list[Transfer] = []
        self.received: list[Transfer] = []
        self.on_announce: list[Callable[[Announcement], None]] = []
        self.on_receive: list[Callable[[Transfer], None]] = []
        self._kernel = kernel

    def channel_opened(self, channel: RpmsgChannel, driver: RpmsgWriter) -> None:
        """A driver has bound a service."""
        self.endpoints.append(HostEndpoint(self._kernel, channel, driver))

    def channel_closed(self, channel: RpmsgChannel) -> None:
        """A service is gone."""
        self.endpoints[:] = [endpoint for endpoint in self.endpoints if endpoint.channel is not channel]

    def message_received(self, channel: RpmsgChannel, data: bytes, source: int) -> None:
        """A message for a bound service has come."""
        transfer = Transfer(channel.name, channel.source, source, data, self._kernel.now)
        self.received.append(transfer)
        for listener in self.on_receive:
            listener(transfer)

    def service_announced(self, name: str, address: int) -> None:
        """The firmware has announced a service."""
        announcement = Announcement(name, address, self._kernel.now)
        self.announced.append(announcement)
        for listener in self.on_announce:
            listener(announcement)

    def message_moved(self, message: Message) -> None:
        """A message was put into, or taken from, a ring."""
        if message.direction == "a7_to_m4" and message.endpoint != "ns":
            self.sent.append(Transfer(message.endpoint, message.local, message.remote, message.data, message.t))
