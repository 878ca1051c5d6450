"""Images that are no ELF files: Intel HEX, S-records, raw binaries, and what other tools wrap firmware in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mp1bench.errors import ImageError, UsageError
from mp1bench.image import read_image
from mp1bench.image.file import recognize
from mp1bench.shipped import prebuilt_image

VECTORS = bytes.fromhex("00000410 01000010")
CODE = bytes.fromhex("00bffee7")


def hex_line(kind: int, address: int, data: bytes) -> bytes:
    record = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return b":" + (record + bytes([-sum(record) & 0xFF])).hex().upper().encode() + b"\r\n"


def s_line(kind: int, address: int, width: int, data: bytes) -> bytes:
    record = bytes([width + len(data) + 1]) + address.to_bytes(width, "big") + data
    return f"S{kind}".encode() + (record + bytes([~sum(record) & 0xFF])).hex().upper().encode() + b"\n"


END = hex_line(1, 0, b"")
HEX = hex_line(0, 0, VECTORS) + hex_line(4, 0, b"\x10\x00") + hex_line(0, 0, CODE) + END
SRECORDS = s_line(0, 0, 2, b"HDR") + s_line(1, 0, 2, VECTORS) + s_line(3, 0x10000000, 4, CODE) + s_line(7, 0, 4, b"")


@pytest.fixture
def refusal(tmp_path: Path):
    """The sentence with which a file of that content is refused, its path taken out."""

    def refuse(content: bytes, error: type[Exception] = ImageError, **options: object) -> str:
        path = tmp_path / "image.bin"
        path.write_bytes(content)
        with pytest.raises(error) as caught:
            read_image(path, **options)  # type: ignore[arg-type]
        return str(caught.value).replace(f"`{path}`", "IT")

    return refuse


def test_the_lines_of_these_tests_are_those_of_the_format():
    assert END == b":00000001FF\r\n"
    assert hex_line(4, 0, b"\x08\x00") == b":020000040800F2\r\n"
    assert s_line(9, 0, 2, b"") == b"S9030000FC\n"


@pytest.mark.parametrize(("content", "name"), [(HEX, "Intel HEX"), (SRECORDS, "Motorola S-records")])
def test_text_formats_give_segments(tmp_path, content, name):
    path = tmp_path / "firmware.txt"
    path.write_bytes(content)
    image = read_image(path)
    assert image.format == name
    assert [(s.physical, s.virtual, s.data, s.size) for s in image.segments] == [
        (0, 0, VECTORS, 8),
        (0x10000000, 0x10000000, CODE, 4),
    ]
    assert (image.initial_sp, image.reset_pc, image.resource_table) == (0x10040000, 0x10000001, None)


def test_records_in_any_order_make_one_piece(tmp_path):
    path = tmp_path / "firmware.hex"
    path.write_bytes(hex_line(0, 4, VECTORS[4:]) + hex_line(0, 0, VECTORS[:4]) + HEX)
    with pytest.raises(ImageError, match="two contents"):
        read_image(path)
    path.write_bytes(HEX.replace(hex_line(0, 0, VECTORS), hex_line(0, 4, VECTORS[4:]) + hex_line(0, 0, VECTORS[:4])))
    assert read_image(path).segments[0].data == VECTORS


def test_segmented_addresses_count_in_paragraphs(tmp_path):
    path = tmp_path / "firmware.hex"
    path.write_bytes(hex_line(2, 0, b"\x00\x10") + hex_line(0, 0, CODE) + hex_line(2, 0, b"\0\0") + HEX)
    assert [s.physical for s in read_image(path).segments] == [0, 0x100, 0x10000000]


@pytest.mark.parametrize("form", ["ihex", "srec"])
def test_what_objcopy_writes_is_what_the_elf_loads(tmp_path, form):
    objcopy = shutil.which("arm-none-eabi-objcopy")
    if objcopy is None:
        pytest.skip("arm-none-eabi-objcopy is not installed")
    elf = prebuilt_image("rpmsg_echo")
    subprocess.run([objcopy, "-O", form, elf, tmp_path / "out"], check=True)
    made, original = read_image(tmp_path / "out"), read_image(elf)
    loaded = {s.physical + n: byte for s in original.segments for n, byte in enumerate(s.data)}
    assert {s.physical + n: byte for s in made.segments for n, byte in enumerate(s.data)} == loaded


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (HEX.replace(END, b""), "Intel HEX: it has no end record (:00000001FF)"),
        (HEX.replace(b"00BFFEE7", b"00BFFEE8"), "Intel HEX: line 3 has a wrong checksum"),
        (b":0400000000BF\n", "Intel HEX: line 1 announces 4 bytes and has 1"),
        (hex_line(4, 0, b"\x10") + END, "Intel HEX: line 1 sets an address with 1 bytes instead of 2"),
        (hex_line(9, 0, b"") + END, "Intel HEX: line 1 has a record of type 9, which there is not"),
        (HEX.replace(b"\r\n", b"\n?\n", 1), "Intel HEX: line 2 is no record ('?')"),
        (b":00000001", "Intel HEX: line 1 is no record (':00000001')"),
        (HEX.replace(END, hex_line(0, 2, CODE) + END), "Intel HEX: it has two contents for 0x10000002"),
        (SRECORDS[: SRECORDS.index(b"S7")], "Motorola S-records: it has no end record (S7, S8 or S9)"),
        (SRECORDS.replace(b"00BFFEE7", b"00BFFEE8"), "Motorola S-records: line 3 has a wrong checksum"),
        (b"S1050000\xff\n", "Motorola S-records: line 1 is no record ('S1050000\ufffd')"),
        (b"S10500000000\n", "Motorola S-records: line 1 announces 5 bytes and has 4"),
        (b"S40300000000\n".replace(b"03", b"04"), "Motorola S-records: line 1 has a wrong checksum"),
    ],
)
def test_damaged_text_is_refused_with_its_line(refusal, content, why):
    assert refusal(content) == f"IT is damaged {why}. Copy or build it again."


def test_more_pieces_than_firmware_has_are_refused(refusal):
    lines = b"".join(hex_line(0, 2 * n, b"\1") for n in range(300))
    assert refusal(lines + END) == (
        "IT is damaged Intel HEX: it has 300 separate pieces; firmware has at most 256. Copy or build it again."
    )


def test_text_that_no_memory_of_the_m4_would_hold_is_refused(refusal):
    assert refusal(END * 700_000) == (
        "IT has 8 MiB of Intel HEX; the M4's memory takes less than 8. Give the .elf that the linker wrote."
    )


def test_piece_outside_memory_is_refused(refusal):
    assert refusal(hex_line(4, 0, b"\x08\x00") + hex_line(0, 0, CODE) + END).startswith(
        "IT: piece 0 (0x08000000, 4 bytes) is in flash; STM32MP1 has none. Linked with an STM32F4 script?"
    )


def test_raw_binary_is_loaded_at_its_address(tmp_path):
    path = tmp_path / "firmware.bin"
    path.write_bytes(bytes.fromhex("00000410 09000000") + CODE)
    image = read_image(path, address=0)
    assert (image.format, image.initial_sp, image.reset_pc) == ("raw binary", 0x10040000, 9)


def test_raw_binary_without_vectors_is_refused(refusal):
    assert refusal(CODE * 4, address=0x10000000) == (
        "IT has no vector table at address 0, from where the M4 fetches its initial SP and PC."
        " Place .isr_vector in RETRAM (0x00000000)."
    )


@pytest.mark.parametrize("address", [-1, 1 << 32, "0"])
def test_address_that_is_none_is_refused(refusal, address):
    assert refusal(CODE, UsageError, address=address) == (
        f"an image's address has 32 bits, such as 0x10000000, and is not {address!r}."
    )


def test_address_for_an_elf_is_refused(refusal):
    assert refusal(b"\x7fELF", UsageError, address=0) == (
        "IT is an ELF file, which has addresses of its own. Leave the address away."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"\x68\xa4\x43\x35",
            "firmware that is signed for OP-TEE's remoteproc, .* Give the .elf file from which it was made",
        ),
        (b"STM2", "a boot image with ST's STM32 header, .* It is for the Cortex-A7. Give the .elf file that the M4's"),
        (b"\x01\x00\x64\xaa", "a firmware image package \\(FIP\\) of TF-A, .* It is for the Cortex-A7."),
        (b"\x27\x05\x19\x56", "a U-Boot image \\(uImage\\), .* Give the .elf file from which it was made."),
        (b"\xd0\x0d\xfe\xed", "a device tree or a FIT image, .* Give the .elf file that the M4's linker wrote."),
        (bytes(36) + b"\x18\x28\x6f\x01", "a Linux kernel \\(zImage\\), .* It is for the Cortex-A7."),
        (b"!<arch>\n", "a static library, .* Link it into a firmware and give that .elf file."),
        (b"\x1f\x8b", "a gzip archive, .* Unpack it and give the .elf file in it."),
        (b"PK\x03\x04", "a zip archive, .* Unpack it"),
        (b"\xfd7zXZ\0", "an xz archive, .* Unpack it"),
        (b"BZh9", "a bzip2 archive, .* Unpack it"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive, .* Unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive, .* Unpack it"),
        (bytes(257) + b"ustar", "a tar archive, .* Unpack it"),
        (b"UF2\n", "a UF2 file, .* Give the .elf file from which it was made."),
        (b"DfuSe", "a DfuSe file, .* Give the .elf file from which it was made."),
        (b"MZ", "a Windows program or an EFI kernel, .* Give the .elf file that the M4's linker wrote."),
        (b"\xce\xfa\xed\xfe", "a program for macOS \\(Mach-O\\), "),
        (b"\xcf\xfa\xed\xfe", "a program for macOS \\(Mach-O\\), "),
        (b"\xca\xfe\xba\xbe", "a program for macOS or Java, "),
    ],
)
def test_containers_are_refused_by_name(content, sentence):
    with pytest.raises(
        ImageError,
        match=f"^`x` is {sentence.replace(', ', ', which the M4 cannot run as it is. ', 1).replace('. .* ', '. ')}",
    ):
        recognize(Path("x"), content)
