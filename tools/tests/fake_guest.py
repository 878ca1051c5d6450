"""A guest whose Linux is a table of answers, for tests of what is done with one. It boots nothing and has no test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from mp1bench.guest.linux_guest import MS, QUANTUM, GuestRefusedError, LinuxGuest, Reply
from mp1bench.image.symbols import SymbolTable
from mp1bench.trace import Log, Trace

SYSFS = "/sys/class/remoteproc/remoteproc0"
CHANNELS = [
    "virtio_rpmsg_bus virtio0: creating channel rpmsg-tty addr 0x400",
    "virtio_rpmsg_bus virtio0: creating channel rpmsg-tty addr 0x401",
]


class FakeGuest:
    """Takes what `LinuxGuest` takes. Each command takes a millisecond; `answer` is what comes back of what is written.

    `started` are the kernel's lines when the M4 starts, and `refusal` is what `echo start` prints.
    """

    def __init__(
        self,
        answer: Callable[[bytes], bytes] = lambda data: data,
        started: list[str] = CHANNELS,
        terminals: tuple[str, ...] = ("ttyRPMSG0", "ttyRPMSG1"),
        refusal: str = "",
        state: str = "running",
    ) -> None:
        self.now = 0
        self.log: list[str] = []
        self.trace = Trace()
        self.machine = self
        self.version = "1.16.1"
        self.quantum = QUANTUM
        self.commands: list[str] = []
        self.typed = b""
        self.on_byte: Callable[[int], None] = lambda byte: None
        #: Happens when it runs for the first time.
        self.once: Callable[[], object] | None = None
        self._answer = answer
        self._started = started
        self._terminals = terminals
        self._refusal = refusal
        self._state = state
        self._arrived = b""
        self._status: int | None = None

    def with_kernel(self, firmware: Iterable[Path], command_line: str) -> FakeGuest:
        """As `make_guest`."""
        self.firmware, self.command_line = list(firmware), command_line
        return self

    def as_guest(self) -> LinuxGuest:
        return cast(LinuxGuest, self)

    # -- as LinuxGuest ------------------------------------------------------------------------------------------

    def boot(self) -> None:
        self.run(500 * MS)
        self.says("Linux version 6.1.0-9-armmp")

    def probe(self) -> None:
        self.says("stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0")

    def use_symbols(self, firmware: SymbolTable) -> None:
        pass

    def run(self, duration: int) -> None:
        self.now += duration
        if self.once is not None:
            happens, self.once = self.once, None
            happens()
        self.trace.publish()

    def run_until(self, condition: Callable[[], bool], within: int, step: int = MS) -> bool:
        end = self.now + within
        while not condition():
            if self.now >= end:
                return False
            self.run(min(step, end - self.now))
        return True

    def shell(self, command: str, within: int = 0) -> Reply:
        self.commands.append(command)
        self.run(MS)
        return self._reply(command)

    def must(self, command: str, within: int = 0) -> str:
        status, text = self.shell(command)
        if status:
            raise GuestRefusedError(f"`{command}` ended with {status}: {text}")
        return text

    def answered(self) -> bool:
        return self._status is not None

    def take_answer(self) -> Reply:
        assert self._status is not None
        status, self._status = self._status, None
        return Reply(status, "")

    # -- as GuestMachine ----------------------------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """The console's shell runs `sh -i` until `exit`, and a script at once."""
        self.typed += data
        if data.startswith(b"sh "):
            self.prints(b"from the script\r\n")
            self._status = 3 if b"exit 3" in self._script else 0
        elif b"exit" in data:
            self.prints(b"\x1e0\r\n")
            self._status = 0
        else:
            self.prints(data)

    def set_quantum(self, quantum: int) -> None:
        self.quantum = quantum

    # -- what happens -------------------------------------------------------------------------------------------

    def says(self, line: str) -> None:
        self.log.append(line)
        self.trace.record(Log(self.now, "linux", "", line))
        self.trace.publish()

    def prints(self, data: bytes) -> None:
        for byte in data:
            self.on_byte(byte)

    @property
    def _script(self) -> bytes:
        return b"".join(_bytes(command) for command in self.commands if "standard-input" in command)

    def _reply(self, command: str) -> Reply:
        if command == f"echo start >{SYSFS}/state":
            for line in self._started:
                self.says(line)
            return Reply(1 if self._refusal else 0, self._refusal)
        if command == f"cat {SYSFS}/state":
            return Reply(0, self._state)
        if command.endswith("trace0"):
            return Reply(0, "firmware: boot")
        if command.startswith("test -c /dev/"):
            return Reply(0 if command.removeprefix("test -c /dev/") in self._terminals else 1, "")
        if command.startswith("ls /dev"):
            return Reply(0, "\n".join(self._terminals))
        if command.startswith("printf") and command.endswith(">&3"):
            self._arrived += self._answer(_bytes(command))
        if command.startswith("tail -c +"):
            first = int(command.removeprefix("tail -c +").partition(" ")[0])
            return Reply(0, self._arrived[first - 1 :].hex())
        return Reply(0, "")


def _bytes(command: str) -> bytes:
    return bytes(int(octal, 8) for octal in re.findall(r"\\(\d{3})", command))
