"""The HTML report as a file: what is in it, how big it gets, and that nothing recorded becomes HTML.

What a browser makes of it is in browser/test_report_*.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import Any

import pytest
from recorded import DrivenIpcc, echoes, random_accesses

from ipcclab.durations import format_moment
from ipcclab.page import document, source
from ipcclab.trace import FAILED, PASSED, About, Origin, Recording, html, text
from ipcclab.trace.html_rows import events_of, last_rows, rows_of
from ipcclab.trace.replay import RegisterReplay
from mp1bench.trace import A7, M4, Access, Core, Interrupt, Line, Log, Message, Trace, Unmodelled
from stm32mp1.ipcc_table import STM32MP15, STM32MP25

ORIGIN = Origin("c0ffee" * 10 + "c0de", "stm32mp157")
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\r\n'\"&amp;\u202e\u2028\ud800]]>"
_DATA = re.compile(r'<script type="application/octet-stream" id="data">([A-Za-z0-9+/=]*)</script>')


def page_of(trace: Trace, about: About | None = None) -> str:
    return "".join(f"{line}\n" for line in html.render(Recording(trace, ORIGIN, about or About())))


def data_of(page: str) -> dict[str, Any]:
    (encoded,) = _DATA.findall(page)
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(encoded)))
    return found


def lines_of(rows: dict[str, Any]) -> list[str]:
    """The lines of the text trace, put together as the page does it."""
    polls = {row: (more, time) for row, more, time in rows["polls"]}
    now, lines = rows["begin"], []
    for row, (time, number) in enumerate(zip(rows["times"], rows["shape"], strict=True)):
        now += time
        line = f"{format_moment(now):>15}  {rows['shapes'][number]['text']}"
        if row in polls:
            line += f"  ×{polls[row][0] + 1} until {format_moment(now + polls[row][1])}"
        lines.append(line)
    return lines


def hostile_trace() -> Trace:
    trace = DrivenIpcc(name="ipcc").trace
    trace.symbolize = lambda address: HOSTILE
    trace.interrupts[103] = HOSTILE
    record = trace.record
    record(Core(0, HOSTILE, HOSTILE))
    record(Access(1, A7, None, HOSTILE, "ipcc", "W", 0x008, 4, 0x0001_0000))
    record(Access(2, M4, 0x1000, "", "ipcc", "R", 0x00C, 4, 1))
    record(Interrupt(3, 103))
    record(Message(4, "m4_to_a7", HOSTILE, 1, 2, HOSTILE.encode("utf-8", "surrogatepass") + b"\xff\x00"))
    record(Message(4, "a7_to_m4", "ns", 1, 2, bytes(range(256))))
    record(Log(5, HOSTILE, "err", HOSTILE))
    record(Unmodelled(6, HOSTILE, None, 0x4001_3000, "R"))
    return trace


def hostile_about() -> About:
    return About(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE, HOSTILE))


# -- the file -------------------------------------------------------------------------------------------------------


def test_file_asks_for_nothing(exchange: Trace) -> None:
    page = _DATA.sub("", page_of(exchange))
    assert not re.findall(r"(?i)https?:|\bsrc\s*=|\bhref\s*=|@import|url\(\s*[^?]|\bfetch\(|XMLHttp|WebSocket", page)


def test_policy_names_the_only_script_and_the_only_style_by_their_hashes(exchange: Trace) -> None:
    page = page_of(exchange)
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives.pop("default-src") == directives.pop("base-uri") == directives.pop("form-action") == "'none'"
    for name, pattern in {
        "style-src": r"<style>(.*?)</style>",
        "script-src": r'<script type="module">(.*?)</script>',
    }.items():
        (inline,) = re.findall(pattern, page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert directives.pop(name) == f"'sha256-{digest}'"
    assert not directives


def test_nothing_recorded_is_in_the_html_but_the_title() -> None:
    plain, hostile = page_of(Trace()), page_of(hostile_trace(), hostile_about())
    without_data = [re.sub("<title>.*?</title>", "", _DATA.sub("", page), flags=re.DOTALL) for page in (plain, hostile)]
    assert without_data[0] == without_data[1]
    (title,) = re.findall("<title>(.*?)</title>", hostile, re.DOTALL)
    assert not re.findall("[<>\"']", title)


def test_equal_recordings_give_equal_bytes(exchange: Trace) -> None:
    assert page_of(exchange, About("a")) == page_of(exchange, About("a"))


def test_an_empty_trace_has_a_report() -> None:
    (recording,) = data_of(page_of(Trace()))["recordings"]
    assert recording["rows"]["shape"] == []


def test_whatever_was_recorded_is_a_printable_line_each() -> None:
    trace = hostile_trace()
    ipcc = DrivenIpcc(name=HOSTILE, trace=trace)
    ipcc.now = 10
    ipcc.write("C1CR", 1)
    ipcc.write("C2SCR", 0x0001_0000)
    ipcc.write("C1MR", 0)
    trace.record(Line(30, HOSTILE, HOSTILE, True))
    trace.record(Line(30, "rcc", HOSTILE, True))
    (recording,) = data_of(page_of(trace, hostile_about()))["recordings"]
    assert [lane for lane in recording["rows"]["lanes"] if not lane["label"].isprintable()] == []
    assert [line for line in lines_of(recording["rows"]) if not line.isprintable()] == []
    assert [shape["label"] for shape in recording["rows"]["shapes"] if not shape["label"].isprintable()] == []
    assert recording["about"]["sentence"].count("\n") == 1
    assert recording["about"]["sentence"].replace("\n", "").isprintable()


@pytest.mark.parametrize("text", ["</p>", "<!--"])
def test_what_would_end_an_inline_script_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^an inline script or style must not have `</` or `<!--` in it.$"):
        document("title", "<p>body</p>", script=f"let x = '{text}';")


# -- its rows -------------------------------------------------------------------------------------------------------


def test_rows_are_the_lines_of_the_text_trace(exchange: Trace) -> None:
    for trace in (exchange, echoes(3_000).trace, random_accesses(STM32MP25, 2_000).trace, hostile_trace()):
        assert trace is not None
        rows = rows_of(trace, 100_000)
        assert lines_of(rows) == list(text.lines(trace))
        assert events_of(rows) == len(trace.events)


def test_a_longer_trace_keeps_its_end_and_the_state_in_front_of_it() -> None:
    trace = random_accesses(STM32MP15, 3_000).trace
    rows = rows_of(trace, 1_000)
    assert 900 < events_of(rows) <= 1_000
    assert rows["skipped"] + events_of(rows) == len(trace.events)
    lines = lines_of(rows)
    assert lines == list(text.lines(trace))[-len(lines) :]
    replay = RegisterReplay(trace)
    for event in trace.events[: rows["skipped"]]:
        replay.feed(event)
    registers = {name: value for (_, _, name), value in zip(rows["slots"], rows["first"], strict=True)}
    assert replay.values["ipcc"].items() <= registers.items()


@pytest.mark.parametrize("most", [0, 1, 7, 500, 2_999, 3_000])
def test_rows_cut_later_are_those_that_were_cut_at_once(most: int) -> None:
    trace = random_accesses(STM32MP15, 3_000).trace
    cut, whole = last_rows(rows_of(trace, 100_000), most), rows_of(trace, 100_000)
    count = len(cut["shape"])
    assert events_of(cut) <= most
    assert lines_of(cut) == (lines_of(whole)[-count:] if count else [])
    state = list(cut["first"])
    for number in cut["shape"]:
        for slot, bits in cut["shapes"][number]["flips"]:
            state[slot] ^= bits
    everything = list(whole["first"])
    for number in whole["shape"]:
        for slot, bits in whole["shapes"][number]["flips"]:
            everything[slot] ^= bits
    assert state == (everything if count else everything[: len(state)])  # lines are left out with the last row
    assert cut["skipped"] + events_of(cut) == len(trace.events)


def test_a_lost_signal_is_marked_in_the_row_that_posted_it() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", 0x0002_0000)
    ipcc.write("C1SCR", 0x0002_0000)
    rows = rows_of(ipcc.trace, 10)
    lost = [[rows["lanes"][lane]["label"] for lane in rows["shapes"][number]["lost"]] for number in rows["shape"]]
    assert lost == [[], ["CH2 A7 → M4"]]


def test_messages_are_drawn_in_the_words_of_the_text_trace() -> None:
    trace = echoes(3_000).trace
    assert trace is not None
    labels = [shape["label"] for shape in rows_of(trace, 100_000)["shapes"] if shape["kind"] == "message"]
    assert {'create "rpmsg-tty" 0x400', '"message 3 ..."  13 B'} <= set(labels)


def test_lanes_are_named_after_what_they_show(exchange: Trace) -> None:
    lanes = sorted(rows_of(exchange, 100)["lanes"], key=lambda lane: lane["rank"])
    assert [lane["label"] for lane in lanes] == [
        "Cortex-A7",
        "Cortex-M4",
        "CH2 A7 → M4",
        "CH1 M4 → A7",
        "RX0 → A7",
        "RX1 → M4",
        "M4 takes interrupt",
        "RPMsg to Linux",
        "usart3 IRQ",
        "PA14",
        "log linux",
        "log usart3",
    ]


# -- its size -------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_events_of_a_firmware_are_far_below_a_megabyte() -> None:
    trace = echoes(100_000).trace
    assert trace is not None
    page = page_of(trace)
    rows = data_of(page)["recordings"][0]["rows"]
    assert rows["skipped"] + events_of(rows) == len(trace.events)
    assert events_of(rows) > 99_990
    assert len(page.encode()) < 400_000


def test_what_does_not_compress_is_cut_until_the_file_is_small_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 200_000)
    trace = random_accesses(STM32MP15, 15_000).trace
    page = page_of(trace)
    data = data_of(page)
    (recording,) = data["recordings"]
    assert len(page.encode()) < 200_000
    assert 0 < recording["rows"]["skipped"] < len(trace.events)
    assert recording["chart"]
    assert [register["name"] for register in data["tables"][recording["rows"]["tables"]["ipcc"]]["registers"]] == [
        register.name for register in trace.tables["ipcc"]
    ]


def test_a_suite_gives_up_the_charts_of_what_passed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = random_accesses(STM32MP15, 600).trace
    outcomes = [PASSED, FAILED, "", PASSED]
    packed = [html.pack(Recording(trace, ORIGIN, About(outcome, outcome))) for outcome in outcomes]
    whole = "\n".join(html.render_all("suite", packed))
    monkeypatch.setattr(html, "MOST_BYTES", len(whole.encode()))
    found = data_of("\n".join(html.render_all("suite", packed)))["recordings"]
    assert [bool(recording["chart"]) for recording in data_of(whole)["recordings"]] == [True] * 4
    assert [bool(recording["chart"]) for recording in found] == [False, True, False, False]
    assert [recording["rows"]["skipped"] for recording in found] == [0] * 4


def test_what_is_said_of_a_run_does_not_make_the_file_big() -> None:
    long = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(500_000))
    page = page_of(DrivenIpcc().trace, About(long, FAILED, long, long, long, (long, long)))
    assert len(page.encode()) < html.MOST_BYTES


def test_a_suite_of_many_failures_keeps_the_last_events_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 130_000)
    traces = [random_accesses(STM32MP15, 500, seed=seed).trace for seed in range(10)]
    packed = [html.pack(Recording(trace, ORIGIN, About(f"{seed}", FAILED))) for seed, trace in enumerate(traces)]
    page = "\n".join(html.render_all("suite", packed))
    assert len(page.encode()) < 130_000
    found = data_of(page)["recordings"]
    assert [recording["chart"] for recording in found] == [None] * 10
    for recording, trace in zip(found, traces, strict=True):
        lines = lines_of(recording["rows"])
        assert len(lines) > 20
        assert lines == list(text.lines(trace))[-len(lines) :]


def test_a_suite_that_never_fits_keeps_failures_and_says_how_many_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 100_000)
    words = ["".join(chr(0x4E00 + (number * 7919 + one) % 20_000) for number in range(900)) for one in range(200)]
    packed = [
        html.pack(Recording(Trace(), ORIGIN, About(f"{number}", FAILED if number == 150 else PASSED, one, one, one)))
        for number, one in enumerate(words)
    ]
    page = "\n".join(html.render_all("suite", packed))
    data = data_of(page)
    assert len(page.encode()) < 100_000
    assert data["leftOut"] + len(data["recordings"]) == 200
    assert data["recordings"][0]["about"]["title"] == "150"
    assert data["recordings"][0]["about"]["sentence"] == f"{words[150][:500]}… (400 more characters are left out)"


def test_one_endless_line_does_not_push_the_others_out() -> None:
    trace = DrivenIpcc().trace
    trace.record(Access(0, A7, None, "first", "ipcc", "R", 0, 4, 0))
    trace.record(Log(1, "usart3", "", "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(1_000_000))))
    (recording,) = data_of(page_of(trace))["recordings"]
    lines = lines_of(recording["rows"])
    assert len(lines) == 2
    assert lines[1].endswith(" more characters)")


def test_recordings_share_a_file_and_the_longest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_EVENTS", 1_000)
    packed = [
        html.pack(Recording(random_accesses(STM32MP15, events).trace, ORIGIN, About(f"{events}")))
        for events in (50, 400, 3_000)
    ]
    found = data_of("\n".join(html.render_all("suite", packed)))
    counts = [events_of(recording["rows"]) for recording in found["recordings"]]
    assert counts[:2] == [len(random_accesses(STM32MP15, events).trace.events) for events in (50, 400)]
    assert 500 < counts[2] <= 550
    assert [recording["about"]["title"] for recording in found["recordings"]] == ["50", "400", "3000"]
    assert len(found["tables"]) == 1


# -- its looks ------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_text_has_contrast_in_light_in_dark_and_on_paper() -> None:
    palettes = [one for one in re.findall(r":root \{(.*?)\}", source("base.css"), re.DOTALL) if "#" in one]
    assert len(palettes) == 3
    for palette in palettes:
        colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", palette))
        pairs = [(ink, ground) for ink in ("ink", "quiet") for ground in ("ground", "panel", "raised", "select")]
        pairs += [
            (ink, ground) for ink in ("a7", "m4", "accent", "good", "bad", "warn") for ground in ("panel", "select")
        ]
        pairs += [("good", "good-ground"), ("bad", "bad-ground"), ("ink", "warn-ground"), ("on-accent", "accent")]
        pairs += [("quiet", "bad-ground"), ("a7", "bad-ground"), ("m4", "bad-ground"), ("on-accent", "a7")]
        poor = {f"{ink} on {ground}": contrast(colours[ink], colours[ground]) for ink, ground in pairs}
        assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}
