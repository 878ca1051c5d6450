"""A firmware's ELF as remoteproc takes it (drivers/remoteproc/remoteproc_elf_loader.c), and the files in /lib/firmware.

Images that `mp1bench.image` has read come as their segments; raw files are judged here, in the kernel's words.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from mp1bench.errors import UsageError
from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.core import Logger
from mp1bench.linux.remoteproc.resource_table import Refusal, entry_offsets

_PT_LOAD = 1
_CLASS32, _CLASS64 = 1, 2
#: By class: bytes of the ELF header, of a program header, of a section header.
_SIZES = {_CLASS32: (52, 32, 40), _CLASS64: (64, 56, 64)}


class Segment(Protocol):
    """A PT_LOAD of `mp1bench.image`."""

    @property
    def physical(self) -> int: ...

    @property
    def data(self) -> bytes: ...

    @property
    def size(self) -> int: ...


class TableSection(Protocol):
    """The section .resource_table of `mp1bench.image`."""

    @property
    def address(self) -> int: ...

    @property
    def data(self) -> bytes: ...


class Load(NamedTuple):
    """A PT_LOAD of a raw file. `need` is where its data end in the file, whether the file goes so far or not."""

    physical: int
    data: bytes
    size: int
    filesz: int
    need: int


class RawTable(NamedTuple):
    """The section of a raw file; `truncated` if it does not lie wholly in it."""

    address: int
    data: bytes
    truncated: bool


@dataclass(frozen=True)
class Firmware:
    """A file in /lib/firmware: `size` is the file's, in bytes."""

    name: str
    size: int
    segments: Sequence[Segment]
    table: TableSection | None
    bits: int = 32


class FirmwareStore:
    """/lib/firmware of one Linux: files by name, as they are or read already."""

    def __init__(self) -> None:
        self.files: dict[str, Firmware | bytes] = {}

    def add(self, name: str, file: Firmware | bytes) -> None:
        """Put a file there, in place of one of that name. UsageError for what is no file."""
        if not isinstance(name, str) or not isinstance(file, (Firmware, bytes)):
            raise UsageError(f"a file in /lib/firmware is a name and bytes, not {name!r} and a {type(file).__name__}.")
        self.files[name] = file


def sanity_check(log: Logger, dev: str, name: str, file: Firmware | bytes, *, sections: bool) -> Firmware | int:
    """rproc_elf_sanity_check. `sections`: does this kernel look where the section headers end?"""
    if isinstance(file, Firmware):
        firmware = file
    else:
        why = _why_not(file, sections=sections)
        if why:
            log.err(dev, why)
            return -Errno.EINVAL
        firmware = _read(name, file)
    log.debug(dev, f"Firmware is an elf{firmware.bits} file")
    return firmware


def _why_not(file: bytes, *, sections: bool) -> str:
    if len(file) < _SIZES[_CLASS32][0]:
        return "Image is too small"
    if file[:4] != b"\x7fELF":
        return "Image is corrupted (bad magic)"
    if file[4] not in (_CLASS32, _CLASS64):
        return f"Unsupported class: {file[4]}"
    if file[4] == _CLASS64 and len(file) < _SIZES[_CLASS64][0]:
        return "elf64 header is too small"
    if file[5] != 1:
        return "Unsupported firmware endianness"
    header = _Header(file)
    behind = header.shoff + header.sh_size
    if sections:
        if header.shoff > len(file):
            return "Section header table is out of bounds"
        if header.shnum and header.shoff + header.sh_size * header.shnum > len(file):
            return "Section headers are out of bounds"
        behind += header.sh_size * header.shstrndx
    if len(file) < behind:
        return "Image is too small"
    if header.phnum == 0:
        return "No loadable segments"
    if header.phoff > len(file):
        return "Firmware size is too small"
    return ""


class _Header:
    """The fields of an ELF header, and the sizes of what it leads to."""

    def __init__(self, file: bytes) -> None:
        self.wide = file[4] == _CLASS64
        _, self.ph_size, self.sh_size = _SIZES[file[4]]
        fields = struct.unpack_from("<QQIHHHHHH" if self.wide else "<IIIHHHHHH", file, 32 if self.wide else 28)
        self.phoff, self.shoff, _, _, _, self.phnum, _, self.shnum, self.shstrndx = fields


def _read(name: str, file: bytes) -> Firmware:
    """What the loader uses of a file that passed: headers past its end read as zeroes."""
    header = _Header(file)
    return Firmware(name, len(file), _loads(file, header), _find_section(file, header), 64 if header.wide else 32)


def _loads(file: bytes, header: _Header) -> list[Segment]:
    loads: list[Segment] = []
    for n in range(header.phnum):
        raw = _at(file, header.phoff + n * header.ph_size, header.ph_size)
        if header.wide:
            kind, _, offset, _, physical, filesz, memsz, _ = struct.unpack("<IIQQQQQQ", raw)
        else:
            kind, offset, _, physical, filesz, memsz, _, _ = struct.unpack("<IIIIIIII", raw)
        if kind == _PT_LOAD:
            loads.append(Load(physical, file[offset : offset + filesz], memsz, filesz, offset + filesz))
    return loads


def _find_section(file: bytes, header: _Header) -> RawTable | None:
    headers = [_section(file, header, n) for n in range(header.shnum)]
    names = _section(file, header, header.shstrndx)[2]
    for name, address, offset, size in headers:
        if _at(file, names + name, 16) == b".resource_table\0":
            return RawTable(address, file[offset : offset + size], offset + size > len(file))
    return None


def _section(file: bytes, header: _Header, index: int) -> tuple[int, int, int, int]:
    """Name, address, offset and size of a section."""
    raw = _at(file, header.shoff + index * header.sh_size, header.sh_size)
    name, _, _, address, offset, size = struct.unpack_from("<IIQQQQ" if header.wide else "<IIIIII", raw)
    return name, address, offset, size


def _at(file: bytes, offset: int, size: int) -> bytes:
    return file[offset : offset + size].ljust(size, b"\0")


#: Where the A7 finds da (and how many bytes follow in that carve-out) if [da, da + size) lies in one; else None.
Translate = Callable[[int, int], "tuple[int, int] | None"]


def load_segments(
    log: Logger, dev: str, firmware: Firmware, translate: Translate, write: Callable[[int, bytes], None]
) -> int:
    """rproc_elf_load_segments: copy each segment to its physical address and fill the rest with zeroes."""
    for segment in firmware.segments:
        da, size, data = segment.physical, segment.size, segment.data
        filesz, need = (segment.filesz, segment.need) if isinstance(segment, Load) else (len(data), 0)
        if not size:
            continue
        log.debug(dev, f"phdr: type {_PT_LOAD} da 0x{da:x} memsz 0x{size:x} filesz 0x{filesz:x}")
        if filesz > size:
            log.err(dev, f"bad phdr filesz 0x{filesz:x} memsz 0x{size:x}")
            return -Errno.EINVAL
        if need > firmware.size:
            log.err(dev, f"truncated fw: need 0x{need:x} avail 0x{firmware.size:x}")
            return -Errno.EINVAL
        if size > 0xFFFFFFFF:
            log.err(dev, f"size ({size:x}) does not fit in size_t type")
            return -Errno.EOVERFLOW
        place = translate(da, size)
        if place is None:
            log.err(dev, f"bad phdr da 0x{da:x} mem 0x{size:x}")
            return -Errno.EINVAL
        address, room = place
        if size > room:
            raise KernelFaultError("a page fault behind the carve-out", "rproc_elf_load_segments")
        write(address, data.ljust(size, b"\0"))
    return 0


def find_table(log: Logger, dev: str, firmware: Firmware) -> TableSection | None:
    """The resource table, unless there is none or its header is wrong (which is logged)."""
    table = firmware.table
    if table is None:
        return None
    if isinstance(table, RawTable) and table.truncated:
        log.err(dev, "resource table truncated")
        return None
    offsets = entry_offsets(table.data)
    if isinstance(offsets, Refusal):
        log.err(dev, offsets.line)
        return None
    return table
