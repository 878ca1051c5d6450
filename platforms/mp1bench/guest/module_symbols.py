"""Names for addresses in the guest's kernel modules: the modules' own symbols at the places where they were loaded.

The kernel's own functions are not its business: they do not touch the mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from mp1bench.image.symbols import Symbol, SymbolTable

_TEXT = ".text"


class ModuleSymbols:
    """`modules` are the files by the kernel's name of the module; `bases` says where the .text of each was loaded."""

    def __init__(self, modules: Mapping[str, bytes], bases: Mapping[str, int]) -> None:
        functions: list[Symbol] = []
        for name, base in bases.items():
            file = ELFFile(BytesIO(modules[name]))
            text = file.get_section_index(_TEXT)
            table = file.get_section_by_name(".symtab")
            assert isinstance(table, SymbolTableSection)
            functions += (
                Symbol(base + symbol["st_value"], symbol["st_size"], symbol.name)
                for symbol in table.iter_symbols()
                if symbol["st_shndx"] == text and symbol["st_info"]["type"] == "STT_FUNC"
            )
        self._table = SymbolTable(functions)

    def symbolize(self, address: int) -> str:
        """`stm32_ipcc_probe+0x3c`; "" outside all modules."""
        return self._table.symbolize(address)
