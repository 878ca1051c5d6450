"""A reset line as the drivers see it (drivers/reset/core.c): asserted or not, and nobody counts.

Which device it holds is the RCC's business.
"""

from __future__ import annotations

from mp1bench.engine import Engine


class ResetControl:
    """One line of the RCC: writing `mask` to `set_address` asserts it, to the register behind it releases it."""

    def __init__(self, engine: Engine, set_address: int, mask: int) -> None:
        self._engine = engine
        self._set = set_address
        self._mask = mask

    def hold(self) -> None:
        """reset_control_assert."""
        self._engine.write(self._set, self._mask, function="reset_control_assert")

    def release(self) -> None:
        """reset_control_deassert."""
        self._engine.write(self._set + 4, self._mask, function="reset_control_deassert")
