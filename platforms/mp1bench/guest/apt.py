"""Fetches Debian packages of the guest's architectures by apt, with the host's sources and keys.

It changes nothing of the host and needs no root: apt's lists and state are folders of ours, no architecture is added to
dpkg's, and nothing is installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from mp1bench.guest.errors import FilesError
from mp1bench.guest.packages import read_package

#: The kernel's is a meta package. Debian's armhf busybox uses a VFP that Renode's Cortex-A lacks (renode.md §10.2).
KERNEL = "linux-image-armmp:armhf"
BUSYBOX = "busybox-static:armel"

_BY_HAND = (
    "name files instead, --kernel FILE (Debian's linux-image-…-armmp for armhf) and --busybox FILE (Debian's"
    " busybox-static for armel)"
)
#: What a meta package of a kernel depends on.
_META = re.compile(r"(linux-image-\d[^\s,(|]*)")

# Read behind the host's own settings. Those that run programs after an update are for the host's own lists.
_SETTINGS = """\
#clear APT::Architectures;
#clear APT::Update;
APT::Architecture "armhf";
APT::Architectures { "armhf"; "armel"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State::status "/dev/null";
"""


class Apt:
    """apt-get with a state of its own in `folder`; lists are fetched before the first package."""

    def __init__(self, folder: Path, progress: Callable[[str], None]) -> None:
        self._folder = folder
        self._progress = progress
        self._update: str | None = None

    def download(self, package: str) -> tuple[str, bytes]:
        """Name and contents of the package's file. FilesError if apt does not know it or cannot get it.

        For a meta package of a kernel it is the kernel that the package depends on.
        """
        if self._update is None:
            self._update = self._fetch_lists()
        self._progress(f"fetching {package}")
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            done = self._run(Path(folder), "download", package)
            found = sorted(Path(folder).glob("*.deb"))
            if done.returncode or len(found) != 1:
                raise FilesError(_refusal(package, done.stderr, self._update))
            name, architecture = found[0].name, package.rpartition(":")[2]
            kernel = _META.match(read_package(found[0]).depends)
            return self.download(f"{kernel[1]}:{architecture}") if kernel else (name, found[0].read_bytes())

    def _fetch_lists(self) -> str:
        """Apt's complaints. A part may fail, as a mirror's does while it is renewed: what else there is may do."""
        self._progress("fetching apt's lists of packages")
        for name in ("lists/partial", "archives/partial"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        (self._folder / "apt.conf").write_text(_SETTINGS, encoding="utf-8")
        return self._run(self._folder, "update").stderr

    def _run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = ("-c", f"{self._folder}/apt.conf", "-o", f"Dir::State={self._folder}", "-o", f"Dir::Cache={self._folder}")
        try:
            return subprocess.run(
                ["apt-get", "-qq", *own, *arguments],
                cwd=folder,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise FilesError(f"there is no apt-get here: {_BY_HAND}.") from error


def _refusal(package: str, errors: str, update: str) -> str:
    """Why a package did not come, and what to do."""
    if "Unable to locate package" not in errors and "no installation candidate" not in errors:
        return f"apt cannot fetch {package} ({_first(errors) or 'without a reason'}): try again, or {_BY_HAND}."
    if reason := _first(update):
        return f"apt cannot fetch its lists of packages ({reason}): try again, or {_BY_HAND}."
    return f"apt knows no {package} here, which is Debian's: {_BY_HAND}."


def _first(complaints: str) -> str:
    """The first of apt's errors or warnings, without its mark."""
    found = re.search(r"^[EW]: (.*?)\.?\s*$", complaints, re.MULTILINE)
    return " ".join(found[1].split()) if found else ""
