"""Reads Debian packages (.deb) without dpkg: an `ar` archive of two compressed tar archives, control and data.

It installs nothing and runs none of a package's scripts.
"""

from __future__ import annotations

import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mp1bench.guest.errors import GuestError, read

_AR = b"!<arch>\n"
_AR_HEADER = 60


@dataclass(frozen=True)
class Package:
    """One package: what its control file says of it, and its files."""

    path: Path
    name: str
    architecture: str
    depends: str
    _data: bytes
    _compression: str

    def files(self, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """The regular files whose path (as in boot/vmlinuz-…) is `wanted`, in the package's order. Raises GuestError."""
        try:
            with _tar(self._data, self._compression) as archive:
                return dict(_wanted(archive, wanted))
        except _DAMAGE as error:
            raise _damaged(self.path, error) from error


def is_package(path: Path) -> bool:
    """Does the file begin as a package does? GuestError if it cannot be read."""
    return read(path).startswith(_AR)


def read_package(path: Path) -> Package:
    """The package in a file. Raises GuestError if it is none, cut short or packed in a way that cannot be read here."""
    contents = read(path)
    if not contents.startswith(_AR):
        raise GuestError(f"{path} is no Debian package (.deb): it does not begin with `!<arch>`.")
    try:
        members = dict(_members(contents))
        control, data = _member(members, "control.tar"), _member(members, "data.tar")
        for name in (control, data):
            _check_compression(path, name)
        with _tar(members[control], control) as archive:
            found = dict(_wanted(archive, lambda name: name == "control"))
        fields = _fields(found["control"].decode())
        return Package(path, fields["Package"], fields["Architecture"], fields.get("Depends", ""), members[data], data)
    except (*_DAMAGE, KeyError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


_DAMAGE = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)


def _damaged(path: Path, error: Exception) -> GuestError:
    return GuestError(f"the package {path} is cut short or damaged: {str(error).strip('.')}. Fetch it again.")


def _members(contents: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of an `ar` archive; each begins at an even offset."""
    at = len(_AR)
    while at < len(contents):
        header = contents[at : at + _AR_HEADER]
        if len(header) < _AR_HEADER or not header.endswith(b"`\n"):
            raise ValueError(f"no member begins at 0x{at:x}")
        size = int(header[48:58])
        body = contents[at + _AR_HEADER : at + _AR_HEADER + size]
        name = header[:16].decode("ascii").rstrip().rstrip("/")
        if len(body) < size:
            raise ValueError(f"{name} has {len(body)} of {size} bytes")
        yield name, body
        at += _AR_HEADER + size + size % 2


def _member(members: dict[str, bytes], start: str) -> str:
    name = next((name for name in members if name.startswith(start)), None)
    if name is None:
        raise ValueError(f"it has no {start}")
    return name


def _check_compression(path: Path, member: str) -> None:
    ending = member.rpartition(".")[2]
    if ending not in _OPEN:
        raise GuestError(
            f"{path} is packed with {ending}, which is not read here: give Debian's package, or repack it"
            f" (dpkg-deb -R, dpkg-deb -Zxz -b)."
        )


def _tar(data: bytes, member: str) -> tarfile.TarFile:
    return _OPEN[member.rpartition(".")[2]](io.BytesIO(data))


_OPEN: dict[str, Callable[[io.BytesIO], tarfile.TarFile]] = {
    "tar": lambda file: tarfile.open(fileobj=file, mode="r:"),
    "gz": lambda file: tarfile.open(fileobj=file, mode="r:gz"),
    "xz": lambda file: tarfile.open(fileobj=file, mode="r:xz"),
}


def _wanted(archive: tarfile.TarFile, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    for member in archive:
        name = member.name.removeprefix("./")
        if member.isfile() and wanted(name):
            file = archive.extractfile(member)
            if file is not None:
                yield name, file.read()


def _fields(control: str) -> dict[str, str]:
    """The fields of a control file; lines that begin with a blank continue one, and none of those is read here."""
    lines = (line.partition(":") for line in control.splitlines() if line[:1].strip())
    return {name: value.strip() for name, _, value in lines}
