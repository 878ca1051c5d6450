"""A gated clock as the drivers see it: enabled while anybody holds it.

Only the gate is modelled; rates belong to the RCC.
"""

from __future__ import annotations

from mp1bench.engine import Engine
from mp1bench.linux.kernel.core import Kernel


class Clock:
    """One gate of the RCC: writing `bit` to `set_address` opens it, to the register behind it closes it.

    A test sets `error` to a negative error number to have the clock refused.
    """

    def __init__(self, kernel: Kernel, engine: Engine, name: str, set_address: int, bit: int) -> None:
        self.users = 0
        self.error = 0
        self._log = kernel.logger("clk.c")
        self._engine = engine
        self._name = name
        self._set = set_address
        self._mask = 1 << bit

    def prepare_enable(self) -> int:
        """Take the clock. 0, or a negative error number."""
        if self.error:
            return self.error
        self.users += 1
        if self.users == 1:
            self._gate(on=True)
        return 0

    def disable_unprepare(self) -> None:
        """Give the clock back; once too often is a warning and nothing else."""
        if self.users == 0:
            self._log.warn(self._name, "already disabled")
            return
        self.users -= 1
        if self.users == 0:
            self._gate(on=False)

    def _gate(self, *, on: bool) -> None:
        function = "clk_prepare_enable" if on else "clk_disable_unprepare"
        self._engine.write(self._set + (0 if on else 4), self._mask, function=function)
