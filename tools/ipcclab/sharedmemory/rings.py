"""Decodes one vring: its flags and indices, each descriptor with its owner, and what contradicts itself.

It reads; nothing is written. What a buffer holds is `messages`' business, who holds it `ownership`'s. A contradiction
is only looked for while the ring is in use (linux-mailbox.md §4.2-4.4).
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from ipcclab.sharedmemory.messages import read_message, too_long
from ipcclab.sharedmemory.ownership import held, in_flight, written
from ipcclab.sharedmemory.structure import Descriptor, Finding, Owner, Ring
from mp1bench.linux.remoteproc.resource_table import ADDRESS_ANY, Vdev, Vring
from mp1bench.linux.virtio.bus import DRIVER_OK
from mp1bench.linux.virtio.ring import (
    AVAIL_NO_INTERRUPT,
    DESC_NEXT,
    DESC_WRITE,
    DESCRIPTOR,
    F_EVENT_IDX,
    USED,
    USED_NO_NOTIFY,
    used_offset,
    vring_size,
)

#: Bytes at an address, or None if they do not lie in one memory that both sides reach.
Read: TypeAlias = Callable[[int, int], "bytes | None"]

M4_TO_A7 = 0  # the ring of the M4's messages; the other one carries the A7's
DESC_INDIRECT = 4
_KNOWN_FLAGS = DESC_NEXT | DESC_WRITE | DESC_INDIRECT
_MOST = 1 << 15  # descriptors of a ring
_LONGEST = 16 + 0xFFFF  # what an RPMsg header can speak of
_OUTSIDE = "does not lie in the memory that both sides share"

# Where a descriptor is on its way from Linux to the firmware and back, and what that means in vring0 and in the other.
_NEW, _GIVEN, _RETURNED, _COLLECTED, _UNDECIDED = range(5)
_WORDS = {
    _NEW: ("not posted yet", "not used yet"),
    _GIVEN: ("empty, for the firmware to fill", "a message that the firmware has not given back"),
    _RETURNED: ("a message that Linux has not taken yet", "given back, free for Linux's next message"),
    _COLLECTED: ("taken by Linux, which has not posted it again", "free for Linux's next message"),
    _UNDECIDED: ("the rings do not tell", "the rings do not tell"),
}
_OWNERS: dict[int, Owner] = {_GIVEN: "firmware", _UNDECIDED: "unknown"}  # else Linux


def read_ring(read: Read, device: Vdev, index: int) -> tuple[Ring, list[Finding]]:
    """The ring `index` of a device as its entry describes it, and what is wrong with it."""
    entry, in_use = device.vrings[index], bool(device.status & DRIVER_OK)
    ring = Ring(index, entry.da, entry.align, entry.num, entry.notifyid, in_use)
    wrong = _unreadable(entry)
    size = 0 if wrong else vring_size(entry.num, entry.align)
    memory = None if wrong else read(entry.da, size)
    if memory is None:
        wrong = wrong or f"a ring of 0x{size:X} bytes at 0x{entry.da:08X} {_OUTSIDE}"
        return ring, [Finding(ring.name, wrong)] if in_use or entry.da != ADDRESS_ANY else []
    return _Decoder(read, ring, memory, bool(device.gfeatures & F_EVENT_IDX)).decode()


def _unreadable(entry: Vring) -> str:
    """Why a ring like this cannot be; "" if it can."""
    if not 0 < entry.num <= _MOST or entry.num & (entry.num - 1):
        return f"num is {entry.num}, which is no power of two up to {_MOST}"
    if not entry.align or entry.align & (entry.align - 1):
        return f"align is {entry.align}, which is no power of two"
    if entry.da == ADDRESS_ANY:
        return "it has no address yet, though the device is in use"
    return ""


class _Decoder:
    def __init__(self, read: Read, ring: Ring, memory: bytes, event_idx: bool) -> None:
        num = ring.num
        avail, used = DESCRIPTOR.size * num, used_offset(num, ring.align)
        self._read = read
        self._ring = ring
        self._event_idx = event_idx
        self._findings: list[Finding] = []
        self._raw = [DESCRIPTOR.unpack_from(memory, DESCRIPTOR.size * n) for n in range(num)]
        self._avail_flags, self._avail_idx = struct.unpack_from("<HH", memory, avail)
        self._given: Sequence[int] = struct.unpack_from(f"<{num}H", memory, avail + 4)
        self._used_event: int = struct.unpack_from("<H", memory, avail + 4 + 2 * num)[0]
        self._used_flags, self._used_idx = struct.unpack_from("<HH", memory, used)
        self._returned = [USED.unpack_from(memory, used + 4 + USED.size * n) for n in range(num)]
        #: What the firmware said that it wrote, with the last entry that gave a buffer back.
        self._lengths = {self._returned[slot][0]: self._returned[slot][1] for slot in self._used_slots()}
        self._chained: set[int] = set()

    def decode(self) -> tuple[Ring, list[Finding]]:
        ring = replace(
            self._ring,
            avail_flags=self._avail_flags,
            avail_idx=self._avail_idx,
            used_flags=self._used_flags,
            used_idx=self._used_idx,
        )
        if not ring.in_use:
            return ring, []
        self._judge_flags()
        sound = self._judge_indices()
        collected = self._collected() if sound else None
        places = self._places(collected) if sound else [_UNDECIDED] * ring.num
        descriptors = tuple(self._descriptor(n, place) for n, place in enumerate(places))
        return replace(ring, collected=collected, descriptors=descriptors), self._findings

    def _find(self, sentence: str) -> None:
        self._findings.append(Finding(self._ring.name, sentence))

    # -- the two rings of heads -------------------------------------------------------------------------------

    def _judge_flags(self) -> None:
        if self._avail_flags & ~AVAIL_NO_INTERRUPT:
            self._find(f"avail.flags is 0x{self._avail_flags:04X}, of which only bit 0 (NO_INTERRUPT) means something")
        if self._used_flags & ~USED_NO_NOTIFY:
            self._find(f"used.flags is 0x{self._used_flags:04X}, of which only bit 0 (NO_NOTIFY) means something")

    def _judge_indices(self) -> bool:
        """Can the rings be believed?"""
        num, count = self._ring.num, in_flight(self._avail_idx, self._used_idx)
        if count > num:
            more = in_flight(self._used_idx, self._avail_idx)
            wrong = f"{more} more were given back than given"
            if count < more:
                wrong = f"{count} would be with the firmware, and the ring has {num}"
            self._find(f"avail.idx is {self._avail_idx} and used.idx {self._used_idx}: {wrong}")
            return False
        sound = True
        for slot in self._slots(self._avail_idx, max(written(self._avail_idx, self._used_idx, num), count)):
            if self._given[slot] >= num:
                self._find(f"avail.ring[{slot}] is {self._given[slot]}, and the ring has {num} descriptors")
                sound = False
        for slot in self._used_slots():
            if self._returned[slot][0] >= num:
                self._find(f"used.ring[{slot}].id is {self._returned[slot][0]}, and the ring has {num} descriptors")
                sound = False
        return sound

    def _slots(self, idx: int, count: int) -> Iterator[int]:
        """The slots of the last `count` entries, the oldest first."""
        return (n % self._ring.num for n in range(idx - count, idx))

    def _used_slots(self) -> Iterator[int]:
        """Those of the used ring that have certainly been written."""
        return self._slots(self._used_idx, written(self._used_idx, self._avail_idx, self._ring.num))

    def _collected(self) -> int | None:
        """Linux writes how far it has taken buffers back to used_event, as long as it wants interrupts for them.

        It always does for messages of the M4, whatever the other side wrote to avail.flags. In the other ring it does
        while a sender waits for a buffer, and with EVENT_IDX that cannot be seen.
        """
        silent = self._event_idx or self._avail_flags & AVAIL_NO_INTERRUPT
        if self._ring.index != M4_TO_A7 and silent:
            return None
        if in_flight(self._used_idx, self._used_event) > self._ring.num:
            self._find(f"used_event is {self._used_event} and used.idx {self._used_idx}: Linux cannot have got so far")
            return None
        return self._used_event

    def _places(self, collected: int | None) -> list[int]:
        """Where each descriptor is. The members of a chain are where its head is."""
        num = self._ring.num
        heads = [head for head, _ in self._returned]
        with_firmware, undecided = held(num, self._given, self._avail_idx, heads, self._used_idx)
        self._judge_heads(with_firmware, undecided)
        places = [_NEW] * num
        for slot in self._used_slots():
            places[heads[slot]] = _RETURNED if collected is None else _COLLECTED
        if collected is not None:
            for slot in self._slots(self._used_idx, in_flight(self._used_idx, collected)):
                places[heads[slot]] = _RETURNED
        for head in undecided:
            places[head] = _UNDECIDED
        for head in sorted(with_firmware):
            for member in self._chain(head):
                places[member] = _GIVEN
        return places

    def _judge_heads(self, with_firmware: set[int], unknown: set[int]) -> None:
        count = in_flight(self._avail_idx, self._used_idx)
        if unknown or len(with_firmware) == count:
            return
        slots = list(self._slots(self._avail_idx, count))
        twice = [head for head, times in Counter(self._given[slot] for slot in slots).items() if times > 1]
        for head in twice:
            self._find(f"descriptor {head} was given to the firmware again before it came back")
        if not twice:
            self._find(
                f"the indices say that {count} buffers are with the firmware, and the rings' entries leave"
                f" {len(with_firmware)}: one was given back that was not given"
            )

    def _chain(self, head: int) -> Iterator[int]:
        """The descriptors that hang together from `head` on, each once, whichever chain it is in."""
        at = head
        while at not in self._chained:
            self._chained.add(at)
            yield at
            _, _, flags, following = self._raw[at]
            if not flags & DESC_NEXT:
                return
            if following >= self._ring.num:
                self._find(f"descriptor {at} goes on at {following}, and the ring has {self._ring.num} descriptors")
                return
            at = following
        self._find(f"the chain of descriptor {head} comes to descriptor {at}, which is in a chain already")

    # -- one descriptor ---------------------------------------------------------------------------------------

    def _descriptor(self, n: int, place: int) -> Descriptor:
        address, length, flags, following = self._raw[n]
        to_linux = self._ring.index == M4_TO_A7
        carries = place in (_RETURNED, _COLLECTED) if to_linux else place == _GIVEN
        used = self._lengths.get(n) if place in (_RETURNED, _COLLECTED) else None
        data = self._read(address, length) if 0 < length <= _LONGEST else None
        if carries or place == _GIVEN:
            self._judge_descriptor(n, data is not None)
        if carries and data is not None:
            wrong = too_long(data, used, from_firmware=to_linux)
            if wrong:
                self._find(f"descriptor {n}: {wrong}")
        message = None if data is None else read_message(data, current=carries and place != _COLLECTED)
        owner, state = _OWNERS.get(place, "Linux"), _WORDS[place][not to_linux]
        return Descriptor(n, address, length, flags, following, owner, state, used, message)

    def _judge_descriptor(self, n: int, reached: bool) -> None:
        address, length, flags, _ = self._raw[n]
        to_linux = self._ring.index == M4_TO_A7
        if flags & ~_KNOWN_FLAGS:
            self._find(f"descriptor {n} has the flags 0x{flags:04X}, of which bits 0 to 2 mean something")
        if to_linux and not flags & DESC_WRITE:
            self._find(f"descriptor {n} lacks WRITE, and is for a message that the firmware writes")
        if not to_linux and flags & DESC_WRITE:
            self._find(f"descriptor {n} has WRITE, and carries a message that the firmware reads")
        if not length:
            self._find(f"the buffer of descriptor {n} has 0 bytes")
        elif not reached:
            wrong = "is longer than any message" if length > _LONGEST else _OUTSIDE
            self._find(f"the buffer of descriptor {n}, 0x{length:X} bytes at 0x{address:08X}, {wrong}")
