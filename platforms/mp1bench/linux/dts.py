"""Reads the text of a device tree, a .dts, into nodes, or compiles it, with the library `devicetree`.

It leaves phandles as the numbers that the library gives them, and knows no C preprocessor.
"""

from __future__ import annotations

import re
from pathlib import Path

from devicetree import dtlib

from mp1bench.errors import PlatformError
from mp1bench.linux.fdt import write_blob
from mp1bench.linux.of import Node
from mp1bench.shipped import default_device_tree

_DEEPEST = 32
_PREPROCESS = (
    " This is for the C preprocessor; give the text that it makes (cpp -nostdinc -x assembler-with-cpp), or a .dtb."
)


def read_text(data: bytes, path: Path) -> Node:
    """The root of the tree in `data`, the contents of `path`. PlatformError with file and line if it cannot be read."""
    return _parse(data, path)[0]


def compile_text(data: bytes, path: Path) -> bytes:
    """The tree in `data`, the contents of `path`, as a .dtb. PlatformError as `read_text`."""
    root, reserved = _parse(data, path)
    if any(number >> 64 for entry in reserved for number in entry):  # the library lets it pass
        raise PlatformError(f"{path}: a number of a /memreserve/ does not fit in 64 bits.")
    return write_blob(root, reserved)


class _Text(dtlib.DT):  # type: ignore[misc]
    """A tree's text. The library alone reads files that /include/ each other by relative paths until memory ends."""

    def _enter_file(self, filename: str) -> None:
        if len(self._filestack) == _DEEPEST:
            self._parse_error("recursive /include/")
        super()._enter_file(filename)


def _parse(data: bytes, path: Path) -> tuple[Node, list[tuple[int, int]]]:
    """The root, and the memory reservations."""
    try:
        data.decode()
        # What the bench brings along can be /include/d from anywhere.
        tree = _Text(str(path), [str(default_device_tree().parent)])
        return _convert(tree.root, None), [(address, size) for _, address, size in tree.memreserves]
    except UnicodeDecodeError as error:
        raise PlatformError(
            f"{path} is neither a device tree's text nor a compiled one (.dtb): its byte {error.start} is"
            f" 0x{error.object[error.start]:02X}."
        ) from error
    except RecursionError as error:
        raise PlatformError(f"{path}: this device tree is nested too deeply.") from error
    except (dtlib.DTError, OSError) as error:
        raise PlatformError(_sentence(str(error), data.decode("utf-8"), path)) from error
    except (ValueError, OverflowError, MemoryError) as error:
        small = isinstance(error, ValueError) and "limit" not in str(error)  # Python's, for the digits that it prints
        why = str(error) if small else "it is far too large"
        raise PlatformError(f"{path}: a number of this device tree is none: {why}.") from error
    except AttributeError as error:  # the library looks for a label in a tree that has no root yet
        raise PlatformError(f"{path}: a node is named by its label before there is a root node `/ {{ }};`.") from error


def _sentence(error: str, text: str, path: Path) -> str:
    """The library's complaint, with file and line; of a label that is missing it says no line."""
    error = " ".join(error.split()).rstrip(".:")
    place = re.match(r"(.*):(\d+) \(column (\d+)\): parse error: (.*)", error)
    if place is not None:
        file, line, column, what = place.groups()
        source = _line(Path(file), int(line))
        hint = _PREPROCESS if source.startswith("#") or re.match(r"[A-Z_]\w*", source[int(column) - 1 :]) else ""
        return f"{file}:{line}: {what}.{hint}"
    label = re.search(r"undefined node label '(.*?)'", error)
    before, used, _ = text.partition(f"&{label[1]}" if label else "\0")
    line = f":{before.count(chr(10)) + 1}" if used else ""
    return f"{path}{line}: {error}."


def _line(file: Path, number: int) -> str:
    try:
        return file.read_text(encoding="utf-8").splitlines()[number - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""


def _convert(source: dtlib.Node, parent: Node | None) -> Node:
    properties = {name: bytes(prop.value) for name, prop in source.props.items()}
    node = Node("/" if parent is None else source.name, parent, properties=properties)
    for child in source.nodes.values():
        _convert(child, node)
    return node
