"""Takes the kernel out of a zImage, because in an emulator that alone takes longer than the rest of the boot.

It runs nothing of the zImage. Where the kernel belongs, and how long it is, stands in the zImage's own table
(arch/arm/boot/compressed/vmlinux.lds.S), the one that kexec reads.
"""

from __future__ import annotations

import lzma
import re
import struct
import zlib
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from mp1bench.guest.errors import FilesError
from mp1bench.guest.memory import DEVICE_TREE_ADDRESS, MEMORY

#: At 0x24 of a zImage: magic, start, end, byte order, magic of the table's pointer, the pointer.
_HEADER = struct.Struct("<6I")
_HEADER_AT = 0x24
_MAGIC, _LITTLE, _TABLE_MAGIC = 0x016F2818, 0x04030201, 0x45454545
#: In the table: words that follow, tag, where the payload's size stands, size of .bss, text offset.
_TABLE = struct.Struct("<5I")
_TABLE_TAG = 0x5A534C4B
#: More than any kernel has. To try one takes as long as what is behind it, and a damaged file may have millions.
_LOOK_ALIKES = 16


class KernelImage(NamedTuple):
    """A kernel as it lies in memory: its bytes, how far above the start of memory they belong, and `uname -r`."""

    data: bytes
    text_offset: int
    release: str


def unpack_zimage(data: bytes, name: str) -> KernelImage:
    """The kernel in `data`, the contents of the zImage `name`. Raises FilesError."""
    if len(data) < _HEADER_AT + _HEADER.size or _HEADER.unpack_from(data, _HEADER_AT)[0] != _MAGIC:
        raise FilesError(
            f"{name} is no zImage of a 32-bit Arm kernel: 0x016F2818 is not at 0x24. Give arch/arm/boot/zImage,"
            " or a package linux-image-…-armmp."
        )
    _, _, end, order, table_magic, table_at = _HEADER.unpack_from(data, _HEADER_AT)
    if order != _LITTLE:
        raise FilesError(f"{name} is a big-endian kernel; the Cortex-A7 of the guest is little-endian.")
    if end > len(data):
        raise FilesError(f"{name} is cut short: it says {end} bytes, and there are {len(data)}.")
    table = _TABLE.unpack_from(data, table_at) if table_at + _TABLE.size <= len(data) else (0,) * 5
    if table_magic != _TABLE_MAGIC or table[1] != _TABLE_TAG or table[0] < 4 or table[2] + 4 > len(data):
        raise FilesError(f"{name} does not say where its kernel belongs (no table of sizes): use a kernel from 5.9 on.")
    _, _, payload_end, bss, text_offset = table
    (size,) = struct.unpack_from("<I", data, payload_end)
    if text_offset + size + bss > DEVICE_TREE_ADDRESS - MEMORY:
        raise FilesError(
            f"{name} is too large: unpacked it ends 0x{text_offset + size + bss:X} bytes above the start of memory, and"
            f" the device tree lies 0x{DEVICE_TREE_ADDRESS - MEMORY:X} above it."
        )
    kernel = _payload(data[:payload_end], size, name)
    release = re.search(rb"Linux version ([!-~]+) ", kernel)
    if release is None:
        raise FilesError(f"what {name} unpacks to is no Linux kernel: there is no `Linux version` in it.")
    return KernelImage(kernel, text_offset, release[1].decode("ascii"))


def _payload(data: bytes, size: int, name: str) -> bytes:
    """The one compressed stream in `data` that unpacks to `size` bytes; the unpacking code has look-alikes."""
    for magic, unpack in _UNPACKERS.items():
        for found in islice(re.finditer(re.escape(magic), data), _LOOK_ALIKES):
            kernel = unpack(data[found.start() :], size)
            if len(kernel) == size:
                return kernel
    raise FilesError(
        f"nothing in {name} unpacks to the {size} bytes that its table says: it is damaged, or packed otherwise than"
        " with CONFIG_KERNEL_XZ or _GZIP."
    )


def _unxz(data: bytes, size: int) -> bytes:
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(data, size + 1)
    except lzma.LZMAError:
        return b""


def _gunzip(data: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, size + 1)
    except zlib.error:
        return b""


_UNPACKERS: dict[bytes, Callable[[bytes, int], bytes]] = {b"\xfd7zXZ\0": _unxz, b"\x1f\x8b\x08": _gunzip}
