"""Reads Debian packages (.deb) without dpkg: an `ar` archive of two compressed tar archives, control and data.

It installs nothing and runs none of a package's scripts.
"""

from __future__ import annotations

import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from mp1bench.guest.errors import FilesError, read
from mp1bench.guest.memory import MEMORY_SIZE

_MAGIC = b"!<arch>\n"
_HEADER = 60
_DAMAGE = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError, KeyError, RecursionError)
#: How tarfile opens an archive, by the end of its name; in some Pythons it knows more.
_MODES: dict[str, Literal["r:", "r:gz", "r:bz2", "r:xz"]] = {"": "r:", ".gz": "r:gz", ".bz2": "r:bz2", ".xz": "r:xz"}


class Package(NamedTuple):
    """One package: what its control file says of it, and its files."""

    path: Path
    name: str
    architecture: str
    depends: str
    data: bytes
    packing: str

    def files(self, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """The regular files whose path, as in boot/vmlinuz-…, is `wanted`. FilesError if the package is damaged."""
        try:
            return _untar(self.data, self.packing, wanted)
        except _DAMAGE as error:
            raise _damaged(self.path, error) from error


def is_package(path: Path) -> bool:
    """Does the file begin as a package does? FilesError if it cannot be read."""
    return read(path).startswith(_MAGIC)


def read_package(path: Path) -> Package:
    """The package in a file. FilesError if it is none, is damaged, or packed in a way that is not read."""
    contents = read(path)
    if not contents.startswith(_MAGIC):
        raise FilesError(f"{path} is no Debian package (.deb): it does not begin with `!<arch>`.")
    try:
        members = dict(_members(contents))
        control, data = _member(members, "control.tar"), _member(members, "data.tar")
        found = _untar(members[control], _packing(control), lambda name: name == "control")
        fields = _fields(found["control"].decode())
        depends = fields.get("Depends", "")
        return Package(path, fields["Package"], fields["Architecture"], depends, members[data], _packing(data))
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> FilesError:
    if isinstance(error, tarfile.CompressionError):
        return FilesError(f"the package {path} is packed with {error}; .gz, .bz2 and .xz are read: dpkg-deb -Zxz.")
    reason = f"it has no {error}" if isinstance(error, KeyError) else str(error).rstrip(".") or "it ends too early"
    return FilesError(f"the package {path} is cut short or damaged ({reason}): fetch it again.")


def _members(contents: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of an `ar` archive; each begins at an even offset."""
    at = len(_MAGIC)
    while at < len(contents):
        header = contents[at : at + _HEADER]
        if len(header) < _HEADER or not header.endswith(b"`\n"):
            raise ValueError(f"no member begins at 0x{at:x}")
        name, size = header[:16].decode("ascii").rstrip(" /"), int(header[48:58])
        body = contents[at + _HEADER : at + _HEADER + size]
        if size < 0 or len(body) < size:
            raise ValueError(f"{name} has {len(body)} of {size} bytes")
        yield name, body
        at += _HEADER + size + size % 2


def _member(members: dict[str, bytes], start: str) -> str:
    name = next((name for name in members if name.startswith(start)), None)
    if name is None:
        raise ValueError(f"it has no {start}")
    return name


def _packing(member: str) -> str:
    """.xz for data.tar.xz, nothing for data.tar."""
    return member.partition(".tar")[2]


def _untar(data: bytes, packing: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    if packing not in _MODES:
        raise tarfile.CompressionError(packing)
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode=_MODES[packing]) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if not 0 <= member.size <= MEMORY_SIZE:  # a negative one leads back, again and again
                raise ValueError(f"{name} has {member.size} bytes")
            file = archive.extractfile(member) if (member.isfile() or member.islnk()) and wanted(name) else None
            if file is not None:
                found[name] = file.read()
    return found


def _fields(control: str) -> dict[str, str]:
    """The fields of a control file; lines that begin with a blank continue one, and none of those is read here."""
    lines = (line.partition(":") for line in control.splitlines() if line[:1].strip())
    return {name: value.strip() for name, _, value in lines}
