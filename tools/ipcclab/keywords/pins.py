"""Keywords for the pins of the chip: driving them as buttons and sensors do, and looking at what they show."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.durations import format_duration
from ipcclab.keywords.arguments import Duration, Level, Operator, one_of
from ipcclab.keywords.assertion import verify
from ipcclab.keywords.bench import Bench

_DEFAULT_WITHIN = Duration(50_000_000)


class PinKeywords:
    """A level is ``high`` or ``low``."""

    bench: Bench

    @keyword(tags=("Pins",))
    def set_pin(self, pin: str, level: Level) -> None:
        """Drives a pin from outside, from now on. The firmware's own outputs win over it.

        - ``pin``: P, its bank and its number, such as ``PA14``. The buttons of ST's boards, ``PA13`` and ``PA14``, are
          high until they are pressed.
        - ``level``: ``high`` or ``low``.

        Fails for a pin that there is not.

        | Set Pin | PA14 | low |
        | Run For | 20ms |
        | Set Pin | PA14 | high |
        """
        self.bench.board.set_pin(pin, one_of(Level, level) == "high")

    @keyword(tags=("Pins", "Getter"))
    def get_pin(self, pin: str, comparison: Operator | None = None, expected: int | None = None) -> int:
        """Returns the level of a pin, 1 or 0: what drives it or, if nobody does, its pull resistor; else 0.

        - ``pin``: P, its bank and its number, such as ``PH7``.
        - ``comparison``: ``==``, ``!=``, ``<``, ``>``, ``<=`` or ``>=``; by default nothing is compared.
        - ``expected``: 1 or 0; by default none.

        Fails if the comparison does not hold.

        | ${button} = | Get Pin | PA14 |
        | Get Pin | PH7 | == | 0 |
        """
        level = int(self.bench.board.pin(pin))
        return verify(level, comparison, expected, lambda words: self._sentence(pin, words.replace("0x", "")))

    @keyword(tags=("Pins", "Assertion"))
    def pin_should_be(self, pin: str, level: Level) -> None:
        """Passes if a pin is high, or low, now.

        - ``pin``: P, its bank and its number, such as ``PA14``.
        - ``level``: ``high`` or ``low``.

        | Pin Should Be | PA14 | high |
        """
        if self.bench.board.pin(pin) != (one_of(Level, level) == "high"):
            raise AssertionError(self._sentence(pin, level))

    @keyword(tags=("Pins", "Time", "Assertion"))
    def wait_for_pin(self, pin: str, level: Level, within: Duration = _DEFAULT_WITHIN) -> None:
        """Runs until a pin is high, or low: to the very instruction that makes it so.

        Fails if that does not come in time.

        - ``pin``: P, its bank and its number, such as ``PA14``.
        - ``level``: ``high`` or ``low``.
        - ``within``: how long to wait at most; by default ``50ms``.

        | Set Pin | PA14 | low |
        | Wait For Pin | PA14 | low | within=200ms |
        """
        board = self.bench.board
        wanted = one_of(Level, level) == "high"
        board.pin(pin)  # refuses a pin that there is not
        if not board.run_until(lambda: board.pin(pin) == wanted, within):
            raise AssertionError(self._sentence(pin, level, f" after {format_duration(within)}"))

    def _sentence(self, pin: str, expected: str, when: str = "") -> str:
        level = "high" if self.bench.board.pin(pin) else "low"
        return self.bench.explain(f"{pin.upper()} is {level}{when}, expected {expected}")
