"""Firmware images: reads an ELF as Linux's remoteproc would, and refuses what the M4 cannot run.

It loads nothing and runs nothing; `check.py` judges the resource table and what merely looks odd.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mp1bench.elf import ElfFile
from mp1bench.errors import ImageError
from mp1bench.symbols import SymbolTable

_PF_X = 1


class Region(NamedTuple):
    """One RAM that images may be loaded into, with all the addresses at which the M4 sees it."""

    name: str
    addresses: tuple[int, ...]
    size: int

    def offset_of(self, address: int, size: int = 1) -> int | None:
        """Offset of [address, address + size) in this RAM, or None if it is not wholly inside one window."""
        for base in self.addresses:
            if base <= address and address + size <= base + self.size:
                return address - base
        return None


#: What an STM32MP15 has (m4-platform.md §1).
MP1_REGIONS = (
    Region("RETRAM", (0x00000000, 0x38000000), 64 << 10),
    Region("MCUSRAM", (0x10000000, 0x30000000), 384 << 10),
)

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
    """A firmware that can be loaded and started."""

    path: Path
    sha256: str
    segments: tuple[Segment, ...]
    symbols: SymbolTable = field(repr=False)
    resource_table: TableSection | None
    initial_sp: int
    reset_pc: int  # as the vector table has it, Thumb bit set

    def symbolize(self, address: int) -> str:
        """`main+0x1c` for a code address inside a known function, else ""."""
        return self.symbols.symbolize(address)


def read_image(path: str | Path, regions: Sequence[Region] = MP1_REGIONS) -> Image:
    """Read and judge the ELF at `path` for a machine with the given RAMs.

    Raises ImageError for anything that could not be loaded or would not come to its first instruction.
    """
    elf = ElfFile(Path(path))
    segments = tuple(
        _segment(elf, index, header, regions)
        for index, header in enumerate(elf.segments)
        if header["p_type"] == "PT_LOAD" and header["p_memsz"]
    )
    _check_segments(elf.path, segments, regions)
    initial_sp, reset_pc = _vectors(elf.path, segments, regions)
    table = elf.section(".resource_table")
    symtab = elf.section(".symtab")
    return Image(
        path=elf.path,
        sha256=hashlib.sha256(elf.content).hexdigest(),
        segments=segments,
        symbols=SymbolTable.parse(symtab.data, elf.linked_data(symtab)) if symtab else SymbolTable(),
        resource_table=TableSection(table.address, table.data) if table else None,
        initial_sp=initial_sp,
        reset_pc=reset_pc,
    )


def describe_size(size: int) -> str:
    """A size as people say it: 24 KiB, 3 GiB, 140 bytes."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return "1 byte" if size == 1 else f"{size} bytes"


def locate(regions: Sequence[Region], address: int, size: int = 1) -> tuple[str, int] | None:
    """The RAM that wholly holds [address, address + size), and the offset in it; None if there is none."""
    for region in regions:
        offset = region.offset_of(address, size)
        if offset is not None:
            return region.name, offset
    return None


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
    if not any(segment.executable and segment.data for segment in segments):
        raise ImageError(
            f"`{path}` has no executable segment, so there is no code to run. Does the linker script place .text?"
        )
    for position, later in enumerate(segments):
        for earlier in segments[:position]:
            # Linux loads in this order: what is loaded over an earlier segment's zeroes is harmless.
            if earlier.data and _overlap(regions, earlier.physical, len(earlier.data), later.physical, later.size):
                raise ImageError(
                    f"`{path}`: segment {later.index} (0x{later.physical:08X}, {describe_size(later.size)})"
                    f" overwrites segment {earlier.index} (0x{earlier.physical:08X},"
                    f" {describe_size(earlier.size)}). Move one of them in the linker script."
                )


def _overlap(regions: Sequence[Region], one: int, one_size: int, two: int, two_size: int) -> bool:
    """Do the ranges share bytes, under whatever addresses?"""
    first, second = locate(regions, one), locate(regions, two)
    if first is None or second is None or first[0] != second[0]:
        return False
    return first[1] < second[1] + two_size and second[1] < first[1] + one_size


def _vectors(path: Path, segments: Sequence[Segment], regions: Sequence[Region]) -> tuple[int, int]:
    """Initial SP and reset PC: what the M4 fetches from address 0 when it is released."""
    start = locate(regions, 0)
    words = next((s.data[:8] for s in segments if locate(regions, s.physical) == start), b"")
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
