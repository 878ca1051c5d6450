"""The panel in Robot's own log.html, in a browser: it is seen, in the log's colours, and it changes nothing around."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import robot

from ipcclab.robot_log.suite_report import Suite, report_of

SUITE = """
*** Settings ***
Library    ipcclab.IpccLibrary

*** Test Cases ***
Occupied
    Signal Channel    1    cpu=1
    Channel Should Be Free    1    cpu=1

It's 100 % <b> (ä)
    Signal Channel    2    cpu=1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    (folder / "suite.robot").write_text(SUITE, encoding="utf-8")
    with (folder / "console.txt").open("w") as console:
        robot.run(folder / "suite.robot", outputdir=folder, report="NONE", stdout=console, stderr=console)
    return folder


@pytest.fixture
def log(folder: Path) -> str:
    return (folder / "log.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_panel_stands_in_the_failing_keyword(scheme: str, log: str, visit: Callable[..., Any]) -> None:
    """Robot opens what has failed: the panel is seen at once."""
    page = visit(log, color_scheme=scheme)
    keyword = page.locator(".keyword", has=page.locator(".name", has_text="Channel Should Be Free"))
    row = keyword.locator("text=C1TOC2SR.CH1F is 1 since 0.000000 ms, by A7 test.")
    row.wait_for(state="visible")
    assert keyword.locator("summary").all_inner_texts() == [
        "History of channel 1 from processor 1",
        "Channels and interrupt lines",
        "Last 20 accesses",
        "Sequence chart of the last steps",
    ]
    assert keyword.locator("svg").is_visible()
    assert keyword.locator("td.message td", has_text="occupied since").count() == 1
    assert page.locator(".keyword", has_text="Signal Channel").locator("summary").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_panel_has_the_colours_of_the_log(scheme: str, log: str, visit: Callable[..., Any]) -> None:
    page = visit(log, color_scheme=scheme)
    page.locator("summary").first.wait_for(state="visible")
    colours = page.evaluate(
        """() => {
            const colour = (one) => getComputedStyle(document.querySelector(one)).color;
            return ["td.message", "td.message td", "td.message pre",
                    "td.message svg text"].map((one) => colour(one));
        }"""
    )
    assert len(set(colours)) == 1
    red, green, blue = (int(part) for part in colours[0].removeprefix("rgb(").removesuffix(")").split(","))
    assert (min(red, green, blue) > 150) == (scheme == "dark")


def test_panel_scrolls_inside_a_narrow_log(log: str, visit: Callable[..., Any]) -> None:
    page = visit(log, viewport={"width": 500, "height": 800})
    page.locator("summary").first.wait_for(state="visible")
    panel = page.locator("div[style*='border-left:4px']").bounding_box()
    listing = page.locator("pre").first
    assert panel["x"] + panel["width"] <= 500
    assert listing.evaluate("(one) => one.parentElement.scrollWidth > one.parentElement.clientWidth")


def test_link_opens_the_report_at_its_test(folder: Path, visit: Callable[..., Any]) -> None:
    report = report_of(folder, Suite("s1", "Suite"))
    page = visit((folder / report.file).read_text(encoding="utf-8"))
    title = page.locator("#title")
    assert title.inner_text() == "Occupied"  # the first that failed
    for test in ("It's 100 % <b> (ä)", "Occupied"):
        page.evaluate("(fragment) => { location.hash = fragment; }", report.link(test).partition("#")[2])
        page.wait_for_function("(name) => document.getElementById('title').textContent === name", arg=test)
