"""What the blocks of the STM32MP15 do to each other beyond the lines of a platform file: resets, clocks, sleep.

The blocks themselves are in `stm32mp1`.
"""

from __future__ import annotations

from mp1bench.chip.assembly import Chip

__all__ = ["Chip"]
