"""A stream through two packet channels of MCAPI, one to the firmware and one back, without a copy on Linux's side.

What goes out is written into a buffer of the pool, what comes is checked where it lies and released.
"""

from __future__ import annotations

from ipcclab.flows.stream import Stream
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.mcapi import Mcapi
from mp1bench.mcapi.channel import Channel
from mp1bench.mcapi.frame import Buffer
from mp1bench.mcapi.layout import BUFFER_SIZE, DOMAIN, RX_CHANNEL, TX_CHANNEL, Role
from mp1bench.mcapi.status import McapiError, Status

#: The firmware's ports: packets in, and back out.
IN, OUT = 2, 3


class PacketFlow:
    """Both channels, connected and open."""

    name = "MCAPI packets"
    payload = BUFFER_SIZE
    channels: tuple[int, ...] = (TX_CHANNEL, RX_CHANNEL)

    def __init__(self, mcapi: Mcapi, there: Channel, back: Channel) -> None:
        self.mcapi = mcapi
        self._kernel = mcapi.kernel
        self._there = there
        self._back = back
        self._changed = WaitQueue(mcapi.kernel)
        mcapi.on_change.append(self._changed.wake_all)

    @classmethod
    def connect(cls, mcapi: Mcapi, timeout: int) -> PacketFlow:
        """Between two new endpoints of Linux's and the firmware's ports. McapiError if a step takes `timeout` us."""
        out, back = mcapi.endpoint_create(), mcapi.endpoint_create()
        there, from_there = (mcapi.endpoint_get(DOMAIN, Role.FIRMWARE, port, timeout) for port in (IN, OUT))
        mcapi.wait(mcapi.pktchan_connect_i(out, there), timeout)
        mcapi.wait(mcapi.pktchan_connect_i(from_there, back), timeout)
        sender = mcapi.wait(mcapi.pktchan_send_open_i(out), timeout)
        return cls(mcapi, sender, mcapi.wait(mcapi.pktchan_recv_open_i(back), timeout))

    def start(self, stream: Stream) -> None:
        """Send it; what comes back, the stream is told."""
        self._kernel.start(f"{stream.name}, sending", self._send(stream))
        self._kernel.start(f"{stream.name}, receiving", self._receive(stream))

    def _send(self, stream: Stream) -> Sleeping[None]:
        for part in stream.parts():
            yield from stream.turn()
            asked_at = self._kernel.now
            buffer = yield from self._buffer()
            buffer.write(part)
            request = self.mcapi.pktchan_send_i(self._there, buffer, len(part))
            yield from self.mcapi.waiting(request)
            stream.sent(asked_at)

    def _receive(self, stream: Stream) -> Sleeping[None]:
        while not stream.done:
            packet = yield from self.mcapi.waiting(self.mcapi.pktchan_recv_i(self._back))
            stream.came(packet.read())
            self.mcapi.pktchan_release(packet)

    def _buffer(self) -> Sleeping[Buffer]:
        """Take one from the pool; sleep while there is none."""
        while True:
            try:
                return self.mcapi.pktchan_buffer(self._there)
            except McapiError as error:
                if error.status is not Status.ERR_MEM_LIMIT:
                    raise
            yield from self._changed.sleep(None, "a buffer for MCAPI")
