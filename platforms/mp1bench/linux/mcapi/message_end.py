"""A message endpoint as a handle has it: it reads what anybody sends there, and writes to where it is connected.

It is in no channel, and what is connected is this side's business only, as with a socket for datagrams.
"""

from __future__ import annotations

from mp1bench.linux.mcapi.ioctl import Direction
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.mcapi import Attribute, Endpoint, McapiError, RemoteEndpoint, Request, Status


class MessageEnd:
    """Reader and writer in one."""

    def __init__(self, stack: NodeStack, port: int) -> None:
        self.endpoint: Endpoint = stack.endpoint_create(port)
        self.peer: Endpoint | RemoteEndpoint | None = None
        self._shut: set[Direction] = set()
        self._stack = stack

    def connect(self, peer: Endpoint | RemoteEndpoint) -> None:
        """Write there from now on."""
        self.disconnect()
        self.peer = peer
        self._shut.clear()

    def disconnect(self) -> None:
        """Write nowhere any more."""
        peer, self.peer = self.peer, None
        if peer is not None and self._stack.usable(peer):
            self._stack.endpoint_release(peer)

    def is_shut(self, direction: Direction) -> bool:
        """Has the program closed it?"""
        return direction in self._shut

    def shut_down(self, direction: Direction) -> None:
        """The program closes it."""
        self._shut.add(direction)

    def readable(self) -> bool:
        """Is there a message? ERR_CHAN_INVALID if the peer is gone with whom it was connected."""
        if Direction.READ in self._shut:
            raise McapiError(Status.ERR_CHAN_CLOSEPENDING, f"{self.endpoint!r} was shut down")
        if self._stack.msg_available(self.endpoint):
            return True
        if self.peer is not None and not self._stack.usable(self.peer):
            raise McapiError(Status.ERR_CHAN_INVALID, f"{self.endpoint!r} has lost its peer")
        return False

    def take(self, size: int) -> bytes:
        """The next message, which is there. One that is longer than `size` stays."""
        request = self._stack.msg_recv_i(self.endpoint, size)
        self._stack.test(request)
        assert request.result is not None
        return bytes(request.result)

    def writable(self) -> bool:
        """Is there room?"""
        self._destination()
        return self._stack.room(self.endpoint, self.endpoint.attributes[Attribute.PRIORITY])

    def put(self, data: bytes) -> Request[None]:
        """Send it with the priority that is the endpoint's attribute."""
        priority = self.endpoint.attributes[Attribute.PRIORITY]
        return self._stack.msg_send_i(self.endpoint, self._destination(), data, priority)

    def _destination(self) -> Endpoint | RemoteEndpoint:
        if Direction.WRITE in self._shut:
            raise McapiError(Status.ERR_CHAN_CLOSEPENDING, f"{self.endpoint!r} was shut down")
        if self.peer is None:
            raise McapiError(Status.ERR_CHAN_NOTOPEN, f"{self.endpoint!r} is not connected")
        if not self._stack.usable(self.peer):
            raise McapiError(Status.ERR_CHAN_INVALID, f"{self.endpoint!r} has lost its peer")
        return self.peer
