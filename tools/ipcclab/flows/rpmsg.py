"""A stream through RPMsg: messages to an echo service of the firmware, written by a task that waits for buffers.

It copies, as RPMsg does: into a buffer of the ring, and out of one.
"""

from __future__ import annotations

from ipcclab.flows.stream import FlowError, Stream
from mp1bench.linux import HostEndpoint, LinuxHost, Transfer
from mp1bench.linux.errno import describe
from mp1bench.linux.kernel.task import Sleeping

SERVICE = "rpmsg-tty"


class RpmsgFlow:
    """The way to one echo service and back."""

    name = "RPMsg"
    payload = 496  # what a buffer of 512 bytes leaves to a message
    channels: tuple[int, ...] = (1, 2)  # of both rings; each is rung from both sides

    def __init__(self, linux: LinuxHost, endpoint: HostEndpoint) -> None:
        self._linux = linux
        self._endpoint = endpoint

    def start(self, stream: Stream) -> None:
        """Send it; what comes back, the stream is told."""

        def came(transfer: Transfer) -> None:
            if transfer.local != self._endpoint.local:
                return
            stream.came(transfer.data)
            self._linux.received.clear()  # large flows are not kept
            self._linux.sent.clear()
            if stream.done:
                self._linux.on_receive.remove(came)

        self._linux.on_receive.append(came)
        self._linux.kernel.start(stream.name, self._send(stream))

    def _send(self, stream: Stream) -> Sleeping[None]:
        for part in stream.parts():
            yield from stream.turn()
            asked_at = self._linux.kernel.now
            error = yield from self._endpoint.channel.send(part)
            if error:
                raise FlowError(f"{stream.name}: Linux does not send {len(part)} bytes: {describe(error)}.")
            stream.sent(asked_at)
