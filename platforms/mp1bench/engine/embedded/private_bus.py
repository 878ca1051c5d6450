"""The M4's private peripheral bus, 0xE0000000–0xE00FFFFF: the System Control Space, DWT, ITM, and storage for the rest.

Nothing here is on the trace; who may use it is decided here, what a register does in `cortexm`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mp1bench.cortexm import scs
from mp1bench.engine.embedded.core import Core

START, END = 0xE0000000, 0xE0100000
_UNIT = 0x1000
_ITM, _DWT = 0xE0000000, 0xE0001000


class Unit(NamedTuple):
    """A stretch of the bus: `read(offset, width)` and `write(offset, width, value)` are the hardware's answers.

    `open_to_unprivileged(offset, writing)` says where thread mode without privilege gets no bus fault.
    """

    name: str
    start: int
    end: int
    read: Callable[[int, int], int]
    write: Callable[[int, int, int], None]
    open_to_unprivileged: Callable[[int, bool], bool] = lambda offset, writing: False


def units(core: Core) -> list[Unit]:
    """All of the bus, ascending."""
    space, dwt, itm = core.space, core.dwt, core.itm

    def write_space(offset: int, width: int, value: int) -> None:
        space.write(offset, value, width)
        dwt.catch_up()  # DEMCR.TRCENA is here
        core.protection.space_written(offset)
        core.cut()

    def write_dwt(offset: int, width: int, value: int) -> None:
        dwt.write(offset, value)

    def write_itm(offset: int, width: int, value: int) -> None:
        itm.write(offset, value, width)

    def open_space(offset: int, writing: bool) -> bool:
        return writing and space.open_to_unprivileged(offset)

    after = scs.BASE + scs.SIZE
    return [
        Unit("the ITM", _ITM, _ITM + _UNIT, _narrow(itm.read), write_itm, lambda offset, writing: True),
        Unit("the DWT", _DWT, _DWT + _UNIT, _narrow(dwt.read), write_dwt),
        _storage(core, "the FPB", _DWT + _UNIT, scs.BASE),
        Unit("the System Control Space", scs.BASE, after, space.read, write_space, open_space),
        _storage(core, "the TPIU", after, END),
    ]


def _narrow(read_word: Callable[[int], int]) -> Callable[[int, int], int]:
    """Reads of 1, 2 and 4 bytes from a unit that gives words."""
    return lambda offset, width: read_word(offset & ~3) >> 8 * (offset & 3) & (1 << 8 * width) - 1


def _storage(core: Core, name: str, start: int, end: int) -> Unit:
    def read(offset: int, width: int) -> int:
        return core.debug.get(start - START + offset, 0)

    def write(offset: int, width: int, value: int) -> None:
        core.debug[start - START + offset] = value

    return Unit(name, start, end, read, write)


def map_private(core: Core, fail: Callable[[BaseException, str], None]) -> None:
    """Map all of it once. `fail(error, access)` ends the run with an exception."""
    for unit in units(core):
        _map(core, unit, fail)


def _map(core: Core, unit: Unit, fail: Callable[[BaseException, str], None]) -> None:
    name, start, end, unit_read, unit_write, open_to_unprivileged = unit
    effort = core.effort

    def read(uc: object, offset: int, width: int, user: object) -> int:
        effort[0] += 1
        try:
            if core.unprivileged() and not open_to_unprivileged(offset, False):
                core.bus_fault(start + offset)
                return 0
            return unit_read(offset, width)
        except BaseException as error:
            fail(error, f"{width}-byte read of {name} +0x{offset:03X}")
            return 0

    def write(uc: object, offset: int, width: int, value: int, user: object) -> None:
        effort[0] += 8
        try:
            if core.unprivileged() and not open_to_unprivileged(offset, True):
                core.bus_fault(start + offset)
                return
            unit_write(offset, width, value)
        except BaseException as error:
            fail(error, f"{width}-byte write to {name} +0x{offset:03X}")

    core.library.map_mmio(start, end - start, read, write)
