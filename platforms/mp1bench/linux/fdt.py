"""Reads a compiled device tree, a flattened one of the Devicetree Specification §5 (.dtb), into nodes, and writes one.

It leaves phandles as the numbers they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from mp1bench.errors import PlatformError
from mp1bench.linux.of import Node

MAGIC = b"\xd0\x0d\xfe\xed"

_BEGIN_NODE, _END_NODE, _PROP, _NOP, _END = 1, 2, 3, 4, 9
_HEADER = 40
_DEEPEST = 64


def read_blob(data: bytes, path: Path) -> Node:
    """The root of the tree in `data`, the contents of `path`. PlatformError if it is cut short or damaged."""
    try:
        return _Blob(data).read()
    except ValueError as error:
        raise PlatformError(f"the compiled device tree {path} is cut short or damaged: {error}.") from error


def reservations(data: bytes, path: Path) -> list[tuple[int, int]]:
    """The (address, size) of each memory reservation of the tree in `data`. PlatformError as `read_blob`."""
    try:
        return list(_Blob(data).reservations())
    except ValueError as error:
        raise PlatformError(f"the compiled device tree {path} is cut short or damaged: {error}.") from error


def write_blob(root: Node, reserved: Sequence[tuple[int, int]] = ()) -> bytes:
    """The tree below `root`, compiled (version 17), with the memory reservations (address, size)."""
    strings = bytearray()
    places: dict[str, int] = {}
    for name in (name for node in root.walk() for name in node.properties):
        if name not in places:
            places[name] = len(strings)
            strings += name.encode("ascii") + b"\0"
    structure = b"".join(_node(root, places)) + struct.pack(">I", _END)
    reserve = b"".join(struct.pack(">2Q", *entry) for entry in (*reserved, (0, 0)))
    structure_at = _HEADER + len(reserve)
    strings_at = structure_at + len(structure)
    total = strings_at + len(strings)
    sizes = (total, structure_at, strings_at, _HEADER, 17, 16, 0, len(strings), len(structure))
    return MAGIC + struct.pack(">9I", *sizes) + reserve + structure + strings


def _node(node: Node, places: dict[str, int]) -> Iterator[bytes]:
    name = "" if node.parent is None else node.name
    yield struct.pack(">I", _BEGIN_NODE) + _padded(name.encode("ascii") + b"\0")
    for key, value in node.properties.items():
        yield struct.pack(">3I", _PROP, len(value), places[key]) + _padded(value)
    for child in node.children:
        yield from _node(child, places)
    yield struct.pack(">I", _END_NODE)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


class _Blob:
    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER:
            raise ValueError(f"it has {len(data)} bytes, and its header alone needs {_HEADER}")
        _, total, self._at, self._strings, self._reserved = struct.unpack_from(">5I", data)
        if total > len(data):
            raise ValueError(f"it says {total} bytes, and the file has {len(data)}")
        self._data = data[:total]

    def read(self) -> Node:
        node: Node | None = None
        depth = 0
        while True:
            here, token = self._at, self._word()
            if token == _BEGIN_NODE and depth < _DEEPEST:
                name = self._text(self._at)
                self._skip(len(name) + 1)
                node, depth = Node(name or "/", node), depth + 1
            elif token == _END_NODE and node is not None:
                depth -= 1
                if node.parent is None:
                    return node
                node = node.parent
            elif token == _PROP and node is not None:
                size, name_at = self._word(), self._word()
                if self._at + size > len(self._data):
                    raise ValueError(f"a property of {node.path} is longer than the file")
                node.properties[self._text(self._strings + name_at)] = self._data[self._at : self._at + size]
                self._skip(size)
            elif token == _BEGIN_NODE:
                raise ValueError(f"its nodes are nested deeper than {_DEEPEST}")
            elif token != _NOP:
                raise ValueError(f"at 0x{here:x} there is 0x{token:x} where a node or property should begin or end")

    def reservations(self) -> Iterator[tuple[int, int]]:
        for at in range(self._reserved, len(self._data) - 15, 16):
            address, size = struct.unpack_from(">2Q", self._data, at)
            if address == size == 0:
                return
            yield address, size
        raise ValueError("its memory reservations do not end")

    def _word(self) -> int:
        if self._at + 4 > len(self._data):
            raise ValueError("it ends within a node")
        (word,) = struct.unpack_from(">I", self._data, self._at)
        self._at += 4
        return int(word)

    def _skip(self, size: int) -> None:
        self._at = (self._at + size + 3) & ~3

    def _text(self, at: int) -> str:
        end = self._data.find(b"\0", at)
        if end < 0:
            raise ValueError(f"at 0x{at:x} a name does not end")
        return self._data[at:end].decode("ascii", "backslashreplace")
