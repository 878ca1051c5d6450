"""Where this release of Unicorn keeps two things that its interface does not offer cheaply: the instruction counter
and the program counter.

Both are found by looking for known values after a known run, once per process, and used only if exactly one place
fits in every engine that was tried. Everything works without them, slower (embedded-engine.md §5).
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from unicorn import arm_const

from mp1bench.engine.embedded.unicorn_library import NOWHERE, Registers, Unicorn

_STRUCT_BYTES = 4096  # how much of the library's engine structure is looked at
_CPU_BYTES = 65536  # and of what a pointer in it leads to
_NOP = b"\x00\xbf"
_PATTERN = tuple(0xC0DE0000 + 0x1357 * n for n in range(13))
_PC_AFTER_R0 = 4 * 15
_ADDRESSES = range(0x1000, 1 << 47)  # where anything of a process can lie
_ENGINES = 16  # so many are looked into until one place is left
_Place = TypeVar("_Place")


class PcPlace(NamedTuple):
    """The program counter lies `distance` bytes behind what the pointer at `pointer` in the structure points to."""

    pointer: int
    distance: int

    def address(self, library: Unicorn) -> int:
        """Its address in this engine."""
        library.pc()  # the library makes its processor on the first use of a register; before, the pointer is garbage
        return ctypes.c_uint64.from_address(library.handle + self.pointer).value + self.distance


class PrivateFields(NamedTuple):
    """Offsets in the engine structure; None where no single place was found."""

    counter: int | None
    pc: PcPlace | None


@functools.cache
def private_fields() -> PrivateFields:
    """Calibrate: run a few NOPs with known registers and look for what that must have left behind.

    Behind the structure lies whatever the heap holds, a pointer near the registers now and then: then the next engine,
    made while the others exist and so elsewhere, decides.
    """
    code = mmap.mmap(-1, 0x1000)
    code.write(_NOP * (len(code) // 2))
    engines = [_engine(code)]
    # The PC first: a run leaves more pointers to the same registers behind.
    places, counters = _pc_places(engines[0]), _counters(engines[0])
    while (len(places) > 1 or len(counters) > 1) and len(engines) < _ENGINES:
        engines.append(_engine(code))
        places &= _pc_places(engines[-1])
        counters &= _counters(engines[-1])
    for library in engines:
        library.close()
    return PrivateFields(_only(counters), _only(places))


def _engine(code: mmap.mmap) -> Unicorn:
    library = Unicorn()
    library.map_memory(0, code, 0, len(code))
    Registers(library, [arm_const.UC_ARM_REG_R0 + n for n in range(13)]).write(*_PATTERN)
    return library


def _only(places: set[_Place]) -> _Place | None:
    return next(iter(places)) if len(places) == 1 else None


def _counters(library: Unicorn) -> set[int]:
    """The pairs (executed + 1, limit) of 64-bit words, after runs that end at their limit."""
    found = set(range(0, _STRUCT_BYTES - 8, 8))
    for count in (37, 101, 173):
        library.start(0, NOWHERE, count)
        raw = ctypes.string_at(library.handle, _STRUCT_BYTES)
        pair = struct.pack("<2Q", count + 1, count)
        found = {offset for offset in found if raw[offset : offset + 16] == pair}
    return found


def _pc_places(library: Unicorn) -> set[PcPlace]:
    """The words behind R0–R14 that are the PC after every run."""
    found = set(_register_files(library))
    for count in (11, 23):
        library.start(0, NOWHERE, count)
        found &= set(_register_files(library))  # still there: what is not the library's own may have gone
        found = {p for p in found if ctypes.c_uint32.from_address(p.address(library)).value == 2 * count}
    return found


def _register_files(library: Unicorn) -> Iterator[PcPlace]:
    """Where the pattern stands, one pointer away from the structure. Reads that cannot fault: Linux only."""
    pattern = struct.pack(f"<{len(_PATTERN)}I", *_PATTERN)
    raw = ctypes.string_at(library.handle, _STRUCT_BYTES)
    try:
        memory = os.open("/proc/self/mem", os.O_RDONLY)
    except OSError:
        return
    try:
        for offset, (pointer,) in zip(range(0, _STRUCT_BYTES, 8), struct.iter_unpack("<Q", raw), strict=True):
            try:
                at = os.pread(memory, _CPU_BYTES, pointer).find(pattern) if pointer in _ADDRESSES else -1
            except OSError:
                continue  # not a pointer
            if at >= 0:
                yield PcPlace(offset, at + _PC_AFTER_R0)
    finally:
        os.close(memory)
