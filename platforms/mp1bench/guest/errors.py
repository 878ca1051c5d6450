"""What is said of files that no guest can be made of: one sentence with the file, what about it, and what to do."""

from __future__ import annotations

from pathlib import Path

from mp1bench.errors import IpccLabError


class GuestError(IpccLabError):
    """A package, kernel, busybox, device tree or archive that no guest can be made of, or that cannot be got."""

    exit_code = 3


def read(path: Path) -> bytes:
    """What is in a file that the user named. GuestError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise GuestError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
