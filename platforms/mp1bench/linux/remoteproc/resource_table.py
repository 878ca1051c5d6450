"""The resource table of a firmware: its layout and the kernel's checks, with every bound explicit.

It reads bytes and does nothing with them; remoteproc acts on the entries. Offsets count from the table's beginning.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from mp1bench.linux.kernel.vsprintf import c_string, signed

#: Address fields that leave the choice to Linux.
ADDRESS_ANY = 0xFFFFFFFF

RSC_CARVEOUT, RSC_DEVMEM, RSC_TRACE, RSC_VDEV = 0, 1, 2, 3
_VENDOR_TYPES = range(128, 512)

MAX_VRINGS = 2

#: What Linux says of an entry that begins where none can.
OUTSIDE = "rsc table is truncated"

_HEADER = struct.Struct("<IIII")  # ver, num, reserved[2]; then num offsets
_TYPE = struct.Struct("<I")
CARVEOUT = struct.Struct("<IIIII32s")  # da, pa, len, flags, reserved, name
TRACE = struct.Struct("<III32s")  # da, len, reserved, name
_VDEV = struct.Struct("<IIIIIBB2s")  # id, notifyid, dfeatures, gfeatures, config_len, status, num_of_vrings
VRING = struct.Struct("<IIIII")  # da, align, num, notifyid, pa

# Where the fields that Linux writes are, from the beginning of a vdev entry (its type word included).
VDEV_DFEATURES = 12
VDEV_GFEATURES = 16
VDEV_STATUS = 24
VRING_NOTIFYID = 12
# The same of a carve-out entry.
CARVEOUT_DA = 4


class Refusal(NamedTuple):
    """Why Linux does not take a table or an entry. `line` is what it prints; it may be empty."""

    offset: int
    line: str
    explanation: str


@dataclass(frozen=True)
class _Memory:
    offset: int
    da: int
    pa: int
    length: int
    flags: int
    name: str


class Carveout(_Memory):
    """A piece of memory that the firmware wants reserved."""


class Devmem(_Memory):
    """A piece of device memory that the firmware wants mapped."""


@dataclass(frozen=True)
class TraceBuffer:
    """Where the firmware writes its log."""

    offset: int
    da: int
    length: int
    name: str


@dataclass(frozen=True)
class Vring:
    """One ring of a vdev. `offset` is that of this ring's five words."""

    offset: int
    da: int
    align: int
    num: int
    notifyid: int

    def refusal(self) -> Refusal | None:
        """What Linux has against it."""
        if self.num and self.align:
            return None
        line = f"invalid qsz ({signed(self.num)}) or alignment ({signed(self.align)})"
        return Refusal(self.offset, line, "num and align must not be 0")


@dataclass(frozen=True)
class Vdev:
    """A virtio device that the firmware offers."""

    offset: int
    id: int
    notifyid: int
    dfeatures: int
    gfeatures: int
    config_len: int
    status: int
    vrings: tuple[Vring, ...]

    def refusal(self) -> Refusal | None:
        """What Linux has against the device; against its rings, they say themselves."""
        if len(self.vrings) <= MAX_VRINGS:
            return None
        return Refusal(self.offset, f"too many vrings: {len(self.vrings)}", f"a vdev has at most {MAX_VRINGS}")


@dataclass(frozen=True)
class Unsupported:
    """An entry that Linux passes over."""

    offset: int
    type: int

    @property
    def line(self) -> str:
        vendor = "vendor " if self.type in _VENDOR_TYPES else ""
        return f"unsupported {vendor}resource {signed(self.type)}"


Entry: TypeAlias = Carveout | Devmem | TraceBuffer | Vdev | Unsupported


def entry_offsets(data: bytes) -> list[int] | Refusal:
    """Check the table's header and return where its entries are. After a refusal Linux boots without a table."""
    if len(data) < _HEADER.size:
        return Refusal(0, "header-less resource table", f"{len(data)} bytes; the header alone takes {_HEADER.size}")
    version, count, *reserved = _HEADER.unpack_from(data)
    if version != 1:
        return Refusal(0, f"unsupported fw ver: {signed(version)}", "ver must be 1")
    if any(reserved):
        return Refusal(8, "non zero reserved bytes", "the two words after num must be 0")
    if _HEADER.size + 4 * count > len(data):
        explanation = f"num is {count}, but there is room for {(len(data) - _HEADER.size) // 4} offsets"
        return Refusal(4, "resource table incomplete", explanation)
    return [int.from_bytes(data[at : at + 4], "little") for at in range(16, 16 + 4 * count, 4)]


def read_entry(data: bytes, offset: int) -> Entry | Refusal:
    """Read the entry at `offset` and check that it is whole. After a refusal Linux does not boot the firmware (-22)."""
    if offset < _HEADER.size or offset + _TYPE.size > len(data):
        where = "in the header" if offset < _HEADER.size else f"not in the table's 0x{len(data):X} bytes"
        return Refusal(offset, OUTSIDE, f"an entry at 0x{offset:X} is {where}")
    (kind,) = _TYPE.unpack_from(data, offset)
    reader = _READERS.get(kind)
    return Unsupported(offset, kind) if reader is None else reader(data, offset)


def parse(data: bytes) -> tuple[list[Entry], list[Refusal]]:
    """All entries that can be read, and all refusals, in the table's order; for people, as Linux stops at the first."""
    offsets = entry_offsets(data)
    if isinstance(offsets, Refusal):
        return [], [offsets]
    entries: list[Entry] = []
    refusals: list[Refusal] = []
    for offset in offsets:
        entry = read_entry(data, offset)
        found: list[Refusal] = [entry] if isinstance(entry, Refusal) else []
        if isinstance(entry, Vdev):
            judged = (entry.refusal(), *(ring.refusal() for ring in entry.vrings))
            found += [refusal for refusal in judged if refusal][:1]
        refusals += found
        if not found and not isinstance(entry, Refusal):
            entries.append(entry)
    return entries, refusals


def _truncated(kind: str, offset: int, size: int, available: int) -> Refusal:
    return Refusal(
        offset, f"{kind} rsc is truncated", f"it takes {size} bytes and the table ends after {max(available, 0)}"
    )


def _reserved(kind: str, offset: int) -> Refusal:
    return Refusal(offset, f"{kind} rsc has non zero reserved bytes", "reserved fields must be 0")


def _read_memory(
    data: bytes, offset: int, kind: str, make: type[Carveout] | type[Devmem]
) -> Carveout | Devmem | Refusal:
    body = offset + _TYPE.size
    if body + CARVEOUT.size > len(data):
        return _truncated(kind, offset, CARVEOUT.size, len(data) - body)
    da, pa, length, flags, reserved, name = CARVEOUT.unpack_from(data, body)
    if reserved:
        return _reserved(kind, offset)
    return make(offset, da, pa, length, flags, c_string(name))


def _read_trace(data: bytes, offset: int) -> TraceBuffer | Refusal:
    body = offset + _TYPE.size
    if body + TRACE.size > len(data):
        return _truncated("trace", offset, TRACE.size, len(data) - body)
    da, length, reserved, name = TRACE.unpack_from(data, body)
    if reserved:
        return _reserved("trace", offset)
    return TraceBuffer(offset, da, length, c_string(name))


def _read_vdev(data: bytes, offset: int) -> Vdev | Refusal:
    body = offset + _TYPE.size
    if body + _VDEV.size > len(data):
        return _truncated("vdev", offset, _VDEV.size, len(data) - body)
    kind, notifyid, dfeatures, gfeatures, config_len, status, count, reserved = _VDEV.unpack_from(data, body)
    size = _VDEV.size + count * VRING.size + config_len
    if body + size > len(data):
        return _truncated("vdev", offset, size, len(data) - body)
    if any(reserved):
        return _reserved("vdev", offset)
    body += _VDEV.size
    vrings = (VRING.unpack_from(data, at) for at in range(body, body + count * VRING.size, VRING.size))
    rings = tuple(
        Vring(body + n * VRING.size, da, align, num, notifyid) for n, (da, align, num, notifyid, _) in enumerate(vrings)
    )
    return Vdev(offset, kind, notifyid, dfeatures, gfeatures, config_len, status, rings)


_READERS: dict[int, Callable[[bytes, int], Entry | Refusal]] = {
    RSC_CARVEOUT: lambda data, offset: _read_memory(data, offset, "carveout", Carveout),
    RSC_DEVMEM: lambda data, offset: _read_memory(data, offset, "devmem", Devmem),
    RSC_TRACE: _read_trace,
    RSC_VDEV: _read_vdev,
}
