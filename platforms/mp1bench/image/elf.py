"""The container: reads a 32-bit little-endian Arm ELF within bounds, and refuses other ELFs in a sentence.

It knows nothing of memories or of the Cortex-M4; `image.py` judges what the container holds, and what is no ELF at all
is for `file.py`.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.elf.structs import ELFStructs

from mp1bench.errors import ImageError

MOST_SEGMENTS = 64
MOST_SECTIONS = 4096
_HEADER_SIZE = 52
_SHT_NOBITS = "SHT_NOBITS"
_SHF_ALLOC = 2


class Section(NamedTuple):
    """One section: address, declared size and content (empty if it has none in the file)."""

    name: str
    address: int
    size: int
    data: bytes
    link: int  # index of the section that goes with it


class ElfFile:
    """An ELF for 32-bit little-endian Arm. Every failure to read it is an ImageError that names the file."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.content = content
        self._stream = io.BytesIO(self.content)
        self._structs = self._open()
        header = self._parse(self._structs.Elf_Ehdr, 0, "the ELF header")
        self._check_kind(header)
        self._structs.create_advanced_structs(header["e_type"], header["e_machine"])
        self.segments = self._table("program header", self._structs.Elf_Phdr, header, "e_ph", MOST_SEGMENTS)
        self._sections = self._table("section header", self._structs.Elf_Shdr, header, "e_sh", MOST_SECTIONS)
        self._names = self._section_data(header["e_shstrndx"], "the table of section names")

    def section(self, name: str) -> Section | None:
        """The first section of that name, or None."""
        wanted = name.encode() + b"\0"
        for index, header in enumerate(self._sections):
            if self._names.startswith(wanted, header["sh_name"]):
                data = self._section_data(index, f"section {name}")
                return Section(name, header["sh_addr"], header["sh_size"], data, header["sh_link"])
        return None

    def section_at(self, address: int) -> Section | None:
        """The first section with content in the file that is loaded to begin at `address`, or None."""
        for index, header in enumerate(self._sections):
            loaded = header["sh_flags"] & _SHF_ALLOC and header["sh_type"] != _SHT_NOBITS
            if loaded and header["sh_size"] and header["sh_addr"] == address:
                data = self._section_data(index, f"section {index}")
                start = header["sh_name"]
                name = self._names[start : max(self._names.find(b"\0", start), start)].decode("ascii", "replace")
                return Section(name, address, header["sh_size"], data, header["sh_link"])
        return None

    def linked_data(self, section: Section) -> bytes:
        """Content of the section that goes with `section`: the string table of a symbol table."""
        return self._section_data(section.link, f"the section that goes with {section.name}")

    def slice(self, offset: int, size: int, what: str) -> bytes:
        """`size` bytes of the file from `offset`; ImageError if the file ends before."""
        end = offset + size
        if end > len(self.content):
            raise ImageError(
                f"`{self.path}` is cut short: {what} ends at byte {end}, the file at {len(self.content)}."
                " Copy or build it again."
            )
        return self.content[offset:end]

    def _open(self) -> ELFStructs:
        self.slice(0, _HEADER_SIZE, "the ELF header")
        bits, order = self.content[4], self.content[5]
        if bits not in (1, 2) or order not in (1, 2):
            raise self._damaged(f"class byte {bits} and byte-order byte {order} must each be 1 or 2")
        structs = ELFStructs(little_endian=order == 1, elfclass=32 * bits)
        structs.create_basic_structs()
        return structs

    def _check_kind(self, header: Any) -> None:
        machine, kind = header["e_machine"], header["e_type"]
        if machine != "EM_ARM":
            passed = "the Linux image" if machine == "EM_AARCH64" else "a program built for this computer"
            raise ImageError(
                f"`{self.path}` is built for {_machine_name(machine)}; the coprocessor is a Cortex-M4"
                f" (ARM, Thumb). Did you pass {passed}?"
            )
        if self._structs.elfclass != 32:
            raise self._damaged("it says Arm (32-bit) and 64-bit class at the same time")
        if not self._structs.little_endian:
            raise ImageError(
                f"`{self.path}` is big-endian; the Cortex-M4 of the STM32MP1 is little-endian."
                " Build without -mbig-endian."
            )
        if kind == "ET_REL":
            raise ImageError(f"`{self.path}` is an object file, not linked yet. Link it with the M4's script.")
        if kind == "ET_DYN":
            raise ImageError(f"`{self.path}` is a Linux program or library. Give the Cortex-M4's firmware.")
        if kind != "ET_EXEC":
            raise ImageError(f"`{self.path}` is no executable (e_type is {kind}). Give the linked firmware.")

    def _table(self, what: str, layout: Any, header: Any, prefix: str, most: int) -> list[Any]:
        """The program or section headers, which the ELF header announces by offset, entry size and number."""
        offset, size, number = (header[prefix + field] for field in ("off", "entsize", "num"))
        if offset == 0 or number == 0:
            return []
        if size != layout.sizeof():
            raise self._damaged(f"a {what} has {size} bytes instead of {layout.sizeof()}")
        if number > most:
            raise self._damaged(f"it has {number} {what}s; firmware has at most {most}")
        self.slice(offset, size * number, f"the {what} table")
        return [self._parse(layout, offset + size * index, f"{what} {index}") for index in range(number)]

    def _section_data(self, index: int, what: str) -> bytes:
        if not 0 < index < len(self._sections):
            return b""
        header = self._sections[index]
        if header["sh_type"] == _SHT_NOBITS:
            return b""
        return self.slice(header["sh_offset"], header["sh_size"], what)

    def _parse(self, layout: Any, offset: int, what: str) -> Any:
        try:
            return struct_parse(layout, self._stream, offset)
        except ELFError as error:
            raise self._damaged(f"{what} cannot be read ({error})") from error

    def _damaged(self, why: str) -> ImageError:
        return ImageError(f"`{self.path}` is a damaged ELF file: {why}. Copy or build it again.")


def _machine_name(machine: object) -> str:
    from elftools.elf.descriptions import describe_e_machine  # only an error needs it

    return str(describe_e_machine(machine)) if isinstance(machine, str) else f"machine number {machine}"
