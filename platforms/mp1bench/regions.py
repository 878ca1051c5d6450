"""The RAMs that images may be loaded into, and where in them an address lies. They hold no bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Region(NamedTuple):
    """One RAM that images may be loaded into, with all the addresses at which the M4 sees it."""

    name: str
    addresses: tuple[int, ...]
    size: int

    def offset_of(self, address: int, size: int = 1) -> int | None:
        """Offset of [address, address + size) in this RAM, or None if it is not wholly inside one window."""
        for base in self.addresses:
            if base <= address and address + size <= base + self.size:
                return address - base
        return None


#: What an STM32MP15 has (m4-platform.md §1).
MP1_REGIONS = (
    Region("RETRAM", (0x00000000, 0x38000000), 64 << 10),
    Region("MCUSRAM", (0x10000000, 0x30000000), 384 << 10),
)


def locate(regions: Sequence[Region], address: int, size: int = 1) -> tuple[str, int] | None:
    """The RAM that wholly holds [address, address + size), and the offset in it; None if there is none."""
    for region in regions:
        offset = region.offset_of(address, size)
        if offset is not None:
            return region.name, offset
    return None
