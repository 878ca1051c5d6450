"""Durations as people write them."""

from __future__ import annotations

import pytest

from ipcclab.durations import format_duration, parse_duration
from mp1bench.errors import UsageError


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("50ms", 50_000_000),
        ("1.5s", 1_500_000_000),
        ("20us", 20_000),
        ("100ns", 100),
        ("0.001 us", 1),
        (" 2 s ", 2_000_000_000),
    ],
)
def test_duration_is_exact(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    ["", "50", "ms", "-5ms", "+5ms", "nan", "nans", "infs", "1e3ms", "5 m", "5mss", "٥ms", "1.ms", ".5ms", "1,5s"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_duration(text)
    assert str(error.value) == f"{text!r} is not a duration. Write a number and a unit: 50ms, 1.5s, 20us or 100ns."


def test_zero_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^'0\.0ms' is no time at all\. A duration is longer than zero\.$"):
        parse_duration("0.0ms")


def test_fraction_of_a_nanosecond_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^'0\.5ns' is not a whole number of nanoseconds\.$"):
        parse_duration("0.5ns")


@pytest.mark.parametrize("text", ["50ms", "1.5s", "20us", "100ns", "12.003005ms", "3600s", "1.000000001s"])
def test_format_is_what_was_parsed(text: str) -> None:
    assert format_duration(parse_duration(text)) == text


def test_format_of_no_time() -> None:
    assert format_duration(0) == "0ns"
