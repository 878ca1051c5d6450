"""The operators of the assertion getters: a keyword that reads can compare in the same line.

They are the operators of robotframework-browser that make sense for numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from ipcclab.keywords.arguments import Operator, one_of
from mp1bench.errors import UsageError

_COMPARE: Mapping[str, tuple[Callable[[int, int], bool], str]] = {
    "==": (operator.eq, ""),
    "!=": (operator.ne, "anything but "),
    "<": (operator.lt, "less than "),
    ">": (operator.gt, "more than "),
    "<=": (operator.le, "at most "),
    ">=": (operator.ge, "at least "),
}


def verify(value: int, comparison: Operator | None, expected: int | None, sentence: Callable[[str], str]) -> int:
    """Give `value` back; AssertionError if a comparison is given and does not hold.

    `sentence` makes the message from what was expected, such as "at least 0x3".
    """
    if comparison is None:
        return value
    holds, words = _COMPARE[one_of(Operator, comparison)]
    if expected is None:
        raise UsageError(f"`{comparison}` compares with something, and nothing was given.")
    if not holds(value, expected):
        raise AssertionError(sentence(f"{words}0x{expected:X}"))
    return value
