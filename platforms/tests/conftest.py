"""A small maker of ELF files for the tests of this folder, and just enough of an assembler to fill them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

#: Initial SP at the end of SRAM2, reset at the start of SRAM1, Thumb bit set.
VECTORS = struct.pack("<II", 0x10040000, 0x10000001)
CODE = bytes.fromhex("00bffee7")  # nop; b .


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("recordings of Linux (test_golden_linux.py)")
    group.addoption("--golden", type=Path, metavar="DIR", help="replay all recordings below DIR, and only those")
    group.addoption("--kernel", default="6.1", choices=["6.1", "6.12"], help="the kernel that they were made of")


def pytest_configure(config: pytest.Config) -> None:
    folder = config.getoption("--golden")
    if folder is not None and not any(folder.rglob("*.jsonl")):
        raise pytest.UsageError(f"--golden: there is no recording (*.jsonl) below {folder}.")


class Load(NamedTuple):
    """One PT_LOAD."""

    physical: int
    data: bytes = b""
    size: int | None = None  # in memory; None: that of the data
    flags: int = 5  # PF_R | PF_X
    virtual: int | None = None  # None: the physical address


class Symbol(NamedTuple):
    """One entry of .symtab; the kind defaults to a global function."""

    name: str
    value: int
    size: int = 0
    info: int = 0x12  # STB_GLOBAL, STT_FUNC
    section: int = 1


DEFAULT = (Load(0, VECTORS), Load(0x10000000, CODE))


def build(
    loads: Sequence[Load] = DEFAULT,
    *,
    resource_table: tuple[int, bytes] | None = None,
    symbols: Sequence[Symbol] = (),
    kind: int = 2,
    machine: int = 40,
) -> bytes:
    """An ELF file for 32-bit little-endian Arm (or what `kind` and `machine` say instead)."""
    body = bytearray(52 + 32 * len(loads))
    headers = []
    for load in loads:
        size = len(load.data) if load.size is None else load.size
        virtual = load.physical if load.virtual is None else load.virtual
        headers.append((1, len(body), virtual, load.physical, len(load.data), size, load.flags, 4))
        body += load.data
    strings = b"\0" + b"".join(symbol.name.encode() + b"\0" for symbol in symbols)
    table, start = b"\0" * 16, 1
    for symbol in symbols:
        table += struct.pack("<IIIBBH", start, symbol.value, symbol.size, symbol.info, 0, symbol.section)
        start += len(symbol.name.encode()) + 1
    contents = [(".symtab", 2, 0, table, 2), (".strtab", 3, 0, strings, 0)]
    if resource_table is not None:
        contents.append((".resource_table", 1, resource_table[0], resource_table[1], 0))
    names = b"\0" + b"".join(name.encode() + b"\0" for name, *_ in contents) + b".shstrtab\0"
    contents.append((".shstrtab", 3, 0, names, 0))
    sections = [struct.pack("<10I", *[0] * 10)]
    for name, section_kind, address, data, link in contents:
        name_at = names.index(name.encode() + b"\0")
        fields = (name_at, section_kind, 0, address, len(body), len(data), link, 0, 4, 16)
        sections.append(struct.pack("<10I", *fields))
        body += data
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    shape = (52, 32, len(loads), 40, len(sections), len(sections) - 1)
    body[:52] = struct.pack("<16sHHIIIII6H", ident, kind, machine, 1, 0, 52, len(body), 0x05000000, *shape)
    for index, header in enumerate(headers):
        struct.pack_into("<8I", body, 52 + 32 * index, *header)
    return bytes(body) + b"".join(sections)


def _move(register: int, value: int) -> bytes:
    """MOVW and MOVT: all 32 bits of a low register."""

    def half(opcode: int, imm16: int) -> bytes:
        first = opcode | imm16 >> 12 | (imm16 >> 11 & 1) << 10
        return struct.pack("<HH", first, (imm16 >> 8 & 7) << 12 | register << 8 | imm16 & 0xFF)

    return half(0xF240, value & 0xFFFF) + half(0xF2C0, value >> 16)


def poke(address: int, value: int) -> bytes:
    """Thumb code that stores a word: r1 to [r0]."""
    return _move(0, address) + _move(1, value) + b"\x01\x60"


def peek_for_ever(address: int) -> bytes:
    """Thumb code that loads a word again and again."""
    return _move(0, address) + b"\x01\x68\xfd\xe7"


SLEEP = bytes.fromhex("30bffde7")  # wfi; b back to it
SPIN = bytes.fromhex("fee7")  # b .
UNDEFINED = bytes.fromhex("00de")  # udf #0


class Elf:
    """What a test uses of this file."""

    Load, Symbol, VECTORS, CODE, DEFAULT = Load, Symbol, VECTORS, CODE, DEFAULT
    SLEEP, SPIN, UNDEFINED = SLEEP, SPIN, UNDEFINED
    build, poke, peek_for_ever = staticmethod(build), staticmethod(poke), staticmethod(peek_for_ever)

    @staticmethod
    def program(*code: bytes) -> dict[str, object]:
        """Options of `build` for a firmware that is one function, main, at 0x10000000."""
        body = b"".join(code)
        return {"loads": [Load(0, VECTORS), Load(0x10000000, body)], "symbols": [Symbol("main", 0x10000001, len(body))]}


@pytest.fixture(scope="session")
def elf() -> type[Elf]:
    return Elf


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes an ELF (or the given bytes) into the test's folder and returns its path."""

    def write_file(content: bytes | None = None, name: str = "firmware.elf", **options: object) -> Path:
        path = tmp_path / name
        path.write_bytes(build(**options) if content is None else content)  # type: ignore[arg-type]
        return path

    return write_file
