"""Names for addresses: the functions and the data objects of an ELF symbol table, looked up by address.

Lines and types are not its business.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_ENTRY = struct.Struct("<IIIBBH")  # Elf32_Sym: st_name, st_value, st_size, st_info, st_other, st_shndx
_STT_OBJECT, _STT_FUNC = 1, 2
#: Of several names of one address: a global one, else a local one, else a weak one (a default that others share).
_RANK = {1: 0, 0: 1, 2: 2}
_UNDEFINED = 0
_LONGEST_NAME = 1024
_LARGEST = 1 << 32


class Symbol(NamedTuple):
    """A name: first address (Thumb bit cleared), size in bytes (0 if the table does not say) and the name itself."""

    address: int
    size: int
    name: str


class SymbolTable:
    """Functions and objects sorted by address, one name for each address."""

    def __init__(self, functions: Iterable[Symbol] = (), objects: Iterable[Symbol] = ()) -> None:
        self.functions = _one_per_address(functions)
        self.objects = _one_per_address(objects)

    @classmethod
    def parse(cls, symtab: bytes, strtab: bytes) -> SymbolTable:
        """Read the content of `.symtab` and of its string table; entries that make no sense are left out.

        Of several names of one address the table keeps a global one, else a local one; the first of its kind.
        """
        whole = memoryview(symtab)[: len(symtab) // _ENTRY.size * _ENTRY.size]
        found: dict[int, list[tuple[int, Symbol]]] = {_STT_FUNC: [], _STT_OBJECT: []}
        for st_name, st_value, st_size, st_info, _, st_shndx in _ENTRY.iter_unpack(whole):
            kind = st_info & 0xF
            if kind in found and st_shndx != _UNDEFINED:
                name = _name_at(strtab, st_name)
                if name:
                    address = st_value & ~1 if kind == _STT_FUNC else st_value
                    found[kind].append((_RANK.get(st_info >> 4, 2), Symbol(address, st_size, name)))
        for symbols in found.values():
            symbols.sort(key=lambda entry: entry[0])
        return cls(*((symbol for _, symbol in found[kind]) for kind in (_STT_FUNC, _STT_OBJECT)))

    def symbolize(self, address: int) -> str:
        """`main+0x1c` inside the function `main`, `main` at its first address, "" where no function is known."""
        return _name_in(self.functions, address & ~1)

    def function_at(self, address: int) -> str:
        """The function that an address of code lies in, "" where none is known."""
        return self.symbolize(address).partition("+")[0]

    def symbolize_data(self, address: int) -> str:
        """`uwTick`, or `huart3+0x7c` inside the object `huart3`; "" where no object is known."""
        return _name_in(self.objects, address)


def _one_per_address(symbols: Iterable[Symbol]) -> tuple[Symbol, ...]:
    by_address: dict[int, Symbol] = {}
    for symbol in symbols:
        by_address.setdefault(symbol.address, symbol)
    return tuple(sorted(by_address.values()))


def _name_in(symbols: Sequence[Symbol], address: int) -> str:
    index = bisect_right(symbols, Symbol(address, _LARGEST, "")) - 1
    if index < 0:
        return ""
    symbol = symbols[index]
    offset = address - symbol.address
    if symbol.size and offset >= symbol.size:
        return ""
    return f"{symbol.name}+0x{offset:x}" if offset else symbol.name


def find_values(symtab: bytes, strtab: bytes, names: Iterable[str]) -> dict[str, int]:
    """The values of such symbols as linker scripts define (_estack), whatever their kind; the first of each name."""
    wanted = {name.encode() + b"\0": name for name in names}
    found: dict[str, int] = {}
    whole = memoryview(symtab)[: len(symtab) // _ENTRY.size * _ENTRY.size]
    longest = max(map(len, wanted))
    for st_name, st_value, _, _, _, st_shndx in _ENTRY.iter_unpack(whole):
        text = strtab[st_name : st_name + longest]
        name = wanted.get(text[: text.find(b"\0") + 1])
        if name and st_shndx != _UNDEFINED:
            found.setdefault(name, st_value)
    return found


def _name_at(strtab: bytes, start: int) -> str:
    end = strtab.find(b"\0", start, start + _LONGEST_NAME)
    return strtab[start:end].decode("utf-8", "replace") if end > start else ""
