"""What the RCC does to the IPCC: holds it in reset and, on a board with clock gating, takes its clock away.

The reset of the Cortex-M4 does neither (ipcc-hardware.md §7); that one is for `core_reset.py`.
"""

from __future__ import annotations

from mp1bench.engine import Engine
from stm32mp1.ipcc import Ipcc
from stm32mp1.rcc import Rcc

RESET = "IPCCRST"  # the line of the RCC

IN_RESET = "in reset"
CLOCK_OFF = "with the clock off"


class IpccSupply:
    """Makes `ipcc` follow IPCCRST of the RCC called `name` and, with `gating`, IPCCEN.

    The IPCC answers nobody while it is held in reset or has no clock; without a clock its flags and lines stay.
    """

    def __init__(self, engine: Engine, name: str, rcc: Rcc, ipcc: Ipcc, gating: bool) -> None:
        self._rcc = rcc
        self._ipcc = ipcc
        self._gating = gating
        engine.watch(name, RESET, self._reset)
        engine.watch(name, "IPCCEN", self._follow)
        self._follow()

    def _reset(self, level: bool) -> None:
        if level:
            self._ipcc.reset()
        self._follow()

    def _follow(self, _level: bool = False) -> None:
        if self._rcc.level(RESET):
            self._ipcc.stopped = IN_RESET
        else:
            self._ipcc.stopped = CLOCK_OFF if self._gating and not self._rcc.level("IPCCEN") else ""
