"""The operators of the assertion getters: a keyword that reads can compare in the same line.

They are the operators of robotframework-browser that make sense for numbers and texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

_T = TypeVar("_T")

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda value, expected: value == expected,
    "!=": lambda value, expected: value != expected,
    "<": lambda value, expected: value < expected,
    ">": lambda value, expected: value > expected,
    "<=": lambda value, expected: value <= expected,
    ">=": lambda value, expected: value >= expected,
    "contains": lambda value, expected: expected in value,
    "matches": lambda value, expected: re.search(expected, value) is not None,
}
_WORDS = {"==": "", "!=": "not ", "<": "less than ", ">": "more than ", "<=": "at most ", ">=": "at least "}

#: As an enum, so that Robot refuses any other operator and the keyword documentation lists these.
Operator = Enum("Operator", {name: name for name in _COMPARE if not name.isalpha()})  # type: ignore[misc]
TextOperator = Enum("TextOperator", {name: name for name in ("==", "!=", "contains", "matches")})  # type: ignore[misc]


def verify(value: _T, operator: Enum | None, expected: _T | None, sentence: Callable[[str], str]) -> _T:
    """Give `value` back; AssertionError if an operator is given and does not hold.

    `sentence` makes the message from what was expected, such as "at least 3".
    """
    if operator is None:
        return value
    if expected is None:
        raise ValueError(f"`{operator.value}` compares with something, and nothing was given.")
    if not _COMPARE[operator.value](value, expected):
        raise AssertionError(sentence(f"{_WORDS.get(operator.value, operator.value + ' ')}{_show(expected)}"))
    return value


def _show(expected: object) -> str:
    return f"0x{expected:X}" if isinstance(expected, int) else repr(expected)
