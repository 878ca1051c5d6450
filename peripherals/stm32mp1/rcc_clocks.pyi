from collections.abc import Mapping
from typing import Final

HSI_HZ: Final = 64000000
CSI_HZ: Final = 4000000
LSI_HZ: Final = 32000
LSE_HZ: Final = 32768
CLOCKS: Final[tuple[str, ...]]

def clock_hz(words: Mapping[int, int], hse_hz: int, name: str) -> int:
    """How fast the clock `name` of CLOCKS is, from what the RCC's registers hold, by offset. ValueError if unknown."""
