"""The page of `ipcclab diff --html`, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ipcclab.comparison import difference_page
from ipcclab.comparison.compare import compare, sides
from ipcclab.trace import Origin, Recording
from mp1bench.trace import Log, Trace


def of_lines(*lines: str) -> Recording:
    trace = Trace()
    for t, line in enumerate(lines):
        trace.record(Log(t, "usart3", "", line))
    return Recording(trace, Origin(None, "stm32mp157"))


@pytest.mark.parametrize(("scheme", "red"), [("light", "rgb(255, 235, 233)"), ("dark", "rgb(75, 29, 31)")])
def test_first_difference_is_in_view(scheme: str, red: str, visit: Callable[..., Any]) -> None:
    equal = [f"line {n}" for n in range(500)]
    comparison = compare(*sides("a", of_lines(*equal, "x" * 300), "b", of_lines(*equal, "y" * 300)))
    page = visit(difference_page.page(comparison), color_scheme=scheme, viewport={"width": 1200, "height": 700})
    box = page.locator("tr.first").bounding_box()
    assert box["y"] + box["height"] < 700
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200
    assert page.evaluate("getComputedStyle(document.querySelector('td.gone')).backgroundColor") == red
