"""Firmware images: an ELF as Linux's remoteproc takes it, Intel HEX, S-records, or a raw binary and its address.

What the M4 cannot run is refused. It loads nothing and runs nothing; `check` judges the resource table and what merely
looks odd.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mp1bench.errors import ImageError, UsageError
from mp1bench.image.attributes import read_attributes
from mp1bench.image.elf import ElfFile
from mp1bench.image.file import ELF, RAW, read_file, recognize
from mp1bench.image.records import read_records
from mp1bench.image.symbols import SymbolTable, find_values
from mp1bench.regions import MP1_REGIONS, Region, locate

_PF_X = 1
_LARGEST_SYMTAB = 2 << 20  # 131,072 symbols; firmware has some thousands
#: Sections that hold the vector table and nothing else: Cube's and CMSIS's, Zephyr's.
_VECTORS = re.compile(r"vect|isr|^rom_start$", re.IGNORECASE)

#: How linker scripts call the top and the least size of the main stack.
STACK_MARKS = ("_estack", "__StackTop", "_Min_Stack_Size", "_Min_Heap_Size", "__StackLimit", "_sstack", "_end", "end")


#: Ranges that give away what an image was linked for: (first, past the last, where it is, likely reason).
_FOREIGN = (
    (0x00008000, 0x00800000, "where Linux programs live", "Is it a program for the Cortex-A7?"),
    (0x08000000, 0x0A000000, "in flash; STM32MP1 has none", "Linked with an STM32F4 script?"),
    (0x1FFF0000, 0x20000000, "in system memory; STM32MP1 has none", "Linked with an STM32F4 script?"),
    (0x20000000, 0x20100000, "in another STM32's SRAM", "Linked with an STM32F4 script?"),
    (0x2FFC0000, 0x30000000, "in SYSRAM, which belongs to the Cortex-A7", "Is it a boot loader?"),
    (0x40000000, 0x60000000, "in the peripherals", "Is the linker script the M4's?"),
    (0x80000000, 0x100000000, "in DDR, which belongs to Linux", "Is it a program for the Cortex-A7?"),
)


@dataclass(frozen=True)
class Segment:
    """One PT_LOAD with a size. Linux copies `data` to `physical` and fills with zeroes up to `size` bytes."""

    index: int  # in the program header table
    physical: int
    virtual: int
    data: bytes = field(repr=False)
    size: int
    executable: bool = False


@dataclass(frozen=True)
class TableSection:
    """Section .resource_table: Linux writes its patched copy to `address` (m4-platform.md §4.1)."""

    address: int
    data: bytes


@dataclass(frozen=True)
class Image:
    """A firmware that can be loaded and started.

    `format` is one of `image.file`'s; only an ELF has symbols, a resource table, `attributes` (by tag, of
    `attributes`), `marks` (values of STACK_MARKS) and `vectors_size` (bytes of the section that is the vector table
    and nothing else, if there is one).
    """

    path: Path
    sha256: str
    segments: tuple[Segment, ...]
    symbols: SymbolTable = field(repr=False)
    resource_table: TableSection | None
    initial_sp: int
    reset_pc: int  # as the vector table has it, Thumb bit set
    format: str = ELF
    attributes: Mapping[int, int] = field(default_factory=dict, repr=False)
    marks: Mapping[str, int] = field(default_factory=dict, repr=False)
    vectors_size: int | None = None

    def symbolize(self, address: int) -> str:
        """`main+0x1c` for a code address inside a known function, else ""."""
        return self.symbols.symbolize(address)


def read_image(path: str | Path, regions: Sequence[Region] = MP1_REGIONS, address: int | None = None) -> Image:
    """Read and judge the image at `path` for a machine with the given RAMs; with an `address` it is a raw binary.

    Raises ImageError for anything that could not be loaded or would not come to its first instruction, and UsageError
    for an address that is none, or of a file that has its own.
    """
    path = Path(path)
    content = read_file(path)
    kind = recognize(path, content) if address is None else _raw(path, content, address)
    if kind == ELF:
        return _read_elf(ElfFile(path, content), regions)
    pieces = [(address or 0, content)] if kind == RAW else read_records(path, content, kind)
    segments = tuple(Segment(n, at, at, data, len(data), True) for n, (at, data) in enumerate(pieces))
    for segment in segments:
        if locate(regions, segment.physical, segment.size) is None:
            raise ImageError(f"`{path}`: piece {segment.index} {_misplaced(segment.physical, segment.size, regions)}")
    _check_segments(path, segments, regions)
    initial_sp, reset_pc = _vectors(path, segments, regions)
    digest = hashlib.sha256(content).hexdigest()
    return Image(path, digest, segments, SymbolTable(), None, initial_sp, reset_pc, kind)


def _raw(path: Path, content: bytes, address: int) -> str:
    if not isinstance(address, int) or not 0 <= address <= 0xFFFFFFFF:
        raise UsageError(f"an image's address has 32 bits, such as 0x10000000, and is not {address!r}.")
    if content.startswith(b"\x7fELF"):
        raise UsageError(f"`{path}` is an ELF file, which has addresses of its own. Leave the address away.")
    return RAW


def _read_elf(elf: ElfFile, regions: Sequence[Region]) -> Image:
    headers = [h for h in elf.segments if h["p_type"] == "PT_LOAD" and h["p_memsz"]]
    if len({h["p_vaddr"] for h in headers}) > 1 and not any(h["p_paddr"] for h in headers):
        raise ImageError(
            f"`{elf.path}`: all {len(headers)} segments have the physical address 0, so each would be loaded over the"
            " one before. Have the linker set load addresses (GNU ld does; objcopy keeps them)."
        )
    segments = tuple(
        _segment(elf, index, header, regions)
        for index, header in enumerate(elf.segments)
        if header["p_type"] == "PT_LOAD" and header["p_memsz"]
    )
    _check_segments(elf.path, segments, regions)
    initial_sp, reset_pc = _vectors(elf.path, segments, regions)
    table, symtab = elf.section(".resource_table"), elf.section(".symtab")
    strings = elf.linked_data(symtab) if symtab else b""
    entries = symtab.data[:_LARGEST_SYMTAB] if symtab else b""
    attributes, vectors = elf.section(".ARM.attributes"), elf.section_at(0)
    return Image(
        path=elf.path,
        sha256=hashlib.sha256(elf.content).hexdigest(),
        segments=segments,
        symbols=SymbolTable.parse(entries, strings),
        resource_table=TableSection(table.address, table.data) if table else None,
        initial_sp=initial_sp,
        reset_pc=reset_pc,
        attributes=read_attributes(attributes.data) if attributes else {},
        marks=find_values(entries, strings, STACK_MARKS),
        vectors_size=vectors.size if vectors and _VECTORS.search(vectors.name) else None,
    )


def describe_size(size: int) -> str:
    """A size as people say it: 24 KiB, 3 GiB, 140 bytes."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return "1 byte" if size == 1 else f"{size} bytes"


def _segment(elf: ElfFile, index: int, header: Any, regions: Sequence[Region]) -> Segment:
    physical, file_size, size = header["p_paddr"], header["p_filesz"], header["p_memsz"]
    if file_size > size:
        raise ImageError(
            f"`{elf.path}`: segment {index} has {file_size} bytes in the file but only {size} in memory."
            " The ELF file is damaged; build it again."
        )
    if locate(regions, physical, size) is None:
        raise ImageError(f"`{elf.path}`: segment {index} {_misplaced(physical, size, regions)}")
    data = elf.slice(header["p_offset"], file_size, f"the data of segment {index}")
    return Segment(index, physical, header["p_vaddr"], data, size, bool(header["p_flags"] & _PF_X))


def _misplaced(address: int, size: int, regions: Sequence[Region]) -> str:
    """The rest of a sentence that begins with what is misplaced."""
    head = f"(0x{address:08X}, {describe_size(size)})"
    known = ", ".join(f"{r.name} 0x{a:08X} {describe_size(r.size)}" for r in regions for a in r.addresses)
    start = locate(regions, address)
    if start is not None:
        return f"{head} starts in {start[0]} and runs past its end. Make it smaller. Known regions: {known}."
    for first, end, where, hint in _FOREIGN:
        if first <= address < end:
            return f"{head} is {where}. {hint} Known regions: {known}."
    return f"{head} is in no memory of this machine. Is the linker script the M4's? Known regions: {known}."


def _check_segments(path: Path, segments: Sequence[Segment], regions: Sequence[Region]) -> None:
    if not any(segment.data for segment in segments):
        raise ImageError(
            f"`{path}` has nothing to load, so there is no code to run. Does the linker script place .text?"
        )
    for position, later in enumerate(segments):
        for earlier in segments[:position]:
            # Linux loads in this order: to load over an earlier segment's zeroes is harmless, and so is to repeat it.
            if earlier.data and _overwrites(regions, earlier, later):
                raise ImageError(
                    f"`{path}`: segment {later.index} (0x{later.physical:08X}, {describe_size(later.size)})"
                    f" overwrites segment {earlier.index} (0x{earlier.physical:08X},"
                    f" {describe_size(earlier.size)}). Move one of them in the linker script."
                )


def _overwrites(regions: Sequence[Region], earlier: Segment, later: Segment) -> bool:
    """Does loading `later` change bytes of `earlier`'s data?"""
    if not _overlap(regions, earlier.physical, len(earlier.data), later.physical, later.size):
        return False
    one, two = locate(regions, earlier.physical), locate(regions, later.physical)
    assert one is not None
    assert two is not None
    start, end = max(one[1], two[1]), min(one[1] + len(earlier.data), two[1] + later.size)
    new = later.data[start - two[1] : end - two[1]].ljust(end - start, b"\0")
    return earlier.data[start - one[1] : end - one[1]] != new


def loaded_bytes(segments: Sequence[Segment], regions: Sequence[Region], address: int, size: int) -> bytes:
    """What lies at `address` when all is loaded, at most `size` bytes of one segment; the last one loaded counts."""
    wanted = locate(regions, address)
    for segment in reversed(segments):
        start = locate(regions, segment.physical)
        if wanted is not None and start is not None and start[0] == wanted[0]:
            offset = wanted[1] - start[1]
            if 0 <= offset < segment.size:
                return segment.data[offset : offset + size].ljust(min(size, segment.size - offset), b"\0")
    return b""


def _overlap(regions: Sequence[Region], one: int, one_size: int, two: int, two_size: int) -> bool:
    """Do the ranges share bytes, under whatever addresses?"""
    first, second = locate(regions, one), locate(regions, two)
    if first is None or second is None or first[0] != second[0]:
        return False
    return first[1] < second[1] + two_size and second[1] < first[1] + one_size


def _vectors(path: Path, segments: Sequence[Segment], regions: Sequence[Region]) -> tuple[int, int]:
    """Initial SP and reset PC: what the M4 fetches from address 0 when it is released."""
    words = loaded_bytes(segments, regions, 0, 8)
    if len(words) < 8:
        raise ImageError(
            f"`{path}` has no vector table at address 0, from where the M4 fetches its initial SP and PC."
            " Place .isr_vector in RETRAM (0x00000000)."
        )
    initial_sp, reset_pc = (int.from_bytes(words[at : at + 4], "little") for at in (0, 4))
    if locate(regions, initial_sp - 1) is None:
        raise ImageError(
            f"`{path}`: the initial stack pointer 0x{initial_sp:08X} (first word at address 0) is not in RAM."
            " Is the vector table the first thing in RETRAM?"
        )
    if not reset_pc & 1:
        raise ImageError(
            f"`{path}`: the reset vector 0x{reset_pc:08X} (second word at address 0) is even, but the M4"
            " runs Thumb code only, at odd vectors. Is Reset_Handler marked as a function (.thumb_func)?"
        )
    if not any(_overlap(regions, reset_pc & ~1, 2, s.physical, s.size) for s in segments):
        raise ImageError(
            f"`{path}`: the reset vector 0x{reset_pc:08X} (second word at address 0) points outside all"
            " segments. Is the start-up code linked in?"
        )
    return initial_sp, reset_pc
