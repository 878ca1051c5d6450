"""What a kernel is handed fits into the guest's memory: 512 MiB from 0xC0000000 on (stm32mp157_a7.repl)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guest_builds import make
from mp1bench.guest.boot import write_boot_files
from mp1bench.guest.errors import GuestError


def test_an_initramfs_may_end_where_memory_does(sources, tmp_path):
    files, _ = make(sources)
    size = write_boot_files(tmp_path, files, [], "")[1].stat().st_size
    write_boot_files(tmp_path, replace(files, initramfs_address=0xE0000000 - size), [], "")


def test_an_initramfs_that_does_not_fit_is_refused(sources, tmp_path):
    files, _ = make(sources)
    size = write_boot_files(tmp_path, files, [], "")[1].stat().st_size
    with pytest.raises(GuestError) as raised:
        write_boot_files(tmp_path, replace(files, initramfs_address=0xDFFFFFF0), [], "")
    assert str(raised.value) == (
        f"the initramfs has {size:,} bytes with its firmware images; from 0xDFFFFFF0 on the guest's memory has room"
        " for 16."
    )


def test_a_device_tree_that_reaches_the_initramfs_is_refused(sources, tmp_path):
    files, _ = make(sources)
    size = write_boot_files(tmp_path, files, [], "")[0].stat().st_size
    with pytest.raises(GuestError) as raised:
        write_boot_files(tmp_path, replace(files, initramfs_address=0xC8000010), [], "")
    assert str(raised.value) == (
        f"the device tree has {size:,} bytes; between 0xC8000000 and the initramfs there is room for 16."
    )


def test_a_cache_that_is_gone_is_named(sources, tmp_path):
    files, _ = make(sources)
    files.initramfs.unlink()
    with pytest.raises(GuestError) as raised:
        write_boot_files(tmp_path, files, [], "")
    assert str(raised.value) == f"{files.initramfs} cannot be read: no such file or directory."


def test_a_command_line_that_linux_would_cut_off_is_refused(sources, tmp_path):
    """COMMAND_LINE_SIZE of 32-bit Arm is 1024, with the 0 at its end (uapi/asm/setup.h)."""
    files, _ = make(sources)
    write_boot_files(tmp_path, files, [], "x" * 1022 + "\udcff")  # as a command line's byte that is no UTF-8 arrives
    with pytest.raises(GuestError) as raised:
        write_boot_files(tmp_path, files, [], "x" * 1024)
    assert str(raised.value) == "the kernel's command line has 1,024 bytes, and Linux takes 1,023: append less."
