"""The file of an image: reads it whole if it can be one, and says what it is: ELF, Intel HEX, S-records, or neither.

It looks at the first bytes only. What other tools wrap firmware in is refused by name, with what to do about it.
"""

from __future__ import annotations

import difflib
import stat
from pathlib import Path
from typing import NamedTuple

from mp1bench.errors import ImageError

LARGEST_FILE = 64 << 20  # debug information included; the memories hold less than 1 MiB
ELF, HEX, SRECORDS, RAW = "ELF", "Intel HEX", "Motorola S-records", "raw binary"

_HEX_DIGITS = frozenset(b"0123456789ABCDEFabcdef")
_UNPACK = "Unpack it and give the .elf file in it."
_LINKED = "Give the .elf file that the M4's linker wrote."
_MADE = "Give the .elf file from which it was made."
_FOR_A7 = f"It is for the Cortex-A7. {_LINKED}"


class _Container(NamedTuple):
    magic: bytes
    offset: int
    name: str
    advice: str


_CONTAINERS = (
    _Container(b"\x68\xa4\x43\x35", 0, "firmware that is signed for OP-TEE's remoteproc", _MADE),
    _Container(b"STM2", 0, "a boot image with ST's STM32 header", _FOR_A7),
    _Container(b"\x01\x00\x64\xaa", 0, "a firmware image package (FIP) of TF-A", _FOR_A7),
    _Container(b"\x27\x05\x19\x56", 0, "a U-Boot image (uImage)", _MADE),
    _Container(b"\xd0\x0d\xfe\xed", 0, "a device tree or a FIT image", _LINKED),
    _Container(b"\x18\x28\x6f\x01", 36, "a Linux kernel (zImage)", _FOR_A7),
    _Container(b"!<arch>\n", 0, "a static library", "Link it into a firmware and give that .elf file."),
    _Container(b"\x1f\x8b", 0, "a gzip archive", _UNPACK),
    _Container(b"PK\x03\x04", 0, "a zip archive", _UNPACK),
    _Container(b"\xfd7zXZ\0", 0, "an xz archive", _UNPACK),
    _Container(b"BZh", 0, "a bzip2 archive", _UNPACK),
    _Container(b"\x28\xb5\x2f\xfd", 0, "a zstd archive", _UNPACK),
    _Container(b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive", _UNPACK),
    _Container(b"ustar", 257, "a tar archive", _UNPACK),
    _Container(b"UF2\n", 0, "a UF2 file", _MADE),
    _Container(b"DfuSe", 0, "a DfuSe file", _MADE),
    _Container(b"MZ", 0, "a Windows program or an EFI kernel", _LINKED),
    _Container(b"\xce\xfa\xed\xfe", 0, "a program for macOS (Mach-O)", _LINKED),
    _Container(b"\xcf\xfa\xed\xfe", 0, "a program for macOS (Mach-O)", _LINKED),
    _Container(b"\xca\xfe\xba\xbe", 0, "a program for macOS or Java", _LINKED),
)  # fmt: skip


def read_file(path: Path) -> bytes:
    """The whole file, if it is a regular file of a sane size. Raises ImageError."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            names = _elf_files(path)
            raise ImageError(f"`{path}` is a folder. Give an .elf file in it{f': {names}' if names else ''}.")
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"`{path}` is a device or a pipe. Give a regular .elf file.")
        if status.st_size > LARGEST_FILE:
            raise ImageError(
                f"`{path}` has {status.st_size >> 20} MiB; Cortex-M4 firmware has less than"
                f" {LARGEST_FILE >> 20}. Did you pass a disk image?"
            )
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(f"`{path}` does not exist.{_did_you_mean(path)}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name holds a null character"
        raise ImageError(f"`{path}` cannot be read: {reason}.") from error
    if not content:
        raise ImageError(f"`{path}` is empty (0 bytes). Copy or build it again.")
    return content


def recognize(path: Path, content: bytes) -> str:
    """ELF, HEX or SRECORDS. Raises ImageError for anything else, in a sentence that says what it is."""
    if content.startswith(b"\x7fELF"):
        return ELF
    if content[:1] == b":" and _HEX_DIGITS.issuperset(content[1:9]):
        return HEX
    if content[:1] == b"S" and content[1:2].isdigit() and _HEX_DIGITS.issuperset(content[2:8]):
        return SRECORDS
    for magic, offset, name, advice in _CONTAINERS:
        if content.startswith(magic, offset):
            raise ImageError(f"`{path}` is {name}, which the M4 cannot run as it is. {advice}")
    raise ImageError(
        f"`{path}` is not an ELF file (starts with {content[:8].hex(' ')}{_looks_like(content)})."
        " Give the .elf that the linker wrote or, for a raw binary, its address (--address)."
    )


def _did_you_mean(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f" There is no folder `{path.parent}`."
    close = difflib.get_close_matches(path.name, names, n=1)
    if close:
        return f" Did you mean `{path.parent / close[0]}`?"
    there = _elf_files(path.parent)
    return f" In `{path.parent}` there are: {there}." if there else ""


def _elf_files(folder: Path) -> str:
    return ", ".join(sorted(file.name for file in folder.iterdir() if file.suffix in (".elf", ".axf", ".out"))[:8])


def _looks_like(content: bytes) -> str:
    head = content[:64]
    if all(byte in b"\t\r\n" or 0x20 <= byte < 0x7F for byte in head):
        return ", looks like text"
    sp, reset = (int.from_bytes(content[at : at + 4], "little") for at in (0, 4))
    if len(content) >= 64 and sp and sp % 4 == 0 and reset & 1:
        return ", looks like a raw vector table"
    return ""
