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

        ``kernel`` is ``6.1``, ``6.12``, ``st-6.1`` or ``st-6.1-bidirectional``, ``device_tree`` a ``.dts`` or ``.dtb``
        file. ``beside`` is firmware that a boot loader has started before: Linux finds the M4 ``detached`` then, and
        can attach to it.

        | Boot Linux |
        | Boot Linux | kernel=6.12 | device_tree=${CURDIR}/mine.dts |
        | Boot Linux | beside=rpmsg_echo.elf |
        """
        board = Board(engine=self.bench.engine, platform=platform, kernel=kernel, device_tree=device_tree)
        if beside is not None:
            start_before_linux(board, find_image(beside))
        self.bench.put(board)
        self.bench.linux.probe()

    @keyword(tags=("Linux",))
    def load_module(self, name: str) -> None:
        """Loads a driver that is not there from the beginning: ``mailbox-cdev``, ``mailbox-test``; like ``modprobe``.

        | Load Module | mailbox-cdev |
        """
        self.bench.linux.modprobe(name)

    @keyword(tags=("Linux",))
    def unload_module(self, name: str) -> None:
        """Takes a driver away, with all that it has bound; like ``rmmod``.

        | Unload Module | mailbox-cdev |
        """
        self.bench.linux.rmmod(name)

    @keyword(tags=("Linux", "Log"))
    def enable_dynamic_debug(self, query: str) -> None:
        """Switches debug lines on, or off, as a write to ``/sys/kernel/debug/dynamic_debug/control`` does.

        A query is pairs of ``file``, ``module``, ``func`` or ``format`` and a value, then flags: ``+p``, ``-p``,
        ``=pmf``, ``=_``. Unlike Linux it fails if no line is meant.

        | Enable Dynamic Debug | file stm32-ipcc.c +p |
        | Enable Dynamic Debug | module remoteproc =_ |
        """
        self.bench.linux.dynamic_debug(query)

    @keyword(tags=("Linux", "Log", "Getter"))
    def get_kernel_log(self, level: Level | None = None) -> list[str]:
        """Returns what Linux has printed, line by line and without times; of one level, if that is given.

        Levels are ``emerg``, ``err``, ``warn``, ``info`` and ``debug``.

        | ${errors} = | Get Kernel Log | level=err |
        """
        wanted = None if level is None else one_of(Level, level)
        return [line.text for line in self.bench.linux.kernel.log.lines if wanted in (None, line.level)]

    @keyword(tags=("Linux", "Log", "Assertion"))
    def kernel_log_should_contain(self, text: str, within: Duration = _LOGGED_WITHIN) -> None:
        """Runs until Linux has printed a line with ``text`` in it.

        | Kernel Log Should Contain | remoteproc0: remote processor m4 is now up |
        """
        lines = self.bench.linux.kernel.log.lines
        if not self.bench.board.run_until(lambda: any(text in line.text for line in lines), within):
            last = [str(line) for line in list(lines)[-_SHOWN:]] or ["nothing"]
            sentence = f"Linux printed no line with {text!r} within {format_duration(within)}"
            raise AssertionError("\n".join([self.bench.explain(sentence), "Last lines of Linux:", *last]))

    @keyword(tags=("Linux", "Log", "Assertion"))
    def kernel_log_should_not_contain(self, text: str) -> None:
        """Passes if Linux has printed no line with ``text`` in it until now.

        | Kernel Log Should Not Contain | Try increasing MBOX_TX_QUEUE_LEN |
        """
        for line in self.bench.linux.kernel.log.lines:
            if text in line.text:
                raise AssertionError(self.bench.explain(f"Linux has printed: {line}"))
