"""The two sides of the comparison: the host model on the bench, and a real kernel in Renode.

Each does a step in its own way; what is done, and in which order, `walk.py` says.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mp1bench.board import Board
from mp1bench.guest.linux_guest import MS, LinuxGuest
from mp1bench.guest.remoteproc import RemoteProcessor, Terminal
from mp1bench.image import read_image
from mp1bench.linux import LinuxHost
from mp1bench.linux.kernel.vfs import POLLIN
from mp1bench.linux.user_space import File
from mp1bench.shipped import prebuilt_image

_REST = 10 * MS
_DESCRIPTOR = 3  # of the guest's shell, for its first terminal

_FILES = (
    *(f"/sys/class/remoteproc/remoteproc0/{name}" for name in ("coredump", "firmware", "name", "recovery", "state")),
    *(f"/sys/kernel/debug/remoteproc/remoteproc0/{name}" for name in ("carveout_memories", "coredump", "name")),
    *(f"/sys/kernel/debug/remoteproc/remoteproc0/{name}" for name in ("recovery", "resource_table", "trace0")),
    *(f"/sys/bus/rpmsg/devices/*/{name}" for name in ("announce", "dst", "modalias", "name", "src")),
)
_CONTROL = "/sys/kernel/debug/dynamic_debug/control"
_QUERIES = tuple(f"file drivers/{folder}/* +p" for folder in ("mailbox", "remoteproc", "rpmsg"))


class Model:
    """The host model. `latencies` are those of `LinuxHost`."""

    def __init__(self, find: Callable[[str], Path] = prebuilt_image, **latencies: Any) -> None:
        self._board = Board(engine="embedded", host="none")
        self._linux = self._board.linux = LinuxHost(self._board.engine, **latencies)
        assert self._board.trace is not None
        self.trace = self._board.trace
        self._find = find
        self._terminals: list[File] = []

    def probe(self) -> None:
        self._linux.probe()
        self._linux.rmmod("rpmsg_client_sample")  # Debian's kernel package has no sample

    def start(self, image: str) -> None:
        self._board.load(self._find(image))
        self._board.boot()
        self.rest()
        paths = [path for path in self._linux.user.paths() if path.startswith("/dev/ttyRPMSG")]
        self._terminals = [self._linux.user.open(path, nonblock=True) for path in paths]

    def send(self, terminal: int, data: bytes) -> None:
        self._terminals[terminal].write(data)

    def look(self) -> dict[str, str]:
        paths = [path for path in self._linux.user.paths() if any(fnmatchcase(path, name) for name in _FILES)]
        return {path: self._linux.user.read_text(path) for path in paths}

    def debug(self) -> None:
        for query in _QUERIES:
            self._linux.user.write_text(_CONTROL, query)

    def stop(self) -> None:
        self._board.shutdown()
        for terminal in self._terminals:
            terminal.close()
        self._terminals = []

    def rest(self) -> None:
        self._board.run_for(_REST)

    def received(self) -> bytes:
        return b"".join(terminal.read() for terminal in self._terminals if terminal.poll() & POLLIN)

    def buffer(self) -> str:
        return self._linux.firmware_log() if self._linux.rproc_state == "running" else ""

    def interrupts(self) -> None:
        return None


class Guest:
    """A real kernel, booted, that has the images in its /lib/firmware."""

    def __init__(self, guest: LinuxGuest, find: Callable[[str], Path] = prebuilt_image) -> None:
        self.trace = guest.trace
        self._guest = guest
        self._m4 = RemoteProcessor(guest)
        self._find = find
        self._terminals: list[Terminal] = []

    def probe(self) -> None:
        self._guest.probe()

    def start(self, image: str) -> None:
        self._m4.start(read_image(self._find(image)))
        self.rest()
        paths = self._guest.must("ls /dev").split()
        names = [name for name in paths if name.startswith("ttyRPMSG")]
        self._terminals = [Terminal(self._guest, f"/dev/{name}", _DESCRIPTOR + n) for n, name in enumerate(names)]

    def send(self, terminal: int, data: bytes) -> None:
        self._guest.must(f"printf %s {data.decode()} >&{_DESCRIPTOR + terminal}")

    def look(self) -> dict[str, str]:
        paths = self._guest.must(f"ls -d {' '.join(_FILES)}").split()
        return {path: self._guest.must(f"cat {path}") for path in paths}

    def debug(self) -> None:
        for query in _QUERIES:
            self._guest.must(f"echo '{query}' >{_CONTROL}")
        self._guest.must("echo 8 >/proc/sys/kernel/printk")  # on the console too

    def stop(self) -> None:
        self._m4.stop()
        for terminal in self._terminals:
            terminal.close()
        self._terminals = []

    def rest(self) -> None:
        self._guest.run(_REST)

    def received(self) -> bytes:
        heard = [(len(terminal.received), terminal.receive()) for terminal in self._terminals]
        return b"".join(data[before:] for before, data in heard)

    def buffer(self) -> str:
        return self._m4.trace_buffer() if self._m4.state == "running" else ""

    def interrupts(self) -> tuple[int, int]:
        """The mailbox's lines of /proc/interrupts: the driver asks for RX first."""
        rx, tx = (int(line.split()[1]) for line in self._guest.must("grep mailbox /proc/interrupts").splitlines())
        return rx, tx
