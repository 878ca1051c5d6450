"""What answers where on the M4's bus: each device's window, and the gaps of the peripheral region between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from mp1bench.engine.machine import Memory, Place
from stm32mp1.memory_map import PERIPHERALS

_PAGE = 0x1000


class Answers(Protocol):
    """What a device is to the bus."""

    @property
    def TRACED(self) -> bool:  # noqa: N802  # as the devices have it
        """Its accesses are shown on the trace."""

    def read(self, offset: int, width: int) -> int:
        """The value there."""

    def write(self, offset: int, value: int, width: int) -> None:
        """Change it."""


class CoreUnit:
    """A unit of the core's own that Renode does not have, as the embedded engine has it. No trace shows it."""

    TRACED = False

    def __init__(self, read_word: Callable[[int], int], write: Callable[[int, int, int], None]) -> None:
        self._read_word = read_word
        self.write = write

    def read(self, offset: int, width: int) -> int:
        """Of one, two or four bytes, from a unit that gives words."""
        return self._read_word(offset & ~3) >> 8 * (offset & 3) & (1 << 8 * width) - 1


class Window(NamedTuple):
    """A stretch of the bus. `device` answers there; None: the platform has nothing."""

    name: str
    address: int
    size: int
    device: Answers | None


def windows(places: Sequence[Place], memories: Sequence[Memory]) -> Iterator[Window]:
    """All devices, and all gaps. A device that begins a page and has it for itself answers to the page's end."""
    places = sorted(places, key=lambda place: place.address)
    taken = [(address, address + memory.size) for memory in memories for address in memory.addresses]
    for place, following in zip(places, [*places[1:], None], strict=False):
        end = place.address + place.size
        page_end = -(-end // _PAGE) * _PAGE
        if place.address % _PAGE == 0 and (following is None or following.address >= page_end):
            end = page_end
        taken.append((place.address, end))
        yield Window(place.name, place.address, end - place.address, place.device)
    for at, size in _between(taken, *PERIPHERALS):
        yield Window(f"absent_{at:08x}", at, size, None)


def outside(memories: Sequence[Memory]) -> Iterator[tuple[int, int]]:
    """Where no memory is: addresses and sizes."""
    taken = [(address, address + memory.size) for memory in memories for address in memory.addresses]
    yield from _between(taken, 0, 1 << 32)


def _between(taken: Sequence[tuple[int, int]], at: int, last: int) -> Iterator[tuple[int, int]]:
    """The gaps from `at` to `last`: addresses and sizes."""
    for first, end in [*sorted(taken), (last, last)]:
        if at < min(first, last):
            yield at, min(first, last) - at
        at = max(at, end)
