"""Tells the library what the core refuses: MPU, CPACR and CCR.DIV_0_TRP as the registers say, exclusives by the mode.

It only hands on; the registers are `cortexm.scs`'s, and how the library is told is in `private_cpu.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mp1bench.cortexm import mpu, scs
from mp1bench.cortexm.exceptions import Exceptions
from mp1bench.engine.embedded.private_cpu import PrivateCpu


class Protection:
    """Tells between two slices, and only after something changed. `unprivileged()` is the mode now."""

    def __init__(
        self,
        private: PrivateCpu,
        space: scs.SystemControlSpace,
        exceptions: Exceptions,
        unprivileged: Callable[[], bool],
    ) -> None:
        self._private = private
        self._space = space
        self._exceptions = exceptions
        self._unprivileged = unprivileged
        self._stale = True
        self._told: tuple[int, Sequence[tuple[int, int]]] = (0, ())  # what the library's MPU is set to
        exceptions.on_mode = self._mode_changed

    def forget(self) -> None:
        """Reset, a restored snapshot, or a debugger's hand: anything may be different."""
        self._stale = True

    def space_written(self, offset: int) -> None:
        """The firmware wrote to the System Control Space at `offset`."""
        self._stale |= offset in (scs.CPACR, scs.CCR) or mpu.TYPE <= offset < mpu.END

    def _mode_changed(self) -> None:
        self._private.clear_exclusive()
        by_mode = self._space.mpu.control or self._space.register(scs.CPACR) >> 20 & 3 == scs.CPACR_PRIVILEGED
        self._stale |= bool(by_mode)

    def tell(self) -> None:
        """Let the library refuse what the registers say by now."""
        if not self._stale:
            return
        self._stale = False
        self._private.allow_floats(self._space.floats_allowed(not self._unprivileged()))
        self._private.allow_division(not self._space.register(scs.CCR) & scs.CCR_DIV_0_TRP)
        regions = self._space.mpu
        control = regions.control and regions.effective_control(self._exceptions.negative_priority())
        if (control, regions.regions()) != self._told:
            self._told = control, regions.regions()
            self._private.set_mpu(*self._told)
