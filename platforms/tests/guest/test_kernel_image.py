"""The kernel in a zImage: unpacked, where it belongs, and what is said of a zImage that does not serve.

The layout is that of arch/arm/boot/compressed/vmlinux.lds.S; `guest_inputs.py` lays it out by hand.
"""

from __future__ import annotations

import struct

import pytest

from guest_inputs import KERNEL, RELEASE, gzip_zimage, xz_zimage, zimage
from mp1bench.guest.errors import GuestError
from mp1bench.guest.kernel_image import unpack_zimage


def refusal(data: bytes) -> str:
    with pytest.raises(GuestError) as raised:
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


def test_a_payload_that_is_no_kernel_is_refused():
    assert refusal(xz_zimage(b"something else")) == (
        "what z unpacks to is no Linux kernel: there is no `Linux version` in it."
    )
