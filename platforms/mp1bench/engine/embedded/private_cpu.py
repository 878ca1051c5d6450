"""What Unicorn's processor can do but has no interface for: MPU, coprocessor access, division trap, exclusive monitor.

It sets states; who wants which is decided in `protection.py`, and where they lie was found by `private_cpu_fields.py`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from mp1bench.engine.embedded.private_cpu_fields import R15_OFFSET, CpuFields, cpu_fields
from mp1bench.engine.embedded.private_fields import private_fields
from mp1bench.engine.embedded.unicorn_library import Unicorn

_NOBODY = 0xFFFFFFFFFFFFFFFF  # no address is marked exclusive
_SINGLE_PRECISION = 0x00000020  # MVFR0
_DIVIDE = 0x01000000  # ID_ISAR0


class PrivateCpu:
    """The processor of one engine. What was not found is left alone; `not_enforced` names it."""

    def __init__(self, library: Unicorn, fields: CpuFields | None = None) -> None:
        self._library = library
        self._fields = cpu_fields() if fields is None else fields
        pc = private_fields().pc
        self.divides = True
        self._base = 0 if pc is None else pc.address(library) - R15_OFFSET

    def allow_floats(self, allowed: bool) -> None:
        """Instructions of coprocessors 10 and 11 execute, or are NOCP."""
        self._switch(self._fields.mvfr0, _SINGLE_PRECISION, allowed)

    def allow_division(self, allowed: bool) -> None:
        """UDIV and SDIV execute, or are undefined."""
        self._switch(self._fields.isar0, _DIVIDE, allowed)
        self.divides = allowed or self._fields.isar0 is None

    def go_on_at(self, pc: int) -> None:
        """The hook that is running has done the instruction's work. Only where division was not allowed."""
        ctypes.c_uint32.from_address(self._base + R15_OFFSET).value = pc

    def _switch(self, offset: int | None, bit: int, on: bool) -> None:
        """Let the processor have a feature or not; code was translated for one of the two."""
        if offset is None:
            return
        word = ctypes.c_uint32.from_address(self._base + offset)
        if bool(word.value & bit) != on:
            word.value ^= bit
            self._library.flush_code()

    def clear_exclusive(self) -> None:
        """As CLREX does."""
        if self._fields.exclusive is not None:
            ctypes.c_uint64.from_address(self._base + self._fields.exclusive).value = _NOBODY

    def exclusive(self) -> list[int]:
        """Address and value of the last LDREX, for `set_exclusive`."""
        place = self._fields.exclusive
        return [] if place is None else list((ctypes.c_uint64 * 2).from_address(self._base + place))

    def set_exclusive(self, marked: Sequence[int]) -> None:
        """Restore what `exclusive` gave."""
        if self._fields.exclusive is not None and marked:
            (ctypes.c_uint64 * 2).from_address(self._base + self._fields.exclusive)[:] = list(marked)

    def set_mpu(self, control: int, regions: Sequence[tuple[int, int]]) -> None:
        """MPU_CTRL, and RBAR and RASR of each region."""
        places = self._fields.mpu
        if places is None:
            return
        bases, sizes, attributes = (ctypes.c_uint64 * 3).from_address(self._base + places.regions)
        for n, (rbar, rasr) in enumerate(regions):
            for array, value in ((bases, rbar & ~0x1F), (sizes, rasr & 0xFFFF), (attributes, rasr >> 16)):
                ctypes.c_uint32.from_address(array + 4 * n).value = value
        ctypes.c_uint32.from_address(self._base + places.control).value = control
        self._library.flush_translations()

    def refused_address(self) -> int:
        """What the MPU refused last."""
        places = self._fields.mpu
        assert places is not None  # without it, it refuses nothing
        return ctypes.c_uint64.from_address(self._base + places.refused).value & 0xFFFFFFFF


def not_enforced() -> list[str]:
    """What this release of the library does not let us enforce; empty as a rule."""
    fields = cpu_fields()
    places = {
        "the MPU": fields.mpu, "CPACR": fields.mvfr0, "CCR.DIV_0_TRP": fields.isar0,
        "the exclusive monitor across exceptions": fields.exclusive,
    }  # fmt: skip
    return [name for name, place in places.items() if place is None]
