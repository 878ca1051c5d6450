"""From bytes to `SharedMemory`: the resource table, whatever its entries lead to, and MCAPI's area.

A pure function of memory. It takes any bytes: what cannot be right becomes a finding, and is not followed.
"""

from __future__ import annotations

from dataclasses import replace

from ipcclab.sharedmemory.mcapi import read_area
from ipcclab.sharedmemory.overlaps import overlaps
from ipcclab.sharedmemory.rings import M4_TO_A7, Read, read_ring
from ipcclab.sharedmemory.structure import (
    Device,
    EndpointName,
    Finding,
    ResourceTable,
    Ring,
    SharedMemory,
    TraceLog,
)
from mp1bench.linux.remoteproc.resource_table import (
    ADDRESS_ANY,
    Entry,
    Refusal,
    TraceBuffer,
    Vdev,
    entry_offsets,
    read_entry,
)

#: What Linux takes for the size of a table that it has not loaded itself.
UNKNOWN_SIZE = 1024
_LARGEST_TABLE = 64 << 10
_MOST_ENTRIES = 64
_MOST = 4 << 20  # bytes that are read in all; the shared memory of an STM32MP1 has an eighth of that

NO_TABLE = "there is no resource table: an image without one has no rings, and Linux has no RPMsg with it"
_TABLE = "resource table"


def decode(read: Read, table_address: int | None, table_size: int = UNKNOWN_SIZE) -> SharedMemory:
    """What lies in memory now. `read` gives bytes at an address, or None if they do not lie in one shared memory.

    Without a `table_address`, or with nothing but zeroes there, the result has a note that says so.
    """
    memory = _from_table(read, table_address, table_size)
    area, wrong = read_area(read)
    return replace(memory, mcapi=area, findings=(*memory.findings, *wrong))


def _from_table(read: Read, table_address: int | None, table_size: int) -> SharedMemory:
    if table_address is None:
        return SharedMemory(note=NO_TABLE)
    data = _longest(read, table_address, min(table_size, _LARGEST_TABLE))
    if not any(data):
        where = f"the memory at 0x{table_address:08X}, where the resource table is to be,"
        lies = "holds zeroes only: nobody has put it there yet" if data else "is not shared by the two sides"
        return SharedMemory(note=f"{where} {lies}")
    bounded = _Bounded(read)
    offsets = entry_offsets(data)
    version = int.from_bytes(data[:4], "little")
    if isinstance(offsets, Refusal):
        return SharedMemory(ResourceTable(table_address, len(data), version, ()), findings=(_refused(offsets),))
    found = [read_entry(data, offset) for offset in offsets[:_MOST_ENTRIES]]
    entries: list[Entry] = [entry for entry in found if not isinstance(entry, Refusal)]
    findings = [_refused(refusal) for refusal in found if isinstance(refusal, Refusal)]
    if len(offsets) > _MOST_ENTRIES:
        findings.append(Finding(_TABLE, f"of its {len(offsets)} entries only the first {_MOST_ENTRIES} are followed"))

    devices = []
    for n, entry in enumerate(entry for entry in entries if isinstance(entry, Vdev)):
        device, wrong = _device(bounded.read, entry, n)
        devices.append(device)
        findings += wrong
    logs = []
    for n, trace in enumerate(entry for entry in entries if isinstance(entry, TraceBuffer)):
        text = _text(bounded.read, trace)
        if text is None and trace.da != ADDRESS_ANY:
            outside = "does not lie in the memory that both sides share"
            findings.append(Finding(f"trace{n}", f"a buffer of 0x{trace.length:X} bytes at 0x{trace.da:08X} {outside}"))
        logs.append(TraceLog(trace, text or ""))
    if bounded.full:
        more = f"its entries lead to more than {_MOST >> 20} MiB; what goes beyond that counts as unreadable"
        findings.append(Finding(_TABLE, more))
    findings += overlaps((table_address, len(data)), [ring for device in devices for ring in device.rings])
    names = _announced(devices)
    devices = [_with_services(device, names) for device in devices]
    table = ResourceTable(table_address, len(data), version, tuple(entries))
    return SharedMemory(table, tuple(devices), tuple(logs), tuple(names), tuple(findings))


class _Bounded:
    """A `read` that gives no more than `_MOST` bytes in all, however often a table names the same ones."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._left = _MOST
        self.full = False

    def read(self, address: int, size: int) -> bytes | None:
        if size > self._left:
            self.full = True
            return None
        data = self._read(address, size)
        self._left -= len(data or b"")
        return data


def _longest(read: Read, address: int, size: int) -> bytes:
    """As many of the bytes as there are."""
    return next((data for n in range(size, 0, -1) if (data := read(address, n)) is not None), b"")


def _refused(refusal: Refusal) -> Finding:
    line = f" (Linux says: {refusal.line})" if refusal.line else ""
    return Finding(_TABLE, f"at +0x{refusal.offset:X}, {refusal.explanation}{line}")


def _device(read: Read, entry: Vdev, n: int) -> tuple[Device, list[Finding]]:
    findings = [Finding(f"vdev {n}", refusal.explanation)] if (refusal := entry.refusal()) else []
    if entry.gfeatures & ~entry.dfeatures:
        more = f"0x{entry.gfeatures & ~entry.dfeatures:X}"
        findings.append(Finding(f"vdev {n}", f"gfeatures has {more}, which dfeatures does not offer"))
    rings: list[Ring] = []
    for index in range(len(entry.vrings)):
        ring, wrong = read_ring(read, entry, index)
        rings.append(ring)
        findings += wrong
    return Device(entry, tuple(rings)), findings


def _text(read: Read, trace: TraceBuffer) -> str | None:
    data = read(trace.da, trace.length)
    return None if data is None else data.split(b"\0", 1)[0].decode("utf-8", "replace")


def _announced(devices: list[Device]) -> list[EndpointName]:
    """The services that name-service messages in the buffers have told of, and none has taken back."""
    names: dict[EndpointName, None] = {}
    for ring in (ring for device in devices for ring in device.rings):
        for descriptor in ring.descriptors:
            told = descriptor.message.announcement if descriptor.message else None
            if told is None:
                continue
            name = EndpointName("firmware" if ring.index == M4_TO_A7 else "Linux", told.address, told.name)
            if told.created:
                names[name] = None
            else:
                names.pop(name, None)
    return list(names)


def _with_services(device: Device, names: list[EndpointName]) -> Device:
    services = {name.address: name.name for name in names if name.side == "firmware"}
    rings = []
    for ring in device.rings:
        descriptors = []
        for descriptor in ring.descriptors:
            message = descriptor.message
            if message is not None:
                end = message.source if ring.index == M4_TO_A7 else message.destination
                message = replace(message, service=services.get(end, ""))
            descriptors.append(replace(descriptor, message=message))
        rings.append(replace(ring, descriptors=tuple(descriptors)))
    return replace(device, rings=tuple(rings))
