"""A client for services that no driver of the kernel is for, as an out-of-tree module would be: one message to a write.

It is loaded on request only (`LinuxHost.adopt`); a kernel without it leaves such a service alone.
"""

from __future__ import annotations

from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgDriver, RpmsgUser


class RpmsgPlainClient(RpmsgDriver):
    """The driver of the service `name`: messages go and come as they are."""

    def __init__(self, name: str, user: RpmsgUser) -> None:
        self.name = f"plain client of {name}"
        self.services = (name,)
        self._user = user

    def probe(self, channel: RpmsgChannel) -> int:
        self._user.channel_opened(channel, self)
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> None:
        self._user.message_received(channel, data, source)

    def remove(self, channel: RpmsgChannel) -> None:
        self._user.channel_closed(channel)

    def write(self, channel: RpmsgChannel, data: bytes) -> Sleeping[int]:
        """Send one message and wait for a buffer if there is none."""
        error = yield from channel.send(data)
        return error or len(data)
