"""How many instructions a slice has executed, exactly, and how to end it after the current one.

Two ways with the same results: `FastCounter` reads the library's own counter, which has no public interface,
`PublicCounter` counts in a code hook and is some forty times slower (embedded-engine.md §5).
"""

from __future__ import annotations

import ctypes
import functools
import mmap
from collections.abc import Sequence
from typing import Protocol

from unicorn import unicorn_const

from mp1bench.engine.embedded.unicorn_library import CODE_CALLBACK, Unicorn
from mp1bench.errors import EngineMissingError, UsageError

#: Where a slice would end by address; nothing can be executed there (private peripheral bus).
NOWHERE = 0xE0000002
_STRUCT_BYTES = 4096
_NOP = b"\x00\xbf"


class Counter(Protocol):
    """Counts one slice at a time."""

    name: str

    @property
    def cell(self) -> Sequence[int]:
        """Its first item: instructions begun in this slice, the one under way included."""

    def start(self, pc: int, count: int) -> int:
        """Run at most `count` (> 0) instructions from `pc`. Returns the library's error number."""

    def cut(self, limit: int | None = None) -> None:
        """End the slice after `limit` instructions in all, or after the one under way. Legal inside an access."""

    def executed(self) -> int:
        """After the slice: how many instructions were executed."""


class FastCounter:
    """Reads and lowers the library's private pair (counter, limit)."""

    name = "fast"

    def __init__(self, library: Unicorn, offset: int) -> None:
        assert library.handle is not None
        self._library = library
        pair = (ctypes.c_uint64 * 2).from_address(library.handle + offset)
        self._pair = memoryview(pair).cast("B").cast("Q")
        self.cell: Sequence[int] = self._pair

    def start(self, pc: int, count: int) -> int:
        return self._library.start(pc, NOWHERE, count)

    def cut(self, limit: int | None = None) -> None:
        self._pair[1] = min(self._pair[1], max(self._pair[0], limit or 0))

    def executed(self) -> int:
        count, limit = self._pair
        return count - 1 if count > limit else count


class PublicCounter:
    """Counts in a hook on every instruction, through the public interface alone."""

    name = "public"

    def __init__(self, library: Unicorn) -> None:
        self._library = library
        self._count = [0]
        self.cell: Sequence[int] = self._count
        self._limit = 0
        library.hook(unicorn_const.UC_HOOK_CODE, CODE_CALLBACK(self._before_instruction))

    def _before_instruction(self, uc: int, address: int, size: int, user: int) -> None:
        self._count[0] += 1
        if self._count[0] > self._limit:
            self._library.stop()

    def start(self, pc: int, count: int) -> int:
        self._count[0], self._limit = 0, count
        return self._library.start(pc, NOWHERE, 0)

    def cut(self, limit: int | None = None) -> None:
        self._limit = min(self._limit, max(self._count[0], limit or 0))

    def executed(self) -> int:
        return self._count[0] - 1 if self._count[0] > self._limit else self._count[0]


@functools.cache
def private_offset() -> int | None:
    """Where the library keeps (counter, limit), found by running a few NOPs; None unless exactly one place fits."""
    library = Unicorn()
    code = mmap.mmap(-1, 0x1000)
    code.write(_NOP * (len(code) // 2))
    library.map_memory(0, code, 0, len(code))
    assert library.handle is not None
    found = set(range(0, _STRUCT_BYTES - 8, 8))
    for count in (37, 101, 173):
        library.start(0, NOWHERE, count)
        raw = ctypes.string_at(library.handle, _STRUCT_BYTES)
        pair = (count + 1).to_bytes(8, "little") + count.to_bytes(8, "little")
        found = {offset for offset in found if raw[offset : offset + 16] == pair}
    library.close()
    return found.pop() if len(found) == 1 else None


def make_counter(library: Unicorn, mode: str) -> Counter:
    """`fast`, `public`, or `auto` (fast where the library allows it)."""
    if mode not in ("auto", "fast", "public"):
        raise UsageError(f"counter {mode!r} is unknown; choose auto, fast or public.")
    offset = None if mode == "public" else private_offset()
    if offset is not None:
        return FastCounter(library, offset)
    if mode == "fast":
        raise EngineMissingError(
            "the fast instruction counter does not work with this Unicorn release; use `auto` or `public`."
        )
    return PublicCounter(library)
