"""Where a remote processor's memory is: address ranges, reserved regions, and its resource table.

"da" is an address as the M4 sees it, "pa" the A7's address of the same byte.
"""

from __future__ import annotations

from dataclasses import dataclass

from mp1bench.engine import Engine


@dataclass(frozen=True)
class DmaRange:
    """One line of `dma-ranges`: [da, da + size) of the M4 is [pa, pa + size) of the A7."""

    da: int
    pa: int
    size: int


@dataclass(frozen=True)
class MemoryRegion:
    """A reserved-memory node, as both sides see it."""

    name: str
    da: int
    pa: int
    size: int


class Table:
    """A resource table: Linux's own copy, or from the start on the one in the M4's memory (`address`)."""

    def __init__(self, engine: Engine, data: bytes) -> None:
        self.address: int | None = None
        self._engine = engine
        self._copy = bytearray(data)

    def install(self, address: int) -> None:
        """Write the copy to where the firmware reads it, and work on that from now on."""
        self._engine.write_bytes(address, bytes(self._copy))
        self.address = address

    def read(self, offset: int, width: int = 4) -> int:
        if self.address is not None:
            return self._engine.read(self.address + offset, width)
        return int.from_bytes(self._copy[offset : offset + width], "little")

    def write(self, offset: int, width: int, value: int) -> None:
        if self.address is not None:
            self._engine.write(self.address + offset, value, width)
        else:
            self._copy[offset : offset + width] = value.to_bytes(width, "little")
