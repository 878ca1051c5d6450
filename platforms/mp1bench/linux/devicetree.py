"""Reads a device tree into nodes, and follows the phandles in it: text (`dts.py`), or a compiled one (`fdt.py`).

It does not judge a tree; what is wrong with a node is said by the driver that reads it. A phandle is a number in both
forms, so both lists of phandles are taken apart by the `#…-cells` of the nodes that they name.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

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


@cache
def default_tree(ipcc: int | None = None, name: str = "stm32mp157.dts") -> Node:
    """A tree that comes with the bench, by its name, as it is or for a machine whose IPCC is at the address `ipcc`."""
    root = read_tree(default_device_tree(name))
    if ipcc is not None:
        (node,) = [node for node in root.walk() if "st,stm32mp1-ipcc" in node.compatible]
        node.properties["reg"] = struct.pack(">II", ipcc, node.reg[0][1])
    return root


def read_tree(path: str | Path) -> Node:
    """The root of the tree in a file. PlatformError with file and line if it cannot be read."""
    if not isinstance(path, str | Path):
        raise PlatformError(f"a device tree is the path of a file, not {path!r}.")
    path = Path(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error).lower()
        raise PlatformError(f"the device tree {path} cannot be read: {why}.") from error
    root = read_blob(data, path) if data.startswith(MAGIC) else _read_text(data, path)
    _resolve(root)
    return root


def _read_text(data: bytes, path: Path) -> Node:
    try:
        from mp1bench.linux.dts import read_text  # here, because only this needs its library
    except ModuleNotFoundError as missing:
        raise PlatformError(
            f"to read {path} takes the package devicetree, which is not installed: pip install devicetree."
        ) from missing
    return read_text(data, path)


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
