"""STOP: what the EXTI, the PWR and the RCC have to do with the deep sleep of the Cortex-M4.

That SysTick stands still, and what wakes a core from WFI, is the engine's.
"""

from __future__ import annotations

from mp1bench.engine import Engine
from stm32mp1.exti import Exti
from stm32mp1.pwr import Pwr
from stm32mp1.rcc import Rcc


class Sleep:
    """In deep sleep the M4 stays until a line is active that the EXTI lets through to processor 2."""

    def __init__(self, engine: Engine, exti: Exti, pwr: Pwr | None, rcc: Rcc | None) -> None:
        self._engine = engine
        self._exti = exti
        self._pwr = pwr
        self._rcc = rcc
        engine.stop_wakes = self._wakes
        if pwr is not None:
            pwr.mcu_sleeps_deeply = self._sleeps_deeply

    def _wakes(self) -> bool:
        """Asked while the M4 is in STOP; what wakes it also brings its clocks back."""
        if not self._exti.wakes_c2():
            return False
        if self._rcc is not None:
            if self._pwr is not None and self._rcc.a7_wants_stop():
                self._pwr.system_has_stopped()
            self._rcc.mcu_leaves_stop()
        return True

    def _sleeps_deeply(self) -> bool:
        state = self._engine.core_state()
        return state is not None and state.deep
