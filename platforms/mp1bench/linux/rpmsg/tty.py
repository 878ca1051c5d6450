"""The RPMsg terminal (drivers/tty/rpmsg_tty.c): a ttyRPMSGn for each service named "rpmsg-tty".

Only the raw byte stream is modelled: no line discipline, no signals, no settings. What comes while nobody has the node
open is not kept for it.
"""

from __future__ import annotations

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.ida import Ida
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import POLLERR, POLLHUP, POLLIN, POLLOUT, OpenFile, Reply
from mp1bench.linux.kernel.vsprintf import error_name
from mp1bench.linux.rpmsg.core import RpmsgChannel, RpmsgDriver, RpmsgUser

MAX_TTY_RPMSG = 32
#: Bytes that may wait to be read: the limit of a terminal's flip buffers.
CAPACITY = 640 * 1024
#: So many bytes of a write reach a terminal's driver at a time.
_WRITE_CHUNK = 2048


class TtyPort:
    """One /dev/ttyRPMSGn. `channel` is None when it has been hung up."""

    def __init__(self, driver: RpmsgTty, channel: RpmsgChannel, number: int) -> None:
        self.driver = driver
        self.number = number
        self.channel: RpmsgChannel | None = channel
        self.buffer = bytearray()
        self.readq = WaitQueue(driver.kernel)
        self.users = 0

    @property
    def path(self) -> str:
        return f"/dev/ttyRPMSG{self.number}"

    def open(self, flags: int) -> Sleeping[OpenFile | int]:
        """Any number of users, who share what comes."""
        self.users += 1
        self.driver.open_files += 1
        return _TtyFile(flags, self)
        yield

    def receive(self, data: bytes) -> int:
        """Keep what there is room for; returns how much that is."""
        taken = data[: CAPACITY - len(self.buffer)] if self.users else b""
        self.buffer += taken
        self.readq.wake_all()
        return len(taken) if self.users else len(data)


class _TtyFile(OpenFile):
    """The file of one of them."""

    def __init__(self, flags: int, port: TtyPort) -> None:
        super().__init__(flags)
        self._port = port

    def read(self, size: int) -> Sleeping[Reply | int]:
        """What is there, at least one byte; nothing at all when it has been hung up."""
        port = self._port
        while not port.buffer and port.channel is not None:
            if self.nonblocking:
                return -Errno.EAGAIN
            yield from port.readq.sleep(None, f"a message at {port.path}")
        data = bytes(port.buffer[:size]) if port.channel is not None else b""
        del port.buffer[: len(data)]
        return Reply(data, len(data))

    def write(self, data: bytes) -> Sleeping[int]:
        if self._port.channel is None:
            return -Errno.EIO
        return (yield from self._port.driver.write(self._port.channel, data))

    def ioctl(self, request: int, argument: bytes) -> Sleeping[int]:
        return -Errno.EIO if self._port.channel is None else -Errno.ENOTTY
        yield

    def poll(self) -> int:
        if self._port.channel is None:
            return POLLIN | POLLOUT | POLLERR | POLLHUP
        return POLLOUT | (POLLIN if self._port.buffer else 0)

    @property
    def poll_queue(self) -> WaitQueue:
        return self._port.readq

    def release(self) -> Sleeping[None]:
        self._port.users -= 1
        self._port.driver.open_files -= 1
        if not self._port.users:
            self._port.buffer.clear()
        self._port.driver.put(self._port)
        return
        yield


class RpmsgTty(RpmsgDriver):
    """The driver. `ports` maps a terminal's number to its channel."""

    name = "rpmsg_tty"
    services = ("rpmsg-tty",)

    def __init__(self, kernel: Kernel, user: RpmsgUser) -> None:
        self.kernel = kernel
        self._log = kernel.logger("rpmsg_tty.c")
        self._user = user
        self._numbers = Ida(MAX_TTY_RPMSG)
        self._nodes: dict[RpmsgChannel, TtyPort] = {}

    @property
    def ports(self) -> dict[int, RpmsgChannel]:
        return {port.number: channel for channel, port in self._nodes.items()}

    def probe(self, channel: RpmsgChannel) -> int:
        number = self._numbers.alloc()
        if number < 0:
            self._log.err(channel.dev, f"error {error_name(number)}: Failed to alloc tty port")
            return number
        port = self._nodes[channel] = TtyPort(self, channel, number)
        self.kernel.vfs.add(port.path, port.open)
        route = f"0x{channel.source:x} -> 0x{channel.destination:x}"
        self._log.debug(channel.dev, f"New channel: {route}: ttyRPMSG{number}")
        self._user.channel_opened(channel, self)
        return 0

    def callback(self, channel: RpmsgChannel, data: bytes, source: int) -> object:
        if not data:
            return -Errno.EINVAL
        room = self._nodes[channel].receive(data)
        if room < len(data):
            self._log.err(channel.dev, f"Trunc buffer: available space is {room}")
        self._user.message_received(channel, data, source)
        return None

    def remove(self, channel: RpmsgChannel) -> None:
        port = self._nodes.pop(channel)
        self._log.debug(channel.dev, f"Removing rpmsg tty device {port.number}")
        port.channel = None  # whoever has it open is hung up
        port.readq.wake_all()
        self.kernel.vfs.remove(port.path)
        self.put(port)
        self._user.channel_closed(channel)

    def put(self, port: TtyPort) -> None:
        """Its number is free again when it is neither a device any more nor open."""
        if port.channel is None and not port.users:
            self._numbers.free(port.number)

    def write(self, channel: RpmsgChannel, data: bytes) -> Sleeping[int]:
        """Write all of `data`, without ever waiting for a buffer; returns how much went out, or the error."""
        written = 0
        while written < len(data):
            taken = yield from self._write_chunk(channel, data[written : written + _WRITE_CHUNK])
            if taken < 0:
                return written or taken
            written += taken
        return written

    def _write_chunk(self, channel: RpmsgChannel, chunk: bytes) -> Sleeping[int]:
        """Send what the terminal hands on at a time, 496 bytes to a message."""
        sent = 0
        while sent < len(chunk):
            part = chunk[sent : sent + channel.transport.mtu]
            error = yield from channel.send(part, wait=False)
            if error:
                self._log.debug(channel.dev, f"rpmsg_send failed: {error}")
                return sent or error
            sent += len(part)
        return sent
