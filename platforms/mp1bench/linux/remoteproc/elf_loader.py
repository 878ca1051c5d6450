"""What remoteproc takes from a firmware's ELF (drivers/remoteproc/remoteproc_elf_loader.c).

The ELF has been read and judged already (`mp1bench.image`); here its segments go to where the M4 will see them, and its
resource table is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mp1bench.engine import Engine
from mp1bench.linux.errno import Errno
from mp1bench.linux.kernel.core import Logger
from mp1bench.linux.remoteproc.resource_table import Refusal, entry_offsets


class Segment(Protocol):
    """A PT_LOAD of `mp1bench.image`."""

    @property
    def physical(self) -> int: ...

    @property
    def data(self) -> bytes: ...

    @property
    def size(self) -> int: ...


class TableSection(Protocol):
    """The section .resource_table of `mp1bench.image`."""

    @property
    def address(self) -> int: ...

    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True)
class Firmware:
    """A file in /lib/firmware: `size` is the file's, in bytes."""

    name: str
    size: int
    segments: Sequence[Segment]
    table: TableSection | None


#: Where the A7 finds [da, da + length) of the M4's memory, or None.
Translate = Callable[[int, int], int | None]


def load_segments(log: Logger, dev: str, engine: Engine, firmware: Firmware, translate: Translate) -> int:
    """rproc_elf_load_segments: copy each segment to its physical address and fill the rest with zeroes."""
    log.debug(dev, "Firmware is an elf32 file")
    for segment in firmware.segments:
        da, size = segment.physical, segment.size
        if not size:
            continue
        log.debug(dev, f"phdr: type 1 da 0x{da:x} memsz 0x{size:x} filesz 0x{len(segment.data):x}")
        address = translate(da, size)
        if address is None or len(segment.data) > size:
            log.err(dev, f"bad phdr da 0x{da:x} mem 0x{size:x}")
            return -Errno.EINVAL
        engine.write_bytes(address, segment.data)
        if size > len(segment.data):
            engine.write_bytes(address + len(segment.data), bytes(size - len(segment.data)))
    return 0


def find_table(log: Logger, dev: str, firmware: Firmware) -> TableSection | None:
    """The resource table, unless there is none or its header is wrong (which is logged)."""
    if firmware.table is None:
        return None
    offsets = entry_offsets(firmware.table.data)
    if isinstance(offsets, Refusal):
        log.err(dev, offsets.line)
        return None
    return firmware.table
