"""Images of all the shapes that linkers give them come to their first instruction under Linux, out of the box."""

from __future__ import annotations

import struct

import pytest

from mp1bench.board import Board

DONE, MAGIC = 0x10030000, 0x600DF00D
VDEV = struct.pack("<6I4B", 3, 7, 0, 1, 0, 0, 0, 2, 0, 0) + struct.pack("<10I", *[0xFFFFFFFF, 16, 16, 0, 0] * 2)
TRACE = struct.pack("<4I32s", 2, 0x10021000, 0x100, 0, b"cm4_log")


def table(*entries: bytes) -> bytes:
    offsets, at = [], 16 + 4 * len(entries)
    for entry in entries:
        offsets.append(at)
        at += len(entry)
    return struct.pack(f"<4I{len(entries)}I", 1, len(entries), 0, 0, *offsets) + b"".join(entries)


@pytest.fixture
def runs(elf, write):
    """Boots an image whose code is at `code`; the board, once it has run."""

    def run(*more: object, code: int = 0x10000000, in_table: bool = False, **options: object) -> Board:
        body = elf.poke(DONE, MAGIC) + elf.SLEEP
        if in_table:
            loads = [elf.Load(0, struct.pack("<II", 0x10040000, code | 1).ljust(code, b"\0") + body), *more]
        else:
            loads = [elf.Load(0, struct.pack("<II", 0x10040000, code | 1)), elf.Load(code, body), *more]
        board = Board()
        board.load(write(loads=loads, **options))
        board.boot()
        board.run_for(100_000)
        assert board.engine.read(DONE) == MAGIC
        return board

    return run


def test_code_in_sram_runs(runs):
    runs()


def test_everything_in_retram_runs(runs):
    runs(code=0x40, in_table=True)


def test_code_at_the_other_address_of_sram_runs(runs):
    runs(code=0x30000000)


def test_vectors_at_the_a7s_address_of_retram_are_found(elf, write):
    board = Board(host="none")
    board.load(write(loads=[elf.Load(0x38000000, elf.VECTORS), elf.DEFAULT[1]]))
    board.boot()
    assert board.engine.read(4) == 0x10000001


def test_segments_without_size_and_gaps_are_harmless(elf, runs):
    runs(elf.Load(0xDEAD0000, b"", 0), elf.Load(0x10020000, b"", 0x1000, flags=6), elf.Load(0x10010000, b"\1"))


def test_variables_are_loaded_behind_the_code_and_not_where_they_will_be(elf, runs):
    board = runs(elf.Load(0x10001000, b"\x11\x22\x33\x44", virtual=0x10020000, flags=6))
    assert board.engine.read(0x10001000) == 0x44332211
    assert board.engine.read(0x10020000) == 0


def test_the_vector_table_counts_and_not_the_entry_point(elf, write, runs):
    content = bytearray(elf.build(**elf.program(elf.poke(DONE, MAGIC), elf.SLEEP)))
    content[24:28] = bytes.fromhex("efbeadde")
    board = Board()
    board.load(write(bytes(content)))
    board.boot()
    board.run_for(100_000)
    assert board.engine.read(DONE) == MAGIC


@pytest.mark.parametrize("entries", [(VDEV,), (TRACE,), (VDEV, TRACE), ()])
def test_each_kind_of_resource_table_is_loaded(runs, entries):
    board = runs(resource_table=(0x10020000, table(*entries)))
    assert board.engine.read(0x10020000) == 1


def test_table_in_a_segment_of_its_own_is_found(elf, runs):
    own = elf.Load(0x10048000, table(VDEV, TRACE), flags=6)
    board = runs(own, resource_table=(0x10048000, table(VDEV, TRACE)))
    assert board.engine.read(0x10048000 + 24 + 28) == 0x10040000  # vring0.da, which Linux fills in


def test_image_with_an_empty_table_section_starts(runs):
    assert runs(resource_table=(0x10020000, b"")).linux.rproc_state == "running"
