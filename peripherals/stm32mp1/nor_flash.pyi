from collections.abc import Sequence
from typing import Final

SIZE: Final[int]
SECTOR: Final[int]
PAGE: Final[int]
IDENTITY: Final[tuple[int, int, int]]

class NorFlash:
    def run(self, instruction: int, address: int, data: Sequence[int]) -> None:
        """An instruction with what is sent along; unknown ones, and writes that are not enabled, do nothing."""

    def read(self, instruction: int, address: int, index: int) -> int:
        """Byte number `index` of the answer; 0xFF if there is none."""

    def cells(self) -> list[int]:
        """All that it holds, as a list of numbers."""

    def hold(self, cells: list[int]) -> None:
        """Hold what another has given as its `cells`."""

    @staticmethod
    def may_hold(cells: list[int]) -> bool: ...
