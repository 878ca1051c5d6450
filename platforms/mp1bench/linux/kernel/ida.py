"""Numbers for things (lib/idr.c): the lowest that is free, until there are no more."""

from __future__ import annotations

from typing import Generic, TypeVar

from mp1bench.linux.errno import Errno

T = TypeVar("T")

_INT_MAX = 0x7FFFFFFF


class Ida:
    """Hands out numbers below `limit` (None: all there are)."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._taken: set[int] = set()

    @property
    def lowest(self) -> int:
        """The lowest free number."""
        number = 0
        while number in self._taken:
            number += 1
        return number

    def alloc(self) -> int:
        """The lowest free number, or -ENOSPC."""
        number = self.lowest
        if number == self._limit:
            return -Errno.ENOSPC
        self._taken.add(number)
        return number

    def free(self, number: int) -> None:
        """Take a number back."""
        self._taken.discard(number)


class Idr(Generic[T]):
    """Things by number, which Linux keeps in an `int`."""

    def __init__(self) -> None:
        self._things: dict[int, T] = {}

    def alloc(self, thing: T, start: int, end: int = _INT_MAX + 1) -> int:
        """Put a thing at the lowest free number from `start` below `end`. That, -ENOSPC, or -EINVAL for no int."""
        if start > _INT_MAX:
            return -Errno.EINVAL
        number = start
        while number in self._things:
            number += 1
        if number >= end:
            return -Errno.ENOSPC
        self._things[number] = thing
        return number

    def find(self, number: int) -> T | None:
        """What is there, or None."""
        return self._things.get(number)

    def remove(self, number: int) -> None:
        """Take it away, if there is any."""
        self._things.pop(number, None)
