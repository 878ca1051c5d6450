"""The channel driver of a linux-rpmsg recording: what its callbacks do stands in the recording.

It hears and reports; `rpmsg.py` reads.
"""

from __future__ import annotations

from typing import Protocol

from mp1bench.linux.rpmsg.core import Endpoint, RpmsgChannel, RpmsgDriver


class Script(Protocol):
    """The recording, as the driver needs it."""

    def see(self, event: str, **keys: object) -> None:
        """Something happened that the recording must say next."""

    def body(self) -> None:
        """What a callback does: all that is asked for before its end."""


class Client(RpmsgDriver):
    """The channel driver "rpmsg_test"; what its callbacks do stands in the recording."""

    name = "rpmsg_test"
    services = ("rpmsg-tty", "rpmsg-client-sample", "rpmsg-raw", "svc")

    def __init__(self, script: Script) -> None:
        self.probe_result = 0
        self.channels: list[RpmsgChannel] = []  # by handle
        self.endpoints: list[Endpoint | None] = []  # their own, which a client may go on using when they are gone
        self._script = script

    def probe(self, channel: RpmsgChannel) -> int:
        handle = len(self.channels)
        self.channels.append(channel)
        self.endpoints.append(channel.endpoint)
        self._script.see("probe", handle=handle, name=channel.name, src=channel.source, dst=channel.destination)
        self._script.body()
        self._script.see("probe_end", handle=handle)
        return self.probe_result

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> None:
        self.receive(self._handle(channel), data, source)

    def receive(self, handle: int, data: bytes, source: int) -> None:
        self._script.see("rx", handle=handle, src=source, hex=data.hex())
        self._script.body()
        self._script.see("rx_end", handle=handle)

    def remove(self, channel: RpmsgChannel) -> None:
        self._script.see("remove", handle=self._handle(channel))

    def _handle(self, channel: RpmsgChannel) -> int:
        return max(handle for handle, known in enumerate(self.channels) if known is channel)
