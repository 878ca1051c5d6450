"""The cursor of the HTML report: keyboard and mouse move it, in every part of the page, and all parts follow."""

from __future__ import annotations

import pytest
from recorded import DrivenIpcc, echoes, random_accesses
from report_in_browser import Visit, cursor, pixels, place_of, report_of, shown_registers, states

from ipcclab.sharedmemory.board import memory_of
from ipcclab.trace import About, text
from mp1bench.trace import Trace
from stm32mp1.ipcc_table import STM32MP15


def test_keys_move_the_cursor_and_registers_follow(visit: Visit) -> None:
    trace = random_accesses(STM32MP15, 400).trace
    page = report_of(visit, trace)
    expected = states(trace)
    last = cursor(page)
    for key, row in [
        ("Home", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("PageDown", 21),
        ("ArrowLeft", 20),
        ("End", last),
    ]:
        page.keyboard.press(key)
        assert cursor(page) == row
        event = page.evaluate("report.recording.events[report.cursor + 1] - 1")
        assert shown_registers(page) == expected[event]
        line = list(text.lines(trace))[row]
        assert page.get_attribute("#picture", "aria-valuetext") == line.strip()
        assert page.text_content(".row[aria-selected=true]") == line


def test_cursor_is_drawn_where_its_row_is(visit: Visit) -> None:
    ipcc = DrivenIpcc()
    for now in (1_000, 2_000, 3_000):
        ipcc.now = now - 5
        ipcc.write("C1SCR", 0x0001_0000)
    page = report_of(visit, ipcc.trace)
    places: list[tuple[str, float]] = [("Cortex-A7", time) for time in (1_000, 2_000, 3_000)]
    page.evaluate("report.moveTo(1)")
    colours = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in pixels(page, places)]
    assert [red - max(green, blue) > 60 for red, green, blue in colours] == [False, True, False]


def test_zoom_by_key_keeps_the_cursor_where_it_is(visit: Visit) -> None:
    page = report_of(visit, random_accesses(STM32MP15, 400).trace)
    page.evaluate("report.moveTo(50)")
    place = "report.timeline.x(report.timeline.cursorPlace())"
    before, length = page.evaluate(place), page.evaluate("report.timeline.view.to - report.timeline.view.from")
    page.keyboard.press("+")
    assert page.evaluate(place) == pytest.approx(before)
    assert page.evaluate("report.timeline.view.to - report.timeline.view.from") == pytest.approx(length / 2)
    page.keyboard.press("0")
    assert page.evaluate("report.timeline.view.to - report.timeline.view.from") == pytest.approx(length)


def test_click_in_the_list_and_in_the_timeline_sets_the_cursor(visit: Visit) -> None:
    page = report_of(visit, random_accesses(STM32MP15, 200).trace)
    page.keyboard.press("Home")
    page.click(".row >> nth=3")
    assert cursor(page) == 3
    page.wait_for_timeout(50)  # the picture is drawn in the next frame
    row = page.evaluate("report.timeline.lanes[0].marks[20]")
    page.mouse.click(*place_of(page, row, 0))
    assert cursor(page) == row


def test_wheel_zooms_at_the_pointer_and_dragging_moves(visit: Visit) -> None:
    page = report_of(visit, random_accesses(STM32MP15, 400).trace)
    page.wait_for_timeout(50)
    x, y = map(round, place_of(page, 100, 0))
    time = "report.timeline.placeAt(%f - report.timeline.plot.getBoundingClientRect().left)"
    page.mouse.move(x, y)
    under = page.evaluate(time % x)
    page.mouse.wheel(0, -240)
    page.wait_for_function("report.timeline.view.from > report.timeline.whole.from")
    assert page.evaluate(time % x) == pytest.approx(under, rel=1e-6)
    before = cursor(page)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    assert page.evaluate(time % (x + 60)) == pytest.approx(under, rel=1e-6)
    assert cursor(page) == before


def test_click_in_the_sequence_chart_sets_the_cursor(visit: Visit) -> None:
    board = echoes(3_000)
    page = report_of(visit, board.trace)
    page.click("#tab-chart")
    steps = page.query_selector_all("#chart [data-event]")
    assert len(steps) == 200
    step = steps[-30]
    step.scroll_into_view_if_needed()
    box = step.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # between its words and its line
    event = int(step.get_attribute("data-event"))
    assert page.evaluate(f"report.recording.rowOfEvent({event})") == cursor(page)
    assert page.evaluate("report.recording.events[report.cursor]") <= event
    assert "here" in step.get_attribute("class")


def test_shared_memory_is_a_view(visit: Visit) -> None:
    board = echoes(3_000)
    page = report_of(visit, board.trace, About(memory=memory_of(board)))
    page.click("#tab-memory")
    assert "vring0" in page.inner_text("#memory")
    assert page.query_selector_all("#memory table tr")


def test_tab_reaches_every_part_and_shows_where_it_is(visit: Visit) -> None:
    page = report_of(visit, echoes(3_000).trace, About("a", command="ipcclab run a"))
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        if reached[-1]:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached[-1]
    assert {"help", "copy", "picture", "fit", "tab-accesses", "words", "by-register", "list", "state"} <= set(reached)


def test_keys_of_one_character_can_be_switched_off(visit: Visit, exchange: Trace) -> None:
    page = report_of(visit, exchange)  # WCAG 2.1.4
    page.keyboard.press("?")
    page.uncheck("#single")
    page.keyboard.press("Escape")
    page.wait_for_selector("#keys", state="hidden")
    page.keyboard.press("o")
    assert page.get_attribute("#by-order", "aria-pressed") == "false"
    page.keyboard.press("Home")
    assert cursor(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_tell_set_bits_the_cursor_and_the_open_view(visit: Visit, scheme: str) -> None:
    page = report_of(visit, echoes(3_000).trace, forced_colors="active", color_scheme=scheme)
    for one, other, looks in [
        (".bit.set", ".bit:not(.set)", "backgroundColor"),
        (".row[aria-selected=true]", ".row[aria-selected=false]", "backgroundColor"),
        ("#tab-accesses", "#tab-chart", "borderBottomColor"),
    ]:
        assert page.eval_on_selector(one, f"one => getComputedStyle(one).{looks}") != page.eval_on_selector(
            other, f"one => getComputedStyle(one).{looks}"
        )
    assert page.evaluate("report.timeline.colour('ink')") == "CanvasText"


def test_a_dark_timeline_is_printed_in_the_colours_of_paper(visit: Visit, exchange: Trace) -> None:
    page = report_of(visit, exchange, color_scheme="dark")
    page.evaluate("""() => {
      const { timeline } = report, draw = timeline.draw;
      globalThis.inks = [];
      timeline.draw = function () { draw.call(this); inks.push(this.colour("ink")); };
    }""")
    page.pdf()
    assert "#000000" in page.evaluate("inks")
