"""The HTML report in a real browser: it shows the trace, to keyboard and mouse, in a window of any size."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from recorded import DrivenIpcc, echoes, random_accesses

from ipcclab.sharedmemory.board import memory_of
from ipcclab.trace import FAILED, PASSED, About, Origin, Recording, html, text
from ipcclab.trace.replay import RegisterReplay
from mp1bench.trace import A7, M4, Access, Line, Log, Trace
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant

Visit = Callable[..., Any]

ORIGIN = Origin("c0ffee" * 10 + "c0de", "stm32mp157")
SCRIPT = "</script><script>hacked = 1</script><img src=x onerror='hacked = 1'>"


def page_of(trace: Trace | None, about: About | None = None) -> str:
    assert trace is not None
    return "\n".join(html.render(Recording(trace, ORIGIN, about or About())))


def report_of(visit: Visit, trace: Trace | None, about: About | None = None, **settings: object) -> Any:
    return opened(visit(page_of(trace, about), **settings))


def opened(page: Any) -> Any:
    page.wait_for_function("globalThis.report")
    return page


def cursor(page: Any) -> int:
    found: int = page.evaluate("report.cursor")
    return found


def shown_registers(page: Any) -> dict[str, int]:
    """What the register view says, read from the page."""
    words: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.register')].map("
        "one => [one.dataset.register, one.querySelector('.value').textContent]))"
    )
    return {name: int(word, 16) for name, word in words.items()}


def states(trace: Trace) -> list[dict[str, int]]:
    """What the registers of `ipcc` hold after each event."""
    replay, found = RegisterReplay(trace), []
    for event in trace.events:
        replay.feed(event)
        found.append(dict(replay.values["ipcc"]))
    return found


# -- what it shows ----------------------------------------------------------------------------------------------------


def test_opens_from_a_file_with_the_network_off_and_asks_for_nothing(visit: Visit, exchange: Trace) -> None:
    about = About("rpmsg_echo", PASSED, "everything came", "nobody waits", "ipcclab run x --send 'a b'", ("one", "two"))
    page = report_of(visit, exchange, about)
    assert page.title() == "rpmsg_echo"
    assert page.inner_text("#outcome") == "✓ passed"
    assert page.inner_text("#sentence") == "everything came"
    assert page.inner_text("#diagnosis") == "nobody waits"
    assert page.inner_text("#command") == "ipcclab run x --send 'a b'"
    page.click("#tab-summary")
    assert page.inner_text("#report") == "one\ntwo"


@pytest.mark.parametrize("variant", [STM32MP15, STM32WL5x, STM32MP25], ids=lambda variant: variant.name)
def test_lines_and_registers_are_those_of_the_trace(visit: Visit, variant: Variant) -> None:
    trace = random_accesses(variant, 2_500).trace
    page = report_of(visit, trace)
    check_lines_and_registers(page, trace)


def test_lines_and_registers_of_a_board_are_those_of_its_trace(visit: Visit) -> None:
    board = echoes(3_000)
    assert board.trace is not None
    page = report_of(visit, board.trace)
    check_lines_and_registers(page, board.trace)
    assert board.registers().items() <= shown_registers(page).items()


def check_lines_and_registers(page: Any, trace: Trace) -> None:
    rows = "Array.from({ length: report.recording.count }, (_, row) => %s)"
    assert page.evaluate(rows % "report.recording.line(row)") == list(text.lines(trace))
    registers = page.evaluate("report.recording.slots.filter((one) => one.kind === 'register').map((one) => one.name)")
    found = page.evaluate(rows % "[report.recording.events[row + 1] - 1, [...report.recording.stateAfter(row)]]")
    expected = states(trace)
    assert len(found) > 1_000
    for last, values in found:
        assert dict(zip(registers, values, strict=False)) == expected[last]  # lines come behind them


def test_lines_have_the_level_of_their_last_edge(visit: Visit) -> None:
    trace = random_accesses(STM32WL5x, 1_000).trace
    page = report_of(visit, trace)
    slots = page.evaluate("report.recording.slots.map((one) => [one.kind, one.name])")
    found = page.evaluate(
        "Array.from({ length: report.recording.count }, (_, row) =>"
        " [report.recording.events[row + 1] - 1, [...report.recording.stateAfter(row)]])"
    )
    edges = [(index, event.line, event.level) for index, event in enumerate(trace.events) if isinstance(event, Line)]
    names = {name for _, name, _ in edges}
    assert names == {name for kind, name in slots if kind == "line"} == {"RX0", "TX0", "RXTX1"}
    for name in names:
        number = slots.index(["line", name])
        moves = [(index, level) for index, line, level in edges if line == name]
        for last, values in found:
            past = [level for index, level in moves if index <= last]
            assert values[number] == (past[-1] if past else not moves[0][1])


def test_list_shows_the_lines(visit: Visit, exchange: Trace) -> None:
    page = report_of(visit, exchange)
    page.keyboard.press("Home")
    assert page.eval_on_selector_all("#rows > *", "rows => rows.map(row => row.textContent)") == list(
        text.lines(exchange)
    )


def test_what_the_row_changed_is_marked(visit: Visit) -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1CR", 0x0001_0001)
    ipcc.write("C1SCR", 0x0002_0000)
    ipcc.write("C1MR", 0xFFFD_FFFF)
    page = report_of(visit, ipcc.trace)
    changed = ".register.changed", "registers => registers.map(one => one.dataset.register)"
    page.keyboard.press("Home")
    assert page.eval_on_selector_all(*changed) == ["C1CR"]
    page.keyboard.press("ArrowRight")
    assert page.eval_on_selector_all(*changed) == ["C1TOC2SR"]
    flipped = page.eval_on_selector_all("#state .bit.flipped", "bits => bits.map(bit => bit.dataset.field)")
    assert flipped == ["CH2F"]
    assert page.get_attribute("[data-register=C1TOC2SR] [data-field=CH2F]", "aria-label") == "CH2F 1"
    page.keyboard.press("ArrowRight")
    assert page.inner_text("[data-register=C1MR] .before") == "was FFFFFFFF"
    assert page.inner_text("[data-register=C1MR] .value") == "0xFFFDFFFF"


def test_several_ipccs_are_kept_apart(visit: Visit) -> None:
    first = DrivenIpcc(name="ipcc1")
    second = DrivenIpcc(STM32MP25, "ipcc2", first.trace)
    first.write("C1SCR", 0x0001_0000)
    second.write("C1SCR", 0x8000_0000)
    page = report_of(visit, first.trace)
    assert "ipcc2: processor 2, M33" in page.inner_text("#state")
    lanes = page.evaluate("report.timeline.lanes.filter(lane => lane.kind === 'channel').map(lane => lane.label)")
    assert lanes == ["ipcc1 CH1 A7 → M4", "ipcc2 CH16 A35 → M33"]


def pixels(page: Any, places: list[tuple[str, float]]) -> list[str]:
    """The colours, #rrggbb, in the middle of a lane at a time."""
    found: list[str] = page.evaluate(
        """(places) => {
          const { timeline } = report, { plot } = timeline;
          timeline.draw();
          const { data } = plot.getContext("2d").getImageData(0, 0, plot.width, plot.height);
          return places.map(([label, time]) => {
            const lane = timeline.lanes.find((one) => one.label === label);
            const start = 4 * (Math.floor(lane.top + lane.height / 2 + 3) * plot.width + Math.floor(timeline.x(time)));
            return "#" + [...data.slice(start, start + 3)].map((one) => one.toString(16).padStart(2, "0")).join("");
          });
        }""",
        places,
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_channel_is_drawn_while_it_is_occupied(visit: Visit, scheme: str) -> None:
    ipcc = DrivenIpcc()
    for now, register, value in [
        (100, "C1MR", 0xFFFF_FFFF),
        (200, "C1SCR", 0x0002_0000),
        (300, "C1SCR", 0x0002_0000),  # lost
        (400, "C2CR", 0x0000_0001),
        (500, "C2MR", 0xFFFF_FFFD),  # RX1 rises
        (600, "C2SCR", 0x0000_0002),  # free; RX1 falls
        (700, "C2CR", 0x0000_0000),
    ]:
        ipcc.now = now - 5
        ipcc.write(register, value)
    page = report_of(visit, ipcc.trace, color_scheme=scheme)
    a7, good, bad = page.evaluate("['a7', 'good', 'bad'].map(name => report.timeline.colour(name))")
    channel = [("CH2 A7 → M4", time) for time in (150, 250, 350, 550, 650)]
    line = [("RX1 → M4", time) for time in (450, 550, 650)]
    found = pixels(page, [*channel, *line, ("CH2 A7 → M4", 300)])
    assert [colour == a7 for colour in found[:5]] == [False, True, True, True, False]
    assert [colour == good for colour in found[5:8]] == [False, True, False]
    assert found[8] == bad


def test_a_device_without_time_is_drawn_in_order(visit: Visit) -> None:
    ipcc = DrivenIpcc()
    for register, value in [("C1MR", 0), ("C1SCR", 0x0002_0000), ("C2MR", 0), ("C2SCR", 2), ("C1CR", 1)]:
        ipcc.now = -5
        ipcc.write(register, value)
    page = report_of(visit, ipcc.trace)
    a7 = page.evaluate("report.timeline.colour('a7')")
    assert page.get_attribute("#by-order", "aria-pressed") == "true"
    found = pixels(page, [("CH2 A7 → M4", row) for row in (0.5, 1.5, 2.5, 3.5)])
    assert [colour == a7 for colour in found] == [False, True, True, False]
    page.wait_for_timeout(50)
    page.mouse.click(*place_of(page, 3, 0))
    assert cursor(page) == 3
    page.keyboard.press("o")
    assert page.get_attribute("#by-order", "aria-pressed") == "false"


# -- cursor -----------------------------------------------------------------------------------------------------------


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


def place_of(page: Any, row: int, lane: int) -> list[float]:
    """Where a row stands in a lane, in the window."""
    found: list[float] = page.evaluate(
        """([row, number]) => {
          const { timeline } = report, lane = timeline.lanes[number];
          const box = timeline.plot.getBoundingClientRect();
          return [box.left + timeline.x(timeline.scale.places[row]), box.top + lane.top + lane.height / 2];
        }""",
        [row, lane],
    )
    return found


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


# -- filter -----------------------------------------------------------------------------------------------------------


def matches(page: Any) -> int:
    found: int = page.evaluate("report.list.found.length")
    words = re.fullmatch(r"([\d,]+)(?: of [\d,]+)? lines", page.inner_text("#matches"))
    assert words is not None
    assert int(words[1].replace(",", "")) == found
    return found


def choose(page: Any, name: str, label: str) -> int:
    """Choose in one list of the filter; each choice says in brackets how many lines it has."""
    options: list[str] = page.eval_on_selector_all(f"#by-{name} option", "all => all.map(one => one.textContent)")
    (option,) = [one for one in options if one.rpartition(" (")[0] == label]
    page.click("#clear") if page.is_enabled("#clear") else None
    page.select_option(f"#by-{name}", label=option)
    count = matches(page)
    assert option.endswith(f" ({count:,})")
    return count


def test_filters_show_as_many_lines_as_the_trace_has(visit: Visit) -> None:
    ipcc = random_accesses(STM32MP15, 1_500)
    page = report_of(visit, ipcc.trace)
    accesses = [event for event in ipcc.trace.events if isinstance(event, Access)]
    assert matches(page) == len(accesses)
    assert choose(page, "kind", "writes") == sum(access.op == "W" for access in accesses)
    assert choose(page, "cpu", "M4") == sum(access.cpu == M4 for access in accesses)
    assert choose(page, "cpu", "A7") == sum(access.cpu == A7 for access in accesses)
    assert choose(page, "function", "function_7") == sum(access.function == "function_7" for access in accesses)
    lines = list(text.lines(ipcc.trace))
    assert choose(page, "register", "C1TOC2SR") == sum("C1TOC2SR" in line for line in lines)
    assert choose(page, "register", "C1SCR") == sum(" C1SCR " in line for line in lines)
    page.click("#clear")
    page.fill("#words", "c2toc1sr.ch3f 0→1")
    assert matches(page) == sum("C2TOC1SR.CH3F 0→1" in line for line in lines)
    page.select_option("#by-cpu", "M4")
    assert matches(page) == sum("C2TOC1SR.CH3F 0→1" in line and "  M4  " in line for line in lines)
    page.fill("#words", "nothing like it")
    assert matches(page) == 0
    assert page.query_selector_all(".row") == []


def test_filter_by_channel_finds_what_concerns_it(visit: Visit) -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1MR", 0xFFFF_FFFE)  # opens CH1's occupied
    ipcc.write("C1SCR", 0x0002_0000)  # occupies CH2
    ipcc.read("C1TOC2SR")  # sees CH2 occupied
    ipcc.write("C2SCR", 0x0000_0003)  # frees CH2, and CH1, which was free
    ipcc.read("C1TOC2SR")  # sees none
    page = report_of(visit, ipcc.trace)
    assert choose(page, "channel", "CH1") == 2
    assert page.evaluate("[...report.list.found]") == [0, 3]
    assert choose(page, "channel", "CH2") == 3
    assert page.evaluate("[...report.list.found]") == [1, 2, 3]


def test_keys_walk_along_the_lines_that_the_filter_shows(visit: Visit) -> None:
    ipcc = random_accesses(STM32MP15, 300)
    page = report_of(visit, ipcc.trace)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "words"
    page.keyboard.type("C2MR")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    found = page.evaluate("[...report.list.found]")
    assert cursor(page) == found[0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert cursor(page) == found[2]


def test_escape_leaves_the_filter_as_it_is_and_clear_empties_it(visit: Visit) -> None:
    page = report_of(visit, random_accesses(STM32MP15, 300).trace)
    page.keyboard.press("/")
    page.keyboard.type("C2MR")
    count = matches(page)
    page.keyboard.press("Escape")
    assert page.input_value("#words") == "C2MR"
    assert 0 < matches(page) == count < page.evaluate("report.recording.count")
    assert page.evaluate("document.activeElement.id") == "list"
    page.click("#clear")
    assert page.input_value("#words") == ""
    assert matches(page) == page.evaluate("report.recording.count")
    page.select_option("#by-cpu", "M4")
    page.focus("#clear")
    page.keyboard.press("Enter")
    assert page.input_value("#by-cpu") == ""
    assert matches(page) == page.evaluate("report.recording.count")
    assert page.evaluate("document.activeElement.id") == "words"


def test_lost_signals_are_said_at_the_top_and_shown_on_demand(visit: Visit, exchange: Trace) -> None:
    assert report_of(visit, exchange).is_hidden("#losses")
    ipcc = DrivenIpcc()
    for value in (0x0001_0000, 0x0002_0000, 0x0001_0000, 0x0003_0000, 0x0004_0000):
        ipcc.write("C1SCR", value)
    page = report_of(visit, ipcc.trace)
    assert page.inner_text("#losses") == "✗ 2 writes lost a signal: show"
    page.fill("#words", "nothing like it")
    page.click("#losses")
    assert page.evaluate("[...report.list.found]") == [2, 3]
    assert cursor(page) == 2
    assert matches(page) == 2
    selected, other = page.eval_on_selector_all(".row", "all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert selected != other


# -- several recordings -----------------------------------------------------------------------------------------------


def test_a_suite_opens_at_its_first_failure_and_offers_the_others(visit: Visit, exchange: Trace) -> None:
    lost = DrivenIpcc()
    lost.write("C1SCR", 0x0001_0000)
    lost.write("C1SCR", 0x0001_0000)
    packed = [
        html.pack(Recording(exchange, ORIGIN, About("Should Echo", PASSED))),
        html.pack(Recording(lost.trace, ORIGIN, About("Nothing Is Lost", FAILED, "a signal was lost"))),
        html.pack(Recording(Trace(), ORIGIN, About("Is Empty"))),
    ]
    page = opened(visit("\n".join(html.render_all("The suite", packed))))
    assert page.inner_text("#title") == "Nothing Is Lost"
    assert page.inner_text("#counts") == "1 failed, 1 passed"
    assert page.eval_on_selector_all("#chooser button", "all => all.map(one => one.innerText)") == [
        "✓\nShould Echo",
        "✗\nNothing Is Lost",
        "·\nIs Empty",
    ]
    assert choose(page, "kind", "lost signals") == 1
    page.click("#chooser button >> nth=0")
    assert page.inner_text("#title") == "Should Echo"
    assert page.evaluate("report.recording.count") == len(list(text.lines(exchange)))
    page.keyboard.press("]")
    page.keyboard.press("]")
    assert page.inner_text("#title") == "Is Empty"
    assert matches(page) == 0
    page.keyboard.press("ArrowRight")
    assert cursor(page) == -1


def test_a_link_opens_the_recording_that_it_names(visit: Visit, exchange: Trace) -> None:
    title = "Should Echo / 100 % & #1"
    packed = [html.pack(Recording(exchange, ORIGIN, About(one, FAILED))) for one in ("First", title)]
    page = opened(visit("\n".join(html.render_all("The suite", packed))))
    assert page.inner_text("#title") == "First"
    page.evaluate("hash => { location.hash = hash; }", quote(title, safe=""))
    page.wait_for_function("report.number === 1")
    page.reload()
    assert opened(page).inner_text("#title") == title


# -- strangers --------------------------------------------------------------------------------------------------------


def test_recorded_strings_do_not_run(visit: Visit) -> None:
    from test_html import HOSTILE, hostile_about, hostile_trace

    assert "<script>" in HOSTILE
    page = opened(visit("\n".join(html.render(Recording(hostile_trace(), ORIGIN, hostile_about())))))
    for view in ("chart", "summary", "accesses"):
        page.click(f"#tab-{view}")
    page.keyboard.press("Home")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert page.query_selector_all("img, iframe, object, #page script, [onerror], [style*=url]") == []
    assert "<script>alert(1)</script>" in page.inner_text("h1")


def test_pictures_are_rebuilt_from_known_elements_and_attributes(
    visit: Visit, exchange: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg"><script>hacked = 1</script><g data-event="0" href="http://a.invalid">'
        '<text fill="url(http://a.invalid)" x="1">words</text><image href="http://a.invalid/b.png"/></g></svg>'
    )
    monkeypatch.setattr(html.svg, "fragment", lambda *_: picture)
    page = report_of(visit, exchange)
    assert page.inner_html("#chart") == '<svg><g data-event="0"><text x="1">words</text></g></svg>'


def test_policy_stops_what_gets_into_the_page_all_the_same(chromium: Any, exchange: Trace, tmp_path: Any) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(exchange).replace('<div id="page"', f'{SCRIPT}<div id="page"', 1), encoding="utf-8")
    page = chromium.new_page()
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))
    page.goto(file.as_uri())
    opened(page)
    page.evaluate("markup => document.body.insertAdjacentHTML('beforeend', markup)", SCRIPT)
    page.wait_for_timeout(100)
    assert page.evaluate("globalThis.hacked") is None
    assert any("Content Security Policy" in words for words in blocked)
    page.close()


def test_an_old_browser_gets_a_sentence(chromium: Any, exchange: Trace, tmp_path: Any) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(exchange), encoding="utf-8")
    page = chromium.new_page()
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(file.as_uri())
    assert page.inner_text("#broken") == (
        "This browser cannot unpack the report: it has no DecompressionStream."
        " Chrome 80, Firefox 113 and Safari 16.4 have it."
    )
    page.close()


def test_a_trace_of_many_sources_has_a_picture(visit: Visit) -> None:
    trace = DrivenIpcc().trace
    for number in range(5_000):
        trace.record(Log(number, f"source{number}", "", "text"))
        trace.record(Access(number, A7, None, f"function{number}", "ipcc", "R", 0, 4, 0))
    page = report_of(visit, trace)
    assert page.evaluate("report.timeline.plot.height") < 10_000
    assert matches(page) == 10_000
    assert choose(page, "function", "function77") == 1


def test_what_was_left_out_is_said(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_EVENTS", 1_000)
    trace = random_accesses(STM32MP15, 3_000).trace
    page = report_of(visit, trace)
    skipped = page.evaluate("report.recording.skipped")
    assert skipped >= 2_000
    assert page.evaluate("report.recording.tables.length") == 1
    assert page.inner_text("#skipped").startswith(f"The first {skipped:,} events are left out;")
    assert "--trace FILE.ndjson" in page.inner_text("#skipped")
    page.keyboard.press("Home")
    assert shown_registers(page) == states(trace)[page.evaluate("report.recording.events[1] - 1")]
    assert page.evaluate("report.recording.rowOfEvent(5)") == -1


def test_what_was_left_out_of_a_recording_has_its_place_and_says_where_it_is(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 1)
    board = echoes(3_000)
    page = report_of(visit, board.trace, About("a", memory=memory_of(board)))
    for view, option in [("chart", "--trace FILE.svg"), ("memory", "--snapshot FILE.ipcc")]:
        page.click(f"#tab-{view}")
        assert option in page.inner_text(f"#{view}")
    assert page.evaluate("report.recording.count") == 0
    assert page.inner_text("#skipped").startswith(f"The first {board.trace.size():,} events are left out;")


@pytest.mark.parametrize("size", [(1400, 900), (1024, 768), (700, 450), (390, 844), (320, 568)], ids=str)
def test_nothing_is_wider_than_the_window(visit: Visit, size: tuple[int, int]) -> None:
    about = About("A title that is long enough to be broken into several lines", PASSED, "sentence " * 30, "why " * 40)
    viewport = {"width": size[0], "height": size[1]}
    page = report_of(visit, echoes(3_000).trace, about, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("document.getElementById('list').clientHeight") > 100


# -- a hundred thousand events ----------------------------------------------------------------------------------------

MEASURE = """async (steps) => {
  const gaps = [], tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration)));
  observer.observe({ type: "longtask" });
  const { list, timeline } = report, frame = () => new Promise(requestAnimationFrame);
  let last = await frame(), rows = 0;
  for (let step = 0; step <= steps; step++) {
    list.box.scrollTop = (list.box.scrollHeight - list.box.clientHeight) * (step / steps);
    const length = (timeline.whole.to - timeline.whole.from) / 20;
    timeline.look(timeline.whole.from + length * 19 * (step / steps), length);
    const now = await frame();
    gaps.push(now - last);
    last = now;
    rows = Math.max(rows, list.inner.childElementCount);
  }
  await frame();
  const texts = [...list.inner.children].map((one) => one.textContent);
  gaps.sort((a, b) => a - b);
  return { median: gaps[gaps.length >> 1], worst: gaps.at(-1), tasks, rows, texts };
}"""


def test_a_hundred_thousand_events_scroll_and_pan(visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    board = echoes(100_000)
    assert board.trace is not None
    page = report_of(visit, board.trace, About("100,000 events"))
    opening = page.evaluate("performance.now()")
    found = page.evaluate(MEASURE, 120)
    with capsys.disabled():
        print(
            f"\n100,000 events, {page.evaluate('report.recording.count'):,} lines: open after {opening:.0f} ms;"
            f" scrolling and panning: frame {found['median']:.1f} ms (median), {found['worst']:.1f} ms (worst),"
            f" {len(found['tasks'])} long tasks, {max(found['tasks'], default=0):.0f} ms the longest"
        )
    assert found["rows"] < 100
    assert list(text.lines(board.trace))[-1] in found["texts"]
    assert board.registers().items() <= shown_registers(page).items()
    page.keyboard.press("/")
    page.keyboard.type("message 77 ")
    lines = [line for line in text.lines(board.trace) if "message 77 " in line]
    page.wait_for_function(f"report.list.found.length === {len(lines)}")
    assert len(lines) == 2
