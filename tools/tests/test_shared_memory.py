"""The decoder of shared memory, on memory that is written by hand: what it says, what it finds, what it never does."""

from __future__ import annotations

import struct

import pytest
from memory_by_hand import (
    BUFFERS,
    LOG,
    RING0,
    RING1,
    TABLE,
    TABLE_SIZE,
    Memory,
    announced,
    brought_up,
    sent,
    shared,
)

from ipcclab.sharedmemory import Descriptor, SharedMemory, decode
from ipcclab.sharedmemory.text import lines


def look(memory: Memory) -> SharedMemory:
    return decode(memory.read, TABLE, TABLE_SIZE)


def descriptors(memory: Memory, ring: int) -> tuple[Descriptor, ...]:
    found = look(memory).ring(ring)
    assert found is not None
    return found.descriptors


def findings(memory: Memory) -> list[str]:
    return [str(finding) for finding in look(memory).findings]


# -- the table --------------------------------------------------------------------------------------------------


def test_table_is_read_as_it_lies_in_memory() -> None:
    found = look(shared(status=3))
    assert found.table is not None
    assert (found.table.address, found.table.version, len(found.table.entries)) == (TABLE, 1, 2)
    (device,) = found.devices
    assert (device.entry.id, device.entry.status, device.entry.dfeatures, device.entry.gfeatures) == (7, 3, 1, 1)
    assert [(r.address, r.align, r.num, r.notifyid) for r in device.rings] == [(RING0, 16, 16, 0), (RING1, 16, 16, 1)]


def test_status_and_features_are_named() -> None:
    told = "\n".join(lines(look(shared(status=0x83))))
    assert "status 0x83 (ACKNOWLEDGE, DRIVER, FAILED); offers 0x01 (NS), agreed 0x01 (NS)" in told


def test_carveout_devmem_and_unknown_entries_are_told() -> None:
    memory = Memory()
    carveout = struct.pack("<I5I32s", 0, 0x1003_0000, 0x1003_0000, 0x1000, 3, 0, b"pool")
    devmem = struct.pack("<I5I32s", 1, 0x4000_0000, 0x4000_0000, 0x400, 0, 0, b"tim2")
    unknown = struct.pack("<I", 200)
    data = struct.pack("<7I", 1, 3, 0, 0, 28, 84, 140) + carveout + devmem + unknown
    memory.put(TABLE, f"{len(data)}s", data)
    told = "\n".join(lines(decode(memory.read, TABLE, len(data))))
    assert "carveout 0  pool: 4096 bytes, da at 0x10030000, pa at 0x10030000, flags 0x3" in told
    assert "devmem 0    tim2: 1024 bytes, da at 0x40000000, pa at 0x40000000, flags 0x0" in told
    assert "type 200    Linux passes over it (unsupported vendor resource 200)" in told


def test_trace_buffer_is_read_up_to_its_first_nul() -> None:
    memory = shared()
    memory.put(LOG, "16s", b"boot\nready\0stale")
    (log,) = look(memory).logs
    assert (log.entry.name, log.text) == ("cm4_log", "boot\nready")


@pytest.mark.parametrize(
    ("address", "note"),
    [
        (None, "there is no resource table: an image without one has no rings, and Linux has no RPMsg with it"),
        (
            0x1002_0000,
            "the memory at 0x10020000, where the resource table is to be, holds zeroes only: nobody has put it there"
            " yet",
        ),
        (0x2000_0000, "the memory at 0x20000000, where the resource table is to be, is not shared by the two sides"),
    ],
)
def test_memory_without_a_table_says_so(address: int | None, note: str) -> None:
    found = decode(Memory().read, address)
    assert (found.note, found.table, found.findings) == (note, None, ())


# -- rings and owners -------------------------------------------------------------------------------------------


def test_ring_of_a_device_that_is_not_up_is_not_judged() -> None:
    memory = shared(status=3)
    memory.put(RING1 + 0x132, "<H", 99)
    ring = look(memory).ring(1)
    assert ring is not None
    assert (ring.in_use, ring.used_idx, ring.descriptors, findings(memory)) == (False, 99, (), [])


def test_ring_without_an_address_has_no_indices() -> None:
    found = look(shared(status=0, rings=(0xFFFF_FFFF, 0xFFFF_FFFF)))
    assert found.findings == ()
    assert [ring.avail_idx for device in found.devices for ring in device.rings] == [None, None]
    assert "Linux gives it one when it starts the firmware." in "\n".join(lines(found))


def test_posted_buffers_are_the_firmwares() -> None:
    memory, _, _ = brought_up()
    assert {d.owner for d in descriptors(memory, 0)} == {"firmware"}
    assert {d.state for d in descriptors(memory, 0)} == {"empty, for the firmware to fill"}
    assert {(d.owner, d.state) for d in descriptors(memory, 1)} == {("Linux", "not used yet")}
    assert findings(memory) == []


def test_message_is_the_firmwares_until_it_is_given_back() -> None:
    memory, _, ring1 = brought_up()
    sent(ring1, 0, b"one")
    sent(ring1, 1, b"two")
    assert [d.owner for d in descriptors(memory, 1)[:3]] == ["firmware", "firmware", "Linux"]
    ring1.give_back(0)
    first, second = descriptors(memory, 1)[:2]
    assert (first.owner, first.state) == ("Linux", "given back, free for Linux's next message")
    assert (second.owner, second.state) == ("firmware", "a message that the firmware has not given back")
    assert first.message is not None
    assert second.message is not None
    assert (first.message.current, second.message.current) == (False, True)


def test_message_waits_for_linux_until_used_event_passes_it() -> None:
    memory, ring0, _ = brought_up()
    ring0.message(0, 0x400, 0x400, b"one")
    ring0.give_back(0, 19)
    ring0.message(1, 0x400, 0x400, b"two")
    ring0.give_back(1, 19)
    ring0.collected(1)
    first, second, third = descriptors(memory, 0)[:3]
    assert (first.owner, first.state) == ("Linux", "taken by Linux, which has not posted it again")
    assert (second.owner, second.state, second.used_length) == ("Linux", "a message that Linux has not taken yet", 19)
    assert third.owner == "firmware"
    assert [d.message.current for d in (first, second) if d.message] == [False, True]


def test_what_linux_has_taken_is_known_while_it_writes_used_event() -> None:
    memory, ring0, ring1 = brought_up()
    assert [ring.collected for ring in look(memory).devices[0].rings] == [0, None]
    ring1.flags(avail=0)
    assert [ring.collected for ring in look(memory).devices[0].rings] == [0, 0]
    ring0.flags(avail=1)  # as old firmware does; Linux goes by its own copy
    assert [ring.collected for ring in look(memory).devices[0].rings] == [0, 0]
    assert "NO_INTERRUPT) no doorbell is wanted for what is given back. Linux never sets" in "\n".join(
        lines(look(memory))
    )
    memory.put(TABLE + 0x24, "<II", 1 | 1 << 29, 1 | 1 << 29)
    assert [ring.collected for ring in look(memory).devices[0].rings] == [0, None]
    assert "With EVENT_IDX doorbells are asked for by index" in "\n".join(lines(look(memory)))


def test_used_event_beyond_the_ring_is_not_believed() -> None:
    memory, ring0, _ = brought_up()
    ring0.collected(99)
    ring = look(memory).ring(0)
    assert ring is not None
    assert ring.collected is None
    assert findings(memory) == ["vring0: used_event is 99 and used.idx 0: Linux cannot have got so far."]


def test_indices_wrap_round() -> None:
    memory, ring0, _ = brought_up()
    for idx in range(65_530, 65_546):
        ring0.avail_idx = idx % 65536
        ring0.give(idx % 16)
    ring0.used_idx = 65_529
    for idx in range(65_529, 65_532):
        ring0.give_back(idx % 16, 16)
    ring0.collected(65_532)
    given_back = {n % 16 for n in range(65_530, 65_532)}
    assert {d.index for d in descriptors(memory, 0) if d.owner == "Linux"} == given_back
    assert findings(memory) == []


def test_length_is_the_one_that_came_back_last() -> None:
    memory, _, ring1 = brought_up()
    for length in (3, 5):
        sent(ring1, 0, b"x")
        ring1.give_back(0, length)
    assert descriptors(memory, 1)[0].used_length == 5


def test_buffer_given_back_out_of_turn_is_told() -> None:
    memory, _, ring1 = brought_up()
    for n in range(3):
        sent(ring1, n, b"x")
    ring1.give_back(1)
    assert [d.owner for d in descriptors(memory, 1)[:3]] == ["firmware", "Linux", "firmware"]
    assert findings(memory) == []


def test_members_of_a_chain_are_where_its_head_is() -> None:
    memory, _, ring1 = brought_up()
    ring1.descriptor(4, BUFFERS + 0x3000, 16, flags=1, following=9)
    ring1.descriptor(9, BUFFERS + 0x3200, 16)
    ring1.give(4)
    assert [d.index for d in descriptors(memory, 1) if d.owner == "firmware"] == [4, 9]


# -- buffers ----------------------------------------------------------------------------------------------------


def test_header_and_payload_are_read_little_endian() -> None:
    memory, ring0, _ = brought_up()
    memory.put(BUFFERS, "<IIIHH5s", 0x401, 0x12345678, 0xABCD, 5, 3, b"hello")
    ring0.give_back(0, 21)
    message = descriptors(memory, 0)[0].message
    assert message is not None
    assert (message.source, message.destination, message.reserved) == (0x401, 0x12345678, 0xABCD)
    assert (message.length, message.flags, message.payload) == (5, 3, b"hello")


def test_services_are_known_by_their_announcements() -> None:
    memory, ring0, ring1 = brought_up()
    announced(ring0, 0, b"rpmsg-tty", 0x410)
    announced(ring0, 1, b"gone", 0x401)
    announced(ring0, 2, b"gone", 0x401, flags=1)
    sent(ring1, 0, b"hello", destination=0x410)
    found = look(memory)
    assert [(name.side, name.address, name.name) for name in found.endpoints] == [("firmware", 0x410, "rpmsg-tty")]
    assert [d.message.service for d in descriptors(memory, 1) if d.message] == ["rpmsg-tty"]
    told = [d.message.announcement for d in descriptors(memory, 0) if d.message]
    assert [(a.name, a.address, a.created) for a in told if a] == [
        *(("rpmsg-tty", 0x410, True), ("gone", 0x401, True), ("gone", 0x401, False)),
    ]
    assert found.findings == ()


def test_only_bit_0_of_an_announcement_counts() -> None:
    memory, ring0, _ = brought_up()
    announced(ring0, 0, b"kept", 0x400, flags=2)
    announced(ring0, 1, b"gone", 0x401)
    announced(ring0, 2, b"gone", 0x401, flags=3)
    assert [name.name for name in look(memory).endpoints] == ["kept"]


def test_linux_announces_services_of_its_own() -> None:
    memory, _, ring1 = brought_up()
    sent(ring1, 0, struct.pack("<32sII", b"rpmsg-raw", 0x401, 0), destination=53)
    assert [(name.side, name.address) for name in look(memory).endpoints] == [("Linux", 0x401)]


def test_what_an_old_message_left_is_no_contradiction() -> None:
    memory, ring0, _ = brought_up()
    ring0.message(3, 0x400, 0x400, b"hello", length=5000)
    message = descriptors(memory, 0)[3].message
    assert message is not None
    assert (message.current, message.length, len(message.payload)) == (False, 5000, 496)
    assert findings(memory) == []
