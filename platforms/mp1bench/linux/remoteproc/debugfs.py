"""A remote processor in debugfs (drivers/remoteproc/remoteproc_debugfs.c): /sys/kernel/debug/remoteproc/remoteproc0.

Texts are the kernel's; addresses of the kernel itself read as zeroes, as they do where the kernel hides them.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from mp1bench.linux.errno import Errno, KernelFaultError
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import Attribute
from mp1bench.linux.kernel.vsprintf import c_string, signed
from mp1bench.linux.remoteproc import sysfs
from mp1bench.linux.remoteproc.memory import DDR_POOL
from mp1bench.linux.remoteproc.resource_table import (
    CARVEOUT,
    RSC_CARVEOUT,
    RSC_DEVMEM,
    RSC_TRACE,
    RSC_VDEV,
    TRACE,
    VRING,
    TraceBuffer,
)

if TYPE_CHECKING:
    from mp1bench.linux.remoteproc.core import Rproc

#: What kstrtouint takes: 0x and 0 before the digits choose the base.
_NUMBER = re.compile(r"\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\n?")


def add(rproc: Rproc) -> None:
    """Make the folder."""
    for name, attribute in _files(rproc).items():
        rproc.kernel.vfs.add(f"{rproc.debug_folder}/{name}", attribute)


def remove(rproc: Rproc) -> None:
    """Take it away, with the trace buffers of an M4 that could not be stopped."""
    for name in [*_files(rproc), *(f"trace{n}" for n in range(len(rproc.traces)))]:
        rproc.kernel.vfs.remove(f"{rproc.debug_folder}/{name}")


def add_trace(rproc: Rproc, name: str, entry: TraceBuffer) -> None:
    """Make the file of a trace buffer."""
    rproc.kernel.vfs.add(f"{rproc.debug_folder}/{name}", Attribute(lambda: _trace(rproc, entry)))


def remove_trace(rproc: Rproc, name: str) -> None:
    """Take it away."""
    rproc.kernel.vfs.remove(f"{rproc.debug_folder}/{name}")


def _files(rproc: Rproc) -> dict[str, Attribute]:
    return {
        "name": Attribute(lambda: f"{rproc.name}\n"),
        "recovery": Attribute(
            lambda: sysfs.recovery(rproc), lambda text: _short(text, 10) or sysfs.store_recovery(rproc, text, _begins)
        ),
        "crash": Attribute(None, lambda text: _store_crash(rproc, text)),
        "resource_table": Attribute(lambda: _resource_table(rproc)),
        "carveout_memories": Attribute(lambda: _carveouts(rproc)),
        "coredump": Attribute(
            lambda: "disabled\n", lambda text: _short(text, 20) or sysfs.store_coredump(rproc, text, _begins)
        ),
    }


# -- what is written ------------------------------------------------------------------------------------------


def _begins(text: str, word: str) -> bool:
    """strncmp over what was written: without a newline, the beginning of a word is enough."""
    return f"{word}\0".startswith(text[:-1] + "\0" if text.endswith("\n") else text)


def _short(text: str, room: int) -> Sleeping[int] | None:
    """A refusal of what does not fit."""
    return None if 1 <= len(text) <= room else _refuse(-Errno.EINVAL)


def _refuse(error: int) -> Sleeping[int]:
    return error
    yield


def _store_crash(rproc: Rproc, text: str) -> Sleeping[int]:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return -Errno.EINVAL
    digits = found[1]
    kind = int(digits, 16 if digits[1:2] in ("x", "X") else 8 if digits.startswith("0") else 10)
    if kind > 0xFFFFFFFF:
        return -Errno.ERANGE
    rproc.report_crash(kind)
    return 0
    yield


# -- what is read ---------------------------------------------------------------------------------------------


def _trace(rproc: Rproc, entry: TraceBuffer) -> str:
    """The firmware's log up to its first NUL."""
    place = rproc.resources.locate(entry.da, entry.length)
    if place is None:
        return "Trace  not available\n"  # the kernel never gives the buffer a name
    address, room = place
    size = min(entry.length, room)
    data = bytes(size) if address >= DDR_POOL else rproc.engine.read_bytes(address, size)
    if entry.length > room and b"\0" not in data:
        raise KernelFaultError("a page fault behind the carve-out", "rproc_trace_read")
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")


def _carveouts(rproc: Rproc) -> str:
    lines = []
    for entry in rproc.resources.carveouts:
        dma = 0 if entry.pool or not (entry.reserved or entry.mapped) else entry.pa if entry.reserved else 0xFFFFFFFF
        lines += [
            "Carveout memory entry:",
            f"\tName: {entry.name}",
            "\tVirtual address: 00000000",
            f"\tDMA address: 0x{dma:08x}",
            f"\tDevice address: 0x{entry.da:x}",
            f"\tLength: 0x{entry.size:x} Bytes\n",
        ]
    return "".join(f"{line}\n" for line in lines)


def _resource_table(rproc: Rproc) -> str:
    if not rproc.has_table:
        return "No resource table found\n"
    return "".join(_entry(rproc, n, offset) for n, offset in enumerate(rproc.table.offsets()))


def _entry(rproc: Rproc, n: int, offset: int) -> str:
    """One entry as it is now: nobody checks it again, and the firmware may have changed it."""
    slice_ = rproc.table.slice
    kind = rproc.table.read(offset)
    body = offset + 4
    if kind in (RSC_CARVEOUT, RSC_DEVMEM):
        da, pa, length, flags, reserved, name = CARVEOUT.unpack(slice_(body, CARVEOUT.size))
        lines = [f"Device Address 0x{da:x}", f"Physical Address 0x{pa:x}"]
        lines += [f"Length 0x{length:x} Bytes", f"Flags 0x{flags:x}", _reserved(reserved), f"Name {c_string(name)}\n"]
        return _text(n, "carveout" if kind == RSC_CARVEOUT else "devmem", lines)
    if kind == RSC_TRACE:
        da, length, reserved, name = TRACE.unpack(slice_(body, TRACE.size))
        lines = [f"Device Address 0x{da:x}", f"Length 0x{length:x} Bytes", _reserved(reserved)]
        return _text(n, "trace", [*lines, f"Name {c_string(name)}\n"])
    if kind == RSC_VDEV:
        return _vdev(rproc, n, body)
    return f"Unknown resource type found: {signed(kind)} [hdr: 00000000]\n"


def _vdev(rproc: Rproc, n: int, body: int) -> str:
    slice_ = rproc.table.slice
    head = struct.unpack("<IIIIIBBBB", slice_(body, 24))
    device, notifyid, dfeatures, gfeatures, config, status, count, *reserved = head
    lines = [f"ID {signed(device)}", f"Notify ID {signed(notifyid)}", f"Device features 0x{dfeatures:x}"]
    lines += [f"Guest features 0x{gfeatures:x}", f"Config length 0x{config:x}", f"Status 0x{status:x}"]
    lines += [f"Number of vrings {count}", f"Reserved (should be zero) [{reserved[0]}][{reserved[1]}]\n"]
    for ring in range(count):
        da, align, num, notifyid, pa = VRING.unpack(slice_(body + 24 + VRING.size * ring, VRING.size))
        lines += [f"Vring {ring}", f"  Device Address 0x{da:x}", f"  Alignment {signed(align)}"]
        lines += [f"  Number of buffers {signed(num)}", f"  Notify ID {signed(notifyid)}"]
        lines += [f"  Physical Address 0x{pa:x}\n"]
    return _text(n, "vdev", lines)


def _reserved(value: int) -> str:
    return f"Reserved (should be zero) [{signed(value)}]"


def _text(n: int, kind: str, lines: list[str]) -> str:
    return f"Entry {n} is of type {kind}\n" + "".join(f"  {line}\n" for line in lines)
