"""The device tree that a kernel is given: compiled where it is text, and /chosen as a boot loader writes it.

It changes nothing else of a tree. What the nodes mean is for the drivers of whoever boots with it.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from mp1bench.guest.errors import read
from mp1bench.linux.dts import compile_text
from mp1bench.linux.fdt import MAGIC, read_blob, reservations, write_blob
from mp1bench.linux.of import Node


def compiled(path: Path) -> bytes:
    """The tree in a file, .dts or .dtb, as a .dtb. PlatformError or FilesError if it cannot be read."""
    data = read(path)
    if not data.startswith(MAGIC):
        data = compile_text(data, path)
    read_blob(data, path)
    reservations(data, path)
    return data


def chosen(tree: Path, bootargs: str, initrd_start: int, initrd_end: int) -> bytes:
    """The .dtb in the file `tree` with the kernel's command line and the addresses of its initramfs in /chosen.

    All else stays, but that the core to boot on is number 0: other properties of /chosen, phandles, memory
    reservations. PlatformError or FilesError as `compiled`.
    """
    data = compiled(tree)
    root = read_blob(data, tree)
    node = next((child for child in root.children if child.name == "chosen"), None) or Node("chosen", root)
    node.properties |= {
        "bootargs": os.fsencode(bootargs) + b"\0",
        "linux,initrd-start": struct.pack(">I", initrd_start),
        "linux,initrd-end": struct.pack(">I", initrd_end),
    }
    return write_blob(root, reservations(data, tree))
