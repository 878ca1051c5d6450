"""The Memory Protection Unit: its registers, and whether the core's own stacking may touch an address (Arm's B3.5).

The instructions' accesses are checked by whoever executes them, with the same regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TYPE, CTRL, RNR, RBAR, RASR, END = 0xD90, 0xD94, 0xD98, 0xD9C, 0xDA0, 0xDBC
REGIONS = 8
ENABLE, HFNMIENA, PRIVDEFENA = 1 << 0, 1 << 1, 1 << 2

_RBAR_VALID = 1 << 4
_ENABLED = 1 << 0  # in RASR
_RBAR_ADDRESS = ~0x1F & 0xFFFFFFFF
_RASR_WRITABLE = 0x173FFF3F
_GRANULE = 32
_PPB = range(0xE0000000, 0xE0100000)  # never protected
# By RASR.AP: who may read, and who may write.
_READS = {True: {1, 2, 3, 5, 6, 7}, False: {2, 3, 6, 7}}
_WRITES = {True: {1, 2, 3}, False: {3}}


class Mpu:
    """Eight regions. `privileged` below is the mode in which an access is made."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Core reset: off, no region enabled."""
        self.control = 0
        self._number = 0
        self._set_regions([(0, 0)] * REGIONS)

    def regions(self) -> Sequence[tuple[int, int]]:
        """(base, RASR) of each region, the base aligned to the region's size as the comparison takes it."""
        return self._aligned

    def _set_regions(self, regions: Sequence[tuple[int, int]]) -> None:
        self._regions = tuple(regions)  # RBAR's address, RASR
        self._aligned = tuple((base & ~(_size(rasr) - 1), rasr) for base, rasr in regions)
        # Those that are on, the one that wins first: base, size, RASR.
        self._enabled = [(base, _size(rasr), rasr) for base, rasr in reversed(self._aligned) if rasr & _ENABLED]

    def effective_control(self, negative_priority: bool) -> int:
        """CTRL; 0 where it does not apply: in HardFault, NMI or under FAULTMASK, unless HFNMIENA says so."""
        applies = self.control & ENABLE and (not negative_priority or self.control & HFNMIENA)
        return self.control if applies else 0

    def allows(self, address: int, size: int, write: bool, privileged: bool) -> bool:
        """Whether [address, address + size) may be touched while the MPU applies."""
        last = address + size - 1
        points = [address, *range(address // _GRANULE * _GRANULE + _GRANULE, last + 1, _GRANULE)]
        return all(self._allows_at(point & 0xFFFFFFFF, write, privileged) for point in points)

    def _allows_at(self, address: int, write: bool, privileged: bool) -> bool:
        if address in _PPB:
            return True
        for base, size, rasr in self._enabled:
            if base <= address < base + size:
                if size >= 256 and rasr >> 8 >> (address - base) // (size // 8) & 1:
                    continue  # this eighth is switched off
                return rasr >> 24 & 7 in (_WRITES if write else _READS)[privileged]
        return privileged and bool(self.control & PRIVDEFENA)

    # -- registers --------------------------------------------------------------------------------------------

    def read(self, offset: int) -> int:
        """Word read at an offset from 0xE000E000."""
        if offset == TYPE:
            return REGIONS << 8
        if offset == CTRL:
            return self.control
        if offset == RNR:
            return self._number
        address, rasr = self._regions[self._number]
        return rasr if _is_rasr(offset) else address | self._number

    def write(self, offset: int, value: int) -> None:
        """Word write at an offset from 0xE000E000; RBAR and RASR have three aliases."""
        if offset == CTRL:
            self.control = value & (ENABLE | HFNMIENA | PRIVDEFENA)
        elif offset == RNR:
            self._number = value % REGIONS
        elif offset >= RBAR:
            if not _is_rasr(offset) and value & _RBAR_VALID:
                self._number = value % REGIONS
            address, rasr = self._regions[self._number]
            if _is_rasr(offset):
                rasr = value & _RASR_WRITABLE
            else:
                address = value & _RBAR_ADDRESS
            number = self._number
            self._set_regions([*self._regions[:number], (address, rasr), *self._regions[number + 1 :]])

    # -- snapshot ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, object]:
        """Plain data; `from_state` is its inverse."""
        return {"control": self.control, "number": self._number, "regions": list(self._regions)}

    def from_state(self, state: Mapping[str, object]) -> None:
        """Restore what `state` gave."""
        control, number, regions = state["control"], state["number"], state["regions"]
        assert isinstance(control, int)
        assert isinstance(number, int)
        assert isinstance(regions, list)
        self.control, self._number = control, number
        self._set_regions([(address, rasr) for address, rasr in regions])


def _size(rasr: int) -> int:
    """Of a region, in bytes."""
    return 2 << (rasr >> 1 & 0x1F)


def _is_rasr(offset: int) -> bool:
    return (offset - RASR) % 8 == 0
