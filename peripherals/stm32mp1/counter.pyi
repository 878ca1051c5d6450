from typing import Final

UPDATE: Final = 0x1
CC1: Final = 0x2
PSC: Final = 0
ARR: Final = 1
RCR: Final = 2
CCR1: Final = 3

class Counter:
    limit: int  # the highest count there is
    count: int
    phase: int
    repetitions: int
    running: bool
    down: bool
    centre: int
    updates: bool
    one_pulse: bool
    due: int
    preload: list[int]
    shadow: list[int]
    def __init__(self, bits: int, channels: int) -> None: ...
    def advance(self, cycles: int) -> int:
        """Let cycles pass; says what has happened meanwhile: UPDATE, CC1 and on. A one-pulse counter may stop."""

    def restart(self) -> int:
        """Begin anew with what has been written; the compare values that the count meets there, as CC1 and on."""

    def put(self, count: int) -> int:
        """Set the count; the compare values that it meets, as CC1 and on."""

    def where(self) -> list[int]:
        """All that counting changes, as numbers."""

    def go(self, where: list[int]) -> None:
        """Go on from there."""

    def cycles_to(self, events: int) -> int | None:
        """How many cycles from now the first of `events` happens; None if never. It may be early, never late."""
