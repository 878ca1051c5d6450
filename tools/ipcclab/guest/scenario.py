"""One life of a guest: boots it, starts the M4, sends, waits for what is expected, and stops the M4.

It prints nothing. All times are virtual; the firmware's time begins when Linux has started it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ipcclab.durations import format_duration
from ipcclab.payload import quoted
from mp1bench.engine import Stop
from mp1bench.errors import UsageError
from mp1bench.guest.linux_guest import MS, GuestFailedError, GuestRefusedError, LinuxGuest, S
from mp1bench.guest.remoteproc import RemoteProcessor, Terminal
from mp1bench.image import Image

#: How long the firmware has for what is expected, and how long it runs when nothing is.
EXPECT_WITHIN_NS = 1 * S
LOOK_FOR_NS = 100 * MS
#: The next message leaves when something has come back, or after this.
ANSWER_WITHIN_NS = 20 * MS
_STEP = 5 * MS

_CHANNEL = re.compile(r"creating channel (\S+) addr (0x[0-9a-f]+)")
_LAST_LINES = 3


class Message(NamedTuple):
    """Bytes that crossed a terminal: those of one --send, or all that came while one waited."""

    outward: bool
    data: bytes


class GuestScenario:
    """A run of `guest`, which has not booted yet, with an image that is in its /lib/firmware.

    `to` is the terminal's name, ttyRPMSG0 by default. `shell` is called when all that is expected has come, and says
    what was wrong there.
    """

    def __init__(
        self,
        guest: LinuxGuest,
        image: Image,
        *,
        send: Sequence[str] = (),
        expect: Sequence[str] = (),
        to: str | None = None,
        duration: int | None = None,
        shell: Callable[[LinuxGuest], str | None] | None = None,
    ) -> None:
        self.guest = guest
        self.messages: list[Message] = []
        self.trace_buffer = ""
        #: What went wrong in a run that came to its end: which expectation was not met, and what came instead.
        self.complaint: str | None = None
        self.device = terminal_device(to)
        self._image = image
        self._processor = RemoteProcessor(guest)
        self._send = [_bytes(text) for text in send]
        self._expect = [_bytes(text) for text in expect]
        self._duration = duration
        self._shell = shell

    @property
    def announced(self) -> list[tuple[str, int]]:
        """The channels that Linux has made for the firmware's services, in order: name and address."""
        found = (_CHANNEL.search(line) for line in self.guest.log)
        return [(match[1], int(match[2], 0)) for match in found if match]

    def run(self) -> Stop:
        """From the kernel's first instruction until the M4 is stopped: `expected`, `shell` or `time`.

        Raises GuestFailedError if Linux does not start the image, panics, or does not get ready in time.
        """
        self.guest.boot()
        self.guest.probe()
        self._start()
        stop = self._live()
        self.trace_buffer = self._processor.trace_buffer()
        if self._processor.state == "running":
            self._processor.stop()
        return stop

    def run_console(self) -> Stop:
        """As long as the user wants, a root file system of their own, of which nothing is known: `shell` or `time`."""
        self.guest.use_symbols(self._image.symbols)
        if self._shell is not None:
            self.complaint = self._shell(self.guest)
            return Stop("shell", "its user has left the console")
        assert self._duration is not None
        self.guest.run_until(lambda: False, self._duration)
        return Stop("time", f"the machine has run for {format_duration(self._duration)}")

    def _start(self) -> None:
        before = len(self.guest.log)
        try:
            self._processor.start(self._image)
        except GuestRefusedError as error:
            said = [line for line in self.guest.log[before:] if "remoteproc" in line]
            reason = "; ".join(said) or str(error)
            raise GuestFailedError(f"Linux does not start {self._image.path.name}: {reason.rstrip('.')}.") from error

    def _live(self) -> Stop:
        """While the M4 runs."""
        patience = EXPECT_WITHIN_NS if self._expect else LOOK_FOR_NS
        given = self._duration or patience
        end = self.guest.now + given
        if self._send or self._expect:
            self._talk(end, given)
        if self._shell is not None and self.complaint is None:
            self.complaint = self._shell(self.guest)
            return Stop("shell", "the shell has ended")
        if self._expect and self.complaint is None and self._duration is None:
            return Stop("expected", "everything expected has come")
        self.guest.run_until(lambda: False, end - self.guest.now)
        return Stop("time", f"the firmware has run for {format_duration(given)}")

    def _talk(self, end: int, given: int) -> None:
        """Send all, and wait for what is expected, until `end`."""
        terminal = self._open(max(end, self.guest.now + EXPECT_WITHIN_NS))
        if terminal is None:
            self.complaint = self._no_terminal(max(given, EXPECT_WITHIN_NS))
            return
        for data in self._send:
            self._say(terminal, data)
        met = self._wait(terminal, lambda come: not _unmet(self._expect, come), end - self.guest.now)
        terminal.close()
        if not met:
            wanted = quoted(_unmet(self._expect, terminal.received)[0])
            came = quoted(terminal.received) if terminal.received else "nothing"
            self.complaint = (
                f"expected {wanted} from {self.device} within {format_duration(given)}, but it sent {came}."
                f" {self._last_lines()}"
            )

    def _say(self, terminal: Terminal, data: bytes) -> None:
        terminal.send(data)
        self.messages.append(Message(True, data))
        before = len(terminal.received)
        self._wait(terminal, lambda come: len(come) > before, ANSWER_WITHIN_NS)

    def _open(self, end: int) -> Terminal | None:
        """The terminal, once the firmware has announced it; None if it has not by `end`."""
        there = self.guest.run_until(
            lambda: self.guest.shell(f"test -c {self.device}").status == 0, end - self.guest.now, _STEP
        )
        return Terminal(self.guest, self.device) if there else None

    def _wait(self, terminal: Terminal, condition: Callable[[bytes], bool], within: int) -> bool:
        before = len(terminal.received)
        met = terminal.wait_for(condition, within)
        if terminal.received[before:]:
            self.messages.append(Message(False, terminal.received[before:]))
        return met

    def _no_terminal(self, waited: int) -> str:
        there = self.guest.shell("ls /dev | grep ttyRPMSG").text.split()
        if there:
            return f"there is no {self.device}: this firmware's terminals are {', '.join(there)}."
        if self.announced:
            names = ", ".join(name for name, _ in self.announced)
            return f"there is no {self.device}: the firmware announced {names}, and Linux makes one of rpmsg-tty only."
        return (
            f"there is no {self.device}: the firmware announced no RPMsg channel within {format_duration(waited)}."
            f" {self._last_lines()}"
        )

    def _last_lines(self) -> str:
        return f"The kernel's last lines: {' | '.join(self.guest.log[-_LAST_LINES:])}"


def terminal_device(name: str | None) -> str:
    """The file of the terminal that --to names. UsageError for what cannot be one."""
    if name is None:
        return "/dev/ttyRPMSG0"
    if not re.fullmatch(r"(/dev/)?ttyRPMSG\d+", name):
        raise UsageError(f"--to {name}: Linux calls a firmware's terminals ttyRPMSG0, ttyRPMSG1 and so on.")
    return f"/dev/{name.removeprefix('/dev/')}"


def _unmet(wanted: Sequence[bytes], come: bytes) -> Sequence[bytes]:
    """Those of the texts that have not come yet, each looked for behind the one before."""
    at = 0
    for index, text in enumerate(wanted):
        at = come.find(text, at) + len(text)
        if at < len(text):
            return wanted[index:]
    return ()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
