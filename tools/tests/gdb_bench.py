"""`ipcclab run --gdb 0` as a process, for tests that play its debugger."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from ipcclab.gdb.packets import Decoder, Packet, frame

PATIENCE_S = 60  # until a test gives up, on the slowest machine


class Bench:
    """The process, waiting for its debugger at `port`; `said` is what it has printed until then."""

    def __init__(self, image: str, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ipcclab", "run", image, "--gdb", "0", "--quiet", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        self.said = ""
        while not (found := re.search(r"^Waiting .*:(\d+)\n(Connect .*\n)\n", self.said, re.MULTILINE)):
            line = self._process.stdout.readline()
            assert line, self._process.communicate()
            self.said += line
        self.port = int(found[1])
        self.connect = found[2].partition("Connect")[2].strip()
        self._peers: list[Peer] = []

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for peer in self._peers:
            peer.socket.close()
        self._process.kill()
        self._process.communicate()

    def peer(self) -> Peer:
        """A debugger that has connected."""
        self._peers.append(Peer(self.port))
        return self._peers[-1]

    def interrupt(self) -> None:
        """Ctrl-C at its terminal."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str, str]:
        """Wait for it: exit code, what it has printed since, what it complained about."""
        out, err = self._process.communicate(timeout=PATIENCE_S)
        return self._process.returncode, out, err


class Peer:
    """A debugger that sends what it is told."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._decoder = Decoder()
        self.received: list[Packet | bytes] = []

    def ask(self, payload: bytes) -> bytes:
        """Send a packet; the payload of the next one that comes."""
        self.socket.sendall(frame(payload))
        return self.answer()

    def answer(self) -> bytes:
        while True:
            while self.received:
                item = self.received.pop(0)
                if isinstance(item, Packet):
                    self.socket.sendall(b"+")
                    return item.payload
            self.receive()

    def receive(self) -> None:
        data = self.socket.recv(4096)
        assert data, "the bench has hung up"
        self.received += self._decoder.feed(data)


def run_gdb(bench: Bench, image: str, commands: Sequence[str]) -> str:
    """What gdb-multiarch says to these commands."""
    start = ["set pagination off", "set confirm off", f"target remote 127.0.0.1:{bench.port}"]
    words = [word for command in (*start, *commands) for word in ("-ex", command)]
    done = subprocess.run(
        ["gdb-multiarch", "-nx", "-q", "-batch", *words, image],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.stdout
