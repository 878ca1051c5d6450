"""Resource tables broken in every way: the kernel's refusal, and a bench that a good image still runs on.

The lines and codes are those of remoteproc_core.c, remoteproc_virtio.c and rsc_table.h (linux-mailbox.md §3.5).
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.errors import ImageError
from mp1bench.linux import KernelFaultError
from tables import alone, check_usable, header, memory, ring, trace, vdev

Make = Callable[..., Any]
RPROC = "remoteproc remoteproc0: "
TABLE = 0x10020000
FIT = f"{RPROC}Registered carveout doesn't fit"


# -- the header: Linux boots as if there were no table --------------------------------------------------------

HEADERS = {
    "empty": (b"", "header-less resource table"),
    "header cut": (header()[:15], "header-less resource table"),
    "version 0": (header(0), "unsupported fw ver: 0"),
    "version 2": (header(2), "unsupported fw ver: 2"),
    "version beyond an int": (header(0xFFFFFFFF), "unsupported fw ver: -1"),
    "reserved word": (header(1, 0, (0, 1)), "non zero reserved bytes"),
    "num too large": (header(1, 3, (0, 0), 28, 28), "resource table incomplete"),
    "num that overflows": (header(1, 0x40000000), "resource table incomplete"),
}


@pytest.mark.parametrize(("data", "line"), HEADERS.values(), ids=HEADERS)
def test_a_table_with_a_wrong_header_is_as_good_as_none(bench: Any, image: Make, data: bytes, line: str) -> None:
    bench.host.start(image(data=data))
    assert bench.log("err") == [f"{RPROC}{line}"] * 2  # Linux looks for it before and after loading
    assert bench.log("warn") == [f"{RPROC}no resource table found for this firmware"]
    assert bench.host.user.read_text("/sys/kernel/debug/remoteproc/remoteproc0/resource_table") == (
        "No resource table found\n"
    )
    bench.peer(table=None)
    bench.host.stop()
    check_usable(bench, image)


# -- entries that Linux does not boot with --------------------------------------------------------------------

ENTRIES = {
    "offset past the end": (header(1, 1, (0, 0), 0x1000) + vdev(), "rsc table is truncated"),
    "offset at the end": (header(1, 1, (0, 0), 20), "rsc table is truncated"),
    "offset near the end of memory": (header(1, 1, (0, 0), 0xFFFFFFFE) + vdev(), "rsc table is truncated"),
    "offset in the header": (header(1, 1, (0, 0), 4) + vdev(), "rsc table is truncated"),
    "type word cut": (header(1, 1, (0, 0), 20) + b"\3\0\0", "rsc table is truncated"),
    "vdev cut": (alone(vdev()[:20]), "vdev rsc is truncated"),
    "vdev without its second ring": (alone(vdev(ring(), count=2)), "vdev rsc is truncated"),
    "vdev of 255 rings": (alone(vdev(count=255)), "vdev rsc is truncated"),
    "config_len past the end": (alone(vdev(config=1)), "vdev rsc is truncated"),
    "config_len that overflows": (alone(vdev(config=0xFFFFFFFF)), "vdev rsc is truncated"),
    "vdev reserved": (alone(vdev(reserved=b"\0\1")), "vdev rsc has non zero reserved bytes"),
    "three rings": (alone(vdev(ring(), ring(), ring())), "too many vrings: 3"),
    "trace cut": (alone(trace()[:12]), "trace rsc is truncated"),
    "trace reserved": (alone(trace(reserved=1)), "trace rsc has non zero reserved bytes"),
    "carveout cut": (alone(memory(0, b"x")[:20]), "carveout rsc is truncated"),
    "carveout reserved": (alone(memory(0, b"x", reserved=7)), "carveout rsc has non zero reserved bytes"),
    "devmem, which takes an IOMMU": (alone(memory(1, b"x")), ""),
    "devmem cut": (alone(b"\1\0\0\0"), ""),
    "the second entry is wrong": (alone(trace(), vdev()[:20]), "vdev rsc is truncated"),
}


@pytest.mark.parametrize(("data", "line"), ENTRIES.values(), ids=ENTRIES)
def test_a_wrong_entry_ends_the_boot(bench: Any, image: Make, data: bytes, line: str) -> None:
    with pytest.raises(ImageError, match=r"^Linux does not start `echo.elf` \(-22 \(EINVAL\)\)\. It says: "):
        bench.host.start(image(data=data))
    assert [text.removeprefix(RPROC) for text in bench.log("err")] == [
        *([line] if line else []),
        "Failed to process resources: -22",
        "Boot failed: -22",
    ]
    assert bench.host.rproc.state == "offline"
    check_usable(bench, image)


CARVEOUTS = {
    "larger than what is reserved": (memory(0, b"vdev0vring0", length=0x2000), f"{FIT} len request"),
    "below what is reserved": (memory(0, b"vdev0vring0", da=0x10000000), f"{FIT} da request"),
    "past the end of what is reserved": (memory(0, b"vdev0vring0", da=0x10040800), f"{FIT} len request"),
    "asked for twice": (memory(0, b"mine") * 2, f"{RPROC}Carveout already associated to resource table"),
}


@pytest.mark.parametrize(("entries", "line"), CARVEOUTS.values(), ids=CARVEOUTS)
def test_a_carveout_that_does_not_fit_ends_the_boot(bench: Any, image: Make, entries: bytes, line: str) -> None:
    size = len(memory(0, b""))
    data = alone(*(entries[at : at + size] for at in range(0, len(entries), size)))
    with pytest.raises(ImageError, match=r"\(-12 \(ENOMEM\)\)"):
        bench.host.start(image(data=data))
    assert bench.log("err") == [line, f"{RPROC}Failed to process resources: -12", f"{RPROC}Boot failed: -12"]
    check_usable(bench, image)


@pytest.mark.parametrize(("length", "shown"), [(0x10001000, "10001000"), (0xFFFFFFFF, "ffffffff"), (0, "0")])
def test_a_carveout_that_no_memory_holds_ends_the_boot(bench: Any, image: Make, length: int, shown: str) -> None:
    with pytest.raises(ImageError, match=r"\(-12 \(ENOMEM\)\)"):
        bench.host.start(image(data=alone(memory(0, b"huge", length=length))))
    assert bench.log("err") == [
        f"stm32-rproc 10000000.m4: failed to allocate dma memory: len 0x{shown}",
        f"{RPROC}Unable to allocate carveout huge: -12",
        f"{RPROC}Failed to allocate associated carveouts: -12",
        f"{RPROC}Boot failed: -12",
    ]
    check_usable(bench, image)


def test_rings_that_the_device_tree_does_not_reserve_have_no_memory_here(bench: Any, image: Make) -> None:
    with pytest.raises(ImageError, match=r"\(-12 \(ENOMEM\)\)"):
        bench.host.start(image(data=alone(vdev(), vdev())))
    assert f"{RPROC}Unable to allocate carveout vdev1vring0: -12" in bench.log("err")
    check_usable(bench, image)


# -- entries that Linux takes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "line"), [(4, "resource 4"), (128, "vendor resource 128"), (511, "vendor resource 511")]
)
def test_unknown_and_vendor_entries_are_passed_over(bench: Any, image: Make, kind: int, line: str) -> None:
    bench.host.start(image(data=alone(struct.pack("<I", kind), vdev())))
    assert bench.log("warn") == [f"{RPROC}unsupported {line}"]
    assert bench.engine.read(TABLE + 28 + 24, 1) == 7


def test_a_type_beyond_an_int_is_passed_over(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(b"\xff\xff\xff\xff")))
    assert bench.log("warn") == [f"{RPROC}unsupported resource -1"]


def test_unaligned_and_overlapping_entries_are_read_like_others(bench: Any, image: Make) -> None:
    bench.host.start(image(data=header(1, 2, (0, 0), 30, 30) + bytes(6) + trace()))
    assert [(entry.da, entry.length) for entry in bench.host.rproc.traces] == [(0x10030000, 0x800)] * 2
    bench.host.stop()
    check_usable(bench, image)


def test_a_reserved_carveout_is_told_to_the_firmware(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(memory(0, b"vdev0vring0", length=0x100), memory(0, b"vdev0buffer"))))
    assert bench.engine.read_bytes(TABLE + 28, 12) == struct.pack("<III", 0x10040000, 0x10040000, 0x1000)
    # The buffers' memory is mapped by nobody: its physical address stays unknown.
    assert bench.engine.read_bytes(TABLE + 84, 12) == struct.pack("<III", 0x10042000, 0, 0x4000)


def test_a_carveout_of_another_name_comes_from_ddr_that_the_m4_does_not_reach(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(memory(0, b"mine"), memory(0, b"fixed", da=0x10050000))))
    assert bench.engine.read_bytes(TABLE + 28, 12) == struct.pack("<III", 0xFFFFFFFF, 0xDF000000, 0x1000)
    assert bench.engine.read_bytes(TABLE + 84, 12) == struct.pack("<III", 0x10050000, 0xDF001000, 0x1000)
    assert bench.log("warn") == [
        "stm32-rproc 10000000.m4: Allocated carveout doesn't fit device address request",
    ]
    bench.host.stop()
    check_usable(bench, image)


def test_a_name_without_an_end_is_cut_at_31_characters(bench: Any, image: Make) -> None:
    bench.host.start(image(data=alone(memory(0, b"x" * 32), trace(name=b"y" * 32))))
    memories = bench.host.user.read_text("/sys/kernel/debug/remoteproc/remoteproc0/carveout_memories")
    assert f"\tName: {'x' * 31}\n" in memories
    bench.host.stop()
    check_usable(bench, image)


# -- where the table lies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [0x20000000, 0x10042000, 0x1003FFF0, 0xFFFFFFF0])
def test_a_table_outside_the_mapped_memory_is_never_seen_by_the_firmware(bench: Any, image: Make, address: int) -> None:
    before = bench.engine.read_bytes(0x10000000, 0x60000)
    bench.host.start(image(data=alone(trace()), address=address))
    after = bench.engine.read_bytes(0x10000000, 0x60000)
    assert [at for at in range(0x20, 0x60000) if before[at] != after[at]] == []
    assert bench.host.rproc.state == "running"
    bench.host.stop()
    check_usable(bench, image)


def test_a_table_in_its_own_code_is_written_over_it(bench: Any, image: Make) -> None:
    data = alone(trace())
    bench.host.start(image(data=data, address=0x10000000))
    assert bench.engine.read_bytes(0x10000000, len(data)) == data


# -- traces ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("da", "length"), [(0x20000000, 0x100), (0x1003FF00, 0x101), (0x10042000, 16)])
def test_a_trace_outside_the_memory_is_not_available(bench: Any, image: Make, da: int, length: int) -> None:
    bench.host.start(image(data=alone(trace(da, length))))
    text = bench.host.user.read_text("/sys/kernel/debug/remoteproc/remoteproc0/trace0")
    assert text == "Trace  not available\n"
    bench.host.stop()
    check_usable(bench, image)


def test_a_trace_whose_length_overflows_is_read_up_to_a_nul_or_the_end_of_linux(bench: Any, image: Make) -> None:
    path = "/sys/kernel/debug/remoteproc/remoteproc0/trace0"
    bench.host.start(image(data=alone(trace(0x1003FF00, 0xFFFFFFFF))))
    bench.engine.write_bytes(0x1003FF00, b"text\0")
    assert bench.host.user.read_text(path) == "text"
    bench.engine.write_bytes(0x1003FF00, b"x" * 0x100)
    with pytest.raises(KernelFaultError, match="a page fault behind the carve-out in rproc_trace_read"):
        bench.host.user.read_text(path)
    bench.host.stop()
    check_usable(bench, image)


# -- anything -------------------------------------------------------------------------------------------------


@settings(derandomize=True, max_examples=300, deadline=None, database=None)
@given(changes=st.dictionaries(st.integers(0, 34), st.integers(0, 0xFFFFFFFF) | st.integers(0, 40), max_size=4))
def test_no_table_makes_the_bench_unusable(new_bench: Make, image: Make, table: Make, changes: dict[int, int]) -> None:
    bench = new_bench()
    data = bytearray(table())
    for at, value in changes.items():
        struct.pack_into("<I", data, 4 * at, value)
    bench.peer(table=None)
    with contextlib.suppress(ImageError, KernelFaultError):
        bench.host.start(image(data=bytes(data)))
    if bench.host.rproc.state == "running":
        bench.run(100)
        with contextlib.suppress(KernelFaultError):
            bench.host.user.read_text("/sys/kernel/debug/remoteproc/remoteproc0/resource_table")
            bench.host.stop()
    assert bench.host.rproc.state == "offline"
    bench.host.start(image())
    assert bench.host.rproc.state == "running"
