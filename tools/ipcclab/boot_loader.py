"""A boot loader that starts the Cortex-M4 before Linux is there, so that Linux finds it running and can attach to it.

It does what is seen of it afterwards, no more: memory, two backup registers, the release (linux-mailbox.md §3.2).
"""

from __future__ import annotations

from pathlib import Path

from mp1bench.board import Board

_BOOT_MCU = (0x5000_010C, 1)  # RCC_MP_GCR.BOOT_MCU
_TABLE = 0x5C00_A144  # TAMP_BKP17R: where the resource table lies
_STATE = 0x5C00_A148  # TAMP_BKP18R: what the M4 does
_RUNNING = 2
_FUNCTION = "boot loader"
#: A kernel comes up no sooner; the firmware has started by then.
_LINUX_COMES_NS = 10_000_000


def start_before_linux(board: Board, path: Path) -> None:
    """Load an image into a board whose Linux is not up yet, start it, and let 10 ms pass. ImageError if it is none."""
    image = board.load(path)
    for segment in image.segments:
        board.engine.write_bytes(segment.physical, segment.data.ljust(segment.size, b"\0"))
    table = image.resource_table
    if table is not None:
        board.engine.write_bytes(table.address, table.data)
        board.engine.write(_TABLE, table.address, function=_FUNCTION)
    board.engine.write(_STATE, _RUNNING, function=_FUNCTION)
    board.engine.write(*_BOOT_MCU, function=_FUNCTION)
    board.run_for(_LINUX_COMES_NS)
