"""The kernel in a zImage: unpacked, where it belongs, and what is said of a zImage that does not serve.

The layout is that of arch/arm/boot/compressed/vmlinux.lds.S; `guest_inputs.py` lays it out by hand.
"""

from __future__ import annotations

import struct

import pytest

from guest_inputs import KERNEL, RELEASE, gzip_zimage, xz_zimage, zimage
from mp1bench.guest import kernel_image as subject
from mp1bench.guest.errors import FilesError
from mp1bench.guest.kernel_image import unpack_zimage


def refusal(data: bytes) -> str:
    with pytest.raises(FilesError) as raised:
        unpack_zimage(data, "z")
    return str(raised.value)


@pytest.mark.parametrize("data", [xz_zimage(), gzip_zimage()], ids=["xz", "gzip"])
def test_the_kernel_comes_out_as_it_was_packed(data):
    image = unpack_zimage(data, "z")
    assert image.data == KERNEL
    assert image.release == RELEASE


@pytest.mark.parametrize("offset", [0x8000, 0x208000])
def test_the_text_offset_is_what_the_table_says(offset):
    assert unpack_zimage(xz_zimage(text_offset=offset), "z").text_offset == offset


@pytest.mark.parametrize("data", [b"", b"\x7fELF" + bytes(100), KERNEL], ids=["empty", "vmlinux", "Image"])
def test_another_file_is_no_zimage(data):
    assert refusal(data) == (
        "z is no zImage of a 32-bit Arm kernel: 0x016F2818 is not at 0x24. Give arch/arm/boot/zImage, or a package"
        " linux-image-…-armmp."
    )


def test_a_big_endian_kernel_is_refused():
    data = bytearray(xz_zimage())
    data[0x30:0x34] = struct.pack("<I", 0x01020304)
    assert refusal(bytes(data)) == "z is a big-endian kernel; the Cortex-A7 of the guest is little-endian."


def test_a_zimage_cut_short_is_refused():
    data = xz_zimage()
    assert refusal(data[:-1]) == f"z is cut short: it says {len(data)} bytes, and there are {len(data) - 1}."


@pytest.mark.parametrize("place", [0x34, 0x44], ids=["pointer", "table"])
def test_a_zimage_without_its_table_is_refused(place):
    data = bytearray(xz_zimage())
    data[place] ^= 1
    assert refusal(bytes(data)) == (
        "z does not say where its kernel belongs (no table of sizes): use a kernel from 5.9 on."
    )


@pytest.mark.parametrize("payload", [b"\x02\x21\x4c\x18abc", b"\xfd7zXZ\0abc", b"\x1f\x8b\x08abc", b""])
def test_a_payload_that_is_damaged_or_packed_otherwise_is_refused(payload):
    assert refusal(zimage(payload, 10)) == (
        "nothing in z unpacks to the 10 bytes that its table says: it is damaged, or packed otherwise than with"
        " CONFIG_KERNEL_XZ or _GZIP."
    )


@pytest.mark.parametrize("make", [xz_zimage, gzip_zimage])
@pytest.mark.parametrize("place", [-60, -5, -2], ids=["data", "check", "size"])
def test_a_changed_bit_of_the_payload_is_noticed(make, place):
    data = bytearray(make())
    data[place] ^= 1
    assert refusal(bytes(data)).startswith("nothing in z unpacks to the ")


def test_a_payload_longer_than_its_size_is_refused():
    data = xz_zimage()
    longer = data[:-4] + struct.pack("<I", len(KERNEL) - 1)
    assert refusal(longer).startswith(f"nothing in z unpacks to the {len(KERNEL) - 1} bytes ")


@pytest.mark.parametrize(("offset", "bss"), [(0x8000000 - len(KERNEL) - 0xFFF, 0x1000), (0xFFFFF000, 0x1000)])
def test_a_kernel_that_reaches_the_device_tree_is_refused(offset, bss):
    """zimage() says 0x1000 bytes of .bss. The tree lies at 0xC8000000 (stm32mp157_linux.resc)."""
    end = offset + len(KERNEL) + bss
    assert refusal(xz_zimage(text_offset=offset)) == (
        f"z is too large: unpacked it ends 0x{end:X} bytes above the start of memory, and the device tree lies"
        " 0x8000000 above it."
    )


def test_a_kernel_that_ends_at_the_device_tree_is_taken():
    offset = 0x8000000 - len(KERNEL) - 0x1000
    assert unpack_zimage(xz_zimage(text_offset=offset), "z").text_offset == offset


def test_not_every_look_alike_of_a_damaged_file_is_tried(monkeypatch):
    """Each takes as long as the file."""
    tried: list[int] = []
    monkeypatch.setattr(subject, "_UNPACKERS", {b"\x1f\x8b\x08": lambda data, size: tried.append(size) or b""})
    assert refusal(zimage(b"\x1f\x8b\x08" * 1000, 10)).startswith("nothing in z unpacks to the 10 bytes ")
    assert len(tried) < 100


def test_a_payload_that_is_no_kernel_is_refused():
    assert refusal(xz_zimage(b"something else, Linux version \x1b[0m ")) == (
        "what z unpacks to is no Linux kernel: there is no `Linux version` in it."
    )
