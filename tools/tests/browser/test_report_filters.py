"""The filters of the HTML report show what the trace has, and its chooser the recordings of a suite."""

from __future__ import annotations

from urllib.parse import quote

from recorded import DrivenIpcc, random_accesses
from report_in_browser import ORIGIN, Visit, choose, cursor, matches, opened, report_of

from ipcclab.trace import FAILED, PASSED, About, Recording, html, text
from mp1bench.trace import A7, M4, Access, Mcapi, Trace
from stm32mp1.ipcc_table import STM32MP15


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


def test_mcapi_can_be_filtered_by_its_frames_and_by_the_rest(visit: Visit, mcapi_exchange: Trace) -> None:
    page = report_of(visit, mcapi_exchange)
    steps = [event for event in mcapi_exchange.events if isinstance(event, Mcapi)]
    frames = sum(step.what == "frame" for step in steps)
    assert choose(page, "kind", "MCAPI frames") == frames
    assert choose(page, "kind", "MCAPI's buffers, doorbells, epochs") == len(steps) - frames
    page.click("#clear")
    page.fill("#words", "buffer 1  ")
    assert matches(page) == sum("buffer 1  " in line for line in text.lines(mcapi_exchange))


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
