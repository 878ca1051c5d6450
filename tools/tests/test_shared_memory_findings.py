"""What the decoder finds wrong with memory that is written by hand: one sentence for each contradiction."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from memory_by_hand import BUFFERS, RING0, RING1, TABLE, TABLE_SIZE, Memory, SplitRing, brought_up, sent, shared

from ipcclab.sharedmemory import decode


def findings(memory: Memory) -> list[str]:
    return [str(finding) for finding in decode(memory.read, TABLE, TABLE_SIZE).findings]


@pytest.mark.parametrize(
    ("offset", "word", "sentence"),
    [
        (0, 2, "at +0x0, ver must be 1 (Linux says: unsupported fw ver: 2)"),
        (4, 40, "at +0x4, num is 40, but there is room for 31 offsets (Linux says: resource table incomplete)"),
        (8, 1, "at +0x8, the two words after num must be 0 (Linux says: non zero reserved bytes)"),
        (
            16,
            0x9000,
            "at +0x9000, an entry at 0x9000 is not in the table's 0x8C bytes (Linux says: rsc table is truncated)",
        ),
        (
            0x18 + 24,
            7 | 9 << 8,
            "at +0x18, it takes 204 bytes and the table ends after 112 (Linux says: vdev rsc is truncated)",
        ),
    ],
)
def test_broken_table_is_found(offset: int, word: int, sentence: str) -> None:
    memory = shared()
    memory.put(TABLE + offset, "<I", word)
    assert f"resource table: {sentence}." in findings(memory)


def test_table_that_ends_with_the_memory_is_found_truncated() -> None:
    memory = Memory()
    memory.put(0x1005_FFF0, "<4I", 1, 1, 0, 0)
    (finding,) = decode(memory.read, 0x1005_FFF0).findings
    assert finding.sentence.startswith("at +0x4, num is 1, but there is room for 0 offsets")


def test_agreed_feature_that_was_not_offered_is_found() -> None:
    memory = shared()
    memory.put(TABLE + 0x28, "<I", 1 | 1 << 29)
    assert "vdev 0: gfeatures has 0x20000000, which dfeatures does not offer." in findings(memory)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda r0, r1: r1.memory.put(RING1 + 0x132, "<H", 9),
            "vring1: avail.idx is 1 and used.idx 9: 8 more were given back than given.",
        ),
        (
            lambda r0, r1: r1.memory.put(RING1 + 0x102, "<H", 18),
            "vring1: avail.idx is 18 and used.idx 0: 18 would be with the firmware, and the ring has 16.",
        ),
        (
            lambda r0, r1: r0.memory.put(RING0 + 0x104 + 6, "<H", 16),
            "vring0: avail.ring[3] is 16, and the ring has 16 descriptors.",
        ),
        (lambda r0, r1: r0.give_back(16), "vring0: used.ring[0].id is 16, and the ring has 16 descriptors."),
        (
            lambda r0, r1: r0.memory.put(RING0 + 0x104, "<H", 5),
            "vring0: descriptor 5 was given to the firmware again before it came back.",
        ),
        (
            lambda r0, r1: r1.give_back(7),
            (
                "vring1: the indices say that 0 buffers are with the firmware, and the rings' entries leave 1:"
                " one was given back that was not given."
            ),
        ),
        (
            lambda r0, r1: r1.flags(avail=5),
            "vring1: avail.flags is 0x0005, of which only bit 0 (NO_INTERRUPT) means something.",
        ),
        (
            lambda r0, r1: r1.flags(used=2),
            "vring1: used.flags is 0x0002, of which only bit 0 (NO_NOTIFY) means something.",
        ),
        (
            lambda r0, r1: r1.descriptor(0, 0xC000_0000, 21),
            (
                "vring1: the buffer of descriptor 0, 0x15 bytes at 0xC0000000, does not lie in the memory that"
                " both sides share."
            ),
        ),
        (
            lambda r0, r1: r1.descriptor(0, 0x1_1004_4000, 21),
            (
                "vring1: the buffer of descriptor 0, 0x15 bytes at 0x110044000, does not lie in the memory that"
                " both sides share."
            ),
        ),
        (
            lambda r0, r1: r0.descriptor(0, 0x1000_0000, 0x2_0000, 2),
            "vring0: the buffer of descriptor 0, 0x20000 bytes at 0x10000000, is longer than any message.",
        ),
        (lambda r0, r1: r0.descriptor(0, BUFFERS, 0, 2), "vring0: the buffer of descriptor 0 has 0 bytes."),
        (
            lambda r0, r1: r0.descriptor(0, BUFFERS, 512),
            "vring0: descriptor 0 lacks WRITE, and is for a message that the firmware writes.",
        ),
        (
            lambda r0, r1: r1.descriptor(0, BUFFERS + 0x2000, 21, 2),
            "vring1: descriptor 0 has WRITE, and carries a message that the firmware reads.",
        ),
        (
            lambda r0, r1: r1.descriptor(0, BUFFERS + 0x2000, 21, 8),
            "vring1: descriptor 0 has the flags 0x0008, of which bits 0 to 2 mean something.",
        ),
        (
            lambda r0, r1: r0.descriptor(2, RING1 + 0x100, 512, 2),
            "vring0: the buffer of descriptor 2, at 0x10041100, lies over vring1.",
        ),
        (
            lambda r0, r1: r0.descriptor(2, TABLE - 256, 512, 2),
            "vring0: the buffer of descriptor 2, at 0x1001FF00, lies over the resource table.",
        ),
        (
            lambda r0, r1: r0.descriptor(2, BUFFERS + 0x700, 512, 2),
            "vring0: the buffer of descriptor 2, at 0x10042700, lies over that of descriptor 3 of vring0.",
        ),
        (
            lambda r0, r1: r1.descriptor(0, BUFFERS + 0x2000, 21, 1, 16),
            "vring1: descriptor 0 goes on at 16, and the ring has 16 descriptors.",
        ),
        (
            lambda r0, r1: r1.descriptor(0, BUFFERS + 0x2000, 21, 1, 0),
            "vring1: the chain of descriptor 0 comes to descriptor 0, which is in a chain already.",
        ),
        (
            lambda r0, r1: r1.memory.put(BUFFERS + 0x2000 + 12, "<H", 497),
            "vring1: descriptor 0: the header's len is 497, and the buffer has 5 bytes behind the header.",
        ),
        (
            lambda r0, r1: r1.descriptor(0, BUFFERS + 0x2000, 12),
            "vring1: descriptor 0: 12 bytes are too few for an RPMsg header of 16.",
        ),
        (
            lambda r0, r1: r0.give_back(0, 513),
            "vring0: descriptor 0: the firmware says that it wrote 513 bytes into a buffer of 512.",
        ),
        (lambda r0, r1: r0.give_back(0, 4), "vring0: descriptor 0: 4 bytes are too few for an RPMsg header of 16."),
    ],
)
def test_contradiction_is_found(spoil: Callable[[SplitRing, SplitRing], None], sentence: str) -> None:
    memory, ring0, ring1 = brought_up()
    sent(ring1, 0, b"hello")
    assert findings(memory) == []
    spoil(ring0, ring1)
    assert sentence in findings(memory)


@pytest.mark.parametrize(
    ("num", "align", "da", "sentence"),
    [
        (12, 16, RING0, "vring0: num is 12, which is no power of two up to 32768."),
        (0, 16, RING0, "vring0: num is 0, which is no power of two up to 32768."),
        (65536, 16, RING0, "vring0: num is 65536, which is no power of two up to 32768."),
        (16, 24, RING0, "vring0: align is 24, which is no power of two."),
        (16, 16, 0xFFFF_FFFF, "vring0: it has no address yet, though the device is in use."),
        (
            16,
            16,
            0x1005_FFF0,
            "vring0: a ring of 0x1B6 bytes at 0x1005FFF0 does not lie in the memory that both sides share.",
        ),
    ],
)
def test_ring_that_cannot_be_is_found(num: int, align: int, da: int, sentence: str) -> None:
    assert sentence in findings(shared(num=num, align=align, rings=(da, RING1)))


def test_buffer_beside_a_ring_or_not_given_is_no_contradiction() -> None:
    memory, ring0, ring1 = brought_up()
    ring0.descriptor(2, RING1 + 0x1B6, 512, flags=2)
    ring0.descriptor(3, RING1 - 512, 512, flags=2)
    ring0.descriptor(4, BUFFERS + 512 * 5 - 512, 512, flags=2)
    ring1.descriptor(7, RING0, 512)
    assert findings(memory) == []


def test_third_ring_is_found() -> None:
    memory = shared(rings=(RING0, RING1, RING1 + 0x1000))
    found = decode(memory.read, TABLE, TABLE_SIZE + 20)
    assert "vdev 0: a vdev has at most 2." in map(str, found.findings)


def test_announcement_of_another_length_is_found() -> None:
    memory, ring0, _ = brought_up()
    ring0.message(0, 0x400, 53, b"rpmsg-tty")
    ring0.give_back(0, 25)
    assert findings(memory) == ["vring0: descriptor 0: a message to the name service from 0x400 has 9 bytes, not 40."]


def test_message_that_linux_drops_is_found() -> None:
    memory, ring0, _ = brought_up()
    ring0.message(0, 0x400, 0x400, b"hello", length=6)
    ring0.give_back(0, 21)
    dropped = [
        "vring0: descriptor 0: the header's len is 6, and the firmware gave back 5 bytes behind the header: Linux"
        " drops the message (inbound msg too big) and does not post the buffer again."
    ]
    assert findings(memory) == dropped
    ring0.collected(1)
    assert findings(memory) == dropped


def test_table_that_names_the_same_ring_over_and_over_is_followed_to_an_end() -> None:
    memory = shared()
    vdev = memory.read(TABLE + 0x18, 68)
    assert vdev is not None
    count = 16_000
    listed = struct.pack(f"<4I{count}I", 1, count, 0, 0, *[16 + 4 * count] * count) + vdev
    memory.put(TABLE, f"{len(listed)}s", listed)
    found = decode(memory.read, TABLE, len(listed))
    assert len(found.devices) == 64
    assert "resource table: of its 16000 entries only the first 64 are followed." in map(str, found.findings)


def test_trace_buffer_larger_than_any_memory_is_not_read() -> None:
    table = struct.pack("<5I", 1, 1, 0, 0, 20) + struct.pack("<4I32s", 2, 0x2000_0000, 5 << 20, 0, b"log")
    asked = []

    def read(address: int, size: int) -> bytes | None:
        asked.append(size)
        return (table + bytes(size))[:size] if address == TABLE else bytes(size)

    found = decode(read, TABLE, len(table))
    assert max(asked) == len(table)
    assert [str(finding) for finding in found.findings] == [
        "trace0: a buffer of 0x500000 bytes at 0x20000000 does not lie in the memory that both sides share.",
        "resource table: its entries lead to more than 4 MiB; what goes beyond that counts as unreadable.",
    ]
