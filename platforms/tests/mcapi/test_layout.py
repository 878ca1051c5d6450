"""The layout of MCAPI's shared memory (mcapi.md §4.4): nothing overlaps, slots are packed as told, C has the same."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from mp1bench.mcapi import c_header, layout
from mp1bench.mcapi.layout import Count, Descriptor, Kind, Role

HEADER = Path(__file__).parents[3] / "firmware" / "lib" / "mcapi" / "layout.h"


def test_the_firmwares_header_is_the_one_that_the_layout_gives():
    assert HEADER.read_text() == c_header.render()


def test_the_headers_offsets_are_those_of_the_design():
    offsets = {name: int(value, 0) for name, value in re.findall(r"MCAPI_(\w+) = (\w+),", HEADER.read_text())}
    assert offsets["HOST_SIDE_BLOCK"] == 0x010
    assert offsets["FIRMWARE_AWAY"] == 0x0C4
    assert offsets["HOST_RING0"] == 0x100
    assert offsets["FIRMWARE_RING1"] == 0x400
    assert offsets["HOST_FREE_RING"] == 0x500
    assert offsets["HOST_POOL"] == 0x1000
    assert offsets["FIRMWARE_POOL"] == 0x4000


def test_no_part_overlaps_another_and_all_lie_in_the_memory():
    sizes = {
        "HEADER": 16,
        "SIDE_BLOCK": 16,
        "INDICES": 24,
        "STATISTICS": 4 * len(Count),
        "AWAY": 4,
        "FREE_RING": 4 * layout.FREE_RING_SIZE,
        "POOL": layout.BUFFERS * layout.BUFFER_SIZE,
    }
    parts = [(layout.HEADER, sizes.pop("HEADER"))]
    parts += [(offset, size) for name, size in sizes.items() for offset in getattr(layout, name)]
    parts += [(offset, 16 * 16) for rings in layout.RINGS for offset in rings]
    parts.sort()
    for (offset, size), (following, _) in pairwise(parts):
        assert offset + size <= following
    assert sum(parts[-1]) <= layout.END <= layout.SIZE


def test_the_pools_are_whole_pages_of_their_own():
    for offset in layout.POOL:
        assert offset % 4096 == 0
        assert layout.BUFFERS * layout.BUFFER_SIZE % 4096 == 0


def test_the_memory_ends_before_the_camera_pool():
    assert (layout.BASE, layout.BASE + layout.SIZE) == (0x10048000, 0x10050000)


def test_a_descriptor_is_packed_as_declared():
    packed = Descriptor(Kind.PACKET, 1, 2, 300, 20, 0x1234, 7, 0xA5A5A5A5).pack()
    assert packed.hex(" ") == "d2 21 2c 01 14 00 34 12 07 00 00 00 a5 a5 a5 a5"
    assert Descriptor.unpack(packed) == (0xD2, 1, 2, 300, 20, 0x1234, 7, 0xA5A5A5A5)


@pytest.mark.parametrize(("position", "lap"), [(0, 1), (15, 1), (16, 2), (223, 14), (224, 15), (240, 0), (256, 1)])
def test_a_slot_carries_the_lap_of_its_ring(position, lap):
    assert layout.lap(position, layout.RING_SIZE) == lap


def test_the_last_position_before_the_wrap_and_the_first_after_differ():
    assert layout.lap(0xFFFFFFFF, layout.RING_SIZE) != layout.lap(0, layout.RING_SIZE)


def test_the_peer_of_the_host_is_the_firmware():
    assert Role.HOST.peer is Role.FIRMWARE
    assert Role.FIRMWARE.peer is Role.HOST
