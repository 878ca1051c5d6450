"""Puts a guest together: files from `build`, the firmware images of this run, and the machine that boots them.

What the kernel is told here is the command line and where its initramfs is; all else is in the device tree.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path

from mp1bench.guest.build import GuestFiles
from mp1bench.guest.device_tree import chosen
from mp1bench.guest.errors import FilesError, read
from mp1bench.guest.initramfs import firmware_archive, padded
from mp1bench.guest.linux_guest import LinuxGuest
from mp1bench.guest.machine import GuestMachine
from mp1bench.guest.memory import DEVICE_TREE_ADDRESS, INITRAMFS_ADDRESS, MEMORY, MEMORY_SIZE

#: Debian's kernels test their ciphers first, for two seconds of virtual time. A board's tree has a second Cortex-A7.
COMMAND_LINE = "console=ttySTM0,115200 cryptomgr.notests=1 maxcpus=1"
_LONGEST_COMMAND_LINE = 1023  # bytes: COMMAND_LINE_SIZE of 32-bit Arm, less its end; Linux cuts off the rest unsaid
#: What our init is told: not a shell for a person, but commands for `LinuxGuest`.
_COMMANDS = " -- commands"


def write_boot_files(folder: Path, files: GuestFiles, firmware: Iterable[Path], command_line: str) -> tuple[Path, Path]:
    """The device tree and the initramfs with the images in /lib/firmware, written to `folder`. Raises FilesError."""
    length = len(os.fsencode(command_line))
    if length > _LONGEST_COMMAND_LINE:
        raise FilesError(
            f"the kernel's command line has {length:,} bytes, and Linux takes {_LONGEST_COMMAND_LINE:,}: append less."
        )
    initramfs, tree = folder / "initramfs.cpio", folder / "guest.dtb"
    archive = padded(read(files.initramfs)) + firmware_archive(firmware)
    end = INITRAMFS_ADDRESS + len(archive)
    if end > MEMORY + MEMORY_SIZE:
        raise FilesError(
            f"the initramfs has {len(archive):,} bytes with its firmware images; from 0x{INITRAMFS_ADDRESS:X} on"
            f" the guest's memory has room for {MEMORY + MEMORY_SIZE - INITRAMFS_ADDRESS:,}."
        )
    blob = chosen(files.device_tree, command_line, INITRAMFS_ADDRESS, end)
    if DEVICE_TREE_ADDRESS + len(blob) > INITRAMFS_ADDRESS:
        raise FilesError(
            f"the device tree has {len(blob):,} bytes; between 0x{DEVICE_TREE_ADDRESS:X} and the initramfs there"
            f" is room for {INITRAMFS_ADDRESS - DEVICE_TREE_ADDRESS:,}."
        )
    try:
        initramfs.write_bytes(archive)
        tree.write_bytes(blob)
    except OSError as error:
        raise FilesError(f"{folder}: nothing can be written there ({error.strerror or error}).") from error
    return tree, initramfs


def make_guest(files: GuestFiles, firmware: Iterable[Path], command_line: str = COMMAND_LINE) -> LinuxGuest:
    """A guest in front of its kernel's first instruction, with the images in /lib/firmware: `boot` comes next.

    It is the process's only one: a guest that was made before is at its end. Raises FilesError, PlatformError or
    EngineMissingError.
    """
    folder = tempfile.TemporaryDirectory(prefix="ipcclab-guest-")
    command_line += "" if files.own_root else _COMMANDS
    tree, initramfs = write_boot_files(Path(folder.name), files, firmware, command_line)
    machine = GuestMachine(files.image, files.kernel_address, tree, initramfs)
    guest = LinuxGuest(machine, files.read_modules())
    weakref.finalize(guest, folder.cleanup)  # a machine that is reset loads them again
    return guest
