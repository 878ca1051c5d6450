"""Fetches Debian packages of the guest's architectures by apt, with the host's sources and keys.

It changes nothing of the host: apt's lists and state are folders of ours, no architecture is added to dpkg's, nothing is
installed, and it needs no root.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from mp1bench.guest.errors import GuestError
from mp1bench.guest.packages import read_package

#: Of which package the guest's files are: the kernel's meta package depends on the real one. busybox is the soft-float
#: one, because Renode's Cortex-A has no VFP that Debian's armhf could use (renode.md §10.2).
KERNEL = "linux-image-armmp:armhf"
BUSYBOX = "busybox-static:armel"

_BY_HAND = (
    "name files instead: --kernel FILE (Debian's linux-image-…-armmp for armhf) and --busybox FILE (Debian's"
    " busybox-static for armel)"
)


#: What a meta package of a kernel depends on.
_META = re.compile(r"(linux-image-\d\S*)")


class Apt:
    """apt-get with a state of its own in `folder`; lists are fetched before the first package."""

    def __init__(self, folder: Path, progress: Callable[[str], None]) -> None:
        self._folder = folder
        self._progress = progress
        self._update: str | None = None

    def download(self, package: str) -> tuple[str, bytes]:
        """Name and contents of the package's file. GuestError if apt does not know it or cannot get it.

        For a meta package of a kernel it is the kernel that the package depends on.
        """
        if self._update is None:
            self._progress("fetching apt's lists")
            for name in ("lists/partial", "archives/partial"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
            # A part may fail, as a mirror's does while it is renewed: what else there is may do.
            self._update = self._run(self._folder, "update").stderr
        self._progress(f"fetching {package}")
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            done = self._run(Path(folder), "download", package)
            found = sorted(Path(folder).glob("*.deb"))
            if done.returncode or len(found) != 1:
                raise GuestError(_refusal(package, done.stderr, self._update))
            name, architecture = found[0].name, package.rpartition(":")[2]
            kernel = _META.match(read_package(found[0]).depends)
            return self.download(f"{kernel[1]}:{architecture}") if kernel else (name, found[0].read_bytes())

    def _run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        options = {
            "APT::Architecture": "armhf",
            "APT::Architectures::": "armhf",
            "APT::Architectures:::": "armel",
            "APT::Sandbox::User": "root",  # who else could write into a folder of the user's
            "Acquire::Languages": "none",
            "Dir::State": str(self._folder),
            "Dir::State::status": "/dev/null",  # nothing is installed
            "Dir::Cache": str(self._folder),
        }
        command = ["apt-get", "-qq"]
        for name, value in options.items():
            command += ["-o", f"{name.replace(':::', '::')}={value}"]
        try:
            return subprocess.run(
                [*command, *arguments], cwd=folder, capture_output=True, text=True, errors="replace", check=False
            )
        except OSError as error:
            raise GuestError(f"there is no apt-get here: {_BY_HAND}.") from error


def _refusal(package: str, errors: str, update: str) -> str:
    """Why a package did not come, and what to do."""
    if "Unable to locate package" in errors or "Can't find a source" in errors or "no installation candidate" in errors:
        if why := _first(update):
            return f"apt cannot fetch its lists of packages ({why}): try again, or {_BY_HAND}."
        return f"apt knows no {package} here, which Debian has: {_BY_HAND}."
    return f"apt cannot fetch {package} ({_first(errors) or 'without a reason'}): try again, or {_BY_HAND}."


def _first(errors: str) -> str:
    """The first of apt's complaints, without its mark."""
    return next((line[3:].strip().rstrip(".") for line in errors.splitlines() if line.startswith("E: ")), "")
