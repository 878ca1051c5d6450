"""Reads a device tree into nodes: a .dts with the library `devicetree`, or a compiled .dtb.

It does not judge a tree; what is wrong with a node is said by the driver that reads it. A phandle is a number in both
forms, so both lists of phandles are taken apart by the `#…-cells` of the nodes that they name.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

from devicetree import dtlib

from mp1bench.errors import PlatformError
from mp1bench.linux.fdt import MAGIC, read_blob
from mp1bench.linux.of import Node, Reference
from mp1bench.shipped import default_device_tree

#: Properties that hold phandles, and which property of the node behind one says how many cells follow it.
_CELLS = {
    "mboxes": "#mbox-cells",
    "clocks": "#clock-cells",
    "resets": "#reset-cells",
    "interrupts-extended": "#interrupt-cells",
}
#: Those whose number of cells is fixed, by the beginning of their name.
_FIXED = {"memory-region": 0, "st,syscfg-": 2}

_PREPROCESS = (
    " This is for the C preprocessor; give the text that it makes (cpp -nostdinc -x assembler-with-cpp), or a .dtb."
)


@cache
def default_tree(ipcc: int | None = None) -> Node:
    """The tree that comes with the bench, as it is or for a machine whose IPCC is at the address `ipcc`."""
    root = read_tree(default_device_tree())
    if ipcc is not None:
        (node,) = [node for node in root.walk() if "st,stm32mp1-ipcc" in node.compatible]
        node.properties["reg"] = struct.pack(">II", ipcc, node.reg[0][1])
    return root


def read_tree(path: str | Path) -> Node:
    """The root of the tree in a file. PlatformError with file and line if it cannot be read."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error).lower()
        raise PlatformError(f"the device tree {path} cannot be read: {why}.") from error
    root = read_blob(data, path) if data.startswith(MAGIC) else _read_source(data, path)
    _resolve(root)
    return root


def _read_source(data: bytes, path: Path) -> Node:
    try:
        data.decode()
        # What the bench brings along can be /include/d from anywhere.
        return _convert(dtlib.DT(str(path), [str(default_device_tree().parent)]).root, None)
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


# -- phandles -------------------------------------------------------------------------------------------------


def _resolve(root: Node) -> None:
    """Follow every phandle of the tree."""
    nodes = list(root.walk())
    by_phandle = {phandle: node for node in nodes if (phandle := node.cell("phandle"))}
    for node in nodes:
        for name in node.properties:
            count = _cell_count(name)
            if count is not None:
                node.refer(name, _references(node.cells(name), by_phandle, count))
        if "interrupts" in node.properties:
            parent = _interrupt_parent(node, by_phandle)
            width = (parent and parent.cell("#interrupt-cells")) or 0
            cells = node.cells("interrupts")
            rows = [tuple(cells[at : at + width]) for at in range(0, len(cells) - width + 1, width)] if width else []
            node.refer("interrupts", [Reference(parent, row) for row in rows])


def _cell_count(name: str) -> Callable[[Node], int | None] | None:
    """How many cells follow a phandle in this property; None if it holds no phandles."""
    if name in _CELLS:
        return lambda node: node.cell(_CELLS[name])
    fixed = next((count for start, count in _FIXED.items() if name.startswith(start)), None)
    return None if fixed is None else lambda node: fixed


def _references(cells: list[int], by_phandle: dict[int, Node], count: Callable[[Node], int | None]) -> list[Reference]:
    """The entries of a list up to the first that cannot be followed; 0 is an empty entry."""
    found, at = [], 0
    while at < len(cells):
        node = by_phandle.get(cells[at])
        width = 0 if node is None else count(node)
        at += 1
        if (node is None and cells[at - 1] != 0) or width is None or at + width > len(cells):
            break
        found.append(Reference(node, tuple(cells[at : at + width])))
        at += width
    return found


def _interrupt_parent(node: Node, by_phandle: dict[int, Node]) -> Node | None:
    """The controller that `interrupts` speaks to: the nearest `interrupt-parent`, or controller, above."""
    above: Node | None = node
    while above is not None:
        phandle = above.cell("interrupt-parent")
        if phandle is not None:
            return by_phandle.get(phandle)
        above = above.parent
        if above is not None and above.has("interrupt-controller"):
            return above
    return None
