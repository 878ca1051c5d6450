"""Endpoints as files (drivers/rpmsg/rpmsg_char.c): /dev/rpmsgN, made by rpmsg_ctrl or for the service "rpmsg-raw".

A node vanishes with the last user of it; while somebody has it open it can be found, and refuses. A writer that waits
for a buffer holds a lock: whoever removes the endpoint waits for him.
"""

from __future__ import annotations

from collections import deque
from functools import partial

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.ida import Ida
from mp1bench.linux.kernel.locking import Mutex, WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import POLLERR, POLLIN, Attribute, OpenFile, Reply
from mp1bench.linux.kernel.vsprintf import signed
from mp1bench.linux.rpmsg.core import Endpoint, RpmsgChannel, RpmsgDriver

DESTROY_EPT = 0xB502  # _IO(0xb5, 2)
GET_OUTGOING_FLOWCONTROL = 0x8004B505  # _IOR(0xb5, 5, int)
SET_INCOMING_FLOWCONTROL = 0x8004B506  # _IOR(0xb5, 6, int)


class EndpointDevice:
    """One /dev/rpmsgN. `channel` is None as soon as what it stands on is gone, `endpoint` while nobody has it open.

    With `default` it is the channel's own endpoint, which is always there; otherwise each open makes one at `source`.
    """

    def __init__(
        self, char: RpmsgChar, channel: RpmsgChannel, name: str, source: int, destination: int, default: Endpoint | None
    ) -> None:
        self.name = name
        self.source = source
        self.destination = destination
        self.default = default
        self.number = char.numbers.alloc()
        self.channel: RpmsgChannel | None = channel
        self.endpoint: Endpoint | None = None
        self.queue: deque[bytes] = deque()
        self.readq = WaitQueue(char.kernel)
        self.lock = Mutex(char.kernel)
        self._char = char
        self._users = 0
        char.kernel.vfs.add(self.path, self.open)
        for attribute, value in (("name", name), ("src", signed(source)), ("dst", signed(destination))):
            char.kernel.vfs.add(f"{self._class_path}/{attribute}", Attribute(partial("{}\n".format, value)))

    @property
    def path(self) -> str:
        return f"/dev/rpmsg{self.number}"

    @property
    def _class_path(self) -> str:
        return f"/sys/class/rpmsg/rpmsg{self.number}"

    def receive(self, channel: RpmsgChannel, data: bytes, source: int) -> None:
        """A message for this endpoint: it waits here until somebody reads."""
        self.queue.append(data)
        self.readq.wake_all()

    def open(self, flags: int) -> Sleeping[OpenFile | int]:
        """One user at a time: -EBUSY. -ENETRESET when the remote is gone, -EINVAL when the address is taken."""
        yield from self.lock.lock()
        try:
            return self._open(flags)
        finally:
            self.lock.unlock()

    def _open(self, flags: int) -> OpenFile | int:
        if self.endpoint is not None:
            return -Errno.EBUSY
        if self.channel is None:
            return -Errno.ENETRESET
        endpoint = self.default or self.channel.transport.create_endpoint(self.channel, self.receive, self.source)
        if endpoint is None:
            self._char.log.err(f"rpmsg rpmsg{self.number}", f"failed to open {self.name}")
            return -Errno.EINVAL
        self.endpoint = endpoint
        self._users += 1
        self._char.open_files += 1
        return _EndpointFile(flags, self, flow_control=self._char.kernel.flavour.rpmsg_flow_control)

    def close(self) -> Sleeping[None]:
        """The user has gone, and with him what he did not read."""
        yield from self.lock.lock()
        self._drop_endpoint()
        self.lock.unlock()
        self.queue.clear()
        self._users -= 1
        self._char.open_files -= 1
        self._vanish()

    def destroy(self) -> Sleeping[None]:
        """The endpoint goes away: whoever sleeps in a read hears of it."""
        yield from self.lock.lock()
        known, self.channel = self.channel, None
        self._drop_endpoint()
        self.lock.unlock()
        if known is None:
            return
        self.readq.wake_all()
        for attribute in ("name", "src", "dst"):
            self._char.kernel.vfs.remove(f"{self._class_path}/{attribute}")
        self._vanish()

    def _drop_endpoint(self) -> None:
        if self.endpoint is not None and self.default is None:
            self.endpoint.channel.transport.destroy_endpoint(self.endpoint)
        self.endpoint = None

    def _vanish(self) -> None:
        if self.channel is None and not self._users:
            self._char.kernel.vfs.remove(self.path)
            self._char.numbers.free(self.number)


class _EndpointFile(OpenFile):
    """The file of whoever has it open."""

    def __init__(self, flags: int, device: EndpointDevice, *, flow_control: bool) -> None:
        super().__init__(flags)
        self._device = device
        self._flow_control = flow_control

    def read(self, size: int) -> Sleeping[Reply | int]:
        """One message, of which what does not fit into `size` is lost."""
        device = self._device
        if device.endpoint is None:
            return -Errno.EPIPE
        if not device.queue and self.nonblocking:
            return -Errno.EAGAIN
        while not device.queue and device.endpoint is not None:
            yield from device.readq.sleep(None, f"a message at {device.path}")
        if device.endpoint is None:
            return -Errno.EPIPE
        data = device.queue.popleft()[:size]
        return Reply(data, len(data))

    def write(self, data: bytes) -> Sleeping[int]:
        """One message. Without a buffer: -EAGAIN, or what the bus says after 15 s."""
        yield from self._device.lock.lock()
        try:
            return (yield from self._send(data))
        finally:
            self._device.lock.unlock()

    def _send(self, data: bytes) -> Sleeping[int]:
        device = self._device
        if device.endpoint is None:
            return -Errno.EPIPE
        channel, source = device.endpoint.channel, device.endpoint.address
        wait = not self.nonblocking
        error = yield from channel.transport.send(channel, source, device.destination, data, wait=wait)
        if error == -Errno.ENOMEM and self.nonblocking:
            error = -Errno.EAGAIN
        return error or len(data)

    def ioctl(self, request: int, argument: bytes) -> Sleeping[int]:
        """Destroy the endpoint; in newer kernels also flow control, which RPMsg over virtio has not."""
        device = self._device
        if request == DESTROY_EPT and device.default is None:
            yield from device.destroy()
            return 0
        if self._flow_control and request == GET_OUTGOING_FLOWCONTROL:
            return 0
        if self._flow_control and request == SET_INCOMING_FLOWCONTROL:
            valid = int.from_bytes(argument, "little") <= 1 and device.endpoint is not None
            return -Errno.EOPNOTSUPP if valid else -Errno.EINVAL
        return -Errno.EINVAL

    def poll(self) -> int:
        if self._device.endpoint is None:
            return POLLERR
        return POLLIN if self._device.queue else 0

    @property
    def poll_queue(self) -> WaitQueue:
        return self._device.readq

    def release(self) -> Sleeping[None]:
        yield from self._device.close()


class RpmsgChar(RpmsgDriver):
    """The driver: a node for each channel of the service, and for whoever asks (`create`)."""

    name = "rpmsg_chrdev"

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.log = kernel.logger("rpmsg_char.c")
        self.numbers = Ida()
        self.services = ("rpmsg-raw", "rpmsg_chrdev") if kernel.flavour.rpmsg_flow_control else ("rpmsg-raw",)
        self._nodes: dict[RpmsgChannel, EndpointDevice] = {}

    def create(self, channel: RpmsgChannel, name: str, source: int, destination: int) -> EndpointDevice:
        """A node whose endpoint is made when it is opened."""
        return EndpointDevice(self, channel, name, source, destination, None)

    def probe(self, channel: RpmsgChannel) -> int:
        self._nodes[channel] = EndpointDevice(
            self, channel, channel.name, channel.source, channel.destination, channel.endpoint
        )
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> None:
        if channel in self._nodes:
            self._nodes[channel].receive(channel, data, source)

    def remove(self, channel: RpmsgChannel) -> Sleeping[None]:
        yield from self._nodes.pop(channel).destroy()
