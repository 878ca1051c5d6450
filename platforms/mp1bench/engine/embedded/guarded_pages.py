"""Pages of RAM whose every load and store by the M4 is reported before it happens.

Such a page is mapped as callbacks over the same bytes. It executes no code: the library refuses to fetch from it
(`UC_MEM_FETCH_PROT`). Stacking, the host and DMA do not come through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from mp1bench.engine.embedded.unicorn_library import Unicorn
from mp1bench.engine.machine import Memory

PAGE = 0x1000

#: `look(address, width, op)`, op "R" or "W". It must not raise.
Look: TypeAlias = Callable[[int, int, str], None]


class GuardedPages:
    """Which pages are guarded; the rest is plain memory. A page has all the addresses of its memory."""

    def __init__(self, library: Unicorn, memories: list[Memory], look: Look) -> None:
        self._library = library
        self._memories = memories
        self._look = look
        self._guarded: dict[str, frozenset[int]] = {}  # by memory: the pages, counted from its start

    def guard(self, ranges: Iterable[tuple[int, int]]) -> bool:
        """Guard the pages that [address, address + size) touch, and no others. Between two slices only.

        True if anything has changed: translated code is stale then.
        """
        ranges = list(ranges)
        changed = False
        for memory in self._memories:
            pages = frozenset(page for base in memory.addresses for page in _pages(memory, base, ranges))
            if pages != self._guarded.get(memory.name, frozenset()):
                self._guarded[memory.name] = pages
                self._map(memory, pages)
                changed = True
        return changed

    def guarded(self, address: int) -> bool:
        """Whether the page of an address is guarded."""
        offsets = ((m.name, m.offset_of(address)) for m in self._memories)
        return any(offset is not None and offset // PAGE in self._guarded.get(name, ()) for name, offset in offsets)

    def _map(self, memory: Memory, pages: frozenset[int]) -> None:
        for base in memory.addresses:
            self._library.unmap(base, memory.size)
            for first, end, guarded in _stretches(memory.size // PAGE, pages):
                start, size = first * PAGE, (end - first) * PAGE
                if guarded:
                    self._library.map_mmio(base + start, size, *self._callbacks(memory, base, start))
                else:
                    self._library.map_memory(base + start, memory.buffer, start, size)

    def _callbacks(self, memory: Memory, base: int, start: int) -> tuple[Callable[..., int], Callable[..., None]]:
        view, look = memory.view, self._look

        def read(uc: object, offset: int, width: int, user: object) -> int:
            at = start + offset
            look(base + at, width, "R")
            return int.from_bytes(view[at : at + width], "little")

        def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
            at = start + offset
            look(base + at, width, "W")
            view[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")

        return read, write


def _pages(memory: Memory, base: int, ranges: list[tuple[int, int]]) -> Iterator[int]:
    """The pages of a memory's window at `base` that the ranges touch."""
    for address, size in ranges:
        first, last = max(address, base) - base, min(address + size, base + memory.size) - 1 - base
        if first <= last:
            yield from range(first // PAGE, last // PAGE + 1)


def _stretches(count: int, guarded: frozenset[int]) -> Iterator[tuple[int, int, bool]]:
    """`count` pages as (first, end, whether guarded) of neighbours that are alike."""
    first = 0
    for page in range(1, count + 1):
        if page == count or (page in guarded) != (first in guarded):
            yield first, page, first in guarded
            first = page
