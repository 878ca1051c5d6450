"""What a program calls: a channel node by its number, with the requests packed and the answers unpacked.

It is a thin cover over one open file of user space; what goes wrong is a KernelError with Linux's number.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from mp1bench.errors import UsageError, suggest
from mp1bench.linux.mcapi import ioctl
from mp1bench.linux.mcapi.ioctl import PORT_NONE, SHUT_RDWR, Direction, Span, Statistics, pack, unpack
from mp1bench.linux.mcapi.zero_copy import POOL_SIZE
from mp1bench.linux.user_space import File, MappedMemory
from mp1bench.mcapi import Attribute
from mp1bench.mcapi.layout import DOMAIN, Role

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

_SIZE = 512  # of the largest message or packet

#: As shutdown(2) calls them, and people.
DIRECTIONS = {"read": int(Direction.READ), "write": int(Direction.WRITE), "both": SHUT_RDWR}


def open_channel(
    linux: LinuxHost,
    number: int,
    *,
    kind: str,
    rx: int | None = None,
    tx: int | None = None,
    width: int = 4,
    nonblock: bool = False,
) -> Channel:
    """Open /dev/mcapi`number` and bind it: as a "packet" or "scalar" channel that receives at port `rx` and sends from
    port `tx`, or one of both; or as a "message" endpoint at port `rx`.

    PORT_ANY of `ioctl.py` is a port that the driver chooses. `width` is that of a scalar in bytes. KernelError: -2
    (ENOENT) without `linux.modprobe("mcapi")`, -16 (EBUSY) if somebody has the node open, -98 (EADDRINUSE) if somebody
    has the port.
    """
    if kind not in ioctl.KINDS:
        raise UsageError(f"there is no channel of kind `{kind}`.{suggest(str(kind), list(ioctl.KINDS))}")
    file = linux.user.open(f"/dev/mcapi{number}", nonblock=nonblock)
    try:
        return Channel(file, kind, rx, tx, width)
    except Exception:
        file.close()
        raise


class Channel:
    """An open one. `file` is what read, write, poll and ioctl are called on; `rx` and `tx` are its ports, or None.

    Every call that sleeps does so in virtual time, up to the attribute TIMEOUT of the end and to `file.patience_ns`.
    """

    def __init__(self, file: File, kind: str, rx: int | None, tx: int | None, width: int) -> None:
        self.file = file
        self.kind = kind
        self.width = width if kind == "scalar" else 0
        self._pool: MappedMemory | None = None
        wanted = ioctl.Bind(ioctl.KINDS[kind], self.width, _port(rx), _port(tx))
        bound = unpack(ioctl.Bind, self._request(ioctl.BIND, wanted))
        self.rx, self.tx = (None if port == PORT_NONE else port for port in (bound.rx, bound.tx))

    # -- coming and going -------------------------------------------------------------------------------------

    def connect(self, *, rx: int | None = None, tx: int | None = None, node: int = Role.FIRMWARE) -> None:
        """Connect with the peer's ports: what is sent here arrives at its `rx`, what it sends at `tx` arrives here.

        Returns when data can flow. Without blocking: KernelError -115 (EINPROGRESS), and `state` says when.
        """
        self._request(ioctl.CONNECT, ioctl.Connect(DOMAIN, node, _port(rx), _port(tx)))

    def accept(self) -> None:
        """Open what the peer connects, or has connected; the same else."""
        self._request(ioctl.ACCEPT)

    @property
    def state(self) -> int:
        """0 when data can flow; else the number (positive) that says why not, such as EINPROGRESS."""
        return unpack(ioctl.Number, self._request(ioctl.STATE, (0,))).value

    def shutdown(self, direction: str) -> None:
        """Close "read", "write" or "both"; the other direction goes on."""
        if direction not in DIRECTIONS:
            raise UsageError(f"there is no direction `{direction}`.{suggest(str(direction), list(DIRECTIONS))}")
        self._request(ioctl.SHUTDOWN, (DIRECTIONS[direction],))

    def cancel(self) -> None:
        """End what sleeps in this channel with -125 (ECANCELED), and a connect that is under way."""
        self._request(ioctl.CANCEL)

    def close(self) -> None:
        """Close it, and unmap the pool."""
        if self._pool is not None:
            self._pool.close()
        self.file.close()

    def __enter__(self) -> Channel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- data -------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send one message or packet, or a scalar's bytes."""
        self.file.write(data)

    def receive(self, size: int = _SIZE) -> bytes:
        """The next one; b"" when nothing more will come."""
        return self.file.read(size)

    def send_scalar(self, value: int) -> None:
        """Send a number of the channel's width."""
        if not self.width:
            raise UsageError(f"{self.file.path} carries {self.kind}s, no numbers. Use `send`.")
        if not isinstance(value, int) or not 0 <= value < 1 << 8 * self.width:
            raise UsageError(f"this channel carries numbers of {8 * self.width} bits, and {value!r} is none.")
        self.file.write(value.to_bytes(self.width, "little"))

    def receive_scalar(self) -> int | None:
        """The next number; None when nothing more will come."""
        data = self.file.read(self.width)
        return int.from_bytes(data, "little") if data else None

    def poll(self) -> int:
        """What would not block now: a mask of POLL…; `linux.user.poll` waits for it."""
        return self.file.poll()

    # -- without a copy ---------------------------------------------------------------------------------------

    @property
    def pool(self) -> MappedMemory:
        """The pool of all channels, mapped; spans are places in it."""
        if self._pool is None:
            self._pool = self.file.mmap(POOL_SIZE)
        return self._pool

    def dequeue(self) -> Span | None:
        """Where the next packet lies, until `release`; None when nothing more will come."""
        span = unpack(Span, self._request(ioctl.DEQUEUE, (0, 0)))
        return None if span == ioctl.THE_END else span

    def allocate(self) -> Span:
        """A buffer to be filled through `pool`."""
        return unpack(Span, self._request(ioctl.ALLOCATE, (0, 0)))

    def enqueue(self, span: Span, length: int | None = None) -> None:
        """Send an allocated one, or its first `length` bytes; it is the peer's then."""
        span = _span(span)
        self._request(ioctl.ENQUEUE, Span(span.offset, span.length if length is None else length))

    def release(self, span: Span) -> None:
        """Give back what was dequeued, or allocated and not sent."""
        self._request(ioctl.RELEASE, (_span(span).offset,))

    # -- what else there is to know ---------------------------------------------------------------------------

    def attribute(self, name: str, direction: str = "read") -> int:
        """An attribute of MCAPI's by its name, of the end of one direction."""
        asked = ioctl.Attribute(_end(direction), _attribute(name), 0)
        return unpack(ioctl.Attribute, self._request(ioctl.GET_ATTRIBUTE, asked)).value

    def set_attribute(self, name: str, value: int, direction: str = "read") -> None:
        """Change one."""
        self._request(ioctl.SET_ATTRIBUTE, ioctl.Attribute(_end(direction), _attribute(name), value))

    @property
    def statistics(self) -> Statistics:
        """What has moved."""
        return unpack(Statistics, self._request(ioctl.STATISTICS, (0,) * len(Statistics._fields)))

    def _request(self, request: int, structure: tuple[int, ...] = ()) -> bytes:
        for word in structure:
            if not isinstance(word, int) or not 0 <= word < 1 << 32:
                raise UsageError(f"{self.file.path} takes numbers of 32 bits, and {word!r} is none.")
        argument = bytearray(pack(structure))
        self.file.ioctl(request, argument)
        return bytes(argument)


def _port(port: int | None) -> int:
    if port is None:
        return PORT_NONE
    if not isinstance(port, int) or not 0 <= port < 1 << 32:
        raise UsageError(f"a port is a number from 0 to 65534, not {port!r}.")
    return port


def _span(span: object) -> Span:
    if not isinstance(span, Span):
        raise UsageError(f"{span!r} is no place in the pool. Use what `dequeue` or `allocate` has returned.")
    return span


def _end(direction: str) -> Direction:
    if direction not in ("read", "write"):
        raise UsageError(f"a channel has no end `{direction}`. There are: read, write.")
    return Direction(DIRECTIONS[direction])


def _attribute(name: str) -> Attribute:
    if name not in Attribute.__members__:
        raise UsageError(f"there is no attribute `{name}`.{suggest(str(name), list(Attribute.__members__))}")
    return Attribute[name]
