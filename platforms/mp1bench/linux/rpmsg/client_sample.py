"""The sample client (samples/rpmsg/rpmsg_client_sample.c): the service "rpmsg-client-sample".

Linux's module greets as soon as it is bound, and a hundred times in all; with `greets` the driver does so. Without,
the channel is the user's, one message to a write, and greeting is done on request (`greet`).
"""

from __future__ import annotations

from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgDriver, RpmsgUser

GREETING = b"hello world!"


class RpmsgClientSample(RpmsgDriver):
    """The driver. `count` is the module's parameter: a channel that greets says goodbye at that many answers."""

    name = "rpmsg_client_sample"
    services = ("rpmsg-client-sample",)

    def __init__(self, kernel: Kernel, user: RpmsgUser, *, greets: bool = False, count: int = 100) -> None:
        self.greets = greets
        self.count = count
        self._log = kernel.logger("rpmsg_client_sample.c")
        self._user = user
        self._rounds: dict[RpmsgChannel, tuple[int, int]] = {}  # answers so far, answers wanted

    def probe(self, channel: RpmsgChannel) -> Sleeping[int]:
        self._log.info(channel.dev, f"new channel: 0x{channel.source:x} -> 0x{channel.destination:x}!")
        if self.greets:
            error = yield from self.greet(channel, self.count)
            if error:
                return error
        self._user.channel_opened(channel, self)
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> Sleeping[None]:
        self._user.message_received(channel, data, source)
        if channel not in self._rounds:
            return
        count, wanted = self._rounds[channel]
        self._rounds[channel] = count + 1, wanted
        self._log.info(channel.dev, f"incoming msg {count + 1} (src: 0x{source:x})")
        self._log.dump("rpmsg_sample_cb", data)
        if count + 1 >= wanted:
            self._log.info(channel.dev, "goodbye!")
        else:
            yield from self._send_greeting(channel)

    def remove(self, channel: RpmsgChannel) -> None:
        self._rounds.pop(channel, None)
        self._log.info(channel.dev, "rpmsg sample client driver is removed")
        self._user.channel_closed(channel)

    def write(self, channel: RpmsgChannel, data: bytes) -> Sleeping[int]:
        """Send one message and wait for a buffer if there is none."""
        error = yield from channel.send(data)
        return error or len(data)

    def greet(self, channel: RpmsgChannel, rounds: int = 100) -> Sleeping[int]:
        """Do what the module does: send the greeting, and again at each answer until `rounds` have come."""
        self._rounds[channel] = 0, rounds
        return (yield from self._send_greeting(channel))

    def _send_greeting(self, channel: RpmsgChannel) -> Sleeping[int]:
        error = yield from channel.send(GREETING)
        if error:
            self._log.err(channel.dev, f"rpmsg_send failed: {error}")
        return error
