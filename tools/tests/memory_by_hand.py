"""Shared memory written by hand, byte for byte from the specifications, for the tests of its decoder.

Resource table and RPMsg header: linux-mailbox.md §4; split ring: virtio 1.0 §2.4. It uses nothing of what it tests, and
holds no test.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

TABLE, RING0, RING1, BUFFERS, LOG = 0x1002_0000, 0x1004_0000, 0x1004_1000, 0x1004_2000, 0x1003_0000
TABLE_SIZE = 0x18 + 28 + 40 + 48
RAM = (0x1000_0000, 0x6_0000)


@dataclass
class Memory:
    """384 KiB at 0x10000000, all zero to begin with."""

    data: bytearray = field(default_factory=lambda: bytearray(RAM[1]))

    def read(self, address: int, size: int) -> bytes | None:
        start = address - RAM[0]
        return bytes(self.data[start : start + size]) if 0 <= start <= RAM[1] - size else None

    def put(self, address: int, form: str, *values: int | bytes) -> None:
        struct.pack_into(form, self.data, address - RAM[0], *values)


def table(status: int = 7, num: int = 16, align: int = 16, rings: tuple[int, ...] = (RING0, RING1)) -> bytes:
    """A vdev at +0x18 with these rings and a trace buffer of 64 bytes behind it, as ST's images have them."""
    trace = 0x18 + 4 + 24 + 20 * len(rings)
    vdev = struct.pack("<6I", 1, 2, 0, 0, 0x18, trace)
    vdev += struct.pack("<I5I2B2s", 3, 7, 0, 1, 1, 0, status, len(rings), b"")
    for notifyid, da in enumerate(rings):
        vdev += struct.pack("<5I", da, align, num, notifyid, 0)
    return vdev + struct.pack("<4I32s", 2, LOG, 64, 0, b"cm4_log")


def shared(status: int = 7, num: int = 16, align: int = 16, rings: tuple[int, ...] = (RING0, RING1)) -> Memory:
    """Memory with that table, and rings that nobody has touched."""
    memory = Memory()
    written = table(status, num, align, rings)
    memory.put(TABLE, f"{len(written)}s", written)
    return memory


@dataclass
class SplitRing:
    """A ring of 16 at `address`: what the driver (Linux) and the device (firmware) write of it."""

    memory: Memory
    address: int
    avail_idx: int = 0
    used_idx: int = 0

    def descriptor(self, n: int, address: int, length: int, flags: int = 0, following: int = 0) -> None:
        self.memory.put(self.address + 16 * n, "<QIHH", address, length, flags, following)

    def give(self, head: int) -> None:
        self.memory.put(self.address + 0x104 + 2 * (self.avail_idx % 16), "<H", head)
        self.avail_idx = (self.avail_idx + 1) % 65536
        self.memory.put(self.address + 0x102, "<H", self.avail_idx)

    def give_back(self, head: int, length: int = 0) -> None:
        self.memory.put(self.address + 0x134 + 8 * (self.used_idx % 16), "<II", head, length)
        self.used_idx = (self.used_idx + 1) % 65536
        self.memory.put(self.address + 0x132, "<H", self.used_idx)

    def collected(self, idx: int) -> None:
        """How Linux tells how far it has taken buffers back (used_event, behind the available ring)."""
        self.memory.put(self.address + 0x124, "<H", idx)

    def flags(self, avail: int = 0, used: int = 0) -> None:
        self.memory.put(self.address + 0x100, "<H", avail)
        self.memory.put(self.address + 0x130, "<H", used)

    def message(self, n: int, source: int, destination: int, payload: bytes, length: int | None = None) -> None:
        """A message in the buffer of descriptor `n`, at its place in the pool."""
        size = len(payload) if length is None else length
        self.memory.put(buffer(self, n), "<IIIHH", source, destination, 0, size, 0)
        self.memory.put(buffer(self, n) + 16, f"{len(payload)}s", payload)


def buffer(ring: SplitRing, n: int) -> int:
    """Address of the buffer of descriptor `n`: 512 bytes each, vring0's first."""
    return BUFFERS + 512 * (n + (16 if ring.address == RING1 else 0))


def brought_up() -> tuple[Memory, SplitRing, SplitRing]:
    """Linux has posted 16 empty buffers in vring0 and wants no interrupts of vring1."""
    memory = shared()
    ring0, ring1 = SplitRing(memory, RING0), SplitRing(memory, RING1)
    for n in range(16):
        ring0.descriptor(n, buffer(ring0, n), 512, flags=2, following=n + 1)
        ring0.give(n)
    ring1.flags(avail=1)
    return memory, ring0, ring1


def sent(ring1: SplitRing, n: int, payload: bytes, destination: int = 0x400) -> None:
    """Linux sends from 0x400 with descriptor `n`."""
    ring1.descriptor(n, buffer(ring1, n), 16 + len(payload))
    ring1.message(n, 0x400, destination, payload)
    ring1.give(n)


def announced(ring0: SplitRing, n: int, name: bytes, address: int, flags: int = 0) -> None:
    """The firmware announces a service with descriptor `n`, and Linux has not looked yet."""
    ring0.message(n, address, 53, struct.pack("<32sII", name, address, flags))
    ring0.give_back(n, 16 + 40)
