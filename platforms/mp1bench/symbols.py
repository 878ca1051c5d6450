"""Names for code addresses: the functions of an ELF symbol table, looked up by address.

It knows functions only; data symbols, lines and types are not its business.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

_ENTRY = struct.Struct("<IIIBBH")  # Elf32_Sym: st_name, st_value, st_size, st_info, st_other, st_shndx
_STT_FUNC = 2
_STB_GLOBAL = 1
_UNDEFINED = 0
_LONGEST_NAME = 1024


class Function(NamedTuple):
    """A function: first address (Thumb bit cleared), size in bytes (0 if the table does not say) and name."""

    address: int
    size: int
    name: str


class SymbolTable:
    """Functions sorted by address, one name for each address."""

    def __init__(self, functions: Iterable[Function] = ()) -> None:
        by_address: dict[int, Function] = {}
        for function in functions:
            by_address.setdefault(function.address, function)
        self.functions: tuple[Function, ...] = tuple(sorted(by_address.values()))
        self._addresses = [function.address for function in self.functions]

    @classmethod
    def parse(cls, symtab: bytes, strtab: bytes) -> SymbolTable:
        """Read the content of `.symtab` and of its string table; entries that make no sense are left out.

        Of several names of one address the table keeps a global one, else the first.
        """
        whole = memoryview(symtab)[: len(symtab) // _ENTRY.size * _ENTRY.size]
        found: list[tuple[bool, Function]] = []
        for st_name, st_value, st_size, st_info, _, st_shndx in _ENTRY.iter_unpack(whole):
            if st_info & 0xF == _STT_FUNC and st_shndx != _UNDEFINED:
                name = _name_at(strtab, st_name)
                if name:
                    found.append((st_info >> 4 != _STB_GLOBAL, Function(st_value & ~1, st_size, name)))
        found.sort(key=lambda entry: entry[0])
        return cls(function for _, function in found)

    def symbolize(self, address: int) -> str:
        """`main+0x1c` inside `main`, `main` at its first address, "" where no function is known."""
        index = bisect_right(self._addresses, address & ~1) - 1
        if index < 0:
            return ""
        function = self.functions[index]
        offset = (address & ~1) - function.address
        if function.size and offset >= function.size:
            return ""
        return f"{function.name}+0x{offset:x}" if offset else function.name


def _name_at(strtab: bytes, start: int) -> str:
    end = strtab.find(b"\0", start, start + _LONGEST_NAME)
    return strtab[start:end].decode("utf-8", "replace") if end > start else ""
