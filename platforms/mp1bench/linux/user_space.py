"""A program on the Linux side: it opens files by their path, and sleeps where a real one would.

What fails raises `KernelError` with Linux's number; while a call sleeps, the machine runs in virtual time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TypeVar

from mp1bench.errors import UsageError, suggest
from mp1bench.linux.errno import Errno, KernelError
from mp1bench.linux.kernel.core import MS, PATIENCE_NS, Kernel, PatienceError
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import O_NONBLOCK, POLLERR, POLLHUP, Area, Attribute, Opener, OpenFile

T = TypeVar("T")

#: Longer than anything that a driver waits for of its own accord: 15 s for a buffer of RPMsg.
_FILE_PATIENCE_NS = 20_000 * MS
_PAGE = 4096


class MappedMemory:
    """`size` bytes of a driver's memory as a program sees them, from `File.mmap`. Until `close` its file stays open."""

    def __init__(self, file: File, area: Area) -> None:
        self.path = file.path
        self.size = area.size
        self._area: Area | None = area
        self._file = file

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on."""
        return self._part(offset, size).read(offset, size)

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes there."""
        data = _bytes("a mapping", data)
        self._part(offset, len(data)).write(offset, data)

    def close(self) -> None:
        """Unmap it; a second time does nothing."""
        if self._area is not None:
            self._area = None
            self._file._unmapped(self)

    def __enter__(self) -> MappedMemory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _part(self, offset: int, size: int) -> Area:
        if self._area is None:
            raise UsageError(f"{self.path} is not mapped any more. Map it again.")
        if not all(isinstance(number, int) and 0 <= number <= self.size for number in (offset, size, offset + size)):
            raise UsageError(f"{size} bytes at offset {offset} are outside of the {self.size} mapped of {self.path}.")
        return self._area


class File:
    """An open file.

    `returned` is the value that the last read or write gave, which need not be what it moved. A call that has slept for
    `patience_ns` of virtual time is interrupted, as by a signal: KernelError, -4 (EINTR).
    """

    def __init__(self, kernel: Kernel, path: str, file: OpenFile) -> None:
        self.path = path
        self.returned = 0
        self.patience_ns = _FILE_PATIENCE_NS
        self._kernel = kernel
        self._file: OpenFile | None = file
        self._users: list[object] = []  # calls under way, and what is mapped
        self._released: OpenFile | None = None  # closed, but for those calls

    def __repr__(self) -> str:
        return f"<file {self.path}>"

    def read(self, size: int = 4096) -> bytes:
        """Read up to `size` bytes. KernelError with Linux's number if that fails."""
        if not isinstance(size, int) or size < 0:
            raise UsageError(f"a read takes a number of bytes, not {size!r}. Say how many there may be.")
        reply = self._call(self._open_file().read(size), "read")
        if isinstance(reply, int):
            raise KernelError(reply, f"reading {self.path}")
        self.returned = reply.value
        return reply.data

    def write(self, data: bytes) -> int:
        """Write `data`; returns how much Linux took."""
        data = _bytes("a write", data)
        self.returned = self._check(self._call(self._open_file().write(data), "write"), "writing to")
        return self.returned

    def ioctl(self, request: int, argument: bytes | bytearray = b"") -> int:
        """Make a request of the driver. `argument` is what the pointer leads to; a bytearray can be written to, too."""
        if not isinstance(request, int):
            raise UsageError(f"the request of an ioctl is a number, not {request!r}.")
        given = _bytes("the argument of an ioctl", argument)
        reply = self._call(self._open_file().ioctl(request & 0xFFFFFFFF, given), "ioctl")
        if isinstance(reply, int):
            return self._check(reply, "an ioctl on")
        if isinstance(argument, bytearray):
            argument[: len(reply.data)] = reply.data
        return reply.value

    def mmap(self, size: int, offset: int = 0) -> MappedMemory:
        """Map `size` bytes of the driver's memory from `offset` on, which is a whole number of pages.

        KernelError: -19 (ENODEV) if the driver shows none, -22 (EINVAL) if that is outside of what it shows.
        """
        if not all(isinstance(number, int) and number >= 0 for number in (size, offset)):
            raise UsageError(f"a mapping takes a size and an offset, not {size!r} and {offset!r}.")
        file = self._open_file()
        area = file.mmap(size, offset) if size and offset % _PAGE == 0 else -Errno.EINVAL
        if isinstance(area, int):
            raise KernelError(area, f"mapping {self.path}")
        mapped = MappedMemory(self, area)
        self._users.append(mapped)
        return mapped

    def poll(self) -> int:
        """What would not block now: a mask of POLL… `UserSpace.poll` waits for it."""
        return self._open_file().poll()

    @property
    def poll_queue(self) -> WaitQueue | None:
        """What is woken when `poll` may say something else."""
        return self._open_file().poll_queue

    @property
    def nonblocking(self) -> bool:
        """Was it opened so that nothing waits?"""
        return self._open_file().nonblocking

    def close(self) -> None:
        """Close the file; a second time does nothing.

        Its driver hears of it when the last call has ended and nothing is mapped any more.
        """
        if self._file is not None:
            file, self._file = self._file, None
            self._released = file
            self._release()

    def __enter__(self) -> File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_file(self) -> OpenFile:
        if self._file is None:
            raise UsageError(f"{self.path} has been closed. Open it again.")
        return self._file

    def _release(self) -> None:
        if self._released is not None and not self._users:
            file, self._released = self._released, None
            self._call(file.release(), "close")

    def _unmapped(self, mapped: MappedMemory) -> None:
        self._users.remove(mapped)
        self._release()

    def _call(self, body: Sleeping[T], what: str) -> T:
        self._users.append(body)
        try:
            return self._kernel.call(body, f"{what} {self.path}", patience_ns=self.patience_ns)
        except PatienceError as error:
            limit = f"{self.patience_ns // MS} ms of virtual time, its `patience_ns`"
            call = f"an {what} on" if what == "ioctl" else f"a {what} of"
            raise KernelError(-Errno.EINTR, f"{call} {self.path} was interrupted after {limit}") from error
        finally:
            self._users.remove(body)
            self._release()

    def _check(self, result: int, what: str) -> int:
        if result < 0:
            raise KernelError(result, f"{what} {self.path}")
        return result


class UserSpace:
    """What programs can do with the files of one Linux."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._vfs = kernel.vfs

    def paths(self) -> list[str]:
        """Everything that can be opened, sorted."""
        return self._vfs.paths()

    def open(self, path: str, *, nonblock: bool = False) -> File:
        """Open a device node. KernelError: -2 (ENOENT) if it is not there, or what its driver says."""
        opener = self._find(path)
        if isinstance(opener, Attribute):
            raise UsageError(f"{path} holds one text. Use read_text and write_text.")
        opening = opener(O_NONBLOCK if nonblock else 0)
        file = self._kernel.call(opening, f"open {path}", patience_ns=PATIENCE_NS)
        if isinstance(file, int):
            raise KernelError(file, f"opening {path}")
        return File(self._kernel, path, file)

    def poll(self, files: Mapping[File, int], timeout_ms: int | None = None) -> dict[File, int]:
        """Sleep until one of the files has an event of its mask, or POLLERR or POLLHUP (poll(2)).

        Returns the events of each file that has any: of none when `timeout_ms` are over. Without that limit it is
        interrupted after a minute of virtual time: KernelError, -4 (EINTR).
        """
        limit = PATIENCE_NS if timeout_ms is None else timeout_ms * MS
        events = self._kernel.call(self._poll(files, self._kernel.now + limit), "poll")
        if not events and timeout_ms is None:
            raise KernelError(-Errno.EINTR, f"a poll was interrupted after {limit // MS} ms of virtual time")
        return events

    def _poll(self, files: Mapping[File, int], deadline: int) -> Sleeping[dict[File, int]]:
        woken = WaitQueue(self._kernel)
        queues = [queue for queue in (file.poll_queue for file in files) if queue is not None]
        for queue in queues:
            queue.entries.append(woken.wake_all)
        try:
            while True:
                events = {file: file.poll() & (mask | POLLERR | POLLHUP) for file, mask in files.items()}
                events = {file: seen for file, seen in events.items() if seen}
                left = deadline - self._kernel.now
                if events or left <= 0:
                    return events
                yield from woken.sleep(left, f"an event of {', '.join(file.path for file in files)}")
        finally:
            for queue in queues:
                queue.entries.remove(woken.wake_all)

    def read_text(self, path: str) -> str:
        """What `cat` prints of a file in sysfs or debugfs."""
        attribute = self._attribute(path)
        if attribute.show is None:
            raise KernelError(-Errno.EACCES, f"reading {path}")
        return attribute.show()

    def write_text(self, path: str, text: str) -> None:
        """What `echo -n text > path` does; KernelError with Linux's number if it is refused."""
        attribute = self._attribute(path)
        if not isinstance(text, str):
            raise UsageError(f"{path} takes text, not {text!r}.")
        if attribute.store is None:
            raise KernelError(-Errno.EACCES, f"writing to {path}")
        result = self._kernel.call(attribute.store(text), f"write {path}", patience_ns=PATIENCE_NS)
        if result < 0:
            raise KernelError(result, f"writing `{text.strip()}` to {path}")

    def _attribute(self, path: str) -> Attribute:
        found = self._find(path)
        if not isinstance(found, Attribute):
            raise UsageError(f"{path} is a device node. Open it.")
        return found

    def _find(self, path: str) -> Opener | Attribute:
        if not isinstance(path, str):
            raise UsageError(f"a path is text, not {path!r}.")
        found = self._vfs.find(path)
        if found is None:
            folder = path[: path.rfind("/") + 1]
            beside = [known for known in self._vfs.paths() if known.startswith(folder) and folder not in ("", "/")]
            raise KernelError(-Errno.ENOENT, f"there is no {path} now.{suggest(path, beside)} It gives")
        return found


def _bytes(what: str, data: object) -> bytes:
    """A copy of what a caller gives, which is bytes of any kind; of text nobody knows the encoding."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise UsageError(f"{what} takes bytes, not {data!r}." + " Encode the text." * isinstance(data, str))
    return bytes(data)
