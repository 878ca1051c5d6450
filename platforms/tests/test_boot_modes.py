"""Engineering and production boot: who starts the M4, and what it finds (m4-platform.md §5.1, §5.3)."""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.errors import ImageError, UsageError

BOOTR, MSSCKSELR = 0x50020000, 0x50000048


def test_production_mode_boots_from_sd_with_linux():
    board = Board()
    assert board.linux is not None
    assert board.engine.read(BOOTR) & 7 == 5


def test_engineering_mode_has_its_pins_and_no_linux(write):
    board = Board(boot_mode="engineering")
    assert board.linux is None
    assert board.engine.read(BOOTR) & 7 == 4
    board.load(write())
    board.boot()
    assert board.engine.running
    assert board.engine.read(MSSCKSELR) == 0x80000000  # HSI, as after reset


def test_engineering_mode_refuses_linux():
    with pytest.raises(UsageError) as caught:
        Board(boot_mode="engineering", host="linux")
    assert str(caught.value) == (
        "in engineering mode the Cortex-A7 does not boot, so there is no Linux. Leave the host away, or boot in"
        " production mode."
    )


def test_unknown_boot_mode():
    with pytest.raises(UsageError, match=r"^there is no boot mode called `enginering`. Did you mean `engineering`\?$"):
        Board(boot_mode="enginering")


def test_a_debugger_loads_data_and_leaves_the_rest_as_it_is(elf, write):
    board = Board(boot_mode="engineering")
    board.engine.write(0x10000004, 0x12345678)
    board.load(write(loads=[elf.DEFAULT[0], elf.Load(0x10000000, elf.CODE, size=64)]))
    board.boot()
    assert board.engine.read(0x10000004) == 0x12345678


def test_linux_does_not_start_hex_files(tmp_path):
    path = tmp_path / "firmware.hex"
    path.write_bytes(b":080000000000041001000010D3\n:020000041000EA\n:0400000000BFFEE758\n:00000001FF\n")
    board = Board()
    with pytest.raises(ImageError) as caught:
        board.load(path)
    assert str(caught.value) == (
        f"`{path}` is Intel HEX, and Linux's remoteproc starts ELF files only. Use the host `none`, which loads it as a"
        " debugger does."
    )
    assert board.image is None
    board = Board(host="none")
    board.load(path)
    board.boot()
    assert board.engine.read(0x10000000) == 0xE7FEBF00


def test_linux_says_where_it_loads_nothing(elf, write):
    board = Board()
    board.load(write(loads=[*elf.DEFAULT, elf.Load(0x10050000, b"\1")]))
    with pytest.raises(ImageError) as caught:
        board.boot()
    said = str(caught.value)
    assert "It says: bad phdr da 0x10050000 mem 0x1; Failed to load program segments: -22" in said
    assert said.endswith(
        " It loads only into the memory that its device tree sets apart for the M4. Use the host `none`, which loads"
        " everywhere, or a device tree whose reserved-memory has a node for this segment, named in the M4's"
        " memory-region."
    )


def test_linux_names_who_explains_a_refused_table(elf, write):
    entry = bytes.fromhex("03000000") + bytes(8)  # a vdev that is cut short
    table = bytes.fromhex("01000000 01000000 00000000 00000000 14000000") + entry
    board = Board()
    board.load(write(resource_table=(0x10020000, table)))
    with pytest.raises(ImageError, match=r" `ipcclab check` says what is wrong with the resource table\.$"):
        board.boot()
