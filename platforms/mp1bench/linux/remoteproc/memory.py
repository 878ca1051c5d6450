"""Where a remote processor's memory is: address ranges, carve-outs, and the resource table that both sides know.

"da" is an address as the M4 sees it, "pa" the A7's address of the same byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mp1bench.engine import Engine
from mp1bench.errors import BusError
from mp1bench.linux.errno import KernelFaultError
from mp1bench.linux.kernel.vsprintf import signed

PAGE = 4096
_WORD = 0xFFFFFFFF

#: The end of the DK boards' DDR, from which Linux serves carve-outs that the device tree does not reserve.
DDR_POOL, _DDR_END = 0xDF000000, 0xE0000000


def pages(size: int) -> int:
    """PAGE_ALIGN, in 32 bits."""
    return (size + PAGE - 1) & ~(PAGE - 1) & _WORD


@dataclass(frozen=True)
class DmaRange:
    """One line of `dma-ranges`: [da, da + size) of the M4 is [pa, pa + size) of the A7."""

    da: int
    pa: int
    size: int


@dataclass(eq=False)
class MemoryEntry:
    """A piece of memory set apart (struct rproc_mem_entry).

    `reserved` is one of the device tree's, `pool` the one that buffers come from, which nobody maps, and `ring` one
    that a ring wants and the device tree does not reserve. `entry` is the offset of the table's entry that asks for it.
    """

    name: str
    da: int
    pa: int
    size: int
    reserved: bool = False
    pool: bool = False
    ring: bool = False
    mapped: bool = False
    node: str = ""  # what is reserved, as the device tree calls it
    entry: int | None = None

    def offset_of(self, da: int, size: int) -> int | None:
        """Where [da, da + size) begins in it. Linux adds in 32 bits, so that a huge size may pass."""
        offset = signed(da - self.da & _WORD)
        inside = self.mapped and offset >= 0 and (offset + size) & _WORD <= self.size
        return offset if inside else None


class DmaPool:
    """Linux's own DDR for carve-outs (dma_alloc_coherent). It is no memory of this machine: the M4 does not see it."""

    def __init__(self) -> None:
        self._taken: dict[int, int] = {}

    def allocate(self, size: int) -> int | None:
        """Address of so many bytes, or None if there are not as many in one piece."""
        size = pages(size)
        address = DDR_POOL
        for taken, length in sorted(self._taken.items()):
            if address + size <= taken:
                break
            address = taken + length
        if not size or address + size > _DDR_END:
            return None
        self._taken[address] = size
        return address

    def free(self, address: int) -> None:
        """Give it back."""
        del self._taken[address]


class Table:
    """A resource table: Linux's copy, or the one in the M4's memory (`address`) while the M4 runs with it.

    `clean` is what an M4 that was attached to had there before.
    """

    def __init__(self, engine: Engine, data: bytes, address: int | None = None) -> None:
        self.size = len(data)
        self.address = address
        self.clean = data
        self._engine = engine
        self._copy = bytearray(data)

    def install(self, address: int) -> None:
        """Write the copy to where the firmware reads it, and work on that from now on."""
        self._engine.write_bytes(address, bytes(self._copy))
        self.address = address

    def withdraw(self, *, attached: bool = False, restore: bool = False) -> None:
        """Work on the copy again; of a table that was `attached` to, it is made now. `restore` cleans the M4's."""
        if attached and self.address is not None:
            self._copy = bytearray(self.data())
            if restore:
                self._engine.write_bytes(self.address, self.clean)
        self.address = None

    def data(self) -> bytes:
        """All of it as it is now."""
        return bytes(self._copy) if self.address is None else self._engine.read_bytes(self.address, self.size)

    def slice(self, offset: int, size: int) -> bytes:
        """Some of it, and of what lies behind it: the kernel's own readers do not look where it ends."""
        if self.address is None:
            return bytes(self._copy[offset : offset + size]).ljust(size, b"\0")
        try:
            return self._engine.read_bytes(self.address + offset, size)
        except BusError:
            raise KernelFaultError("a page fault behind the resource table", "rproc_rsc_table_show") from None

    def offsets(self) -> Iterator[int]:
        """Where its entries are, as it says now: what is wrong with it was said when it was loaded."""
        for n in range(self.read(4)):
            yield self.read(16 + 4 * n)

    def read(self, offset: int, width: int = 4) -> int:
        return int.from_bytes(self.slice(offset, width), "little")

    def write(self, offset: int, width: int, value: int) -> None:
        data = value.to_bytes(width, "little")
        if self.address is not None:
            self._engine.write_bytes(self.address + offset, data)
        else:
            self._copy[offset : offset + width] = data
