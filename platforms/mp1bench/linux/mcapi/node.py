"""One /dev/mcapiN, and the file of whoever has it open: system calls in bytes and error numbers.

What they do is `handle.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import Area, OpenFile, Reply
from mp1bench.linux.mcapi import ioctl, zero_copy
from mp1bench.linux.mcapi.error_numbers import CONTROLLING, READING, WRITING, Table, number
from mp1bench.linux.mcapi.handle import Handle
from mp1bench.linux.mcapi.ioctl import SHUT_RDWR, Direction, pack, unpack
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.mcapi import McapiError, Status

#: What serves a request: the structure afterwards (None: unchanged), or an error number if that is not McapiError's.
Service: TypeAlias = Callable[[Handle, bytes], "Sleeping[tuple[int, ...] | int | None]"]


class ChannelNode:
    """The node: one user at a time."""

    def __init__(self, stack: NodeStack, number: int) -> None:
        self.path = f"/dev/mcapi{number}"
        self.file: ChannelFile | None = None
        self.stack = stack

    def open(self, flags: int) -> Sleeping[OpenFile | int]:
        """-EBUSY while somebody has it open."""
        if self.file is not None:
            return -Errno.EBUSY
        self.file = ChannelFile(flags, self)
        return self.file
        yield


class ChannelFile(OpenFile):
    """The open file."""

    def __init__(self, flags: int, node: ChannelNode) -> None:
        super().__init__(flags)
        self._node = node
        self._handle = Handle(node.stack, node.path, nonblocking=self.nonblocking)

    def read(self, size: int) -> Sleeping[Reply | int]:
        """One message, packet or scalar; no bytes when there will be none any more."""
        try:
            data = yield from self._handle.read(size)
        except McapiError as refused:
            return Reply(b"", 0) if refused.status is Status.ERR_CHAN_CLOSEPENDING else number(refused, READING)
        return Reply(data, len(data))

    def write(self, data: bytes) -> Sleeping[int]:
        """One message, packet or scalar, and the doorbell. Nothing is sent of 0 bytes: it would read as the end."""
        if data:
            try:
                yield from self._handle.write(data)
            except McapiError as refused:
                return number(refused, WRITING)
        return len(data)

    def ioctl(self, request: int, argument: bytes) -> Sleeping[Reply | int]:
        """-ENOTTY for what is none of `ioctl.py`'s, -EFAULT where the structure is shorter than the request says."""
        if request not in _SERVICES:
            return -Errno.ENOTTY
        size = ioctl.argument_size(request)
        if len(argument) < size:
            return -Errno.EFAULT
        serve, table = _SERVICES[request]
        try:
            result = yield from serve(self._handle, argument[:size])
        except McapiError as refused:
            return number(refused, table)
        return Reply(pack(result), 0) if isinstance(result, tuple) else result or 0

    def poll(self) -> int:
        return self._handle.poll()

    @property
    def poll_queue(self) -> WaitQueue:
        return self._node.stack.changed

    def mmap(self, size: int, offset: int) -> Area | int:
        """Both pools, the own one first."""
        return zero_copy.area(self._node.stack.kernel.engine, size, offset)

    def release(self) -> Sleeping[None]:
        self._handle.release()
        self._node.file = None
        return
        yield


def _at_once(serve: Callable[[Handle, bytes], tuple[int, ...] | int | None]) -> Service:
    """A service that does not sleep."""

    def service(handle: Handle, argument: bytes) -> Sleeping[tuple[int, ...] | int | None]:
        return serve(handle, argument)
        yield

    return service


def _connect(handle: Handle, argument: bytes) -> Sleeping[int]:
    return handle.connect(unpack(ioctl.Connect, argument))


def _shutdown(handle: Handle, argument: bytes) -> int:
    (how,) = unpack(ioctl.Number, argument)
    if how > SHUT_RDWR:
        return -Errno.EINVAL
    handle.shutdown(list(Direction) if how == SHUT_RDWR else [Direction(how)])
    return 0


def _get_attribute(handle: Handle, argument: bytes) -> ioctl.Attribute:
    asked = unpack(ioctl.Attribute, argument)
    return asked._replace(value=handle.attribute(asked.end, asked.number))


def _dequeue(handle: Handle, argument: bytes) -> Sleeping[ioctl.Span]:
    """At the end there is no offset, and no error either."""
    try:
        return (yield from handle.dequeue())
    except McapiError as refused:
        if refused.status is Status.ERR_CHAN_CLOSEPENDING:
            return ioctl.THE_END
        raise


_SERVICES: dict[int, tuple[Service, Table]] = {
    ioctl.BIND: (_at_once(lambda handle, argument: handle.bind(unpack(ioctl.Bind, argument))), CONTROLLING),
    ioctl.CONNECT: (_connect, CONTROLLING),
    ioctl.ACCEPT: (lambda handle, argument: handle.connect(None), CONTROLLING),
    ioctl.STATE: (_at_once(lambda handle, argument: (handle.state,)), CONTROLLING),
    ioctl.SHUTDOWN: (_at_once(_shutdown), CONTROLLING),
    ioctl.CANCEL: (_at_once(lambda handle, argument: handle.cancel()), CONTROLLING),
    ioctl.GET_ATTRIBUTE: (_at_once(_get_attribute), CONTROLLING),
    ioctl.SET_ATTRIBUTE: (
        _at_once(lambda handle, argument: handle.set_attribute(*unpack(ioctl.Attribute, argument))),
        CONTROLLING,
    ),
    ioctl.STATISTICS: (_at_once(lambda handle, argument: handle.statistics()), CONTROLLING),
    ioctl.DEQUEUE: (_dequeue, READING),
    ioctl.ALLOCATE: (lambda handle, argument: handle.allocate(), WRITING),
    ioctl.ENQUEUE: (lambda handle, argument: handle.enqueue(unpack(ioctl.Span, argument)), WRITING),
    ioctl.RELEASE: (_at_once(lambda handle, argument: handle.give_back(*unpack(ioctl.Number, argument))), CONTROLLING),
}
