"""The shared memory of a board, decoded as it is now. Nothing on the board changes, and nothing is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcclab.sharedmemory.decode import decode
from ipcclab.sharedmemory.structure import SharedMemory
from mp1bench.errors import BusError

if TYPE_CHECKING:
    from mp1bench.board import Board
    from mp1bench.engine import Engine
    from mp1bench.image import Image


def memory_of(board: Board) -> SharedMemory:
    """What lies in the board's shared memory, whichever its engine, with and without Linux."""
    place = table_place(board)
    reader = _Reader(board.engine)
    return decode(reader.read, None) if place is None else decode(reader.read, *place)


def table_place(board: Board) -> tuple[int, int] | None:
    """Address and size of the resource table: where Linux works on it, else where the image was linked to find it."""
    if board.linux is not None and board.linux.rproc_state:
        table = board.linux.rproc.table
        if table.address is not None:
            return table.address, table.size
    return None if board.image is None else table_of(board.image)


def table_of(image: Image) -> tuple[int, int] | None:
    """Address and size of the table that an image brings along; an empty section is none."""
    section = image.resource_table
    return (section.address, len(section.data)) if section is not None and section.data else None


class _Reader:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, address: int, size: int) -> bytes | None:
        try:
            return self._engine.read_bytes(address, size)
        except BusError:
            return None
