"""Rules on the resource table: its entries, as Linux will take them, and where they lie.

What Linux says of a broken table is `linux/remoteproc/resource_table.py`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mp1bench.check.finding import FAIL, FOR_LINUX, PASS, WARN, Finding, in_linux_window
from mp1bench.image import Image, TableSection, describe_size
from mp1bench.linux.remoteproc import resource_table as rsc
from mp1bench.linux.virtio.ring import vring_size
from mp1bench.regions import Region, locate

_VIRTIO_ID_RPMSG = 7
_F_NAME_SERVICE = 1 << 0
_LARGEST_VRING = 4096  # vdev0vring0 and vdev0vring1
_BUFFERS = 32  # of 512 bytes in vdev0buffer, one half for each direction
_TABLE_WINDOW = 1024  # what Linux looks at when it attaches to a running firmware
_LOST = f"where Linux puts rings and buffers (0x{FOR_LINUX.start:08X} to 0x{FOR_LINUX.stop:08X}) and overwrites it"


def judge_table(image: Image, regions: Sequence[Region]) -> Iterator[Finding]:
    """Findings on the table of an image that has one: the table, its vdev and vrings, trace buffer and so on."""
    table = image.resource_table
    assert table is not None
    if not table.data:
        text = "`.resource_table` is empty: raw IPCC signals will work, RPMsg will not."
        yield Finding("resource table", WARN, f"{text} Linux would print 'header-less resource table'")
        return
    entries, refusals = rsc.parse(table.data)
    where = f"0x{table.address:08X}, {len(table.data)} bytes"
    if locate(regions, table.address, max(len(table.data), 1)) is None:
        yield Finding("resource table", FAIL, f"{where}: not in the M4's memory, where Linux must write it")
    elif in_linux_window(table.address, len(table.data)):
        yield Finding("resource table", FAIL, f"{where}: {_LOST}")
    elif len(table.data) > _TABLE_WINDOW:
        yield Finding("resource table", WARN, f"{where}: Linux looks at {_TABLE_WINDOW} bytes of it when it attaches")
    elif not any(refusal.offset < 16 for refusal in refusals):
        yield Finding("resource table", PASS, f"{where}, version 1, {len(entries) + len(refusals)} entries")
    for refusal in refusals:
        yield Finding("resource table", FAIL, _refused(table, refusal))
    for entry in entries:
        yield from _entry(image, table, entry, regions)
    vdevs = [entry for entry in entries if isinstance(entry, rsc.Vdev)]
    if len(vdevs) > 1:
        text = f"{len(vdevs)} vdev entries, but the DK boards' device tree has vdev0vring0, vdev0vring1 and vdev0buffer"
        yield Finding("vdev", FAIL, f"{text} only. The Linux of the bench refuses the image with -12 (ENOMEM)")
    if not any(isinstance(entry, rsc.Vdev) for entry in entries):
        yield Finding("vdev", WARN, "no vdev entry: RPMsg will not work")


def _entry(image: Image, table: TableSection, entry: rsc.Entry, regions: Sequence[Region]) -> Iterator[Finding]:
    if isinstance(entry, rsc.Vdev):
        yield _vdev(entry)
        for number, vring in enumerate(entry.vrings):
            yield _vring(table, number, vring, regions)
    elif isinstance(entry, rsc.TraceBuffer):
        text = f"{entry.name or '(no name)'}, 0x{entry.da:08X}, {describe_size(entry.length)}"
        wrong = _wrong_trace(image, entry, regions)
        yield Finding("trace", FAIL, f"{text}: {wrong}") if wrong else Finding("trace", PASS, text)
    elif isinstance(entry, rsc.Unsupported):
        yield Finding("resource table", WARN, f"offset 0x{entry.offset:X}: Linux would print '{entry.line}'")
    else:
        text = f"{entry.name or '(no name)'}, 0x{entry.da:08X}, {describe_size(entry.length)}"
        if isinstance(entry, rsc.Carveout):
            yield Finding("carveout", PASS, text)
        else:
            yield Finding("devmem", FAIL, f"{text}: it takes an IOMMU, and Linux does not boot the image (-22)")


def _wrong_trace(image: Image, trace: rsc.TraceBuffer, regions: Sequence[Region]) -> str | None:
    """The first rule that a trace buffer breaks."""
    if not trace.length or locate(regions, trace.da, trace.length) is None:
        return "not in the M4's memory"
    if in_linux_window(trace.da, trace.length):
        return _LOST
    for segment in image.segments:
        code = segment.executable and segment.virtual == segment.physical
        if code and trace.da < segment.virtual + len(segment.data) and trace.da + trace.length > segment.virtual:
            return f"over segment {segment.index}, which is code"
    return None


def _vdev(vdev: rsc.Vdev) -> Finding:
    text = f"id {vdev.id}, {len(vdev.vrings)} vrings, features 0x{vdev.dfeatures:X}"
    if len(vdev.vrings) != rsc.MAX_VRINGS:
        return Finding("vdev", FAIL, f"{text}: RPMsg needs {rsc.MAX_VRINGS} vrings, one for each direction")
    if vdev.id != _VIRTIO_ID_RPMSG:
        return Finding("vdev", WARN, f"{text}: not RPMsg (id {_VIRTIO_ID_RPMSG}), so Linux binds no rpmsg driver")
    if not vdev.dfeatures & _F_NAME_SERVICE:
        return Finding("vdev", WARN, f"{text}: no name service (bit 0), so announcements will not be heard")
    if vdev.status:
        return Finding("vdev", WARN, f"{text}: status is 0x{vdev.status:X} in the file; Linux expects 0")
    return Finding("vdev", PASS, f"{text} (RPMsg with name service)")


def _vring(table: TableSection, number: int, vring: rsc.Vring, regions: Sequence[Region]) -> Finding:
    rule = f"vring{number}"
    da = "address left to Linux" if vring.da == rsc.ADDRESS_ANY else f"0x{vring.da:08X}"
    text = f"{da}, {vring.num} buffers, align {vring.align}"
    wrong = _wrong_vring(number, vring, regions)
    if wrong is None:
        return Finding(rule, PASS, text)
    return Finding(rule, FAIL, f"{text}: {wrong}, at offset 0x{vring.offset:X} ({_bytes_at(table, vring.offset)})")


def _wrong_vring(number: int, vring: rsc.Vring, regions: Sequence[Region]) -> str | None:
    """The first rule that a vring breaks."""
    if vring.num & (vring.num - 1):
        return "the number of buffers must be a power of two"
    if vring.align & (vring.align - 1):
        return "the alignment must be a power of two"
    size = vring_size(vring.num, vring.align)
    if size > _LARGEST_VRING:
        return f"the ring takes {size} bytes and Linux's device tree has {_LARGEST_VRING} for it"
    if vring.num * 2 > _BUFFERS:
        return f"{vring.num * 2} buffers of 512 bytes in both directions do not fit into vdev0buffer (16 KiB)"
    if vring.da == rsc.ADDRESS_ANY:
        return None
    if locate(regions, vring.da, size) is None:
        return f"its {size} bytes are not in the memory that both sides share"
    if vring.da % vring.align:
        return "the address is not aligned"
    start = FOR_LINUX.start + number * _LARGEST_VRING
    if not start <= vring.da <= start + _LARGEST_VRING - size:
        return f"Linux's device tree has vdev0vring{number} at 0x{start:08X} and refuses others with -12 (ENOMEM)"
    return None


def _refused(table: TableSection, refusal: rsc.Refusal) -> str:
    where = f"offset 0x{refusal.offset:X} ({_bytes_at(table, refusal.offset)})"
    return f"{refusal.explanation}, at {where}. Linux would print '{refusal.line}'"


def _bytes_at(table: TableSection, offset: int) -> str:
    return table.data[offset : offset + 16].hex(" ") or "past the end"
