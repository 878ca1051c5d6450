"""Keywords for the guest as a whole: what it is made of, booting it, its virtual time."""

from __future__ import annotations

import operator
import os
from pathlib import Path

from robot.api import SkipExecution, logger
from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.images import find_image
from ipcclab.keywords.arguments import Duration
from ipcclab.keywords.guest_bench import GuestBench
from mp1bench.engine.renode.finding import find_renode
from mp1bench.guest.apt import BUSYBOX, KERNEL
from mp1bench.guest.boot import make_guest
from mp1bench.guest.build import Sources, build
from mp1bench.guest.cache import VARIABLES, at_hand
from mp1bench.guest.errors import FilesError


class GuestBootKeywords:
    """All times are virtual."""

    bench: GuestBench

    @keyword(tags=("Guest",))
    def skip_unless_guest_can_boot(self) -> None:
        """Skips the test, or the suite in its setup, if Renode or a package of the guest is not here, and says which.

        | Skip Unless Guest Can Boot |
        """
        findings = find_renode(os.environ)
        if not findings.complete:
            why = f"the engine `renode` lacks {findings.lacking}: `ipcclab doctor` says how to get that"
            raise SkipExecution(f"no guest can boot: {why}.")
        try:
            sources(None, None, None)
        except FilesError as error:
            raise SkipExecution(f"no guest can boot: {error}") from error

    @keyword(tags=("Guest",))
    def boot_guest(
        self,
        *firmware: str,
        device_tree: str | None = None,
        kernel: Path | None = None,
        busybox: Path | None = None,
        probe: bool = True,
    ) -> None:
        """Boots a real Linux in Renode; the M4 stays off. A guest that was booted before is at its end.

        - ``firmware``: images for its /lib/firmware, each a path, or the name of one that comes with ipcclab.
        - ``device_tree``: a ``.dts`` or ``.dtb`` file, or ``dk2`` for the distribution's own tree of that board; by
          default the one that comes with ipcclab.
        - ``kernel``: a package or a file, as ``ipcclab guest build`` takes it; by default that of
          ``IPCCLAB_GUEST_KERNEL``, else what was fetched.
        - ``busybox``: likewise; by default that of ``IPCCLAB_GUEST_BUSYBOX``, else what was fetched.
        - ``probe``: whether the drivers of the mailbox and of the M4 are bound at once; by default ``True``. With
          ``False``, `Probe Drivers` does it.

        Nothing is fetched here: it fails if a file is missing, and if the kernel does not come up.

        | Boot Guest | rpmsg_echo.elf | device_tree=dk2 | probe=False |
        | Probe Drivers |
        """
        images = {path.name: path for path in map(find_image, firmware)}
        files = build(sources(kernel, busybox, device_tree), logger.info)
        guest = make_guest(files, images.values())
        self.bench.put(guest, images)
        with self.bench.explained():
            guest.boot()
            if probe:
                guest.probe()

    @keyword(tags=("Guest",))
    def probe_drivers(self) -> None:
        """Binds the drivers of the mailbox and of the M4, those that are not bound. Fails if Linux does not bind them.

        | Probe Drivers |
        """
        with self.bench.explained():
            self.bench.guest.probe()

    @keyword(tags=("Guest", "Time"))
    def run_for(self, time: Duration) -> None:
        """Lets virtual time pass. Fails if the kernel panics.

        - ``time``: how long, such as ``10ms``.

        | Run For | 10ms |
        """
        with self.bench.explained():
            self.bench.guest.run(time)

    @keyword(tags=("Guest", "Time", "Getter"))
    def get_virtual_time(self) -> int:
        """Returns the virtual time since the kernel was entered, in nanoseconds. Fails if there is no guest.

        | ${before} = | Get Virtual Time |
        """
        return self.bench.guest.now

    @keyword(tags=("Guest", "Time", "Assertion"))
    def virtual_time_should_have_passed(
        self, since: int, at_least: Duration | None = None, at_most: Duration | None = None
    ) -> int:
        """Passes if at least, or at most, so much virtual time has passed. Returns it, in nanoseconds.

        - ``since``: the beginning, as `Get Virtual Time` gave it.
        - ``at_least``: such as ``500ms``; by default there is no limit.
        - ``at_most``: such as ``540ms``; by default there is no limit.

        A command of the guest's shell takes a millisecond or two itself.

        | ${before} = | Get Virtual Time |
        | Run For | 10ms |
        | Virtual Time Should Have Passed | ${before} | at_least=10ms | at_most=20ms |
        """
        passed = self.bench.guest.now - since
        for words, limit, holds in (("at least", at_least, operator.ge), ("at most", at_most, operator.le)):
            if limit is not None and not holds(passed, limit):
                sentence = f"{format_duration(passed)} have passed, expected {words} {format_duration(limit)}"
                raise AssertionError(self.bench.explain(sentence))
        return passed


def sources(kernel: Path | None, busybox: Path | None, device_tree: str | None) -> Sources:
    """What is named, else what the environment names, else what was fetched before. FilesError if there is nothing."""
    return Sources(
        kernel=kernel or _package(KERNEL),
        busybox=busybox or _package(BUSYBOX),
        device_tree=device_tree,
    )


def _package(name: str) -> Path:
    """The file of a package. What is in the environment may be wrong: `build` says so."""
    path = at_hand(name)
    if path is None:
        raise FilesError(
            f"{name.partition(':')[0]} for the guest is not here: `ipcclab guest build` fetches it,"
            f" or {VARIABLES[name]} names a file of it."
        )
    return path
