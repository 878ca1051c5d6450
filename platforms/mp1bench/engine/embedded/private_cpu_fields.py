"""Where Unicorn's processor structure keeps what `private_cpu.py` sets: offsets from R0.

Each is found by what it must contain and accepted only if it then does what it is for, once per process, in an engine
that is thrown away. What does not pass is None; nothing depends on it but exactness (embedded-engine.md §5).
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

from unicorn import arm_const, unicorn_const

from mp1bench.engine.embedded.private_fields import private_fields
from mp1bench.engine.embedded.unicorn_library import (
    INTERRUPT_CALLBACK,
    INVALID_CALLBACK,
    NOWHERE,
    Registers,
    Unicorn,
)

R15_OFFSET = 4 * 15
#: What UC_HOOK_INTR reports: a fetch and an access that the MPU refuses, a coprocessor that is off.
PREFETCH_ABORT, DATA_ABORT, NOCP = 3, 4, 17
_UNDEFINED = -1

_BYTES = 0x1400  # how much behind R0 is looked at
_MVFR, _ISAR0 = struct.pack("<2I", 0x10110021, 0x11000011), struct.pack("<I", 0x01141110)  # a Cortex-M4's
_CONTROL_BEFORE_EXCEPTION = 8  # MPU_CTRL, banked, stands in front of the exception number
_CHUNKS_OF_EIGHT_WORDS = (0x30, 0x40)  # what the C library takes for an allocation of eight words, in its header
_CHUNK_FLAGS = 7
_WHOLE_SPACE, _FULL_ACCESS, _NO_ACCESS = 31 << 1 | 1, 3 << 8, 0  # the halves of RASR
_RAM = 0x8000
_NOP, _LDREX, _STREX, _VMOV, _UDIV, _LDR = (
    bytes.fromhex(code)  # NOP; LDREX R1, [R0]; STREX R2, R1, [R0]; VMOV S0, R0; UDIV R1, R2, R3; LDR R1, [R0]
    for code in ("00bf00bf", "50e8001f", "40e80012", "00ee100a", "b2fbf3f1", "016800bf")
)


class MpuPlaces(NamedTuple):
    """MPU_CTRL; pointers to the regions' bases, sizes and attributes; the address that was refused."""

    control: int
    regions: int
    refused: int


class CpuFields(NamedTuple):
    """None where no single place was found."""

    mpu: MpuPlaces | None = None
    mvfr0: int | None = None
    isar0: int | None = None
    exclusive: int | None = None


@functools.cache
def cpu_fields() -> CpuFields:
    """Calibrate."""
    pc = private_fields().pc
    if pc is None:
        return CpuFields()
    probe = _Probe()
    try:
        return CpuFields(probe.mpu(), probe.mvfr0(), probe.isar0(), probe.exclusive())
    except OSError:  # memory of this process cannot be looked at
        return CpuFields()
    finally:
        probe.library.close()


class _Probe:
    """An engine of its own, with code at 0 and RAM at 0x8000."""

    def __init__(self) -> None:
        self.library = Unicorn()
        self._memory = mmap.mmap(-1, 0x10000)
        self.library.map_memory(0, self._memory, 0, len(self._memory))
        pc = private_fields().pc
        assert pc is not None
        self._base = pc.address(self.library) - R15_OFFSET
        self._seen: list[int] = []
        self._then = b""
        self._r = Registers(self.library, [arm_const.UC_ARM_REG_R0 + n for n in range(4)])
        self._ipsr = Registers(self.library, [arm_const.UC_ARM_REG_IPSR])
        self.library.hook(unicorn_const.UC_HOOK_INTR, INTERRUPT_CALLBACK(self._on_interrupt))
        self.library.hook(unicorn_const.UC_HOOK_INSN_INVALID, INVALID_CALLBACK(self._on_invalid))

    def _on_interrupt(self, uc: int, number: int, user: int) -> None:
        self._seen.append(number)
        self._then = self._look(self._base, _BYTES)  # what a refused access leaves behind is gone after the stop
        self.library.stop()

    def _on_invalid(self, uc: int, user: int) -> bool:
        self._seen.append(_UNDEFINED)
        return False

    def _run(self, code: bytes, count: int = 1) -> list[int]:
        """Execute from 0; which exceptions that raised."""
        self._memory[: len(code)] = code
        self.library.flush_code()
        self._seen = []
        self.library.start(0, NOWHERE, count)
        return self._seen

    def _look(self, address: int, size: int) -> bytes:
        """Memory of this process, if it is mapped; OSError or less if not."""
        memory = os.open("/proc/self/mem", os.O_RDONLY)
        try:
            return os.pread(memory, size, address)
        finally:
            os.close(memory)

    def _find(self, pattern: bytes) -> list[int]:
        raw = self._look(self._base, _BYTES)
        return [at for at in range(0, len(raw) - len(pattern) + 1, 4) if raw.startswith(pattern, at)]

    def _word(self, offset: int) -> ctypes.c_uint32:
        return ctypes.c_uint32.from_address(self._base + offset)

    # -- features ---------------------------------------------------------------------------------------------

    def mvfr0(self) -> int | None:
        return self._feature(_MVFR, 0x20, _VMOV, NOCP)

    def isar0(self) -> int | None:
        return self._feature(_ISAR0, 0x01000000, _UDIV, _UNDEFINED)

    def _feature(self, pattern: bytes, bit: int, code: bytes, refusal: int) -> int | None:
        """The one place with a known content whose bit decides whether `code` executes."""
        places = self._find(pattern)
        if len(places) != 1:
            return None
        word = self._word(places[0])
        with_it = self._run(code)
        word.value ^= bit
        without = self._run(code)
        word.value ^= bit
        again = self._run(code)
        return places[0] if (with_it, without, again) == ([], [refusal], []) else None

    # -- exclusives -------------------------------------------------------------------------------------------

    def exclusive(self) -> int | None:
        """Address and value of the last LDREX; a STREX fails once the address is wiped out."""
        value = 0x5EED1234
        self._memory[_RAM + 0x154 : _RAM + 0x158] = struct.pack("<I", value)
        self._r.write(_RAM + 0x154, 0, 7, 0)
        self._run(_LDREX)
        places = self._find(struct.pack("<2Q", _RAM + 0x154, value))
        if len(places) != 1:
            return None
        place = ctypes.c_uint64.from_address(self._base + places[0])
        place.value = 0xFFFFFFFFFFFFFFFF
        self._run(_STREX)
        failed = self._r.read()[2]
        self._run(_LDREX + _STREX, 2)
        return places[0] if (failed, self._r.read()[2]) == (1, 0) else None

    # -- MPU --------------------------------------------------------------------------------------------------

    def mpu(self) -> MpuPlaces | None:
        control = self._control()
        if control is None:
            return None
        regions = [at for at in self._triples() if self._governs(control, at)]
        refused = self._refused(control, regions[0]) if len(regions) == 1 else None
        return None if refused is None else MpuPlaces(control, regions[0], refused)

    def _control(self) -> int | None:
        """In front of the exception number; with the MPU on and no region, nothing can be fetched."""
        found = set(range(0, _BYTES, 4))
        for number in (0x35, 0x4A):
            self._ipsr.write(number)
            found &= set(self._find(struct.pack("<I", number)))
        self._ipsr.write(0)
        if len(found) != 1:
            return None
        control = found.pop() - _CONTROL_BEFORE_EXCEPTION
        return control if self._with_mpu(control, _NOP) == [PREFETCH_ABORT] and self._run(_NOP) == [] else None

    def _with_mpu(self, control: int, code: bytes) -> list[int]:
        self._word(control).value = 1
        self.library.flush_translations()
        seen = self._run(code)
        self._word(control).value = 0
        self.library.flush_translations()
        return seen

    def _triples(self) -> Iterator[int]:
        """Three pointers in a row to allocations of eight words that are all zero."""
        raw = self._look(self._base, _BYTES)
        for at in range(0, len(raw) - 23, 8):
            if all(self._is_empty_array(pointer) for pointer in struct.unpack_from("<3Q", raw, at)):
                yield at

    def _is_empty_array(self, pointer: int) -> bool:
        if pointer >> 47 or pointer % 8 or pointer < 0x1000:
            return False
        try:
            data = self._look(pointer - 8, 40)
        except OSError:
            return False
        if len(data) < 40 or any(data[8:]):
            return False
        return int.from_bytes(data[:8], "little") & ~_CHUNK_FLAGS in _CHUNKS_OF_EIGHT_WORDS

    def _set_region(self, at: int, size: int, attributes: int, base: int = 0, number: int = 0) -> None:
        arrays = (ctypes.c_uint64 * 3).from_address(self._base + at)
        for array, value in zip(arrays, (base, size, attributes), strict=True):
            ctypes.c_uint32.from_address(array + 4 * number).value = value

    def _governs(self, control: int, at: int) -> bool:
        """A region over everything lets the fetch pass, or not."""
        self._set_region(at, _WHOLE_SPACE, _FULL_ACCESS)
        allowed = self._with_mpu(control, _NOP)
        self._set_region(at, _WHOLE_SPACE, _NO_ACCESS)
        denied = self._with_mpu(control, _NOP)
        self._set_region(at, 0, 0)
        return (allowed, denied) == ([], [PREFETCH_ABORT])

    def _refused(self, control: int, regions: int) -> int | None:
        """Where two addresses that were refused can be read."""
        self._set_region(regions, 14 << 1 | 1, _FULL_ACCESS)  # 32 KiB of code, nothing else
        found = set(range(control, _BYTES, 8))
        for address in (_RAM + 0x13C, _RAM + 0x678):
            self._r.write(address, 0, 0, 0)
            if self._with_mpu(control, _LDR) != [DATA_ABORT]:
                found.clear()
            found = {at for at in found if self._then.startswith(struct.pack("<Q", address), at)}
        self._set_region(regions, 0, 0)
        return found.pop() if len(found) == 1 else None
