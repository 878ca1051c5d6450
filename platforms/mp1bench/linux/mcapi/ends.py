"""One direction of a packet or scalar channel, as a handle has it: an endpoint that is opened, used, closed, and again.

Nothing here sleeps. McapiError says why something cannot be; `error_numbers.py` knows what Linux calls it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from mp1bench.linux.mcapi.ioctl import PORT_NONE, Bind, Direction
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.mcapi import (
    Buffer,
    Channel,
    Endpoint,
    EndpointStatus,
    McapiError,
    Packet,
    RemoteEndpoint,
    Request,
    Status,
)
from mp1bench.mcapi.layout import ChannelType


class End(ABC):
    """Either direction, of either type. `shut`: the program has closed it; `unwinding`: see `links.unwind`."""

    direction: Direction

    def __init__(self, stack: NodeStack, port: int) -> None:
        self.endpoint: Endpoint = stack.endpoint_create(port)
        self.channel: Channel | None = None
        self.opening: Request[Channel] | None = None
        self.shut = self.unwinding = False
        self._stack = stack

    @property
    def status(self) -> EndpointStatus:
        """What MCAPI says of the endpoint; 0 when no channel has it."""
        return self._stack.status(self.endpoint)

    def begin(self) -> None:
        """Open it, before or after it is connected."""
        self.opening = self._open_i()
        self.channel = self.opening.result
        self.shut = False

    def opened(self) -> bool:
        """Has that completed? McapiError says how it failed."""
        if self.opening is not None and self.opening.status is not Status.PENDING:
            opening, self.opening = self.opening, None
            self._stack.test(opening)
        return self.opening is None

    def close(self) -> None:
        """Close an open one. The peer hears of it behind what was sent."""
        channel, self.channel = self.channel, None
        if channel is not None:
            self._stack.test(self._close_i(channel))

    def is_shut(self, direction: Direction) -> bool:
        """Has the program closed it? It has one direction only."""
        return self.shut

    def shut_down(self, direction: Direction) -> None:
        """The program closes it."""
        self.live()
        self.close()
        self.shut = True

    def live(self) -> Channel:
        """The channel, to be used: ERR_CHAN_NOTOPEN before, ERR_CHAN_CLOSEPENDING and ERR_CHAN_INVALID after."""
        if self.shut:
            raise McapiError(Status.ERR_CHAN_CLOSEPENDING, f"{self.endpoint!r} was shut down")
        if self.channel is None or self.opening is not None:
            raise McapiError(Status.ERR_CHAN_NOTOPEN, f"{self.endpoint!r} is not connected")
        if not self.status & EndpointStatus.OPEN:
            raise McapiError(Status.ERR_CHAN_INVALID, f"{self.endpoint!r} has lost its peer")
        return self.channel

    @abstractmethod
    def connect_i(self, other: Endpoint | RemoteEndpoint) -> Request[None]:
        """Connect it with the peer's end."""

    @abstractmethod
    def _open_i(self) -> Request[Channel]: ...

    @abstractmethod
    def _close_i(self, channel: Channel) -> Request[None]: ...


class Reader(End):
    """A receiving end."""

    direction = Direction.READ

    def readable(self) -> bool:
        """Is there something? ERR_CHAN_CLOSEPENDING if there never will be: the peer has closed, and all is read."""
        if self._available(self.live()):
            return True
        if self.status & EndpointStatus.CLOSEPENDING:
            raise McapiError(Status.ERR_CHAN_CLOSEPENDING, f"{self.endpoint!r} gets nothing more")
        return False

    @abstractmethod
    def take(self, size: int) -> bytes:
        """The next one, which is there. One that is longer than `size` stays."""

    @abstractmethod
    def _available(self, channel: Channel) -> int: ...


class Writer(End):
    """A sending end."""

    direction = Direction.WRITE

    def writable(self) -> bool:
        """Is there room?"""
        channel = self.live()
        if self.status & EndpointStatus.CLOSEPENDING:
            raise McapiError(Status.ERR_CHAN_CLOSEPENDING, f"{self.endpoint!r} sends to nobody")
        return self._stack.room(channel)

    @abstractmethod
    def put(self, data: bytes) -> Request[None]:
        """Send; the request ends when it is on its way."""


class PacketReader(Reader):
    """Packets in."""

    def __init__(self, stack: NodeStack, port: int) -> None:
        super().__init__(stack, port)
        self._next: Packet | None = None  # it was too long for a read

    def take(self, size: int) -> bytes:
        packet = self.fetch()
        if len(packet) > size:
            self._next = packet
            raise McapiError(Status.ERR_PKT_SIZE, f"the next packet has {len(packet)} bytes")
        data = bytes(packet)
        self._stack.pktchan_release(packet)
        return data

    def fetch(self) -> Packet:
        """The next one, where it lies."""
        packet, self._next = self._next, None
        if packet is None:
            request = self._stack.pktchan_recv_i(self.live())
            self._stack.test(request)
            packet = request.result
            assert packet is not None
        return packet

    def close(self) -> None:
        if self._next is not None and self._next.buffer is not None:
            self._stack.pktchan_release(self._next)
        self._next = None
        super().close()

    def connect_i(self, other: Endpoint | RemoteEndpoint) -> Request[None]:
        return self._stack.pktchan_connect_i(other, self.endpoint)

    def _available(self, channel: Channel) -> int:
        return self._stack.pktchan_available(channel) + (self._next is not None)

    def _open_i(self) -> Request[Channel]:
        self._next = None
        return self._stack.pktchan_recv_open_i(self.endpoint)

    def _close_i(self, channel: Channel) -> Request[None]:
        return self._stack.pktchan_recv_close_i(channel)


class PacketWriter(Writer):
    """Packets out."""

    def put(self, data: bytes) -> Request[None]:
        return self._stack.pktchan_send_i(self.live(), data)

    def allocate(self) -> Buffer:
        """A buffer to be filled."""
        return self._stack.pktchan_buffer(self.live())

    def enqueue(self, buffer: Buffer, length: int) -> Request[None]:
        """Send what is in it."""
        return self._stack.pktchan_send_i(self.live(), buffer, length)

    def connect_i(self, other: Endpoint | RemoteEndpoint) -> Request[None]:
        return self._stack.pktchan_connect_i(self.endpoint, other)

    def _open_i(self) -> Request[Channel]:
        return self._stack.pktchan_send_open_i(self.endpoint)

    def _close_i(self, channel: Channel) -> Request[None]:
        return self._stack.pktchan_send_close_i(channel)


class ScalarReader(Reader):
    """Scalars in, of `width` bytes."""

    def __init__(self, stack: NodeStack, port: int, width: int) -> None:
        super().__init__(stack, port)
        self._width = width

    def take(self, size: int) -> bytes:
        if size < self._width:
            raise McapiError(Status.ERR_SCL_SIZE, f"a scalar has {self._width} bytes here, not up to {size}")
        return self._stack.scalar_recv(self.live(), self._width).to_bytes(self._width, "little")

    def connect_i(self, other: Endpoint | RemoteEndpoint) -> Request[None]:
        return self._stack.sclchan_connect_i(other, self.endpoint)

    def _available(self, channel: Channel) -> int:
        return self._stack.sclchan_available(channel)

    def _open_i(self) -> Request[Channel]:
        return self._stack.sclchan_recv_open_i(self.endpoint)

    def _close_i(self, channel: Channel) -> Request[None]:
        return self._stack.sclchan_recv_close_i(channel)


class ScalarWriter(Writer):
    """Scalars out, of `width` bytes."""

    def __init__(self, stack: NodeStack, port: int, width: int) -> None:
        super().__init__(stack, port)
        self._width = width

    def put(self, data: bytes) -> Request[None]:
        channel = self.live()
        if len(data) != self._width:
            raise McapiError(Status.ERR_SCL_SIZE, f"a scalar has {self._width} bytes here, not {len(data)}")
        return self._stack.scalar_send_i(channel, int.from_bytes(data, "little"), self._width)

    def connect_i(self, other: Endpoint | RemoteEndpoint) -> Request[None]:
        return self._stack.sclchan_connect_i(self.endpoint, other)

    def _open_i(self) -> Request[Channel]:
        return self._stack.sclchan_send_open_i(self.endpoint)

    def _close_i(self, channel: Channel) -> Request[None]:
        return self._stack.sclchan_send_close_i(channel)


def make_ends(stack: NodeStack, bind: Bind) -> tuple[Reader | None, Writer | None]:
    """The ends that a handle is bound to, as yet unused. If there cannot be both, there is none."""
    scalar = bind.kind == ChannelType.SCALAR
    reader: Reader | None = None
    writer: Writer | None = None
    if bind.rx != PORT_NONE:
        reader = ScalarReader(stack, bind.rx, bind.width) if scalar else PacketReader(stack, bind.rx)
    try:
        if bind.tx != PORT_NONE:
            writer = ScalarWriter(stack, bind.tx, bind.width) if scalar else PacketWriter(stack, bind.tx)
    except McapiError:
        if reader is not None:
            stack.endpoint_delete(reader.endpoint)
        raise
    return reader, writer
