"""The resource table's layout and the kernel's checks (linux-mailbox.md §3.5, real-images.md §2.1)."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.linux.remoteproc.resource_table import (
    Carveout,
    Devmem,
    Refusal,
    TraceBuffer,
    Unsupported,
    Vdev,
    Vring,
    entry_offsets,
    parse,
)

Make = Callable[..., bytes]


def vdev(
    *, num: int = 16, align: int = 16, vrings: int = 2, config_len: int = 0, reserved: bytes = b"\0\0", rings: int = 2
) -> bytes:
    head = struct.pack("<IIIIIIBB2s", 3, 7, 0, 1, 0, config_len, 0, vrings, reserved)
    return head + rings * struct.pack("<IIIII", 0xFFFFFFFF, align, num, 0, 0)


def test_the_table_of_sts_images(table: Make) -> None:
    data = table()
    # 0x8C bytes in every image that has one; trace entry behind the vdev at 0x18.
    assert (len(data), entry_offsets(data)) == (0x8C - 4 + 4, [0x18, 0x5C])
    rings = (Vring(0x34, 0xFFFFFFFF, 16, 16, 0), Vring(0x48, 0xFFFFFFFF, 16, 16, 0))
    assert parse(data) == (
        [Vdev(0x18, 7, 0, 1, 0, 0, 0, rings), TraceBuffer(0x5C, 0x10030000, 0x800, "cm4_log")],
        [],
    )


def test_carveouts_devmem_and_unknown_types(table: Make) -> None:
    memory = struct.pack("<IIIII32s", 0x10040000, 0x10040000, 0x1000, 1, 0, b"shm")
    data = table(
        *(struct.pack("<I", kind) + memory for kind in (0, 1)), *(struct.pack("<I", kind) for kind in (4, 128, 512))
    )
    entries, refusals = parse(data)
    assert refusals == []
    assert entries[:2] == [
        Carveout(0x24, 0x10040000, 0x10040000, 0x1000, 1, "shm"),
        Devmem(0x5C, 0x10040000, 0x10040000, 0x1000, 1, "shm"),
    ]
    assert [entry.line for entry in entries[2:] if isinstance(entry, Unsupported)] == [
        *("unsupported resource 4", "unsupported vendor resource 128", "unsupported resource 512"),
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "header-less resource table"),
        (bytes(15), "header-less resource table"),
        (struct.pack("<IIII", 2, 0, 0, 0), "unsupported fw ver: 2"),
        (struct.pack("<IIII", 1, 0, 0, 9), "non zero reserved bytes"),
        (struct.pack("<IIII", 1, 1, 0, 0), "resource table incomplete"),
        (struct.pack("<IIIII", 1, 0x40000000, 0, 0, 0), "resource table incomplete"),
    ],
)
def test_a_wrong_header_is_refused(data: bytes, line: str) -> None:
    refusal = entry_offsets(data)
    assert isinstance(refusal, Refusal)
    assert refusal.line == line
    assert parse(data) == ([], [refusal])


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (b"\3\0\0", "rsc table is truncated"),
        (vdev()[:20], "vdev rsc is truncated"),
        (vdev(rings=1), "vdev rsc is truncated"),
        (vdev(vrings=255), "vdev rsc is truncated"),
        (vdev(config_len=1), "vdev rsc is truncated"),
        (vdev(config_len=0xFFFFFFFF), "vdev rsc is truncated"),
        (vdev(reserved=b"\0\1"), "vdev rsc has non zero reserved bytes"),
        (vdev(vrings=3, rings=3), "too many vrings: 3"),
        (vdev(num=0), "invalid qsz (0) or alignment (16)"),
        (vdev(align=0), "invalid qsz (16) or alignment (0)"),
        (struct.pack("<III", 2, 0x10030000, 0x800), "trace rsc is truncated"),
        (struct.pack("<IIII32s", 2, 0x10030000, 0x800, 1, b""), "trace rsc has non zero reserved bytes"),
        (struct.pack("<IIIII", 0, 0, 0, 0, 0), "carveout rsc is truncated"),
        (struct.pack("<IIIIII32s", 0, 0, 0, 0, 0, 7, b""), "carveout rsc has non zero reserved bytes"),
        (struct.pack("<II", 1, 0), "devmem rsc is truncated"),
        (struct.pack("<IIIIII32s", 1, 0, 0, 0, 0, 7, b""), "devmem rsc has non zero reserved bytes"),
    ],
)
def test_a_wrong_entry_is_refused(table: Make, entry: bytes, line: str) -> None:
    entries, refusals = parse(table(entry))
    assert ([refusal.line for refusal in refusals], entries) == ([line], [])


@pytest.mark.parametrize("offset", [0, 15, 0x89, 0x8C, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_an_offset_in_the_header_or_past_the_end_is_refused(table: Make, offset: int) -> None:
    data = bytearray(table())
    struct.pack_into("<I", data, 16, offset)
    entries, refusals = parse(bytes(data))
    assert [refusal.line for refusal in refusals] == ["rsc table is truncated"]
    assert len(entries) == 1


def test_a_name_that_is_not_terminated_or_not_text_is_still_a_name(table: Make) -> None:
    entries, _ = parse(table(*(struct.pack("<IIII32s", 2, 0, 0, 0, name) for name in (b"x" * 32, b"\xff\0rest", b""))))
    assert [entry.name for entry in entries if isinstance(entry, TraceBuffer)] == ["x" * 32, "\\xff", ""]


@settings(derandomize=True, max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 0xFFFFFFFF))
def test_no_bytes_make_the_parser_fail(data: bytes, word: int) -> None:
    for candidate in (data, struct.pack("<IIII", 1, 3, 0, 0) + struct.pack("<III", word, word & 0xFF, 28) + data):
        entries, refusals = parse(candidate)
        assert all(isinstance(entry.offset, int) for entry in [*entries, *refusals])
