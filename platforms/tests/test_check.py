"""The verdicts of `check`: one broken rule at a time, in an image that keeps all others."""

from __future__ import annotations

import struct

import pytest

from mp1bench.check import FAIL, PASS, WARN, check
from mp1bench.image import read_image

ANY = 0xFFFFFFFF
TABLE_AT = 0x10020000
NAME = b"cm4_log".ljust(32, b"\0")


def table(*, version=1, vdev=(7, 0, 1, 0, 0, 0), rings=((ANY, 16, 16), (ANY, 16, 16)), trace=(0x10021000, 0x800)):
    """The usual table of an STM32MP1 firmware (real-images.md §2.1): vdev at 0x18, trace at 0x5C."""
    vrings = b"".join(struct.pack("<5I", da, align, num, n, 0) for n, (da, align, num) in enumerate(rings))
    device = struct.pack("<6I4B", 3, *vdev[:5], vdev[5], len(rings), 0, 0) + vrings
    log = struct.pack("<4I", 2, *trace, 0) + NAME
    return struct.pack("<6I", version, 2, 0, 0, 24, 24 + len(device)) + device + log


@pytest.fixture
def judge(elf, write):
    """Findings on an image with the given table, as {rule: (verdict, text)}; the last of a rule wins."""

    def judge_image(data: bytes | None = None, address: int = TABLE_AT, **options: object):
        section = None if data is None else (address, data)
        symbols = [elf.Symbol("Reset_Handler", 0x10000001, 4)]
        image = read_image(write(resource_table=section, **{"symbols": symbols, **options}))
        return {finding.rule: (finding.verdict, finding.text) for finding in check(image)}

    return judge_image


def test_the_table_of_these_tests_is_the_usual_one():
    assert len(table()) == 0x8C
    assert table()[0x18:0x1C] == b"\x03\0\0\0"
    assert table()[0x5C:0x60] == b"\x02\0\0\0"


def test_good_image_passes_every_rule(judge):
    assert judge(table()) == {
        "format": (PASS, "ELF, executable for 32-bit Arm, 2 segments to load"),
        "segment 0": (PASS, "0x00000000, 8 bytes in RETRAM"),
        "segment 1": (PASS, "0x10000000, 4 bytes in MCUSRAM"),
        "initial SP": (PASS, "0x10040000"),
        "stack": (PASS, "256 KiB down to segment 1 (0x10000000)"),
        "reset vector": (PASS, "0x10000001 (Reset_Handler)"),
        "vectors": (WARN, "2 entries without a handler for HardFault: the first fault would lock the M4 up"),
        "symbols": (PASS, "1 functions"),
        "resource table": (PASS, "0x10020000, 140 bytes, version 1, 2 entries"),
        "vdev": (PASS, "id 7, 2 vrings, features 0x1 (RPMsg with name service)"),
        "vring0": (PASS, "address left to Linux, 16 buffers, align 16"),
        "vring1": (PASS, "address left to Linux, 16 buffers, align 16"),
        "trace": (PASS, "cm4_log, 0x10021000, 2 KiB"),
    }


def test_no_resource_table(judge):
    assert judge()["resource table"] == (
        WARN,
        "no `.resource_table` section: raw IPCC signals will work, RPMsg will not."
        " Linux would print 'no resource table found for this firmware'",
    )


def test_no_symbols(judge):
    assert judge(symbols=())["symbols"] == (WARN, "none: the trace will show addresses. Do not strip the image")


def test_stack_pointer_off_by_four(elf, judge):
    loads = [elf.Load(0, struct.pack("<II", 0x1003FFFC, 0x10000001)), elf.DEFAULT[1]]
    assert judge(loads=loads)["initial SP"] == (
        WARN,
        "0x1003FFFC is not a multiple of 8, as Arm's procedure call standard wants it",
    )


def test_reset_into_data(elf, judge):
    loads = [elf.DEFAULT[0], elf.Load(0x10000000, elf.CODE, flags=6), elf.Load(0x10001000, elf.CODE)]
    assert judge(loads=loads)["reset vector"] == (
        WARN,
        "0x10000001 (Reset_Handler) is in segment 1, which is not executable",
    )


def test_segment_where_linux_puts_rings_and_buffers(elf, judge):
    loads = [*elf.DEFAULT, elf.Load(0x10045FFF, b"\x01")]
    assert judge(loads=loads)["segment 2"] == (
        FAIL,
        "0x10045FFF, 1 byte in MCUSRAM; Linux puts rings and buffers at 0x10040000 to 0x10046000"
        " and would overwrite it",
    )


def test_segment_that_the_device_tree_gives_to_nobody(elf, judge):
    loads = [*elf.DEFAULT, elf.Load(0x10050000, bytes(16))]
    assert judge(loads=loads)["segment 2"] == (
        WARN,
        "0x10050000, 16 bytes in MCUSRAM; the usual device tree gives the firmware no memory there,"
        " so Linux would print 'bad phdr da 0x10050000 mem 0x10'",
    )


def test_segment_that_only_the_device_tree_of_the_bench_gives_to_the_firmware(elf, judge):
    loads = [*elf.DEFAULT, elf.Load(0x10048000, bytes(16))]
    assert judge(loads=loads)["segment 2"] == (
        WARN,
        "0x10048000, 16 bytes in MCUSRAM; the bench's device tree gives the firmware this memory, but that of the DK"
        " boards does not: with it Linux would print 'bad phdr da 0x10048000 mem 0x10'",
    )


# -- the table ------------------------------------------------------------------------------------------------


def test_table_version(judge):
    assert judge(table(version=2))["resource table"] == (
        FAIL,
        "ver must be 1, at offset 0x0 (02 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00)."
        " Linux would print 'unsupported fw ver: 2'",
    )


def test_table_cut_short(judge):
    verdict, text = judge(table()[:-1])["resource table"]
    assert verdict == FAIL
    assert text.endswith(
        "at offset 0x5C (02 00 00 00 00 10 02 10 00 08 00 00 00 00 00 00). Linux would print 'trace rsc is truncated'"
    )


@pytest.mark.parametrize("address", [0x20000000, 0x1005FFFF])
def test_table_outside_memory(judge, address):
    assert judge(table(), address=address)["resource table"] == (
        FAIL,
        f"0x{address:08X}, 140 bytes: not in the M4's memory, where Linux must write it",
    )


def test_table_larger_than_linux_looks_at(judge):
    assert judge(table() + bytes(1000))["resource table"] == (
        WARN,
        "0x10020000, 1140 bytes: Linux looks at 1024 bytes of it when it attaches",
    )


def test_table_without_vdev(judge):
    assert judge(struct.pack("<4I", 1, 0, 0, 0))["vdev"] == (WARN, "no vdev entry: RPMsg will not work")


@pytest.mark.parametrize(
    ("vdev", "verdict", "text"),
    [
        ((4, 0, 1, 0, 0, 0), WARN, "id 4, 2 vrings, features 0x1: not RPMsg (id 7), so Linux binds no rpmsg driver"),
        (
            (7, 0, 0, 0, 0, 0),
            WARN,
            "id 7, 2 vrings, features 0x0: no name service (bit 0), so announcements will not be heard",
        ),
        ((7, 0, 1, 0, 0, 4), WARN, "id 7, 2 vrings, features 0x1: status is 0x4 in the file; Linux expects 0"),
    ],
)
def test_vdev(judge, vdev, verdict, text):
    assert judge(table(vdev=vdev))["vdev"] == (verdict, text)


def test_second_vdev_finds_no_memory(judge):
    vdev = table()[0x18:0x5C]
    verdict, text = judge(struct.pack("<6I", 1, 2, 0, 0, 24, 24 + len(vdev)) + vdev + vdev)["vdev"]
    assert verdict == FAIL
    assert text.startswith("2 vdev entries, but the DK boards' device tree has vdev0vring0, vdev0vring1 and vdev0buf")


def test_devmem_ends_the_boot(judge):
    devmem = struct.pack("<IIIIII32s", 1, 0x40000000, 0x40000000, 0x400, 0, 0, b"timer")
    assert judge(struct.pack("<5I", 1, 1, 0, 0, 20) + devmem)["devmem"] == (
        FAIL,
        "timer, 0x40000000, 1 KiB: it takes an IOMMU, and Linux does not boot the image (-22)",
    )


def test_vdev_with_one_ring(judge):
    assert judge(table(rings=[(ANY, 16, 16)]))["vdev"] == (
        FAIL,
        "id 7, 1 vrings, features 0x1: RPMsg needs 2 vrings, one for each direction",
    )


@pytest.mark.parametrize(
    ("ring", "why"),
    [
        ((ANY, 16, 12), "the number of buffers must be a power of two"),
        ((ANY, 12, 16), "the alignment must be a power of two"),
        ((ANY, 16, 256), "the ring takes 6678 bytes and Linux's device tree has 4096 for it"),
        ((ANY, 16, 32), "64 buffers of 512 bytes in both directions do not fit into vdev0buffer (16 KiB)"),
        ((0x20000000, 16, 16), "its 438 bytes are not in the memory that both sides share"),
        ((0x1005FFF0, 16, 16), "its 438 bytes are not in the memory that both sides share"),
        ((0x10040004, 16, 16), "the address is not aligned"),
    ],
)
def test_vring(judge, ring, why):
    da, align, num = ring
    where = "address left to Linux" if da == ANY else f"0x{da:08X}"
    words = struct.pack("<4I", da, align, num, 1).hex(" ")
    assert judge(table(rings=[(ANY, 16, 16), ring]))["vring1"] == (
        FAIL,
        f"{where}, {num} buffers, align {align}: {why}, at offset 0x48 ({words})",
    )


def test_vrings_where_the_device_tree_has_them(judge):
    findings = judge(table(rings=[(0x10040000, 16, 16), (0x10041000, 16, 16)]))
    assert findings["vring0"] == (PASS, "0x10040000, 16 buffers, align 16")
    assert findings["vring1"] == (PASS, "0x10041000, 16 buffers, align 16")


@pytest.mark.parametrize("address", [0x10000000, 0x10040000, 0x10041F00, 0x10050000])
def test_a_vring_elsewhere_is_what_linux_refuses(judge, address):
    verdict, text = judge(table(rings=[(ANY, 16, 16), (address, 16, 16)]))["vring1"]
    assert verdict == FAIL
    assert "Linux's device tree has vdev0vring1 at 0x10041000 and refuses others with -12 (ENOMEM)" in text


@pytest.mark.parametrize(
    ("trace", "size"), [((0x20000000, 64), "64 bytes"), ((0x1005FFFF, 2), "2 bytes"), ((TABLE_AT, 0), "0 bytes")]
)
def test_trace_buffer_outside_memory(judge, trace, size):
    assert judge(table(trace=trace))["trace"] == (
        FAIL,
        f"cm4_log, 0x{trace[0]:08X}, {size}: not in the M4's memory",
    )


def test_entry_that_linux_does_not_know(judge):
    data = struct.pack("<5II", 1, 1, 0, 0, 20, 77)
    assert judge(data)["resource table"] == (WARN, "offset 0x14: Linux would print 'unsupported resource 77'")


def test_carveout_is_named(judge):
    data = struct.pack("<5I6I", 1, 1, 0, 0, 20, 0, 0x10048000, 0, 0x1000, 0, 0) + b"shared".ljust(32, b"\0")
    assert judge(data)["carveout"] == (PASS, "shared, 0x10048000, 4 KiB")
