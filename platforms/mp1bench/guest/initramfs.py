"""Packs what the kernel unpacks as its first file system: cpio archives of the format `newc`, the same bytes each time.

It knows nothing of packages. The kernel takes several archives one behind the other, so the firmware images of a run
are an archive of their own behind one that never changes.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from mp1bench.guest.errors import FilesError, read

#: An archive ends with this name, and the next begins at a multiple of four bytes.
_TRAILER = "TRAILER!!!"
_ALIGN = 4
#: Where the kernel looks for firmware.
FIRMWARE = "lib/firmware"
#: How what the kernel unpacks begins: newc, gzip, bzip2, lzma, xz, lzo, lz4, zstd.
_KNOWN = (b"070701", b"\x1f\x8b", b"BZ", b"\x5d\0", b"\xfd7", b"\x89L", b"\x02\x21", b"\x28\xb5")


class Entry(NamedTuple):
    """A file, folder, link or device: its mode as in stat(2), its contents, and its device number."""

    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


FOLDER = Entry(stat.S_IFDIR | 0o755)


def file(data: bytes, mode: int = 0o644) -> Entry:
    """A regular file."""
    return Entry(stat.S_IFREG | mode, data)


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry(stat.S_IFLNK | 0o777, target.encode())


def archive(entries: Mapping[str, Entry]) -> bytes:
    """The archive of `entries` by path (without a / in front), with the folders above them; owner root, time 0."""
    folders = {str(folder): FOLDER for path in entries for folder in Path(path).parents if str(folder) != "."}
    packed = bytearray()
    # By name, which puts a folder before what is in it, as the kernel needs.
    for number, (path, entry) in enumerate(sorted({**folders, **entries}.items()), start=1):
        packed += _record(number, path, entry)
    return bytes(packed + _record(0, _TRAILER, Entry(0)))


def _record(inode: int, path: str, entry: Entry) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    fields = (inode, entry.mode, 0, 0, links, 0, len(entry.data), 0, 0, *entry.device, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return padded(header) + padded(entry.data)


def base_archive(busybox: bytes, init: bytes, modules: Mapping[str, bytes], programs: Mapping[str, bytes]) -> bytes:
    """The guest's own file system: busybox, our init and programs, and the modules, in the order they are loaded."""
    return archive(
        {
            "init": file(init, 0o755),
            "bin/busybox": file(busybox, 0o755),
            "bin/sh": link("busybox"),
            **{f"bin/{name}": file(data, 0o755) for name, data in programs.items()},
            "dev/console": Entry(stat.S_IFCHR | 0o600, device=(5, 1)),
            FIRMWARE: FOLDER,
            "lib/modules/order": file("".join(f"{name}\n" for name in modules).encode()),
            **{f"lib/modules/{name}": file(data) for name, data in modules.items()},
            **dict.fromkeys(("proc", "sys", "tmp"), FOLDER),
        }
    )


def firmware_archive(paths: Iterable[str | Path]) -> bytes:
    """An archive of firmware images, each under its own name in /lib/firmware; it goes behind `padded` others.

    Raises FilesError if a file cannot be read, has a name that a shell would take apart, or shares its name.
    """
    entries: dict[str, Entry] = {}
    for path in map(Path, paths):
        name = f"{FIRMWARE}/{path.name}"
        if not re.fullmatch(r"[\w.+][\w.+-]*", path.name, re.ASCII):
            raise FilesError(
                f"the firmware image {path} needs a name of letters, digits and . _ + - only, and no - in front."
            )
        if name in entries:
            raise FilesError(f"two firmware images are called {path.name}, and the guest has one /{FIRMWARE}.")
        entries[name] = file(read(path))
    return archive(entries)


def own_archive(path: Path) -> bytes:
    """A root file system that the user made, as it is. FilesError if the kernel would not know it for one."""
    data = read(path)
    if not data.startswith(_KNOWN):
        raise FilesError(
            f"{path} is no initramfs: it is neither a cpio archive of the format newc nor a compressed one"
            " (find . | cpio -o -H newc)."
        )
    return data


def padded(data: bytes) -> bytes:
    """An archive, compressed or not, with zeros up to where the kernel looks for another behind it."""
    return data + bytes(-len(data) % _ALIGN)
