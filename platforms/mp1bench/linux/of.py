"""Device-tree nodes as drivers read them (drivers/of): properties, cells, references to other nodes.

Where a tree comes from is `devicetree.py`'s business. A property that is absent reads as None or empty: whether that is
an error is the driver's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Reference(NamedTuple):
    """One entry of a phandle list: the node it names (None for an empty entry) and the cells behind it."""

    node: Node | None
    cells: tuple[int, ...]


class Node:
    """One node. `references` are the properties that hold phandle lists, resolved; the others are bytes."""

    def __init__(
        self,
        name: str,
        parent: Node | None = None,
        *,
        properties: Mapping[str, bytes] | None = None,
        references: Mapping[str, Sequence[Reference]] | None = None,
    ) -> None:
        self.name = name
        self.parent = parent
        self.children: list[Node] = []
        self.properties = dict(properties or {})
        self._references = {key: list(value) for key, value in (references or {}).items()}
        if parent is not None:
            parent.children.append(self)

    @property
    def path(self) -> str:
        """From the root, as in /soc/mailbox@4c001000."""
        return "/" if self.parent is None else f"{self.parent.path.rstrip('/')}/{self.name}"

    @property
    def base_name(self) -> str:
        """The name without the address behind the @."""
        return self.name.partition("@")[0]

    def __repr__(self) -> str:
        return f"<{self.path}>"

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the tree's order."""
        yield self
        for child in self.children:
            yield from child.walk()

    # -- properties -------------------------------------------------------------------------------------------

    @property
    def enabled(self) -> bool:
        """`status` is absent, "okay" or "ok"."""
        return (self.strings("status") or ["okay"])[0] in ("okay", "ok")

    @property
    def reserved_memory(self) -> bool:
        """Is it memory set apart? Only enabled nodes below /reserved-memory are (of_reserved_mem_lookup)."""
        return self.enabled and self.parent is not None and self.parent.path == "/reserved-memory"

    @property
    def compatible(self) -> list[str]:
        """What the node says it is, the most specific first."""
        return self.strings("compatible")

    def has(self, name: str) -> bool:
        """Is the property there, whatever it holds?"""
        return name in self.properties or name in self._references

    def strings(self, name: str) -> list[str]:
        """A list of texts."""
        data = self.properties.get(name, b"")
        return [part.decode("ascii", "backslashreplace") for part in data.split(b"\0")[:-1]]

    def cells(self, name: str) -> list[int]:
        """A list of 32-bit numbers."""
        data = self.properties.get(name, b"")
        return [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data) - 3, 4)]

    def cell(self, name: str) -> int | None:
        """The first 32-bit number, or None."""
        return next(iter(self.cells(name)), None)

    def refer(self, name: str, references: Sequence[Reference]) -> None:
        """Set what a phandle list leads to."""
        self._references[name] = list(references)

    def references(self, name: str) -> list[Reference]:
        """A phandle list such as `mboxes` or `clocks`; empty if the property is absent."""
        return self._references.get(name, [])

    # -- addresses --------------------------------------------------------------------------------------------

    @property
    def reg(self) -> list[tuple[int, int]]:
        """`reg` as (address, size), by the parent's #address-cells and #size-cells, not translated."""
        cells, (address_cells, size_cells) = self.cells("reg"), self._widths()
        return [(address, size) for address, size in _rows(cells, (address_cells, size_cells))]

    def ranges(self, name: str) -> list[tuple[int, int, int]]:
        """`ranges` or `dma-ranges` as (address below this node, address above it, size)."""
        address_cells, size_cells = self._widths_below()
        above, _ = self._widths()
        return [(low, high, size) for low, high, size in _rows(self.cells(name), (address_cells, above, size_cells))]

    def address(self, index: int = 0) -> int | None:
        """The processor's address of an entry of `reg`, through every bus's `ranges`; None if there is none."""
        if index >= len(self.reg):
            return None
        address, bus = self.reg[index][0], self.parent
        while bus is not None and bus.parent is not None:
            if not bus.has("ranges"):
                return None
            if bus.properties.get("ranges"):
                windows = [
                    high + address - low for low, high, size in bus.ranges("ranges") if 0 <= address - low < size
                ]
                if not windows:
                    return None
                address = windows[0]
            bus = bus.parent
        return address

    def _widths(self) -> tuple[int, int]:
        return (self.parent or self)._widths_below()

    def _widths_below(self) -> tuple[int, int]:
        return self._inherited("#address-cells"), self._inherited("#size-cells")

    def _inherited(self, name: str) -> int:
        """A number of cells of this node or of the nearest above that says one, else 1 (of_n_addr_cells)."""
        own = self.cell(name)
        if own is not None:
            return own
        return 1 if self.parent is None else self.parent._inherited(name)


def _rows(cells: Sequence[int], widths: Sequence[int]) -> Iterator[list[int]]:
    """Cells cut into rows of numbers that take `widths` cells each."""
    step = sum(widths)
    for start in range(0, len(cells) - step + 1, step or 1):
        row, at = [], start
        for width in widths:
            row.append(_join(cells[at : at + width]))
            at += width
        yield row


def _join(cells: Sequence[int]) -> int:
    value = 0
    for cell in cells:
        value = value << 32 | cell
    return value
