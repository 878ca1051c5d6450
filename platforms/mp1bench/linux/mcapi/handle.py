"""What a program holds of a channel node: its ends, and what can be done with them.

Errors are McapiError; `node.py` turns them into Linux's, and bytes into what is here. How ends come together with the
peer's stands in `links.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT
from mp1bench.linux.mcapi import links
from mp1bench.linux.mcapi.ends import End, PacketReader, PacketWriter, Reader, Writer, make_ends
from mp1bench.linux.mcapi.error_numbers import CONNECTING, number
from mp1bench.linux.mcapi.ioctl import PORT_NONE, WIDTHS, Bind, Connect, Direction, Span, Statistics
from mp1bench.linux.mcapi.message_end import MessageEnd
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.linux.mcapi.waiting import Wait, Waits
from mp1bench.linux.mcapi.zero_copy import Holdings
from mp1bench.mcapi import Endpoint, EndpointStatus, McapiError, Request, Status
from mp1bench.mcapi.layout import ChannelType, Role

_JOINED = EndpointStatus.CONNECTING | EndpointStatus.CONNECTED


class Handle:
    """Nothing until `bind`, which gives it a `reader`, a `writer`, or for messages one end that is both."""

    def __init__(self, stack: NodeStack, path: str, *, nonblocking: bool) -> None:
        self._stack = stack
        self._nonblocking = nonblocking
        self._waits = Waits(stack, path)
        self._holdings = Holdings(stack)
        self._reader: Reader | MessageEnd | None = None
        self._writer: Writer | MessageEnd | None = None
        self._outcome = int(Errno.ENOTCONN)  # of connecting: 0, or why not
        self._written = self._bytes_written = self._read = self._bytes_read = 0

    @property
    def _messages(self) -> MessageEnd | None:
        return self._reader if isinstance(self._reader, MessageEnd) else None

    @property
    def _ends(self) -> Sequence[End]:
        return [end for end in (self._reader, self._writer) if isinstance(end, End)]

    # -- coming and going -------------------------------------------------------------------------------------

    def bind(self, wanted: Bind) -> Bind:
        """Create the endpoints, once; returns it with the ports that they have."""
        kinds = {kind.value for kind in ChannelType}
        scalar = wanted.kind == ChannelType.SCALAR
        if self._reader or self._writer or wanted.kind not in kinds or scalar != (wanted.width in WIDTHS):
            raise McapiError(Status.ERR_PARAMETER, "nothing that could be bound, or not any more")
        if wanted.kind == ChannelType.MESSAGE:
            if wanted.tx != PORT_NONE:
                raise McapiError(Status.ERR_PARAMETER, "messages have one port, which receives and sends")
            self._reader = self._writer = MessageEnd(self._stack, wanted.rx)
            return wanted._replace(rx=self._reader.endpoint.port, tx=PORT_NONE)
        if wanted.rx == wanted.tx == PORT_NONE:
            raise McapiError(Status.ERR_PARAMETER, "a channel has one direction at least")
        self._reader, self._writer = make_ends(self._stack, wanted)
        rx, tx = (PORT_NONE if end is None else end.endpoint.port for end in (self._reader, self._writer))
        return wanted._replace(rx=rx, tx=tx)

    def connect(self, where: Connect | None) -> Sleeping[int]:
        """Connect with the peer's ports, or without `where` have the peer connect: 0, or a negative error number."""
        if self._outcome == Errno.EINPROGRESS:
            return -Errno.EALREADY
        if any(self._in_use(end, where) for end in self._ends):
            return -Errno.EISCONN
        end = self._reader or self._writer
        if end is None or (where is None and self._messages is not None):
            return -Errno.EINVAL
        self._outcome = int(Errno.EINPROGRESS)
        wait = self._waits.begin(end.endpoint)
        self._stack.kernel.start("mcapi", self._connecting(where, wait))
        if not self._nonblocking:
            yield from wait.until(lambda: self._outcome != Errno.EINPROGRESS, "its peer")
        return -self._outcome

    def _in_use(self, end: End, where: Connect | None) -> bool:
        """What the peer has connected is as good as not, for whoever waits for that."""
        used = EndpointStatus.OPEN if where is None else _JOINED
        return bool(end.status & used) and not end.unwinding and not end.shut

    def _connecting(self, where: Connect | None, wait: Wait) -> Sleeping[None]:
        try:
            if self._messages is None:
                yield from links.establish(self._stack, wait, self._ends, where)
            elif where is not None:
                self._messages.connect((yield from links.get(self._stack, wait, where, where.rx)))
            self._outcome = 0
        except McapiError as refused:
            self._outcome = -number(refused, CONNECTING)
            for end in self._ends:
                self._stack.kernel.start("mcapi", links.unwind(self._stack, end))
        self._stack.changed.wake_all()

    @property
    def state(self) -> int:
        """0 when data can flow; else the error number that says why not: ENOTCONN, EINPROGRESS, ECONNRESET …"""
        reads = Status.SUCCESS if self._reader is None else _ask(self._reader.readable)
        writes = Status.SUCCESS if self._writer is None else _ask(self._writer.writable)
        lost = Status.ERR_CHAN_INVALID in (reads, writes)
        return int(Errno.ECONNRESET) if lost and not self._outcome else self._outcome

    def shutdown(self, directions: Sequence[Direction]) -> None:
        """Close one direction, or both. ERR_CHAN_NOTOPEN if the handle is not connected."""
        if self._outcome:
            raise McapiError(Status.ERR_CHAN_NOTOPEN, "the handle is not connected")
        for direction in directions:
            end = self._writer if direction is Direction.WRITE else self._reader
            if end is not None and not end.is_shut(direction):
                end.shut_down(direction)
        self._stack.changed.wake_all()

    def cancel(self) -> None:
        """End what sleeps in this handle, and a connect that is under way."""
        self._waits.cancel()

    def release(self) -> None:
        """The program has gone; its endpoints go when the peer has closed its ends, too."""
        self.cancel()
        self._holdings.release_all()
        for end in self._ends:
            self._stack.kernel.start("mcapi", links.bury(self._stack, end))
        if self._messages is not None:
            self._messages.disconnect()
            self._stack.kernel.start("mcapi", links.delete(self._stack, self._messages.endpoint))

    # -- data -------------------------------------------------------------------------------------------------

    def read(self, size: int) -> Sleeping[bytes]:
        """The next message, packet or scalar. ERR_CHAN_CLOSEPENDING when there is nothing more to come."""
        end = self._receiver
        yield from self._until(end.readable, end.endpoint, "something to read")
        data = end.take(size)
        self._count_read(len(data))
        return data

    def write(self, data: bytes) -> Sleeping[None]:
        """Send one, and ring."""
        end = self._sender
        yield from self._sent(end.put(data), end.endpoint)
        self._count_written(len(data))

    def poll(self) -> int:
        """What would not block, as POLL… Whoever has shut a direction down is not told that it is at its end."""
        events = 0 if self._outcome in (0, Errno.ENOTCONN, Errno.EINPROGRESS) else POLLERR
        if self._reader is not None:
            hangup = 0 if self._reader.is_shut(Direction.READ) else POLLHUP
            events |= _events(self._reader.readable, POLLIN, POLLIN | hangup)
        if self._writer is not None:
            error = 0 if self._writer.is_shut(Direction.WRITE) else POLLERR
            events |= _events(self._writer.writable, POLLOUT, error)
        return events

    def dequeue(self) -> Sleeping[Span]:
        """The next packet where it lies; it is the program's until it is released."""
        end = self._receiver
        if not isinstance(end, PacketReader):
            raise McapiError(Status.ERR_ATTR_NOTSUPPORTED, "only packets lie in the pool")
        yield from self._until(end.readable, end.endpoint, "a packet")
        span = self._holdings.add(end.fetch())
        self._count_read(span.length)
        return span

    def allocate(self) -> Sleeping[Span]:
        """A buffer of the own pool, to be filled and enqueued, or released."""
        end = self._packet_writer
        yield from self._until(end.writable, end.endpoint, "a buffer")
        return self._holdings.add(end.allocate())

    def enqueue(self, span: Span) -> Sleeping[None]:
        """Send the first bytes of a buffer that was allocated, and ring."""
        end = self._packet_writer
        buffer = self._holdings.allocated(span.offset)
        yield from self._sent(end.enqueue(buffer, span.length), end.endpoint)
        self._count_written(span.length)

    def give_back(self, offset: int) -> None:
        """A buffer that was dequeued or allocated is not needed any more. ERR_BUF_INVALID if it is not held."""
        self._holdings.release(offset)
        self._stack.changed.wake_all()  # another may wait for it

    def _until(self, ready: Callable[[], bool], endpoint: Endpoint, what: str) -> Sleeping[None]:
        """Sleep until ready; PENDING if that is not wanted."""
        if self._nonblocking and not ready():
            raise McapiError(Status.PENDING, f"there is not {what} now")
        yield from self._waits.begin(endpoint).until(ready, what)

    def _sent(self, request: Request[None], endpoint: Endpoint) -> Sleeping[None]:
        """Sleep until what was sent is on its way; PENDING, and not sent, if that is not wanted."""
        if self._nonblocking and request.status is Status.PENDING:
            self._stack.cancel(request)
            raise McapiError(Status.PENDING, "there is no room now")
        yield from self._waits.begin(endpoint).result(request, "room to write")

    # -- what else there is to know ---------------------------------------------------------------------------

    def attribute(self, direction: int, attribute: int) -> int:
        """An MCAPI attribute of one end."""
        return self._stack.endpoint_get_attribute(self._end(direction).endpoint, attribute)

    def set_attribute(self, direction: int, attribute: int, value: int) -> None:
        """Change it. ERR_CHAN_CONNECTED for all but TIMEOUT, once the end is used."""
        self._stack.endpoint_set_attribute(self._end(direction).endpoint, attribute, value)

    def statistics(self) -> Statistics:
        """This handle's, and the transport's."""
        own = self._written, self._bytes_written, self._read, self._bytes_read
        return Statistics(*own, *self._stack.transport.statistics(Role.HOST).values())

    def _end(self, direction: int) -> Reader | Writer | MessageEnd:
        if direction not in list(Direction):
            raise McapiError(Status.ERR_PARAMETER, "there are two directions")
        return self._sender if direction == Direction.WRITE else self._receiver

    @property
    def _receiver(self) -> Reader | MessageEnd:
        if self._reader is None:
            raise McapiError(Status.ERR_CHAN_NOTOPEN, "the handle receives nothing")
        return self._reader

    @property
    def _sender(self) -> Writer | MessageEnd:
        if self._writer is None:
            raise McapiError(Status.ERR_CHAN_NOTOPEN, "the handle sends nothing")
        return self._writer

    @property
    def _packet_writer(self) -> PacketWriter:
        end = self._sender
        if not isinstance(end, PacketWriter):
            raise McapiError(Status.ERR_ATTR_NOTSUPPORTED, "only packets lie in the pool")
        return end

    def _count_read(self, size: int) -> None:
        self._read += 1
        self._bytes_read += size

    def _count_written(self, size: int) -> None:
        self._written += 1
        self._bytes_written += size


def _ask(ready: Callable[[], bool]) -> Status:
    """What a direction says of itself: SUCCESS if it is ready, PENDING if not yet, or why it never will be."""
    try:
        return Status.SUCCESS if ready() else Status.PENDING
    except McapiError as refused:
        return refused.status


def _events(ready: Callable[[], bool], event: int, at_end: int) -> int:
    """The same as poll says it."""
    says = {
        Status.SUCCESS: event,
        Status.ERR_CHAN_CLOSEPENDING: at_end,
        Status.ERR_CHAN_INVALID: POLLERR | POLLHUP,
    }
    return says.get(_ask(ready), 0)
