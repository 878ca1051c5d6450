"""What a kernel is handed fits into the guest's memory: 512 MiB from 0xC0000000 on (stm32mp157_a7.repl)."""

from __future__ import annotations

import pytest

from guest_builds import make
from mp1bench.guest import boot, memory
from mp1bench.guest.boot import write_boot_files
from mp1bench.guest.errors import FilesError
from mp1bench.shipped import default_platform


def test_the_addresses_are_those_of_the_script_and_the_platform():
    script = default_platform().with_name("stm32mp157_linux.resc").read_text(encoding="utf-8")
    assert f"LoadBinary $device_tree 0x{memory.DEVICE_TREE_ADDRESS:X} " in script
    assert f"SetRegister 2 0x{memory.DEVICE_TREE_ADDRESS:X}\n" in script
    assert f"LoadBinary $initramfs 0x{memory.INITRAMFS_ADDRESS:X} " in script
    platform = default_platform().with_name("stm32mp157_a7.repl").read_text(encoding="utf-8")
    ddr = f"ddr: Memory.MappedMemory @ sysbus 0x{memory.MEMORY:X}\n    size: 0x{memory.MEMORY_SIZE:X}\n"
    assert ddr in platform


def test_an_initramfs_may_end_where_memory_does(sources, tmp_path, monkeypatch):
    files, _ = make(sources)
    size = write_boot_files(tmp_path, files, [], "")[1].stat().st_size
    monkeypatch.setattr(boot, "INITRAMFS_ADDRESS", 0xE0000000 - size)
    write_boot_files(tmp_path, files, [], "")


def test_an_initramfs_that_does_not_fit_is_refused(sources, tmp_path, monkeypatch):
    files, _ = make(sources)
    size = write_boot_files(tmp_path, files, [], "")[1].stat().st_size
    monkeypatch.setattr(boot, "INITRAMFS_ADDRESS", 0xDFFFFFF0)
    with pytest.raises(FilesError) as raised:
        write_boot_files(tmp_path, files, [], "")
    assert str(raised.value) == (
        f"the initramfs has {size:,} bytes with its firmware images; from 0xDFFFFFF0 on the guest's memory has room"
        " for 16."
    )


def test_a_device_tree_that_reaches_the_initramfs_is_refused(sources, tmp_path, monkeypatch):
    files, _ = make(sources)
    size = write_boot_files(tmp_path, files, [], "")[0].stat().st_size
    monkeypatch.setattr(boot, "INITRAMFS_ADDRESS", 0xC8000010)
    with pytest.raises(FilesError) as raised:
        write_boot_files(tmp_path, files, [], "")
    assert str(raised.value) == (
        f"the device tree has {size:,} bytes; between 0xC8000000 and the initramfs there is room for 16."
    )


def test_a_cache_that_is_gone_is_named(sources, tmp_path):
    files, _ = make(sources)
    files.initramfs.unlink()
    with pytest.raises(FilesError) as raised:
        write_boot_files(tmp_path, files, [], "")
    assert str(raised.value) == f"{files.initramfs} cannot be read: no such file or directory."


def test_a_command_line_that_linux_would_cut_off_is_refused(sources, tmp_path):
    """COMMAND_LINE_SIZE of 32-bit Arm is 1024, with the 0 at its end (uapi/asm/setup.h)."""
    files, _ = make(sources)
    write_boot_files(tmp_path, files, [], "x" * 1022 + "\udcff")  # as a command line's byte that is no UTF-8 arrives
    with pytest.raises(FilesError) as raised:
        write_boot_files(tmp_path, files, [], "x" * 1024)
    assert str(raised.value) == "the kernel's command line has 1,024 bytes, and Linux takes 1,023: append less."
