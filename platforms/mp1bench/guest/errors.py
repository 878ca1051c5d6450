"""What is said of files that no guest can be made of: one sentence with the file, what about it, and what to do."""

from __future__ import annotations

import stat
from pathlib import Path

from mp1bench.errors import IpccLabError
from mp1bench.guest.memory import MEMORY_SIZE


class FilesError(IpccLabError):
    """A package, kernel, busybox, device tree or archive that no guest can be made of, or that cannot be got."""

    exit_code = 3


def read(path: Path) -> bytes:
    """What is in a file that the user named. FilesError if it cannot be read, or is larger than the guest's memory."""
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):  # one waits, another has no end
            raise FilesError(f"{path} cannot be read: it is a pipe or a device. Name a regular file.")
        if status.st_size > MEMORY_SIZE:
            raise FilesError(f"{path} is larger than the guest's memory, {MEMORY_SIZE >> 20} MiB: name another file.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name holds a null character"
        raise FilesError(f"{path} cannot be read: {reason.lower()}.") from error
