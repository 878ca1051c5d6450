"""Semihosting: text, time and the end of the program (Arm's semihosting specification, 2.0); and newlib's start-up."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm.semihosting import Call, Semihosting

M4 = Callable[..., Any]
REFUSED = 0xFFFFFFFF
BLOCK, NAME, BUFFER = 0, 0x100, 0x200
APPLICATION_EXIT, RUNTIME_ERROR = 0x20026, 0x20023


class Bench:
    """RAM of 4 KiB at 0 and a clock."""

    def __init__(self) -> None:
        self.ram = bytearray(0x1000)
        self.now = 0
        self.host = Semihosting(self._load, self._store, lambda: self.now)

    def _load(self, address: int, size: int) -> bytes | None:
        return bytes(self.ram[address : address + size]) if address < len(self.ram) else None

    def _store(self, address: int, data: bytes) -> bool:
        if address + len(data) > len(self.ram):
            return False
        self.ram[address : address + len(data)] = data
        return True

    def call(self, operation: int, *arguments: int) -> int:
        """A call whose arguments are a block."""
        self._store(BLOCK, struct.pack(f"<{len(arguments)}I", *arguments))
        return self.host.call(operation, BLOCK)

    def open(self, name: bytes, mode: int) -> int:
        self._store(NAME, name + b"\0")
        return self.call(Call.SYS_OPEN, NAME, mode, len(name))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_terminal_opens_for_reading_writing_and_errors(bench: Bench) -> None:
    handles = [bench.open(b":tt", mode) for mode in (0, 4, 8)]
    assert len(set(handles)) == 3
    assert REFUSED not in handles
    assert [bench.call(Call.SYS_ISTTY, handle) for handle in handles] == [1, 1, 1]
    assert [bench.call(Call.SYS_FLEN, handle) for handle in handles] == [0, 0, 0]
    assert [bench.call(Call.SYS_CLOSE, handle) for handle in handles] == [0, 0, 0]


def test_what_is_written_to_either_output_is_text_and_nothing_is_left(bench: Bench) -> None:
    bench.ram[BUFFER : BUFFER + 8] = b"Hi\nthere"
    assert bench.call(Call.SYS_WRITE, bench.open(b":tt", 4), BUFFER, 3) == 0
    assert bench.call(Call.SYS_WRITE, bench.open(b":tt", 8), BUFFER + 3, 5) == 0
    assert bench.host.text == "Hi\nthere"


def test_what_lies_outside_memory_is_left_unwritten(bench: Bench) -> None:
    assert bench.call(Call.SYS_WRITE, bench.open(b":tt", 4), 0xFFC, 10) == 6


def test_files_are_refused(bench: Bench) -> None:
    assert bench.open(b"data.txt", 0) == REFUSED
    assert bench.call(Call.SYS_ERRNO) == 2
    for operation in (Call.SYS_CLOSE, Call.SYS_WRITE, Call.SYS_READ, Call.SYS_ISTTY, Call.SYS_FLEN, Call.SYS_SEEK):
        assert bench.call(operation, 77, BUFFER, 4) == REFUSED


def test_input_is_at_its_end(bench: Bench) -> None:
    assert bench.call(Call.SYS_READ, bench.open(b":tt", 0), BUFFER, 16) == 16
    assert bench.call(Call.SYS_READC) == REFUSED


def test_clocks_show_virtual_time(bench: Bench) -> None:
    bench.now = 12_345_678_901
    assert bench.call(Call.SYS_CLOCK) == 1_234
    assert bench.call(Call.SYS_TIME) == 12


@pytest.mark.parametrize(("reason", "code"), [(APPLICATION_EXIT, 0), (RUNTIME_ERROR, 1)])
def test_exit_says_success_or_not(bench: Bench, reason: int, code: int) -> None:
    bench.host.call(Call.SYS_EXIT, reason)
    assert bench.host.exit_code == code


def test_extended_exit_says_a_code(bench: Bench) -> None:
    bench.call(Call.SYS_EXIT_EXTENDED, APPLICATION_EXIT, 42)
    assert bench.host.exit_code == 42


def test_features_say_that_there_is_an_extended_exit(bench: Bench) -> None:
    handle = bench.open(b":semihosting-features", 0)
    assert bench.call(Call.SYS_FLEN, handle) == 5
    assert bench.call(Call.SYS_READ, handle, BUFFER, 4) == 0
    assert bench.ram[BUFFER : BUFFER + 4] == b"SHFB"
    assert bench.call(Call.SYS_SEEK, handle, 4) == 0
    assert bench.call(Call.SYS_READ, handle, BUFFER, 4) == 3
    assert bench.ram[BUFFER] & 1


def test_heap_and_command_line_are_the_programs_own(bench: Bench) -> None:
    bench.ram[BUFFER : BUFFER + 16] = b"x" * 16
    bench.call(Call.SYS_HEAPINFO, BUFFER)
    assert bench.ram[BUFFER : BUFFER + 16] == bytes(16)
    bench.ram[BUFFER] = 0x78
    assert bench.call(Call.SYS_GET_CMDLINE, BUFFER, 80) == 0
    assert (bench.ram[BUFFER], bench.ram[BLOCK + 4]) == (0, 0)


def test_exit_code_is_the_runs(m4: M4) -> None:
    m = m4("movs r0, #0x20\n ldr r1, =RAM\n bkpt #0xAB\n adds r4, #1\n done")
    m.engine.write_bytes(0x20000000, struct.pack("<2I", APPLICATION_EXIT, 3))
    assert m.run() == ("requested", "the firmware ended the run with exit code 3 (semihosting SYS_EXIT)")
    assert (m.engine.exit_code, m.r[4]) == (3, 0)
    m.engine.release()
    assert m.engine.exit_code is None
