"""RAM without a machine: pieces of bytes, found by any of their addresses. What no piece covers is zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mp1bench.image import Image
from mp1bench.regions import MP1_REGIONS, Region, locate


class Piece(NamedTuple):
    """Bytes at an offset of the RAM of that name."""

    ram: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class StoredMemory:
    """RAMs and what they hold. Where pieces overlap, the last one counts."""

    regions: tuple[Region, ...]
    pieces: Sequence[Piece]

    def read(self, address: int, size: int) -> bytes | None:
        """What lies there, or None if that is not in one RAM."""
        place = locate(self.regions, address, size)
        if place is None:
            return None
        name, first = place
        found = bytearray(size)
        for ram, offset, data in self.pieces:
            start, end = max(first, offset), min(first + size, offset + len(data))
            if ram == name and start < end:
                found[start - first : end - first] = data[start - offset : end - offset]
        return bytes(found)


def at_rest(image: Image) -> StoredMemory:
    """Memory with the image loaded and its resource table where it expects it, before anybody has started it."""
    loaded = [(segment.physical, segment.data) for segment in image.segments]
    if image.resource_table is not None:
        loaded.append((image.resource_table.address, image.resource_table.data))
    places = [(locate(MP1_REGIONS, address, len(data)), data) for address, data in loaded]
    return StoredMemory(MP1_REGIONS, [Piece(*place, data) for place, data in places if place is not None])
