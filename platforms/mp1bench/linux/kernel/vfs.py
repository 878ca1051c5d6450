"""What user space opens by a path: device nodes, and the one-line files of sysfs and debugfs.

Drivers register who stands behind a path and serve open files; return values are Linux's, negative when they are
errors. `UserSpace` in `mp1bench.linux.user_space` is the other side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.task import Sleeping

if TYPE_CHECKING:
    from mp1bench.linux.kernel.locking import WaitQueue

O_NONBLOCK = 0o4000

POLLIN, POLLOUT, POLLERR, POLLHUP = 0x001, 0x004, 0x008, 0x010


class Reply(NamedTuple):
    """What a read or an ioctl gives: the bytes in the user's buffer, and the return value.

    Of a read that most often is their number.
    """

    data: bytes
    value: int


class Area(NamedTuple):
    """Memory that a driver shows to a program: `size` bytes, read and written at offsets inside it."""

    size: int
    read: Callable[[int, int], bytes]
    write: Callable[[int, bytes], None]


class OpenFile:
    """One open file as its driver serves it (struct file). `flags` are open's; what is not overridden is refused."""

    def __init__(self, flags: int = 0) -> None:
        self.flags = flags

    @property
    def nonblocking(self) -> bool:
        return bool(self.flags & O_NONBLOCK)

    def read(self, size: int) -> Sleeping[Reply | int]:
        """Read up to `size` bytes."""
        return -Errno.EINVAL
        yield

    def write(self, data: bytes) -> Sleeping[int]:
        """Write; returns how much was taken."""
        return -Errno.EINVAL
        yield

    def ioctl(self, request: int, argument: bytes) -> Sleeping[Reply | int]:
        """Do what `request` asks for; `argument` is the structure that the user's pointer leads to.

        A Reply's data is what it holds afterwards.
        """
        return -Errno.ENOTTY
        yield

    def mmap(self, size: int, offset: int) -> Area | int:
        """Show `size` bytes of the driver's memory from `offset` on."""
        return -Errno.ENODEV

    def poll(self) -> int:
        """What would not block now: a mask of POLL…"""
        return POLLIN | POLLOUT

    @property
    def poll_queue(self) -> WaitQueue | None:
        """What is woken when `poll` may say something else. None: it never does."""
        return None

    def release(self) -> Sleeping[None]:
        """The last user has closed the file."""
        return
        yield


#: Serves open(path, flags): the open file, or a negative error number.
Opener: TypeAlias = Callable[[int], Sleeping[OpenFile | int]]


class Attribute(NamedTuple):
    """A file of sysfs or debugfs: `show` gives its text, `store` takes what is written (None: no such access)."""

    show: Callable[[], str] | None = None
    store: Callable[[str], Sleeping[int]] | None = None


class Vfs:
    """Everything that has a path."""

    def __init__(self) -> None:
        self._nodes: dict[str, Opener | Attribute] = {}

    def add(self, path: str, behind: Opener | Attribute) -> None:
        """Make `path` exist."""
        self._nodes[path] = behind

    def remove(self, path: str) -> None:
        """Make it vanish; files that are open stay so."""
        self._nodes.pop(path, None)

    def find(self, path: str) -> Opener | Attribute | None:
        """Who stands behind a path."""
        return self._nodes.get(path)

    def paths(self) -> list[str]:
        """All paths, sorted."""
        return sorted(self._nodes)
