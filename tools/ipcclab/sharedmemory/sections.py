"""Shared memory in words, as sections of sentences and of one table each. `text` and `page` only lay them out.

Everything in a section is plain text of one line, whatever bytes the memory holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ipcclab.payload import printable, quoted
from ipcclab.sharedmemory.mcapi_sections import mcapi_sections
from ipcclab.sharedmemory.ownership import in_flight
from ipcclab.sharedmemory.rings import M4_TO_A7
from ipcclab.sharedmemory.section import Section
from ipcclab.sharedmemory.structure import Descriptor, Device, ResourceTable, Ring, RpmsgMessage, SharedMemory
from mp1bench.linux.remoteproc.resource_table import ADDRESS_ANY, Carveout, Devmem, Entry, TraceBuffer, Vdev
from mp1bench.linux.rpmsg.virtio_rpmsg_bus import VIRTIO_ID_RPMSG
from mp1bench.linux.virtio.ring import AVAIL_NO_INTERRUPT, F_EVENT_IDX, USED_NO_NOTIFY

#: Bits by name (virtio 1.0 §2.1, §6; linux-mailbox.md §4.1).
STATUS = {0: "ACKNOWLEDGE", 1: "DRIVER", 2: "DRIVER_OK", 3: "FEATURES_OK", 6: "NEEDS_RESET", 7: "FAILED"}
FEATURES = {0: "NS", 24: "NOTIFY_ON_EMPTY", 27: "ANY_LAYOUT", 28: "INDIRECT_DESC", 29: "EVENT_IDX"}
FLAGS = {0: "NEXT", 1: "WRITE", 2: "INDIRECT"}

_SHOWN = 16  # bytes of a payload; JSON has them all

#: Everybody's names for the two rings: Linux's, those of OpenAMP on the M4, and those in a firmware's table.
_DIRECTIONS = (
    (
        "M4 → A7",
        "Linux posts empty buffers, the firmware fills them and gives them back.",
        "Linux calls it input; to OpenAMP on the M4 it is tx_vq, and to the firmware's table VRING_TX.",
    ),
    (
        "A7 → M4",
        "Linux posts its messages, the firmware reads them and gives the buffers back.",
        "Linux calls it output; to OpenAMP on the M4 it is rx_vq, and to the firmware's table VRING_RX.",
    ),
)
_NOT_PLACED = "It has no address yet: Linux gives it one when it starts the firmware."
_NOT_READ = "There is no ring in memory that could be read."
_NO_DIRECTION = ("?", "RPMsg has two rings, and this is neither.", "Nobody has a name for it.")


def sections(memory: SharedMemory) -> list[Section]:
    """All that there is to say, the table first and what is wrong last."""
    found = [Section("table", "Resource table", (_sentence(memory.note),))] if memory.note else []
    if memory.table is not None:
        found.append(_table(memory.table))
    for device in memory.devices:
        found += [section for ring in device.rings for section in _ring(device, ring)]
    if memory.endpoints:
        rows = tuple((f"0x{name.address:x}", printable(name.name), name.side) for name in memory.endpoints)
        told = "As far as messages to the name service (0x35) still lie in the buffers."
        found.append(Section("endpoints", "Endpoints", (told,), ("address", "service", "announced by"), rows))
    for n, log in enumerate(memory.logs):
        lines = tuple(printable(line) for line in log.text.splitlines())
        title = f"trace{n}: {printable(log.entry.name)}"
        found.append(Section("log", title, lines or ("Nothing has been written.",)))
    wrong = tuple(printable(str(finding)) for finding in memory.findings)
    if memory.mcapi is not None:
        found += mcapi_sections(memory.mcapi)
    if memory.table is not None or memory.mcapi is not None:
        found.append(Section("findings", "Findings", wrong or ("Nothing contradicts itself.",)))
    return found


# -- the table --------------------------------------------------------------------------------------------------


def _table(table: ResourceTable) -> Section:
    rows = tuple(row for entry in _numbered(table.entries) for row in _entry(*entry))
    where = f"At 0x{table.address:08X}, version {table.version}, {len(table.entries)} entries."
    return Section("table", "Resource table", (where,), ("offset", "entry", "what it says now"), rows)


def _numbered(entries: Sequence[Entry]) -> Iterator[tuple[Entry, int]]:
    """Each entry, and how many of its kind came before."""
    for at, entry in enumerate(entries):
        yield entry, sum(type(before) is type(entry) for before in entries[:at])


def _entry(entry: Entry, n: int) -> Iterator[tuple[str, str, str]]:
    at = f"+0x{entry.offset:X}"
    if isinstance(entry, Vdev):
        what = "RPMsg" if entry.id == VIRTIO_ID_RPMSG else "a virtio device"
        features = f"offers {_names(entry.dfeatures, FEATURES)}, agreed {_names(entry.gfeatures, FEATURES)}"
        yield at, f"vdev {n}", f"{what} (id {entry.id}); status {_names(entry.status, STATUS)}; {features}"
        for index, ring in enumerate(entry.vrings):
            words = f"{_address(ring.da)}, num {ring.num}, align {ring.align}, notifyid {ring.notifyid}"
            yield f"+0x{ring.offset:X}", f"vring{index}", words
    elif isinstance(entry, TraceBuffer):
        yield at, f"trace{n}", f"{printable(entry.name)}: {entry.length} bytes, {_address(entry.da)}"
    elif isinstance(entry, Carveout | Devmem):
        kind = "carveout" if isinstance(entry, Carveout) else "devmem"
        where = f"da {_address(entry.da)}, pa {_address(entry.pa)}, flags 0x{entry.flags:X}"
        yield at, f"{kind} {n}", f"{printable(entry.name)}: {entry.length} bytes, {where}"
    else:
        yield at, f"type {entry.type}", f"Linux passes over it ({entry.line})"


def _address(address: int) -> str:
    return "where Linux likes" if address == ADDRESS_ANY else f"at 0x{address:08X}"


def _names(word: int, names: dict[int, str]) -> str:
    """The bits that are set, by name: 0x07 (ACKNOWLEDGE, DRIVER, DRIVER_OK)."""
    known = [names.get(bit, f"bit {bit}") for bit in range(word.bit_length()) if word >> bit & 1]
    return f"0x{word:02X} ({', '.join(known)})" if known else "0"


# -- a ring -----------------------------------------------------------------------------------------------------


def _ring(device: Device, ring: Ring) -> Iterator[Section]:
    way, *words = _DIRECTIONS[ring.index] if ring.index < len(_DIRECTIONS) else _NO_DIRECTION
    title = f"{ring.name}: {way}"
    if ring.avail_idx is None or ring.used_idx is None:
        yield Section("ring", title, (*words, _NOT_PLACED if ring.address == ADDRESS_ANY else _NOT_READ))
        return
    if not ring.in_use:
        status = _names(device.entry.status, STATUS)
        yield Section(
            "ring", title, (*words, f"It is not in use: Linux has not set DRIVER_OK, the status is {status}.")
        )
        return
    sentences = (*words, *_progress(ring, ring.avail_idx, ring.used_idx), *_doorbells(device, ring))
    columns = ("#", "buffer", "bytes", "flags", "held by", "what for", "what it holds")
    yield Section("ring", title, sentences, columns, tuple(_rows(ring)))
    rows = tuple((str(d.index), *_header(d.message)) for d in ring.descriptors if d.message is not None)
    if rows:
        header = ("#", "src", "dst", "len", "flags", "reserved", "payload", "hex")
        yield Section("messages", f"Headers and payloads in {ring.name}'s buffers", (), header, rows)


def _progress(ring: Ring, avail_idx: int, used_idx: int) -> Iterator[str]:
    count = in_flight(avail_idx, used_idx)
    held = f"with the firmware: {count}" if count <= ring.num else "which cannot be"
    yield f"Given by Linux up to {avail_idx} (avail.idx), given back up to {used_idx} (used.idx); {held}."
    if ring.collected is None:
        yield "How far Linux has taken them back is not in memory: it writes used_event only while it wants doorbells."
    else:
        waiting = in_flight(used_idx, ring.collected)
        yield f"Linux has taken them back up to {ring.collected} (used_event); waiting for Linux: {waiting}."
    yield "How many of its own the firmware has looked at is not in memory: it counts for itself."


def _doorbells(device: Device, ring: Ring) -> Iterator[str]:
    if device.entry.gfeatures & F_EVENT_IDX:
        yield "With EVENT_IDX doorbells are asked for by index, in used_event and avail_event; the flags do not count."
        return
    avail, used = ring.avail_flags or 0, ring.used_flags or 0
    quiet = avail & AVAIL_NO_INTERRUPT
    whose = " Linux never sets that in this ring: the firmware did." if quiet and ring.index == M4_TO_A7 else ""
    wanted = "no doorbell is" if quiet else "a doorbell is"
    yield f"By avail.flags 0x{avail:X} (bit 0: NO_INTERRUPT) {wanted} wanted for what is given back.{whose}"
    wanted = "no doorbell is" if used & USED_NO_NOTIFY else "a doorbell is"
    yield f"By used.flags 0x{used:X} (bit 0: NO_NOTIFY) {wanted} wanted for what is given."


def _rows(ring: Ring) -> Iterator[tuple[str, ...]]:
    """A row for each descriptor; neighbours without a message, and alike but for their addresses, share one."""
    for key, group in groupby(ring.descriptors, lambda d: (d.length, d.flags, d.owner, d.state, d.message and d.index)):
        first, *rest = group
        last = rest[-1] if rest else first
        index = f"{first.index}-{last.index}" if rest else str(first.index)
        buffer = f"0x{first.address:08X}" if first.length else "-"
        buffer += "…" if rest and first.length else ""
        flags = " ".join(name for bit, name in FLAGS.items() if first.flags >> bit & 1) or "-"
        yield index, buffer, str(key[0]), flags, first.owner, first.state, _holds(first)


def _holds(descriptor: Descriptor) -> str:
    message = descriptor.message
    if message is None:
        return ""
    words = _announced(message) or f"0x{message.source:x} → 0x{message.destination:x} {_payload(message)}"
    words += f" ({printable(message.service)})" if message.service and not message.announcement else ""
    return words if message.current else f"old: {words}"


def _announced(message: RpmsgMessage) -> str:
    told = message.announcement
    return (
        f"{'announces' if told.created else 'takes back'} {printable(told.name)} at 0x{told.address:x}" if told else ""
    )


def _header(message: RpmsgMessage) -> tuple[str, ...]:
    ends = (f"0x{message.source:x}", f"0x{message.destination:x}")
    numbers = (str(message.length), f"0x{message.flags:x}", f"0x{message.reserved:x}")
    hexadecimal = message.payload[:_SHOWN].hex(" ") + (" …" if len(message.payload) > _SHOWN else "")
    return (*ends, *numbers, _announced(message) or _payload(message), hexadecimal)


def _payload(message: RpmsgMessage) -> str:
    return quoted(message.payload[:_SHOWN]) + ("…" if len(message.payload) > _SHOWN else "")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
