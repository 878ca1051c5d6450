"""`ipcclab diff` and `Trace Should Match`: what they say of two traces, and the page of a difference.

The traces are the exchange of `conftest.py`, edited by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from robot.utils.text import cut_long_message

from ipcclab.cli import main
from ipcclab.IpccLibrary import IpccLibrary
from ipcclab.trace import Origin, Recording, write
from mp1bench.errors import IpccLabError, UsageError
from mp1bench.trace import A7, M4, Access, Effect, Line, Log, Message, Trace
from stm32mp1.ipcc import Ipcc

ORIGIN = Origin("c0ffee" * 10 + "c0de", "stm32mp157")

Diff = Callable[..., tuple[int, str]]


@pytest.fixture
def diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Diff:
    """Runs the command in the folder of the files, and gives its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["diff", *arguments])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def edited(exchange: Trace, edit: Callable[[list[Any]], None]) -> Recording:
    """The exchange after `edit` has changed its list of events."""
    trace = Trace()
    trace.tables, trace.interrupts, trace.symbolize = exchange.tables, exchange.interrupts, exchange.symbolize
    events: list[Any] = list(exchange.events)
    edit(events)
    for event in events:
        trace.record(event)
    return Recording(trace, ORIGIN)


def signal_channel_2(events: list[Any]) -> None:
    """The M4 signals channel 2 in place of channel 1, 412 ns later."""
    events[3] = events[3]._replace(value=0x0002_0000, t=1_000_417)
    events[4] = events[4]._replace(subject="C2TOC1SR.CH2F", t=1_000_417)
    events[5] = events[5]._replace(t=1_000_417)


CHANGED = """\
a.ndjson and b.ndjson differ in 1 place, first at event 4.

--- a.ndjson
+++ b.ndjson
      1.000000 ms  M4  ipcc_signal+0x1c              W   ipcc+0x014 C2MR      0xFFFFFFFC  CH1-2OM=0
-     1.000005 ms  M4  ipcc_signal+0x1c              W   ipcc+0x018 C2SCR     0x00010000  CH1S=1  → C2TOC1SR.CH1F 0→1  ▲ RX0 (A7)
+     1.000417 ms  M4  ipcc_signal+0x1c              W   ipcc+0x018 C2SCR     0x00020000  CH2S=1  → C2TOC1SR.CH2F 0→1  ▲ RX0 (A7)
      1.002005 ms  A7  stm32_ipcc_rx_irq             R   ipcc+0x01c C2TOC1SR  0x00000001  CH1F=1

processor 2 (Cortex-M4) writes ipcc C2SCR, channels 1, 2:
  value     0x00010000 → 0x00020000: CH1S=1 → CH2S=1
  causes    C2TOC1SR.CH1F 0→1, ▲ RX0 → C2TOC1SR.CH2F 0→1, ▲ RX0
  time      1.000005 ms → 1.000417 ms: 412ns later

In all 3 events only in a.ndjson, 3 only in b.ndjson.
"""  # noqa: E501


def test_equal_traces_are_equal(exchange: Trace, diff: Diff) -> None:
    for name in ("a.ndjson", "b.ndjson", "b.txt"):
        write(Path(name), Recording(exchange, ORIGIN))
    assert diff("a.ndjson", "b.ndjson") == (0, "a.ndjson and b.ndjson are equal: 27 events.\n")
    assert diff("a.ndjson", "b.txt") == (0, "a.ndjson and b.txt are equal: 18 lines.\n")


def test_changed_value_is_told_in_context_and_in_words(exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, signal_channel_2))
    assert diff("a.ndjson", "b.ndjson", "--context", "1") == (1, CHANGED)
    without_time = CHANGED.replace("  time      1.000005 ms → 1.000417 ms: 412ns later\n", "")
    assert diff("a.ndjson", "b.ndjson", "--context", "1", "--times", "ignore") == (1, without_time)


def test_what_only_one_side_has_is_told(exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, lambda events: events.__delitem__(6)))  # Linux reads C2TOC1SR no more
    read = "    1.002005 ms  A7  stm32_ipcc_rx_irq             R   ipcc+0x01c C2TOC1SR  0x00000001  CH1F=1"
    code, said = diff("a.ndjson", "b.ndjson")
    assert code == 1
    assert said.startswith("a.ndjson and b.ndjson differ in 1 place, first at event 7.\n")
    assert f"\n- {read}\n" in said
    assert "\nOnly a.ndjson has this: processor 1 (Cortex-A7) reads ipcc C2TOC1SR, channel 1.\n" in said
    assert said.endswith("\nIn all 1 event only in a.ndjson, 0 only in b.ndjson.\n")
    code, said = diff("b.ndjson", "a.ndjson")
    assert said.startswith("b.ndjson and a.ndjson differ in 1 place, first at event 7 of a.ndjson.\n")
    assert f"\n+ {read}\n" in said
    assert "\nOnly a.ndjson has this: processor 1 (Cortex-A7) reads ipcc C2TOC1SR, channel 1.\n" in said


def later(events: list[Any]) -> None:
    """All from the signal on happens 412 ns later."""
    events[3:] = [event._replace(t=event.t + 412) for event in events[3:]]


def test_other_times_are_the_only_difference(exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, later))
    code, said = diff("a.ndjson", "b.ndjson", "--context", "1")
    moved = "24 of them at other times, the first at 1.000005 ms (412ns later)"
    assert code == 1
    signal = (
        "M4  ipcc_signal+0x1c              W   ipcc+0x018 C2SCR     0x00010000  CH1S=1  → C2TOC1SR.CH1F 0→1  ▲ RX0 (A7)"
    )
    assert said == (
        f"a.ndjson and b.ndjson differ in times only: 27 events, {moved}.\n\n--- a.ndjson\n+++ b.ndjson\n"
        "      1.000000 ms  M4  ipcc_signal+0x1c              W   ipcc+0x014 C2MR      0xFFFFFFFC  CH1-2OM=0\n"
        f"-     1.000005 ms  {signal}\n"
        f"+     1.000417 ms  {signal}\n"
        "~     1.002005 ms  A7  stm32_ipcc_rx_irq             R   ipcc+0x01c C2TOC1SR  0x00000001  CH1F=1"
        "  (412ns later)\n\nprocessor 2 (Cortex-M4) writes ipcc C2SCR, channel 1:\n"
        "  time      1.000005 ms → 1.000417 ms: 412ns later\n"
    )
    expected = f"a.ndjson and b.ndjson are equal but for their times: 27 events, {moved}.\n"
    assert diff("a.ndjson", "b.ndjson", "--times", "ignore") == (0, expected)


def test_time_is_the_first_difference_where_it_comes_first(exchange: Trace, diff: Diff) -> None:
    def edit(events: list[Any]) -> None:
        later(events)
        events[-1] = events[-1]._replace(what="fault")

    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, edit))
    assert diff("a.ndjson", "b.ndjson")[1].startswith("a.ndjson and b.ndjson differ in 1 place, first at event 4.\n")
    said = diff("a.ndjson", "b.ndjson", "--times", "ignore")[1]
    assert said.startswith("a.ndjson and b.ndjson differ in 1 place, first at event 27.\n")
    assert said.endswith("In all 1 event only in a.ndjson, 1 only in b.ndjson.\n")


@pytest.mark.parametrize(
    ("at", "change", "words"),
    [
        (3, {"pc": 0x1000_0248}, "  function  ipcc_signal+0x1c → ipcc_rx+0x8\n"),
        (1, {"text": "gone"}, "  text      info: remoteproc remoteproc0: remote processor m4 is now up → info: gone\n"),
        (7, {"data": b"bye"}, '  text      "say \\"hi\\"\\x00"  9 B → "bye"  3 B\n'),
        (18, {"width": 1}, "  width     16 → 8 bits\n"),
        (19, {"before": 3}, "  before    2 → 3\n"),
        (5, {"level": False}, "  causes    C2TOC1SR.CH1F 0→1, ▲ RX0 → C2TOC1SR.CH1F 0→1, ▼ RX0\n"),
    ],
)
def test_what_has_changed_is_named(at: int, change: dict[str, Any], words: str, exchange: Trace, diff: Diff) -> None:
    def edit(events: list[Any]) -> None:
        events[at] = events[at]._replace(**change)

    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, edit))
    code, said = diff("a.ndjson", "b.ndjson")
    assert code == 1
    assert words in said


def test_poll_of_another_length_is_named(exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, lambda events: events.__delitem__(15)))
    assert "  repeated  ×3 → ×2\n" in diff("a.ndjson", "b.ndjson", "--times", "ignore")[1]


def test_header_is_a_difference_of_its_own(exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), Recording(exchange, Origin("0" * 64, "stm32mp157")))
    assert diff("a.ndjson", "b.ndjson") == (
        1,
        "a.ndjson and b.ndjson differ in their headers only: 27 events are equal.\n"
        "  header    image c0ffeec0ffee… → image 000000000000…\n",
    )


def test_text_is_compared_line_by_line(exchange: Trace, diff: Diff) -> None:
    write(Path("a.txt"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, signal_channel_2))
    code, said = diff("a.txt", "b.ndjson")
    assert code == 1
    assert said.startswith("a.txt and b.ndjson differ in 1 place, first at line 5.\n")
    assert "\n  text      0x00010000  CH1S=1  → C2TOC1SR.CH1F 0→1 → 0x00020000  CH2S=1  → C2TOC1SR.CH2F 0→1\n" in said
    assert said.endswith("\nIn all 1 line only in a.txt, 1 only in b.ndjson.\n")


def test_long_difference_is_cut_and_counted(diff: Diff) -> None:
    first, second = Trace(), Trace()
    for at in range(30):
        first.record(Log(at, "usart3", "", f"first {at}"))
        second.record(Log(at, "usart3", "", f"second {at}"))
    second.record(Log(30, "usart3", "", "more"))
    write(Path("a.ndjson"), Recording(first, ORIGIN))
    write(Path("b.ndjson"), Recording(second, ORIGIN))
    said = diff("a.ndjson", "b.ndjson")[1].splitlines()
    assert len([line for line in said if line.startswith("- ")]) == 12
    assert len([line for line in said if line.startswith("+ ")]) == 12
    assert "… 18 more with - and 19 more with +" in said
    assert said[-1] == "In all 30 events only in a.ndjson, 31 only in b.ndjson."


def test_nothing_that_was_recorded_reaches_the_terminal_as_control(diff: Diff) -> None:
    trace = Trace()
    trace.record(Log(0, "usart3", "", "\x1b[2J"))
    write(Path("a.ndjson"), Recording(trace, ORIGIN))
    Path("b.txt").write_text("\x1b[31m evil\n", encoding="utf-8")
    write(Path("c\x1b.ndjson"), Recording(trace, Origin(None, "\x1b[2J\ud800")))
    for arguments in (("a.ndjson", "b.txt"), ("b.txt", "a.ndjson"), ("a.ndjson", "c\x1b.ndjson")):
        code, said = diff(*arguments, "--html", "d.html")
        assert code == 1
        assert said.replace("\n", "").isprintable()
        assert "\x1b" not in Path("d.html").read_text(encoding="utf-8")


def test_line_of_very_many_columns_is_told_as_a_whole(diff: Diff) -> None:
    one, other = "a  " * 50_000 + "a", "b  a  " * 25_000 + "b"
    for name, text in (("a", one), ("b", other)):
        trace = Trace()
        trace.record(Log(0, "usart3", "", text))
        write(Path(f"{name}.ndjson"), Recording(trace, ORIGIN))
    said = diff("a.ndjson", "b.ndjson", "--html", "d.html")[1].splitlines()
    assert f"  text      --  usart3  {one} → --  usart3  {other}" in said


def test_colour_is_for_terminals(exchange: Trace, diff: Diff, monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, signal_channel_2))
    plain = diff("a.ndjson", "b.ndjson")[1]
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    coloured = diff("a.ndjson", "b.ndjson")[1]
    assert "\x1b[31m- " in coloured
    assert "\x1b[32m+ " in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert diff("a.ndjson", "b.ndjson")[1] == plain


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.ndjson"], "the following arguments are required: B."),
        (["a.ndjson", "b.vcd"], "b.vcd: no comparison for a file ending .vcd. Known endings: .ndjson, .txt."),
        (["no.ndjson", "a.ndjson"], "no.ndjson: there is no such file."),
        (["a.ndjson", "a.ndjson", "--context", "-1"], "--context -1: a count of lines is a whole number, 0 or more."),
        (
            ["a.ndjson", "a.ndjson", "--context", "many"],
            "--context many: a count of lines is a whole number, 0 or more.",
        ),
        (["a.ndjson", "a.ndjson", "--times", "no"], "argument --times: invalid choice: 'no' (choose from"),
        (["a.ndjson", "a.ndjson", "--html", "a.ndjson"], "--html a.ndjson: a page is a file ending .html."),
        (["a.ndjson", "a.ndjson", "--html", "no/d.html"], "no/d.html: the page cannot be written there (No such file"),
    ],
)
def test_usage_is_a_sentence_and_exit_code_2(arguments: list[str], sentence: str, exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    code, said = diff(*arguments)
    assert code == 2
    assert f"ipcclab: {sentence}" in said


# -- the page -------------------------------------------------------------------------------------------------------


class Cells(HTMLParser):
    """The texts of all table cells, by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_page_has_both_traces_side_by_side(exchange: Trace, diff: Diff) -> None:
    write(Path("a.ndjson"), Recording(exchange, ORIGIN))
    write(Path("b.ndjson"), edited(exchange, signal_channel_2))
    printed = diff("a.ndjson", "b.ndjson", "--html", "d.html", "--context", "1")[1]
    page = Path("d.html").read_text(encoding="utf-8")
    rows = [row for row in Cells(page).rows if row]
    shown = [line[2:] for line in printed.splitlines() if line[:2] in ("- ", "+ ", "  ") and " ms  " in line[:22]]
    before, gone, come, after = shown
    assert [[cell.rstrip("\n") for cell in row] for row in rows] == [
        ["… 2 equal lines"],
        [before, before],
        [gone, come],
        [after, after],
        ["… 12 equal lines"],
    ]
    assert not re.search(r"(src|href)=|https?:|@import|url\(", page)


def test_page_escapes_what_was_recorded(diff: Diff) -> None:
    first, second = Trace(), Trace()
    for trace, words in ((first, "<script>alert(1)</script>"), (second, "<b>&amp;")):
        trace.record(Log(0, "<img>", "", words))
    write(Path("a<b>.ndjson"), Recording(first, ORIGIN))
    write(Path("b.ndjson"), Recording(second, ORIGIN))
    assert diff("a<b>.ndjson", "b.ndjson", "--html", "d.html")[0] == 1
    page = Path("d.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|b|img)>", page)
    assert "&lt;b&gt;&amp;amp;" in page


def test_page_of_a_hundred_thousand_differences_stays_small(diff: Diff) -> None:
    first, second = Trace(), Trace()
    for at in range(50_000):
        first.record(Log(at, "usart3", "", f"first {at}"))
        second.record(Log(at, "usart3", "", f"second {at}"))
    write(Path("a.ndjson"), Recording(first, ORIGIN))
    write(Path("b.ndjson"), Recording(second, ORIGIN))
    diff("a.ndjson", "b.ndjson", "--html", "d.html")
    page = Path("d.html").read_text(encoding="utf-8")
    assert len(page) < 1_000_000
    assert "the rest is not shown" in page


# -- Trace Should Match ---------------------------------------------------------------------------------------------


@pytest.fixture
def library() -> IpccLibrary:
    return IpccLibrary(engine="bare")


@pytest.mark.parametrize("ending", [".txt", ".ndjson"])
def test_keyword_says_what_the_command_says(ending: str, library: IpccLibrary, diff: Diff, tmp_path: Path) -> None:
    approved = tmp_path / f"echo{ending}"
    library.signal_channel(1, cpu=1)
    library.save_trace(approved)
    library.trace_should_match(approved)
    assert not (tmp_path / f"echo.received{ending}").exists()
    library.signal_channel(2, cpu=1)
    library.save_trace(tmp_path / "run.ndjson")
    with pytest.raises(AssertionError) as failure:
        library.trace_should_match(approved)
    first, *said, last = str(failure.value).splitlines()
    assert first == "the trace is not the approved one:"
    assert last == f"This run's is {tmp_path}/echo.received{ending}."
    of_command = diff(approved.name, "run.ndjson", "--context", "2")[1]
    assert of_command.replace("run.ndjson", f"echo.received{ending}").splitlines() == said
    assert "Only echo.received" in str(failure.value)
    assert len(Cells((tmp_path / "echo.difference.html").read_text(encoding="utf-8")).rows) > 1


def test_keyword_leaves_times_out_if_told_so(library: IpccLibrary, tmp_path: Path) -> None:
    approved = tmp_path / "echo.ndjson"
    library.signal_channel(1, cpu=1)
    library.save_trace(approved)
    approved.write_text(approved.read_text(encoding="utf-8").replace('"t":0', '"t":5'), encoding="utf-8")
    library.trace_should_match(approved, times="ignore")
    with pytest.raises(AssertionError, match="differ in times only"):
        library.trace_should_match(approved)


def test_keyword_refuses_what_cannot_be_compared(library: IpccLibrary, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"approved\.html: no comparison for a file ending \.html"):
        library.trace_should_match(tmp_path / "approved.html")
    (tmp_path / "echo.ndjson").write_text("{}\n", encoding="utf-8")
    with pytest.raises(IpccLabError, match=r"echo\.ndjson: line 1: this is no header"):
        library.trace_should_match(tmp_path / "echo.ndjson")


def test_robot_cuts_nothing_out_of_the_longest_message(library: IpccLibrary, tmp_path: Path) -> None:
    approved = tmp_path / "a_rather_long_name_of_an_approved_trace.txt"
    library.save_trace(approved)
    lines = approved.read_text(encoding="utf-8").splitlines()
    more = [f"{at}.000000 ms  A7  {'f' * 28}  W   ipcc+0x018 C2SCR {'x' * 78}" for at in range(20)]
    approved.write_text("\n".join([lines[0].replace("none", "0" * 64), *more, ""]), encoding="utf-8")
    for channel in range(1, 7):
        library.signal_channel(channel, cpu=1)
    with pytest.raises(AssertionError) as failure:
        library.trace_should_match(approved)
    assert cut_long_message(str(failure.value)) == str(failure.value)


def test_messages_and_edges_are_told_by_what_they_are(diff: Diff) -> None:
    first, second = Trace(), Trace()
    for trace in (first, second):
        trace.tables["ipcc"] = Ipcc.TABLE
        trace.record(Access(0, A7, None, "probe", "ipcc", "R", 0x004, 4, 0))
    first.record(Line(5, "ipcc", "RX1", True))
    first.record(Message(5, "a7_to_m4", "rpmsg-tty", 0x400, 0x401, b"hi"))
    second.record(Effect(6, "ipcc", "reset", "IPCCRST", 0, 1))
    second.record(Access(7, M4, 0x100, "", "ipcc", "W", 0x200, 4, 1))
    write(Path("a.ndjson"), Recording(first, ORIGIN))
    write(Path("b.ndjson"), Recording(second, ORIGIN))
    assert "\nOnly a.ndjson has this: ipcc, ▲ RX1 (M4).\n" in diff("a.ndjson", "b.ndjson")[1]
