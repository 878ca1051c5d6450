"""How many instructions a slice has executed, exactly, and how to end it after the current one.

Two ways with the same results: `FastCounter` reads the library's own counter, which has no public interface,
`PublicCounter` counts in a code hook and is some forty times slower (embedded-engine.md §5).
"""

from __future__ import annotations

import ctypes
from typing import Protocol

from unicorn import unicorn_const

from mp1bench.engine.embedded.private_fields import PcPlace, private_fields
from mp1bench.engine.embedded.unicorn_library import CODE_CALLBACK, NOWHERE, Unicorn
from mp1bench.errors import EngineMissingError, UsageError


class Cell(Protocol):
    """Where a number can be read, the cheapest way there is: `cell[0]`."""

    def __getitem__(self, index: int, /) -> int: ...


class FetchedPc:
    """The program counter through the public interface."""

    def __init__(self, library: Unicorn) -> None:
        self._fetch = library.pc

    def __getitem__(self, index: int) -> int:
        return self._fetch()


class Counter(Protocol):
    """Counts one slice at a time."""

    name: str

    @property
    def cell(self) -> Cell:
        """Its first item: instructions begun in this slice, the one under way included."""

    @property
    def pc(self) -> Cell:
        """Its first item: the address of the instruction under way."""

    def start(self, pc: int, count: int) -> int:
        """Run at most `count` (> 0) instructions from `pc`. Returns the library's error number."""

    def cut(self, limit: int | None = None) -> None:
        """End the slice after `limit` instructions in all, or after the one under way. Legal inside an access."""

    def executed(self) -> int:
        """After the slice: how many instructions were executed."""


class FastCounter:
    """Reads and lowers the library's private pair (counter, limit), and reads its PC where that was found too."""

    name = "fast"

    def __init__(self, library: Unicorn, offset: int, pc: PcPlace | None) -> None:
        self._library = library
        pair = (ctypes.c_uint64 * 2).from_address(library.handle + offset)
        self._pair = memoryview(pair).cast("B").cast("Q")
        self.cell: Cell = self._pair
        self.pc: Cell = FetchedPc(library)
        if pc is not None:
            word = ctypes.c_uint32.from_address(pc.address(library))
            self.pc = memoryview(word).cast("B").cast("I")

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
        self.cell: Cell = self._count
        self.pc: Cell = FetchedPc(library)
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


def make_counter(library: Unicorn, mode: str) -> Counter:
    """`fast`, `public`, or `auto` (fast where the library allows it)."""
    if mode not in ("auto", "fast", "public"):
        raise UsageError(f"counter {mode!r} is unknown; choose auto, fast or public.")
    if mode != "public":
        fields = private_fields()
        if fields.counter is not None:
            return FastCounter(library, fields.counter, fields.pc)
    if mode == "fast":
        raise EngineMissingError(
            "the fast instruction counter does not work with this Unicorn release; use `auto` or `public`."
        )
    return PublicCounter(library)
