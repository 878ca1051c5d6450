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

    def references(self, name: str) -> list[Reference]:
        """A phandle list such as `mboxes` or `clocks`; empty if the property is absent."""
        return self._references.get(name, [])

    # -- addresses --------------------------------------------------------------------------------------------

    @property
    def reg(self) -> list[tuple[int, int]]:
        """`reg` as (address, size), by the parent's #address-cells and #size-cells, not translated."""
        cells, (address_cells, size_cells) = self.cells("reg"), self._widths()
        step = address_cells + size_cells
        return [
            (_join(cells[at : at + address_cells]), _join(cells[at + address_cells : at + step]))
            for at in range(0, len(cells) - step + 1, step)
        ]

    def _widths(self) -> tuple[int, int]:
        above = self.parent
        address = None if above is None else above.cell("#address-cells")
        size = None if above is None else above.cell("#size-cells")
        return (2 if address is None else address), (1 if size is None else size)


def _join(cells: Sequence[int]) -> int:
    value = 0
    for cell in cells:
        value = value << 32 | cell
    return value
