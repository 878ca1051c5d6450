"""The HTML report with strange strings, old browsers, small windows, and a hundred thousand events."""

from __future__ import annotations

from typing import Any

import pytest
from recorded import DrivenIpcc, echoes, random_accesses
from report_in_browser import (
    ORIGIN,
    SCRIPT,
    Visit,
    choose,
    matches,
    opened,
    page_of,
    report_of,
    shown_registers,
    states,
)

from ipcclab.sharedmemory.board import memory_of
from ipcclab.trace import PASSED, About, Recording, html, text
from mp1bench.trace import A7, Access, Log, Trace
from stm32mp1.ipcc_table import STM32MP15


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
