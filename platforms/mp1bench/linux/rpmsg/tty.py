"""The RPMsg terminal (drivers/tty/rpmsg_tty.c): a ttyRPMSGn for each service named "rpmsg-tty".

Only the raw byte stream is modelled, no line discipline: what a user writes is cut into messages, and each message that
comes in is handed on as it is.
"""

from __future__ import annotations

from typing import Protocol

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel, Sleeping
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgDriver

MAX_TTY_RPMSG = 32


class RpmsgUser(Protocol):
    """Whoever sits in user space: it hears of channels that can be used, and of what comes from them."""

    def channel_opened(self, channel: RpmsgChannel, driver: RpmsgWriter) -> None: ...

    def message_received(self, channel: RpmsgChannel, data: bytes, source: int) -> None: ...

    def channel_closed(self, channel: RpmsgChannel) -> None: ...


class RpmsgWriter(Protocol):
    """A driver whose channels users write to."""

    def write(self, channel: RpmsgChannel, data: bytes) -> Sleeping[int]:
        """Bytes written, or a negative error number."""


class RpmsgTty(RpmsgDriver):
    """The driver. `ports` maps a terminal's number to its channel."""

    name = "rpmsg_tty"
    services = ("rpmsg-tty",)

    def __init__(self, kernel: Kernel, user: RpmsgUser) -> None:
        self.ports: dict[int, RpmsgChannel] = {}
        self._log = kernel.logger("rpmsg_tty.c")
        self._user = user

    def probe(self, channel: RpmsgChannel) -> int:
        index = next((n for n in range(MAX_TTY_RPMSG) if n not in self.ports), None)
        if index is None:
            return -Errno.ENOSPC
        self.ports[index] = channel
        route = f"0x{channel.source:x} -> 0x{channel.destination:x}"
        self._log.debug(channel.dev, f"New channel: {route}: ttyRPMSG{index}")
        self._user.channel_opened(channel, self)
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> object:
        if not data:
            return -Errno.EINVAL
        self._user.message_received(channel, data, source)
        return None

    def remove(self, channel: RpmsgChannel) -> None:
        index = next(n for n, port in self.ports.items() if port is channel)
        self._log.debug(channel.dev, f"Removing rpmsg tty device {index}")
        del self.ports[index]
        self._user.channel_closed(channel)

    def write(self, channel: RpmsgChannel, data: bytes) -> Sleeping[int]:
        """Write all of `data`, 496 bytes to a message, without ever waiting for a buffer."""
        written = 0
        while written < len(data):
            part = data[written : written + channel.transport.mtu]
            error = yield from channel.send(part, wait=False)
            if error:
                self._log.debug(channel.dev, f"rpmsg_send failed: {error}")
                return written or error
            written += len(part)
        return written
