"""Names for addresses in kernel modules, from an object file that is laid out by hand (ELF specification)."""

from __future__ import annotations

import struct

from mp1bench.guest.module_symbols import ModuleSymbols

_FUNC, _OBJECT = 2, 1
_TEXT, _INIT = 1, 2  # sections


def _module(*symbols: tuple[str, int, int, int, int]) -> bytes:
    """A relocatable file with .text, .init.text and these symbols: name, value, size, type, section."""
    strings, table = b"\0", bytes(16)
    for name, value, size, kind, section in symbols:
        table += struct.pack("<IIIBBH", len(strings), value, size, kind, 0, section)
        strings += name.encode() + b"\0"
    names = b"\0.text\0.init.text\0.symtab\0.strtab\0.shstrtab\0"
    contents = [bytes(0x100), bytes(0x100), table, strings, names]
    kinds = [(b".text", 1, 0, 0), (b".init.text", 1, 0, 0), (b".symtab", 2, 4, 16), (b".strtab", 3, 0, 0)]
    kinds.append((b".shstrtab", 3, 0, 0))
    body, headers = b"", bytes(40)
    for (name, kind, link, entry), content in zip(kinds, contents, strict=True):
        at = names.index(name + b"\0")
        headers += struct.pack("<10I", at, kind, 0, 0, 52 + len(body), len(content), link, 1, 4, entry)
        body += content + bytes(-len(content) % 4)
    start = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = struct.pack("<HHIIIIIHHHHHH", 1, 40, 1, 0, 0, 52 + len(body), 0x05000000, 52, 0, 0, 40, 6, 5)
    return start + header + body + headers


_IPCC = _module(
    ("stm32_ipcc_startup", 0x98, 0x20, _FUNC, _TEXT),
    ("stm32_ipcc_probe", 0x10, 0x40, _FUNC, _TEXT),
    ("stm32_ipcc_driver_init", 0x10, 0x40, _FUNC, _INIT),
    ("stm32_ipcc_driver", 0x10, 0x40, _OBJECT, _TEXT),
)


def test_an_address_is_named_by_its_function_and_the_offset_in_it():
    symbols = ModuleSymbols({"stm32_ipcc": _IPCC}, {"stm32_ipcc": 0xBF000000})
    assert symbols.symbolize(0xBF000010) == "stm32_ipcc_probe"
    assert symbols.symbolize(0xBF00004C) == "stm32_ipcc_probe+0x3c"
    assert symbols.symbolize(0xBF00009C) == "stm32_ipcc_startup+0x4"


def test_each_module_has_its_own_place():
    tty = _module(("rpmsg_tty_write", 0x10, 0x10, _FUNC, _TEXT))
    symbols = ModuleSymbols(
        {"stm32_ipcc": _IPCC, "rpmsg_tty": tty}, {"stm32_ipcc": 0xBF010000, "rpmsg_tty": 0xBF000000}
    )
    assert symbols.symbolize(0xBF000014) == "rpmsg_tty_write+0x4"
    assert symbols.symbolize(0xBF010014) == "stm32_ipcc_probe+0x4"


def test_what_lies_in_no_function_has_no_name():
    symbols = ModuleSymbols({"stm32_ipcc": _IPCC}, {"stm32_ipcc": 0xBF000000})
    assert [symbols.symbolize(address) for address in (0xBF000050, 0xBF00000C, 0xC0101000)] == ["", "", ""]
