"""Keywords for the Cortex-M4's life under remoteproc: what a user does in /sys/class/remoteproc/remoteproc0."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.images import find_image
from ipcclab.keywords.arguments import Duration, one_of
from ipcclab.keywords.bench import Bench
from mp1bench.errors import ImageError
from mp1bench.linux.remoteproc.core import CRASHES

Crash: TypeAlias = Literal["mmufault", "watchdog", "fatal error"]
RprocState: TypeAlias = Literal["offline", "suspended", "running", "crashed", "detached", "attached"]

_REACHED_WITHIN = Duration(1_000_000_000)


class LinuxRemoteprocKeywords:
    """What Linux refuses fails with its number and name."""

    bench: Bench

    @keyword(tags=("Linux", "Remoteproc"))
    def start_remote_processor(self, firmware: str | None = None) -> None:
        """Starts the M4 by remoteproc's files: the image's name to ``firmware``, then ``start`` to ``state``.

        - ``firmware``: a path, or the name of an image that comes with ipcclab; it is put into Linux's /lib/firmware.
          By default the firmware file keeps the name that it has.

        If there is no such file, Linux says so, and it fails. Where the M4 runs already without Linux, Linux attaches
        to it.

        | Boot Linux |
        | Start Remote Processor | rpmsg_echo.elf |
        | Remote Processor State Should Be | running |
        """
        if firmware is not None:
            self._write("firmware", self._install(firmware))
        self._write("state", "start")

    def _write(self, file: str, text: str) -> None:
        """Write to one of the M4's files. PlatformError, with Linux's reasons, if its driver is not bound."""
        folder = self.bench.linux.rproc.folder
        self.bench.linux.user.write_text(f"{folder}/{file}", text)

    def _install(self, firmware: str) -> str:
        """Put a file into /lib/firmware; its name there. What is wrong with it is for Linux to say."""
        try:
            path = find_image(firmware)
            self.bench.linux.firmware.add(path.name, path.read_bytes())
        except (ImageError, OSError):
            return Path(firmware).name
        if not self.bench.board.engine.running:
            with suppress(ImageError):
                self.bench.board.load(path)  # for the names on the trace
        return path.name

    @keyword(tags=("Linux", "Remoteproc"))
    def stop_remote_processor(self) -> bool:
        """Writes ``stop`` to the state file. Returns whether the firmware acknowledged the shutdown within 500 ms.

        Fails if Linux refuses, as it does where nothing runs.

        | Boot Firmware | rpmsg_echo.elf |
        | ${acknowledged} = | Stop Remote Processor |
        | Should Be True | ${acknowledged} |
        """
        return self.bench.linux.stop()

    @keyword(tags=("Linux", "Remoteproc"))
    def detach_remote_processor(self) -> None:
        """Writes ``detach`` to the state file: an M4 that Linux has attached to runs on without Linux.

        Fails if Linux refuses.

        | Boot Linux | beside=rpmsg_echo.elf |
        | Start Remote Processor |
        | Detach Remote Processor |
        | Remote Processor State Should Be | detached |
        """
        self._write("state", "detach")

    @keyword(tags=("Linux", "Remoteproc"))
    def crash_remote_processor(self, how: Crash = "watchdog") -> None:
        """Has Linux believe that the M4 has crashed, by remoteproc's file in debugfs.

        Linux stops the M4 and starts it again.

        - ``how``: ``mmufault``, ``watchdog`` or ``fatal error``; by default ``watchdog``.

        Fails if there is no Linux on the bench.

        | Boot Firmware | rpmsg_echo.elf |
        | Crash Remote Processor | watchdog |
        | Kernel Log Should Contain | crash detected in m4: type watchdog |
        """
        folder = self.bench.linux.rproc.debug_folder
        self.bench.linux.user.write_text(f"{folder}/crash", str(CRASHES.index(one_of(Crash, how))))

    @keyword(tags=("Linux", "Remoteproc"))
    def trigger_watchdog(self) -> None:
        """Has the M4's window watchdog bite: its driver in Linux hears of it by interrupt (EXTI 68).

        Fails if there is no Linux.

        | Boot Firmware | rpmsg_echo.elf |
        | Trigger Watchdog |
        | Kernel Log Should Contain | crash detected in m4: type watchdog |
        """
        self.bench.linux.soc.watchdog.trigger()

    @keyword(tags=("Linux", "Remoteproc", "Assertion"))
    def remote_processor_state_should_be(self, state: RprocState, within: Duration = _REACHED_WITHIN) -> None:
        """Runs until remoteproc's state file says that the M4 is in a state. Fails with what it says instead.

        - ``state``: ``offline``, ``running``, ``crashed``, ``detached``, ``attached`` or ``suspended``.
        - ``within``: how long to wait at most; by default ``1s``.

        | Boot Firmware | rpmsg_echo.elf |
        | Remote Processor State Should Be | running |
        """
        linux, wanted = self.bench.linux, one_of(RprocState, state)
        if not self.bench.board.run_until(lambda: linux.rproc.state == wanted, within):
            found = linux.rproc.state
            sentence = f"the remote processor is {found} after {format_duration(within)}, expected {wanted}"
            raise AssertionError(self.bench.explain(sentence))
