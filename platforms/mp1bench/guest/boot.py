"""Puts a guest together: files from `build`, the firmware images of this run, and the machine that boots them.

What the kernel is told here is the command line and where its initramfs is; all else is in the device tree.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from mp1bench.guest.build import GuestFiles
from mp1bench.guest.device_tree import chosen
from mp1bench.guest.initramfs import firmware_archive, padded
from mp1bench.guest.linux_guest import LinuxGuest
from mp1bench.guest.machine import GuestMachine

#: Debian's kernels test their ciphers first, for two seconds of virtual time.
COMMAND_LINE = "console=ttySTM0,115200 cryptomgr.notests=1"


def make_guest(files: GuestFiles, firmware: Iterable[Path], command_line: str = COMMAND_LINE) -> LinuxGuest:
    """A guest in front of its kernel's first instruction, with the images in /lib/firmware: `boot` comes next.

    It is the process's only one: a guest that was made before is at its end. Raises GuestError, PlatformError or
    EngineMissingError.
    """
    folder = tempfile.TemporaryDirectory(prefix="ipcclab-guest-")
    initramfs, tree = Path(folder.name, "initramfs.cpio"), Path(folder.name, "guest.dtb")
    initramfs.write_bytes(padded(files.initramfs.read_bytes()) + firmware_archive(firmware))
    end = files.initramfs_address + initramfs.stat().st_size
    tree.write_bytes(chosen(files.device_tree, command_line, files.initramfs_address, end))
    machine = GuestMachine(files.image, files.kernel_address, tree, initramfs)
    return LinuxGuest(machine, files.read_modules(), folder)
