"""A verdict per rule on a firmware image, without running it: what loads, what starts, what Linux will make of it.

An image that cannot be loaded at all never gets here; `read_image` refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mp1bench.image import MP1_REGIONS, Image, Region, Segment, TableSection, describe_size, locate
from mp1bench.linux.remoteproc import resource_table as rsc
from mp1bench.linux.virtio.ring import vring_size

PASS, WARN, FAIL = "pass", "warn", "fail"

#: What Linux's device tree of the DK boards reserves for the M4's code and data, at the M4's addresses, and for the
#: rings and buffers, which it fills itself (m4-platform.md §1, linux-mailbox.md §3.1).
_FOR_FIRMWARE = (range(0x00010000), range(0x10000000, 0x10040000), range(0x30000000, 0x30040000))
_FOR_LINUX = range(0x10040000, 0x10046000)

_VIRTIO_ID_RPMSG = 7
_F_NAME_SERVICE = 1 << 0
_LARGEST_VRING = 4096  # vdev0vring0 and vdev0vring1
_BUFFERS = 32  # of 512 bytes in vdev0buffer, one half for each direction
_TABLE_WINDOW = 1024  # what Linux looks at when it attaches to a running firmware


class Finding(NamedTuple):
    """One rule, the verdict on it ("pass", "warn" or "fail"), and why."""

    rule: str
    verdict: str
    text: str


def check(image: Image, regions: Sequence[Region] = MP1_REGIONS) -> list[Finding]:
    """Judge an image that `read_image` has accepted."""
    findings = [Finding("elf", PASS, f"executable for 32-bit Arm, {len(image.segments)} segments to load")]
    findings += (_segment(segment, regions) for segment in image.segments)
    findings += _vectors(image)
    findings.append(_symbols(image))
    if image.resource_table is None:
        text = "no `.resource_table` section: raw IPCC signals will work, RPMsg will not."
        text += " Linux would print 'no resource table found for this firmware'"
        findings.append(Finding("resource table", WARN, text))
    else:
        findings += _table(image, image.resource_table, regions)
    return findings


def _segment(segment: Segment, regions: Sequence[Region]) -> Finding:
    first, end = segment.physical, segment.physical + segment.size
    found = locate(regions, first, segment.size)
    text = f"0x{first:08X}, {describe_size(segment.size)} in {found[0] if found else 'no memory'}"
    rule = f"segment {segment.index}"
    if first < _FOR_LINUX.stop and end > _FOR_LINUX.start:
        text += f"; Linux puts rings and buffers at 0x{_FOR_LINUX.start:08X} to 0x{_FOR_LINUX.stop:08X}"
        return Finding(rule, FAIL, f"{text} and would overwrite it")
    if not any(first in own and end - 1 in own for own in _FOR_FIRMWARE):
        text += "; the usual device tree gives the firmware no memory there, so Linux would print"
        return Finding(rule, WARN, f"{text} 'bad phdr da 0x{first:x} mem 0x{segment.size:x}'")
    return Finding(rule, PASS, text)


def _vectors(image: Image) -> Iterator[Finding]:
    sp, reset = image.initial_sp, image.reset_pc
    text = f"0x{sp:08X}"
    if sp % 8:
        yield Finding("initial SP", WARN, f"{text} is not a multiple of 8, as Arm's procedure call standard wants it")
    else:
        yield Finding("initial SP", PASS, text)
    name = image.symbolize(reset)
    text = f"0x{reset:08X}{f' ({name})' if name else ''}"
    inside = [s for s in image.segments if s.physical <= reset < s.physical + s.size]
    if inside and not inside[0].executable:
        yield Finding("reset vector", WARN, f"{text} is in segment {inside[0].index}, which is not executable")
    else:
        yield Finding("reset vector", PASS, text)


def _symbols(image: Image) -> Finding:
    number = len(image.symbols.functions)
    if number:
        return Finding("symbols", PASS, f"{number} functions")
    return Finding("symbols", WARN, "none: the trace will show addresses. Do not strip the image")


# -- the resource table ---------------------------------------------------------------------------------------


def _table(image: Image, table: TableSection, regions: Sequence[Region]) -> Iterator[Finding]:
    entries, refusals = rsc.parse(table.data)
    where = f"0x{table.address:08X}, {len(table.data)} bytes"
    if locate(regions, table.address, max(len(table.data), 1)) is None:
        yield Finding("resource table", FAIL, f"{where}: not in the M4's memory, where Linux must write it")
    elif len(table.data) > _TABLE_WINDOW:
        yield Finding("resource table", WARN, f"{where}: Linux looks at {_TABLE_WINDOW} bytes of it when it attaches")
    elif not any(refusal.offset < 16 for refusal in refusals):
        yield Finding("resource table", PASS, f"{where}, version 1, {len(entries) + len(refusals)} entries")
    for refusal in refusals:
        yield Finding("resource table", FAIL, _refused(table, refusal))
    for entry in entries:
        yield from _entry(table, entry, regions)
    vdevs = [entry for entry in entries if isinstance(entry, rsc.Vdev)]
    if len(vdevs) > 1:
        text = f"{len(vdevs)} vdev entries, but the DK boards' device tree has vdev0vring0, vdev0vring1 and vdev0buffer"
        yield Finding("vdev", FAIL, f"{text} only. The Linux of the bench refuses the image with -12 (ENOMEM)")
    if not any(isinstance(entry, rsc.Vdev) for entry in entries):
        yield Finding("vdev", WARN, "no vdev entry: RPMsg will not work")


def _entry(table: TableSection, entry: rsc.Entry, regions: Sequence[Region]) -> Iterator[Finding]:
    if isinstance(entry, rsc.Vdev):
        yield _vdev(entry)
        for number, vring in enumerate(entry.vrings):
            yield _vring(table, f"vring{number}", vring, regions)
    elif isinstance(entry, rsc.TraceBuffer):
        text = f"{entry.name or '(no name)'}, 0x{entry.da:08X}, {describe_size(entry.length)}"
        fits = entry.length and locate(regions, entry.da, entry.length) is not None
        yield Finding("trace", PASS, text) if fits else Finding("trace", FAIL, f"{text}: not in the M4's memory")
    elif isinstance(entry, rsc.Unsupported):
        yield Finding("resource table", WARN, f"offset 0x{entry.offset:X}: Linux would print '{entry.line}'")
    else:
        text = f"{entry.name or '(no name)'}, 0x{entry.da:08X}, {describe_size(entry.length)}"
        if isinstance(entry, rsc.Carveout):
            yield Finding("carveout", PASS, text)
        else:
            yield Finding("devmem", FAIL, f"{text}: it takes an IOMMU, and Linux does not boot the image (-22)")


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


def _vring(table: TableSection, rule: str, vring: rsc.Vring, regions: Sequence[Region]) -> Finding:
    da = "address left to Linux" if vring.da == rsc.ADDRESS_ANY else f"0x{vring.da:08X}"
    text = f"{da}, {vring.num} buffers, align {vring.align}"
    wrong = _wrong_vring(vring, regions)
    if wrong is None:
        return Finding(rule, PASS, text)
    return Finding(rule, FAIL, f"{text}: {wrong}, at offset 0x{vring.offset:X} ({_bytes_at(table, vring.offset)})")


def _wrong_vring(vring: rsc.Vring, regions: Sequence[Region]) -> str | None:
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
    return None


def _refused(table: TableSection, refusal: rsc.Refusal) -> str:
    where = f"offset 0x{refusal.offset:X} ({_bytes_at(table, refusal.offset)})"
    return f"{refusal.explanation}, at {where}. Linux would print '{refusal.line}'"


def _bytes_at(table: TableSection, offset: int) -> str:
    return table.data[offset : offset + 16].hex(" ") or "past the end"
