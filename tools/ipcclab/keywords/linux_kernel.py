"""Keywords for Linux as a whole: booting it without firmware, its modules, its log, its debug lines."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from robot.api.deco import keyword

from ipcclab.boot_loader import start_before_linux
from ipcclab.durations import format_duration
from ipcclab.images import find_image
from ipcclab.keywords.arguments import Duration, one_of
from ipcclab.keywords.bench import Bench
from mp1bench.board import Board

Level: TypeAlias = Literal["emerg", "err", "warn", "info", "debug"]

_LOGGED_WITHIN = Duration(50_000_000)
_SHOWN = 8


class LinuxKernelKeywords:
    """Linux prints with virtual time; what it refuses fails with its number and name, such as ``-16 (EBUSY)``."""

    bench: Bench

    @keyword(tags=("Linux",))
    def boot_linux(
        self,
        kernel: str = "6.1",
        device_tree: Path | None = None,
        platform: Path | None = None,
        beside: str | None = None,
    ) -> None:
        """Puts a fresh board on the bench and boots Linux on it; the M4 stays off until `Start Remote Processor`.

        - ``kernel``: by default ``6.1``; there are ``6.12``, ``st-6.1`` and ``st-6.1-bidirectional`` too.
        - ``device_tree``: a ``.dts`` or ``.dtb`` file; by default the one that comes with ipcclab.
        - ``platform``: a ``.repl`` file; by default the STM32MP157's.
        - ``beside``: firmware that a boot loader has started before, so that Linux finds the M4 ``detached`` and can
          attach to it; by default none.

        Fails for a kernel that there is not, and for a tree that cannot be read. What a driver refuses is in Linux's
        log.

        | Boot Linux |
        | Boot Linux | kernel=6.12 | device_tree=${CURDIR}/../platforms/stm32mp157.dts |
        | Boot Linux | beside=rpmsg_echo.elf |
        """
        board = Board(engine=self.bench.engine, platform=platform, kernel=kernel, device_tree=device_tree)
        if beside is not None:
            start_before_linux(board, find_image(beside))
        self.bench.put(board)
        self.bench.linux.probe()

    @keyword(tags=("Linux",))
    def load_module(self, name: str) -> None:
        """Loads a driver that is not there from the beginning; like ``modprobe``.

        - ``name``: ``mailbox-cdev``, ``mailbox-test`` or ``mcapi``.

        Fails for another name. A driver that finds no device stays loaded, and says why in Linux's log.

        | Boot Firmware | ipcc_signals.elf |
        | Load Module | mailbox-cdev |
        | Linux Should Have | /dev/mailbox0 |
        """
        self.bench.linux.modprobe(name)

    @keyword(tags=("Linux",))
    def unload_module(self, name: str) -> None:
        """Takes a driver away, with all that it has bound; like ``rmmod``.

        - ``name``: ``mailbox-cdev``, ``mailbox-test`` or ``mcapi``.

        Fails if it is not loaded, and with ``-11 (EAGAIN)`` while somebody uses it.

        | Boot Firmware | ipcc_signals.elf |
        | Load Module | mailbox-cdev |
        | Unload Module | mailbox-cdev |
        | Linux Should Not Have | /dev/mailbox0 |
        """
        self.bench.linux.rmmod(name)

    @keyword(tags=("Linux", "Log"))
    def enable_dynamic_debug(self, query: str) -> None:
        """Switches debug lines on, or off, as a write to ``/sys/kernel/debug/dynamic_debug/control`` does.

        - ``query``: pairs of ``file``, ``module``, ``func`` or ``format`` and a value, then flags: ``+p``, ``-p``,
          ``=pmf``, ``=_``.

        Unlike Linux it fails if no line is meant.

        | Boot Firmware | rpmsg_echo.elf |
        | Enable Dynamic Debug | file stm32-ipcc.c +p |
        | Host Sends | hello |
        | Kernel Log Should Contain | stm32_ipcc_send_data: chan:1 |
        | Enable Dynamic Debug | module stm32_ipcc =_ |
        """
        self.bench.linux.dynamic_debug(query)

    @keyword(tags=("Linux", "Log", "Getter"))
    def get_kernel_log(self, level: Level | None = None) -> list[str]:
        """Returns what Linux has printed, as a list of lines without times. Fails if there is no Linux on the bench.

        - ``level``: of these lines only: ``emerg``, ``err``, ``warn``, ``info`` or ``debug``; by default all.

        | ${errors} = | Get Kernel Log | level=err |
        | Should Be Empty | ${errors} |
        """
        wanted = None if level is None else one_of(Level, level)
        return [line.text for line in self.bench.linux.kernel.log.lines if wanted in (None, line.level)]

    @keyword(tags=("Linux", "Log", "Assertion"))
    def kernel_log_should_contain(self, text: str, within: Duration = _LOGGED_WITHIN) -> None:
        """Runs until Linux has printed a line with a text in it. Fails with the last lines.

        - ``text``: a part of the line.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Kernel Log Should Contain | remoteproc0: remote processor m4 is now up |
        """
        lines = self.bench.linux.kernel.log.lines
        if not self.bench.board.run_until(lambda: any(text in line.text for line in lines), within):
            last = [str(line) for line in list(lines)[-_SHOWN:]] or ["nothing"]
            sentence = f"Linux printed no line with {text!r} within {format_duration(within)}"
            raise AssertionError("\n".join([self.bench.explain(sentence), "Last lines of Linux:", *last]))

    @keyword(tags=("Linux", "Log", "Assertion"))
    def kernel_log_should_not_contain(self, text: str) -> None:
        """Passes if Linux has printed no line with a text in it until now.

        - ``text``: a part of the line.

        | Kernel Log Should Not Contain | Try increasing MBOX_TX_QUEUE_LEN |
        """
        for line in self.bench.linux.kernel.log.lines:
            if text in line.text:
                raise AssertionError(self.bench.explain(f"Linux has printed: {line}"))
