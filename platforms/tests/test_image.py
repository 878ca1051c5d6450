"""Firmware images: what is read from a good one, and the sentence for each that the M4 could not run."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp1bench.errors import ImageError
from mp1bench.image import TableSection, describe_size, read_image
from mp1bench.regions import MP1_REGIONS, Region

KNOWN = (
    "Known regions: RETRAM 0x00000000 64 KiB, RETRAM 0x38000000 64 KiB,"
    " MCUSRAM 0x10000000 384 KiB, MCUSRAM 0x30000000 384 KiB."
)


def error_of(path: Path | str, **options: object) -> str:
    """The sentence with which the image is refused, the path taken out."""
    with pytest.raises(ImageError) as caught:
        read_image(path, **options)  # type: ignore[arg-type]
    assert caught.value.exit_code == 3
    return str(caught.value).replace(f"`{path}`", "IT")


# -- what is read -------------------------------------------------------------------------------------------


def test_segments_are_read_with_physical_and_virtual_address(elf, write):
    data = elf.Load(0x10000004, b"\x01\x02", size=6, flags=6, virtual=0x10020000)
    image = read_image(write(loads=[*elf.DEFAULT, data]))
    assert [(s.index, s.physical, s.virtual, s.data, s.size, s.executable) for s in image.segments] == [
        (0, 0, 0, elf.VECTORS, 8, True),
        (1, 0x10000000, 0x10000000, elf.CODE, 4, True),
        (2, 0x10000004, 0x10020000, b"\x01\x02", 6, False),
    ]


def test_segments_without_size_are_left_out_as_linux_does(elf, write):
    image = read_image(write(loads=[elf.Load(0xDEAD0000, b"", 0), *elf.DEFAULT]))
    assert [s.index for s in image.segments] == [1, 2]


def test_vectors_come_from_address_zero(write):
    image = read_image(write())
    assert (image.initial_sp, image.reset_pc) == (0x10040000, 0x10000001)


def test_vectors_may_be_loaded_through_the_a7s_name_of_retram(elf, write):
    image = read_image(write(loads=[elf.Load(0x38000000, elf.VECTORS), elf.DEFAULT[1]]))
    assert image.reset_pc == 0x10000001


def test_code_may_live_in_retram(elf, write):
    image = read_image(write(loads=[elf.Load(0, struct.pack("<II", 0x10060000, 9) + elf.CODE)]))
    assert (image.initial_sp, image.reset_pc) == (0x10060000, 9)


def test_sha256_is_that_of_the_file(write):
    path = write()
    assert read_image(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_resource_table_has_address_and_bytes(elf, write):
    table = struct.pack("<IIII", 1, 0, 0, 0)
    image = read_image(write(resource_table=(0x10020000, table)))
    assert image.resource_table == TableSection(0x10020000, table)


def test_image_without_resource_table(write):
    assert read_image(write()).resource_table is None


def test_image_without_sections_is_accepted(elf, write):
    content = bytearray(elf.build())
    content[32:36] = content[48:52] = bytes(4)  # e_shoff; e_shnum and e_shstrndx
    image = read_image(write(bytes(content)))
    assert image.resource_table is None
    assert image.symbolize(0x10000000) == ""


def test_regions_are_the_platforms(elf, write):
    path = write(loads=[elf.Load(0, elf.VECTORS), elf.Load(0xC0000000, elf.CODE), elf.DEFAULT[1]])
    assert len(read_image(path, (*MP1_REGIONS, Region("DDR", (0xC0000000,), 1 << 20))).segments) == 3


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (140, "140 bytes"), (24 << 10, "24 KiB"), (0xFFFFFFFF, "4 GiB"), (1536, "1.5 KiB")],
)
def test_sizes_are_shown_in_the_largest_fitting_unit(size, words):
    assert describe_size(size) == words


# -- symbols ------------------------------------------------------------------------------------------------


@pytest.fixture
def symbolize(elf, write):
    symbols = [
        elf.Symbol("main", 0x10000101, 0x20),
        elf.Symbol("unsized", 0x10000201),
        elf.Symbol("after", 0x10000301, 4),
        elf.Symbol("weak_alias", 0x10000301, 4, info=0x22),
        elf.Symbol("data", 0x10000110, 4, info=0x11),  # STT_OBJECT
        elf.Symbol("$t", 0x10000104, 0, info=0x00),  # STT_NOTYPE
        elf.Symbol("undefined", 0x10000111, 4, section=0),
    ]
    return read_image(write(symbols=symbols)).symbolize


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (0x10000100, "main"),
        (0x10000101, "main"),
        (0x1000011C, "main+0x1c"),
        (0x10000120, ""),
        (0x100000FE, ""),
        (0x10000200, "unsized"),
        (0x100002FE, "unsized+0xfe"),
        (0x10000302, "after+0x2"),
        (0xFFFFFFFF, ""),
        (0, ""),
    ],
)
def test_symbolize(symbolize, address, name):
    assert symbolize(address) == name


def test_global_name_wins_over_weak_and_local_ones_of_the_same_address(elf, write):
    symbols = [
        elf.Symbol("Default_Handler", 0x10000001, 2, info=0x02),
        elf.Symbol("IRQ_Handler", 0x10000001, 2, info=0x22),
        elf.Symbol("Reset_Handler", 0x10000001, 2, info=0x12),
    ]
    assert read_image(write(symbols=symbols)).symbolize(0x10000000) == "Reset_Handler"


# -- what is no ELF file --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (struct.pack("<II", 0x10040000, 0x10000001) * 8, "00 00 04 10 01 00 00 10, looks like a raw vector table"),
        (b"hello, world\n", "68 65 6c 6c 6f 2c 20 77, looks like text"),
        (b"\x00\x01\x02", "00 01 02"),
    ],
)
def test_a_file_that_is_no_elf_shows_its_first_bytes(write, content, looks):
    assert error_of(write(content, "image.bin")) == (
        f"IT is not an ELF file (starts with {looks}). Give the .elf that the linker wrote or, for a raw binary, its"
        " address (--address)."
    )


def test_missing_file_suggests_the_nearest_name(write, tmp_path):
    write(name="rpmsg_echo.elf")
    meant = tmp_path / "rpmsg_echo.elf"
    assert error_of(tmp_path / "rpmsg_ehco.elf") == f"IT does not exist. Did you mean `{meant}`?"


def test_missing_file_lists_the_elf_files_of_the_folder(write, tmp_path):
    write(name="b.elf")
    write(name="a.axf")
    assert error_of(tmp_path / "something_else") == f"IT does not exist. In `{tmp_path}` there are: a.axf, b.elf."


def test_missing_folder(tmp_path):
    assert error_of(tmp_path / "no" / "x.elf") == f"IT does not exist. There is no folder `{tmp_path / 'no'}`."


def test_folder(write, tmp_path):
    write(name="a.elf")
    assert error_of(tmp_path) == "IT is a folder. Give an .elf file in it: a.elf."


def test_folder_without_elf_files(tmp_path):
    assert error_of(tmp_path) == "IT is a folder. Give an .elf file in it."


def test_empty_file(write):
    assert error_of(write(b"")) == "IT is empty (0 bytes). Copy or build it again."


def test_pipe_is_refused_without_reading(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert error_of(tmp_path / "pipe") == "IT is a device or a pipe. Give a regular .elf file."


def test_huge_file_is_refused_without_reading(tmp_path):
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    assert error_of(path) == "IT has 3072 MiB; Cortex-M4 firmware has less than 64. Did you pass a disk image?"


def test_name_that_the_system_refuses():
    assert error_of("a\0b") == "IT cannot be read: its name holds a null character."


def test_name_below_a_file(write):
    assert error_of(write() / "x") == "IT cannot be read: Not a directory."


# -- what is an ELF file for something else -------------------------------------------------------------------


def test_aarch64(write):
    content = bytearray(64)
    content[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<HH", content, 16, 2, 183)
    assert error_of(write(bytes(content))) == (
        "IT is built for AArch64; the coprocessor is a Cortex-M4 (ARM, Thumb). Did you pass the Linux image?"
    )


def test_x86(write):
    content = bytearray(64)
    content[:6] = b"\x7fELF\x02\x01"
    struct.pack_into("<HH", content, 16, 3, 62)
    assert error_of(write(bytes(content))) == (
        "IT is built for Advanced Micro Devices X86-64; the coprocessor is a Cortex-M4 (ARM, Thumb)."
        " Did you pass a program built for this computer?"
    )


def test_unknown_machine(write):
    assert error_of(write(machine=0x1234)) == (
        "IT is built for machine number 4660; the coprocessor is a Cortex-M4 (ARM, Thumb)."
        " Did you pass a program built for this computer?"
    )


def test_big_endian(write):
    content = bytearray(64)
    content[:6] = b"\x7fELF\x01\x02"
    struct.pack_into(">HH", content, 16, 2, 40)
    assert error_of(write(bytes(content))) == (
        "IT is big-endian; the Cortex-M4 of the STM32MP1 is little-endian. Build without -mbig-endian."
    )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (1, "IT is an object file, not linked yet. Link it with the M4's script."),
        (3, "IT is a Linux program or library. Give the Cortex-M4's firmware."),
        (4, "IT is no executable (e_type is ET_CORE). Give the linked firmware."),
        (77, "IT is no executable (e_type is 77). Give the linked firmware."),
    ],
)
def test_kind_of_elf(write, kind, sentence):
    assert error_of(write(kind=kind)) == sentence


# -- damage ---------------------------------------------------------------------------------------------------


def patched(content: bytes, offset: int, form: str, *values: int) -> bytes:
    changed = bytearray(content)
    struct.pack_into(form, changed, offset, *values)
    return bytes(changed)


def test_header_cut_short(elf, write):
    assert error_of(write(elf.build()[:40])) == (
        "IT is cut short: the ELF header ends at byte 52, the file at 40. Copy or build it again."
    )


def test_tail_cut_off(elf, write):
    whole = elf.build()
    assert error_of(write(whole[:-1])) == (
        f"IT is cut short: the section header table ends at byte {len(whole)}, the file at {len(whole) - 1}."
        " Copy or build it again."
    )


def test_segment_data_beyond_the_file(elf, write):
    content = patched(elf.build(), 52 + 32 + 4, "<I", 0x12340000)  # p_offset of segment 1
    assert error_of(write(content)) == (
        f"IT is cut short: the data of segment 1 ends at byte {0x12340004}, the file at {len(content)}."
        " Copy or build it again."
    )


@pytest.mark.parametrize(
    ("offset", "form", "value", "why"),
    [
        (4, "<B", 7, "class byte 7 and byte-order byte 1 must each be 1 or 2"),
        (5, "<B", 0, "class byte 1 and byte-order byte 0 must each be 1 or 2"),
        (4, "<B", 2, "it says Arm (32-bit) and 64-bit class at the same time"),
        (42, "<H", 56, "a program header has 56 bytes instead of 32"),
        (46, "<H", 10, "a section header has 10 bytes instead of 40"),
        (44, "<H", 65535, "it has 65535 program headers; firmware has at most 64"),
        (48, "<H", 65535, "it has 65535 section headers; firmware has at most 4096"),
    ],
)
def test_damaged_header(elf, write, offset, form, value, why):
    content = patched(elf.build(), offset, form, value) + bytes(64)
    assert error_of(write(content)) == f"IT is a damaged ELF file: {why}. Copy or build it again."


def test_more_data_than_memory(elf, write):
    assert error_of(write(loads=[elf.DEFAULT[0], elf.Load(0x10000000, elf.CODE, size=2)])) == (
        "IT: segment 1 has 4 bytes in the file but only 2 in memory. The ELF file is damaged; build it again."
    )


# -- segments where no memory is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "size", "sentence"),
    [
        (0x08000000, 24 << 10, "(0x08000000, 24 KiB) is in flash; STM32MP1 has none. Linked with an STM32F4 script?"),
        (0x20000000, 1024, "(0x20000000, 1 KiB) is in another STM32's SRAM. Linked with an STM32F4 script?"),
        (0x00010000, 4096, "(0x00010000, 4 KiB) is where Linux programs live. Is it a program for the Cortex-A7?"),
        (0x2FFC0000, 4, "(0x2FFC0000, 4 bytes) is in SYSRAM, which belongs to the Cortex-A7. Is it a boot loader?"),
        (0xC0000000, 4, "(0xC0000000, 4 bytes) is in DDR, which belongs to Linux. Is it a program for the Cortex-A7?"),
        (0x4C001000, 4, "(0x4C001000, 4 bytes) is in the peripherals. Is the linker script the M4's?"),
        (0x60000000, 4, "(0x60000000, 4 bytes) is in no memory of this machine. Is the linker script the M4's?"),
        (0x10050000, 128 << 10, "(0x10050000, 128 KiB) starts in MCUSRAM and runs past its end. Make it smaller."),
        (0x10000000, 0xFFFFFFFF, "(0x10000000, 4 GiB) starts in MCUSRAM and runs past its end. Make it smaller."),
    ],
)
def test_segment_outside_memory(elf, write, address, size, sentence):
    path = write(loads=[elf.DEFAULT[0], elf.Load(address, elf.CODE, size=size)])
    assert error_of(path) == f"IT: segment 1 {sentence} {KNOWN}"


def test_absurd_size_is_refused_without_allocating(elf, write):
    path = write(loads=[elf.DEFAULT[0], elf.Load(0x10000000, elf.CODE, size=0xF0000000)])
    tracemalloc.start()
    error_of(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_nothing_to_load(elf, write):
    assert error_of(write(loads=[elf.Load(0x10000000, b"", size=64)])) == (
        "IT has nothing to load, so there is no code to run. Does the linker script place .text?"
    )


def test_linux_does_not_ask_whether_a_segment_is_executable(elf, write):
    loads = [elf.Load(0, elf.VECTORS, flags=4), elf.Load(0x10000000, elf.CODE, flags=6)]
    assert read_image(write(loads=loads)).reset_pc == 0x10000001


def test_segments_without_load_addresses(elf, write):
    loads = [elf.Load(0, elf.VECTORS), elf.Load(0, elf.CODE, virtual=0x10000000)]
    assert error_of(write(loads=loads)) == (
        "IT: all 2 segments have the physical address 0, so each would be loaded over the one before."
        " Have the linker set load addresses (GNU ld does; objcopy keeps them)."
    )


def test_repeated_bytes_are_no_damage(elf, write):
    loads = [*elf.DEFAULT, elf.Load(0x10000002, elf.CODE[2:])]
    assert len(read_image(write(loads=loads)).segments) == 3


def test_vectors_over_the_zeroes_of_an_earlier_segment_count(elf, write):
    loads = [elf.Load(0, b"", size=64), *elf.DEFAULT]
    assert read_image(write(loads=loads)).reset_pc == 0x10000001


@pytest.mark.parametrize("second", [0x10000002, 0x30000002, 0x30000000])
def test_segments_over_each_other_under_any_name_of_the_memory(elf, write, second):
    loads = [*elf.DEFAULT, elf.Load(second, b"\xff\xff")]
    assert error_of(write(loads=loads)) == (
        f"IT: segment 2 (0x{second:08X}, 2 bytes) overwrites segment 1 (0x10000000, 4 bytes)."
        " Move one of them in the linker script."
    )


def test_data_over_the_zeroes_of_an_earlier_segment_is_accepted(elf, write):
    loads = [elf.DEFAULT[0], elf.Load(0x10000000, elf.CODE, size=32), elf.Load(0x10000010, b"\x01")]
    assert len(read_image(write(loads=loads)).segments) == 3


def test_zeroes_over_the_data_of_an_earlier_segment_are_refused(elf, write):
    loads = [elf.DEFAULT[0], elf.Load(0x10000010, elf.CODE), elf.Load(0x10000000, elf.CODE, size=32)]
    assert "segment 2 (0x10000000, 32 bytes) overwrites segment 1" in error_of(write(loads=loads))


# -- vectors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vectors", [None, b"\0\0\x04\x10"])
def test_nothing_at_address_zero(elf, write, vectors):
    loads = [elf.DEFAULT[1]] if vectors is None else [elf.Load(0, vectors), elf.DEFAULT[1]]
    assert error_of(write(loads=loads)) == (
        "IT has no vector table at address 0, from where the M4 fetches its initial SP and PC."
        " Place .isr_vector in RETRAM (0x00000000)."
    )


@pytest.mark.parametrize("sp", [0, 0x20010000, 0xFFFFFFFF])
def test_stack_pointer_outside_ram(elf, write, sp):
    assert error_of(write(loads=[elf.Load(0, struct.pack("<II", sp, 0x10000001)), elf.DEFAULT[1]])) == (
        f"IT: the initial stack pointer 0x{sp:08X} (first word at address 0) is not in RAM."
        " Is the vector table the first thing in RETRAM?"
    )


def test_even_reset_vector(elf, write):
    assert error_of(write(loads=[elf.Load(0, struct.pack("<II", 0x10040000, 0x10000000)), elf.DEFAULT[1]])) == (
        "IT: the reset vector 0x10000000 (second word at address 0) is even, but the M4 runs Thumb code only,"
        " at odd vectors. Is Reset_Handler marked as a function (.thumb_func)?"
    )


@pytest.mark.parametrize("reset", [0x10000005, 0x08000001, 0xFFFFFFFF])
def test_reset_vector_outside_the_segments(elf, write, reset):
    assert error_of(write(loads=[elf.Load(0, struct.pack("<II", 0x10040000, reset)), elf.DEFAULT[1]])) == (
        f"IT: the reset vector 0x{reset:08X} (second word at address 0) points outside all segments."
        " Is the start-up code linked in?"
    )


# -- hostile files --------------------------------------------------------------------------------------------


def outcome(path: Path) -> None:
    """Reads an image that may be anything: it is good or an ImageError, within bounded time."""
    start = time.process_time()
    with contextlib.suppress(ImageError):
        read_image(path).symbolize(0x10000000)
    assert time.process_time() - start < 1


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(data=st.data())
def test_mutated_headers_end_in_an_image_error(elf, tmp_path_factory, data):
    symbols = [elf.Symbol("main", 0x10000001, 4), elf.Symbol("other", 0x10000003, 2)]
    content = bytearray(elf.build(symbols=symbols, resource_table=(0x10020000, bytes(16))))
    words = st.one_of(st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF))
    for _ in range(data.draw(st.integers(1, 6))):
        offset = data.draw(st.integers(4, len(content) - 4))
        struct.pack_into("<I", content, offset, data.draw(words))
    path = tmp_path_factory.getbasetemp() / "hostile.elf"
    path.write_bytes(content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))])
    outcome(path)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(tail=st.binary(max_size=400))
def test_random_bytes_after_the_magic_end_in_an_image_error(tmp_path_factory, tail):
    path = tmp_path_factory.getbasetemp() / "hostile.elf"
    path.write_bytes(b"\x7fELF\x01\x01" + tail)
    outcome(path)


def test_symbols_past_all_measure_are_left_out(elf, write):
    content = bytearray(elf.build(symbols=[elf.Symbol("f", 0x10000001)]))
    sections = int.from_bytes(content[32:36], "little")
    names = b"".join(b"f%d\0" % n for n in range(200_000))
    entries, at = [], 0
    for n in range(200_000):
        entries.append(struct.pack("<IIIBBH", at, 0x10000001 + 2 * n, 2, 0x12, 0, 1))
        at += len(b"f%d\0" % n)
    for index, blob in ((1, b"".join(entries)), (2, names)):
        struct.pack_into("<II", content, sections + 40 * index + 16, len(content), len(blob))
        content += blob
    image = read_image(write(bytes(content)))
    assert len(image.symbols.functions) == (2 << 20) // 16
    assert image.symbolize(0x10000000) == "f0"


def test_many_long_names_do_not_take_long(elf, write):
    """Each symbol points into one string of a mebibyte without an end."""
    content = bytearray(elf.build(symbols=[elf.Symbol("f", 0x10000001)]))
    sections = int.from_bytes(content[32:36], "little")
    symbols = struct.pack("<IIIBBH", 0, 0x10000001, 0, 0x12, 0, 1) * 50_000
    strings = b"x" * (1 << 20)
    for index, blob in ((1, symbols), (2, strings)):
        struct.pack_into("<II", content, sections + 40 * index + 16, len(content), len(blob))
        content += blob
    outcome(write(bytes(content)))
