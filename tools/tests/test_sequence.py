"""The sequence chart: which steps a trace has, and what is drawn of them as Mermaid text and as a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ipcclab.mailbox import BareIpcc
from ipcclab.scenario import Scenario
from ipcclab.trace import About, Origin, Recording, mermaid, svg
from ipcclab.trace.chart import LEFT, MIDDLE, RIGHT, Chart, Lane, Occupied, Step
from ipcclab.trace.sequence import chart_of
from ipcclab.trace.widths import cells, cut
from mp1bench.board import Board
from mp1bench.trace import A7, M4, Access, Core, Effect, Event, Interrupt, Line, Log, Message, Trace, Unmodelled
from stm32mp1.gpio import Gpio
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant, ipcc_table

APPROVED = Path(__file__).parent / "approved"
SEND, HANDLER = 0x1000_0120, 0x1000_0248
HOSTILE = [
    "end",
    "a;b #35; #quot; &amp;",
    "</title></svg><script>alert(1)</script>",
    "<br/>\"q\" 'p' `c` $$x$$ **b**",
    "%%{init: {}}%%",
    "wrap: A->>B: Note over A,B: x",
    "line\nline\r\t\x00\x1b[2J",
    "日本語 \u202e \U0001f600",
    "x" * 3000,
    "",
]


def recorded(*events: Event, variant: Variant = STM32MP15) -> Trace:
    trace = Trace()
    trace.tables = {"ipcc": ipcc_table(variant), "gpioA": Gpio.TABLE}
    trace.interrupts = {103: "ipcc.RX1", 37: "usart1.IRQ"}
    trace.symbolize = {SEND: "ipcc_post+0xc", HANDLER: "IPCC_RX1_IRQHandler+0x2a"}.get  # type: ignore[assignment]
    for event in events:
        trace.record(event)
    return trace


def recording(trace: Trace, title: str = "") -> Recording:
    return Recording(trace, Origin(None, "stm32mp157"), About(title=title))


def linux(t: int, op: str, offset: int, value: int) -> Access:
    return Access(t, A7, None, "stm32_ipcc_send_data", "ipcc", op, offset, 4, value)


def firmware(t: int, op: str, offset: int, value: int, pc: int = SEND, width: int = 4) -> Access:
    return Access(t, M4, pc, "", "ipcc", op, offset, width, value)


def flag(t: int, subject: str, after: int) -> Effect:
    return Effect(t, "ipcc", "flag", subject, 1 - after, after)


def words(chart: Chart) -> list[str]:
    return [step.label for step in chart.steps]


def long_trace(signals: int) -> Trace:
    """That many signals from Linux, each freed by the firmware: four events each."""
    trace = recorded()
    for t in range(0, 100 * signals, 100):
        trace.record(linux(t, "W", 0x008, 0x0001_0000))
        trace.record(flag(t, "C1TOC2SR.CH1F", 1))
        trace.record(firmware(t + 50, "W", 0x018, 0x0000_0001))
        trace.record(flag(t + 50, "C1TOC2SR.CH1F", 0))
    return trace


# -- which steps there are ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "step"),
    [
        (
            [linux(5, "W", 0x008, 0x0002_0000), flag(5, "C1TOC2SR.CH2F", 1)],
            Step(5, 0, LEFT, MIDDLE, "signal", "W C1SCR CH2S=1 → CH2 occupied", "stm32_ipcc_send_data"),
        ),
        (
            [firmware(5, "W", 0x018, 0x0001_0000), flag(5, "C2TOC1SR.CH1F", 1)],
            Step(5, 0, RIGHT, MIDDLE, "signal", "W C2SCR CH1S=1 → CH1 occupied", "ipcc_post"),
        ),
        (
            [linux(5, "W", 0x008, 0x0002_0000)],
            Step(5, 0, LEFT, MIDDLE, "lost", "W C1SCR CH2S=1 → CH2 lost", "stm32_ipcc_send_data"),
        ),
        (
            [firmware(5, "W", 0x018, 0x0000_0002), flag(5, "C1TOC2SR.CH2F", 0), Line(5, "ipcc", "RX1", False)],
            Step(5, 0, RIGHT, MIDDLE, "free", "W C2SCR CH2C=1 → CH2 free ▼ RX1", "ipcc_post"),
        ),
        (
            [firmware(5, "W", 0x018, 0x0000_003F)],
            Step(5, 0, RIGHT, MIDDLE, "access", "W C2SCR CH1-6C=1", "ipcc_post"),
        ),
        (
            [linux(5, "W", 0x004, 0xFFFF_FFFE)],
            Step(5, 0, LEFT, MIDDLE, "access", "W C1MR CH1OM=0", "stm32_ipcc_send_data"),
        ),
        (
            [firmware(5, "W", 0x018, 2, width=2), Effect(5, "ipcc", "illegal", "2-byte write to C2SCR", 2, 0)],
            Step(5, 0, RIGHT, MIDDLE, "refused", "ignored: 2-byte write to C2SCR", "ipcc_post"),
        ),
        ([Line(5, "ipcc", "RX1", True)], Step(5, 0, MIDDLE, RIGHT, "line", "▲ RX1")),
        ([Line(5, "ipcc", "TX0", True)], Step(5, 0, MIDDLE, LEFT, "line", "▲ TX0")),
        ([Interrupt(5, 103)], Step(5, 0, RIGHT, RIGHT, "interrupt", "takes interrupt 103 RX1")),
        (
            [Message(5, "a7_to_m4", "rpmsg-tty", 0x400, 0x401, b"hello")],
            Step(5, 0, LEFT, RIGHT, "message", 'rpmsg-tty 0x400→0x401 "hello" 5 B'),
        ),
        (
            [Message(5, "m4_to_a7", "rpmsg-tty", 0x400, 0x401, b"hello")],
            Step(5, 0, RIGHT, LEFT, "message", 'rpmsg-tty 0x400←0x401 "hello" 5 B'),
        ),
        (
            [Message(5, "a7_to_m4", "ns", 0x35, 0x400, b"rpmsg-tty".ljust(32, b"\0") + b"\0\4\0\0\0\0\0\0")],
            Step(5, 0, LEFT, RIGHT, "message", 'ns 0x35→0x400 create "rpmsg-tty" 0x400'),
        ),
        (
            [Message(5, "a7_to_m4", "rpmsg-tty", 0x400, 0x401, b"a  b" * 124)],
            Step(5, 0, LEFT, RIGHT, "message", f'rpmsg-tty 0x400→0x401 "{"a  b" * 8}a … 496 B'),
        ),
        ([Core(5, "released", "")], Step(5, 0, RIGHT, RIGHT, "core", "released")),
        ([Core(5, "fault", "HardFault")], Step(5, 0, RIGHT, RIGHT, "fault", "fault: HardFault")),
        ([Core(5, "lockup", "")], Step(5, 0, RIGHT, RIGHT, "fault", "lockup")),
        (
            [Log(5, "linux", "info", "m4 is now up")],
            Step(5, 0, LEFT, RIGHT, "log", "info: m4 is now up", "linux"),
        ),
        (
            [Line(5, "rcc", "IPCCRST", True), flag(5, "C1TOC2SR.CH2F", 0), Line(5, "ipcc", "RX1", False)],
            Step(5, 0, MIDDLE, MIDDLE, "ipcc", "reset → CH2 free ▼ RX1"),
        ),
        ([Line(5, "rcc", "IPCCRST", True)], Step(5, 0, MIDDLE, MIDDLE, "ipcc", "reset")),
    ],
)
def test_event_is_a_step(events: list[Event], step: Step) -> None:
    assert chart_of(recorded(*events)).steps == [step]


@pytest.mark.parametrize(
    "event",
    [
        linux(5, "R", 0x008, 0),
        linux(5, "W", 0x004, 0xFFFF_FFFF),  # what C1MR holds after reset
        Access(5, A7, None, "probe", "rcc", "W", 0xA80, 4, 1),
        Line(5, "gpioA", "14", True),
        Line(5, "ipcc", "RX1", False),
        Interrupt(5, 37),
        Unmodelled(5, M4, SEND, 0x4001_3000, "R"),
    ],
)
def test_what_changes_nothing_in_the_exchange_is_no_step(event: Event) -> None:
    assert chart_of(recorded(event)).steps == []


def test_write_that_frees_and_occupies_names_both() -> None:
    trace = recorded(linux(5, "W", 0x008, 0x0002_0001), flag(5, "C1TOC2SR.CH2F", 1), flag(5, "C2TOC1SR.CH1F", 0))
    assert words(chart_of(trace)) == ["W C1SCR CH1C=1 CH2S=1 → CH2 occupied, CH1 free"]


def test_signal_that_is_lost_beside_one_that_is_not_makes_the_step_a_lost_one() -> None:
    (step,) = chart_of(recorded(linux(5, "W", 0x008, 0x0003_0000), flag(5, "C1TOC2SR.CH2F", 1))).steps
    assert (step.kind, step.label) == ("lost", "W C1SCR CH1-2S=1 → CH2 occupied, CH1 lost")


def test_mask_shows_what_it_changes() -> None:
    trace = recorded(linux(0, "W", 0x004, 0xFFFF_FFF0), linux(5, "W", 0x004, 0xFFFD_FFF1))
    assert words(chart_of(trace)) == ["W C1MR CH1-4OM=0", "W C1MR CH1OM=1 CH2FM=0"]


def test_line_is_a_step_behind_the_write_that_raised_it() -> None:
    trace = recorded(linux(5, "W", 0x008, 0x0002_0000), flag(5, "C1TOC2SR.CH2F", 1), Line(5, "ipcc", "RX1", True))
    assert [(step.kind, step.event) for step in chart_of(trace).steps] == [("signal", 0), ("line", 2)]


def test_what_happens_later_is_no_consequence_of_a_write() -> None:
    trace = recorded(linux(0, "W", 0x008, 0x0000_0001), flag(5, "C2TOC1SR.CH1F", 0))
    assert [(step.kind, step.label) for step in chart_of(trace).steps] == [
        ("access", "W C1SCR CH1C=1"),
        ("ipcc", "CH1 free"),
    ]


def test_polling_is_one_step_and_the_read_that_ends_it_another() -> None:
    reads = [firmware(5 * n, "R", 0x00C, 0) for n in range(17)]
    chart = chart_of(recorded(*reads, firmware(100, "R", 0x00C, 2), firmware(105, "R", 0x00C, 2)))
    assert words(chart) == ["R C1TOC2SR 0x00000000 ×17", "R C1TOC2SR CH2F=1"]
    assert {step.kind for step in chart.steps} == {"poll"}
    assert [step.event for step in chart.steps] == [0, 17]


@pytest.mark.parametrize(
    "reads",
    [
        [firmware(0, "R", 0x00C, 0), firmware(5, "R", 0x00C, 0)],
        [firmware(5 * n, "R", 0x00C, value) for n, value in enumerate([0, 0, 2, 2, 0, 0])],
        [firmware(5 * n, "R", 0x00C, 0, pc=SEND + 2 * n) for n in range(3)],
        [linux(0, "R", 0x00C, 0)] * 3,  # its model has no instructions that could be a loop
    ],
)
def test_few_reads_are_no_polling(reads: list[Event]) -> None:
    assert chart_of(recorded(*reads)).steps == []


def test_polling_is_counted_between_steps() -> None:
    reads = [firmware(5 * n, "R", 0x00C, 0) for n in range(6)]
    trace = recorded(*reads[:3], Core(12, "held", ""), *reads[3:])
    assert words(chart_of(trace)) == ["R C1TOC2SR 0x00000000 ×3", "held", "R C1TOC2SR 0x00000000 ×3"]


def test_pause_is_from_the_end_of_polling() -> None:
    reads = [firmware(5_000 * n, "R", 0x00C, 0) for n in range(4)]
    chart = chart_of(recorded(*reads, Core(16_000, "held", ""), Core(26_000, "released", "")))
    assert [(step.kind, step.label) for step in chart.steps] == [
        ("poll", "R C1TOC2SR 0x00000000 ×4"),
        ("core", "held"),
        ("pause", "10us"),
        ("core", "released"),
    ]


def test_offset_is_no_part_of_who_did_it_and_an_address_stands_for_no_name() -> None:
    steps = chart_of(recorded(firmware(0, "W", 0x018, 1), firmware(5, "W", 0x018, 1, pc=0x1000_0999))).steps
    assert [step.place for step in steps] == ["ipcc_post", "0x10000999"]


def test_two_ipccs_are_told_apart() -> None:
    trace = recorded(linux(0, "W", 0x008, 1), linux(5, "W", 0x008, 1)._replace(device="ipcc2"))
    trace.tables["ipcc2"] = ipcc_table(STM32MP25)
    assert words(chart_of(trace)) == ["ipcc W C1SCR CH1C=1", "ipcc2 W C1SCR CH1C=1"]


def test_each_step_has_the_time_of_its_event(exchange: Trace) -> None:
    steps = chart_of(exchange).steps
    assert [step.t for step in steps] == [exchange.events[step.event].t for step in steps]


# -- lanes, occupied channels, windows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "events", "left", "right"),
    [
        (STM32MP15, [], ("processor 1", "Cortex-A7"), ("processor 2", "Cortex-M4")),
        (STM32MP15, [Log(0, "linux", "", "up")], ("Linux", "Cortex-A7"), ("processor 2", "Cortex-M4")),
        (STM32WL5x, [Core(0, "released", "")], ("processor 1", "Cortex-M4"), ("firmware", "Cortex-M0+")),
        (STM32MP25, [firmware(0, "R", 0x00C, 0)], ("processor 1", "Cortex-A35"), ("firmware", "Cortex-M33")),
    ],
)
def test_lanes_are_named_by_the_variant_and_by_who_is_seen(
    variant: Variant, events: list[Event], left: tuple[str, str], right: tuple[str, str]
) -> None:
    lanes = chart_of(recorded(*events, variant=variant)).lanes
    assert lanes == (Lane(*left), Lane("IPCC", variant.name), Lane(*right))


def test_channel_is_occupied_from_its_signal_until_it_is_freed(exchange: Trace) -> None:
    chart = chart_of(exchange)
    spans = [(one.sender, one.channel, one.first, one.last) for one in chart.occupied]
    numbers = {step.event: number for number, step in enumerate(chart.steps)}
    # Events 3 and 8 are the two writes that signal; the second frees what the first occupied.
    assert spans == [(2, 1, numbers[3], numbers[8]), (1, 2, numbers[8], None)]


def test_channel_that_was_not_seen_to_be_freed_is_occupied_until_its_next_signal() -> None:
    events = [event for t in (0, 5) for event in (linux(t, "W", 8, 0x0001_0000), flag(t, "C1TOC2SR.CH1F", 1))]
    assert chart_of(recorded(*events)).occupied == [Occupied(1, 1, 0, 1), Occupied(1, 1, 1, None)]


def test_last_steps_say_how_many_came_before(exchange: Trace) -> None:
    whole, last = chart_of(exchange), chart_of(exchange, 9)
    assert last.steps == whole.steps[-9:]
    assert last.left_out == len([step for step in whole.steps[:-9] if step.kind != "pause"])
    assert last.first_line == "6 earlier steps are not shown"
    assert whole.first_line == ""
    # Processor 2's signal on channel 1 came earlier and is freed in the first step shown.
    assert last.occupied == [Occupied(2, 1, None, 0), Occupied(1, 2, 0, None)]


def test_last_steps_do_not_begin_with_a_pause(exchange: Trace) -> None:
    whole = chart_of(exchange)
    assert whole.steps[-3].kind == "pause"
    assert chart_of(exchange, 3).steps == whole.steps[-2:]


def test_channel_that_was_free_again_before_the_last_steps_is_not_occupied(exchange: Trace) -> None:
    assert [one.channel for one in chart_of(exchange, 2).occupied] == [2]


def test_chart_of_no_steps_is_refused(exchange: Trace) -> None:
    with pytest.raises(ValueError, match=r"^a chart of the last 0 steps has none\.$"):
        chart_of(exchange, 0)


@pytest.mark.parametrize("channels", [2, 6, 16])
def test_every_channel_of_a_variant_is_drawn(channels: int) -> None:
    ipcc = BareIpcc(STM32MP15._replace(name="MINE", channels=channels))
    for channel in range(1, channels + 1):
        ipcc.signal(channel, 1)
    assert [one.channel for one in chart_of(ipcc.trace).occupied] == list(range(1, channels + 1))
    bars = list(parsed(ipcc.trace).iter(f"{SVG}rect"))
    places = {bar.get("x") for bar in bars}
    assert len(bars) == len(places) == channels


def test_bare_device_has_both_processors_played_by_the_test() -> None:
    ipcc = BareIpcc()
    ipcc.enable("rx", 2)
    ipcc.unmask("rx", 3, 2)
    ipcc.signal(3, 1)
    ipcc.signal(3, 1)
    ipcc.acknowledge(3, 2)
    ipcc.signal(3, 2)
    ipcc.reset()
    chart = chart_of(ipcc.trace)
    assert [(step.kind, step.label, step.place) for step in chart.steps] == [
        ("access", "W C2CR RXOIE=1", "test"),
        ("access", "W C2MR CH3OM=0", "test"),
        ("signal", "W C1SCR CH3S=1 → CH3 occupied", "test"),
        ("line", "▲ RX1", ""),
        ("lost", "W C1SCR CH3S=1 → CH3 lost", "test"),
        ("free", "W C2SCR CH3C=1 → CH3 free ▼ RX1", "test"),
        ("signal", "W C2SCR CH3S=1 → CH3 occupied", "test"),
        ("ipcc", "reset → CH3 free", ""),
    ]
    assert chart.occupied == [Occupied(1, 3, 2, 5), Occupied(2, 3, 6, 7)]


def test_trace_of_a_real_linux_has_its_signals_and_lines() -> None:
    """It has neither messages nor interrupts, and names a place within each function of the kernel."""
    send, receive = (f"stm32_ipcc_{name}" for name in ("send_data+0x48", "rx_irq+0x9c"))
    trace = recorded(
        Log(0, "linux", "", "remoteproc remoteproc0: remote processor m4 is now up"),
        Access(5, A7, 0xBF00_0048, send, "ipcc", "W", 0x008, 4, 0x0002_0000),
        flag(5, "C1TOC2SR.CH2F", 1),
        Line(5, "ipcc", "RX1", True),
        Access(9, A7, 0xBF00_009C, receive, "ipcc", "W", 0x008, 4, 0x0000_0001),
    )
    chart = chart_of(trace)
    assert [step.kind for step in chart.steps] == ["log", "signal", "line", "access"]
    assert [step.place for step in chart.steps] == ["linux", "stm32_ipcc_send_data", "", "stm32_ipcc_rx_irq"]
    assert [lane.role for lane in chart.lanes] == ["Linux", "IPCC", "processor 2"]


# -- a real run ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def echo() -> Trace:
    board = Board(engine="embedded")
    board.load(Path(__file__).parents[2] / "firmware/prebuilt/rpmsg_echo.elf")
    Scenario(board, send=["hello"], expect=["hello"]).run(None)
    assert board.trace is not None
    return board.trace


def test_chart_of_an_echo_is_the_approved_text(echo: Trace) -> None:
    assert "\n".join(mermaid.render(recording(echo))) + "\n" == (APPROVED / "echo.mmd").read_text(encoding="utf-8")


def test_last_steps_of_an_echo_are_the_approved_picture(echo: Trace) -> None:
    assert svg.fragment(echo, last=14) + "\n" == (APPROVED / "echo.svg").read_text(encoding="utf-8")


# -- Mermaid ------------------------------------------------------------------------------------------------------

_ARROW = r"[LIR](?:-->>|->>|--\)|-x|--x)[LIR]: .+"
_LINE = re.compile(
    rf"    (?:{_ARROW}|Note over (?:L,R|[LIR]): .+|(?:de)?activate I|rect rgba\(229, 57, 63, 0\.25\)|end)"
)
_TEXT = re.compile(r"(?:[\w .,:()/=+×→←▲▼…-]|[^\x00-\x7f]|#\d+;|<br/>)*", re.ASCII)


def hostile() -> Trace:
    trace = recorded()
    for t, words in enumerate(HOSTILE):
        trace.record(Log(t, words, "", words))
        trace.record(Message(t, "a7_to_m4", words, 1, 2, words.encode()))
        trace.record(Access(t, A7, None, words, "ipcc", "W", 0x008, 4, 0x0001_0000))
        trace.record(Core(t, "fault", words))
    return trace


def statements(trace: Trace, title: str = "") -> list[str]:
    """The lines behind the head of the chart."""
    first, *lines = mermaid.render(recording(trace, title))
    assert first == "sequenceDiagram"
    assert [line.split()[0] for line in lines[:4]] == ["accTitle:", "participant", "participant", "participant"]
    assert all(_TEXT.fullmatch(line) for line in lines[:4])
    return lines[4:]


def test_every_line_of_mermaid_is_a_statement(exchange: Trace) -> None:
    assert all(_LINE.fullmatch(line) for line in statements(exchange))


def test_nothing_in_a_string_means_something_to_mermaid() -> None:
    lines = statements(hostile(), "</title>\n;end #")
    assert all(_LINE.fullmatch(line) for line in lines)
    texts = [line.partition(": ")[2] for line in lines]
    assert all(_TEXT.fullmatch(text) for text in texts)
    shown = [re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text) for text in texts]
    assert max(cells(part) for text in shown for part in text.split("<br/>")) <= 120
    assert "0.000001 ms a;b #35; #quot; &amp;<br/>a;b #35; #quot; &amp;" in shown
    assert "0.000006 ms line\\nline\\r\\t\\x00\\x1b[2J<br/>line\\nline\\r\\t\\x00\\x1b[2J" in shown


def test_mermaid_bars_are_balanced(exchange: Trace, echo: Trace) -> None:
    cut_in_a_bar = long_trace(400)
    cut_in_a_bar.record(Core(40_000, "held", ""))
    for trace in (exchange, echo, hostile(), cut_in_a_bar):
        depth = 0
        for line in statements(trace):
            depth += (line == "    activate I") - (line == "    deactivate I")
            assert depth >= 0
        assert depth == 0


def test_lost_signal_and_fault_stand_on_red() -> None:
    lines = statements(recorded(linux(0, "W", 0x008, 0x0002_0000), Core(5, "fault", "HardFault")))
    assert lines == [
        "    rect rgba(229, 57, 63, 0.25)",
        "    L-xI: 0.000000 ms stm32_ipcc_send_data<br/>W C1SCR CH2S=1 → CH2 lost",
        "    end",
        "    rect rgba(229, 57, 63, 0.25)",
        "    Note over R: 0.000005 ms<br/>fault: HardFault",
        "    end",
    ]


@pytest.mark.parametrize("place", ["f", '"' * 100])
def test_long_trace_has_the_last_steps_that_a_page_draws(place: str) -> None:
    trace = long_trace(300)
    trace.symbolize = lambda address: place
    lines = list(mermaid.render(recording(trace)))
    assert sum(len(line) + 1 for line in lines) <= 50_000
    arrows = [line for line in lines if re.match(r"    [LIR]-", line)]
    assert 50 < len(arrows) <= 500
    assert lines[5] == f"    Note over L,R: {600 - len(arrows)} earlier steps are not shown"
    assert "0.029950 ms" in arrows[-1]


def test_mermaid_of_an_empty_trace_says_so() -> None:
    assert statements(Trace()) == ["    Note over L,R: nothing happened on the IPCC"]


# -- the picture --------------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def parsed(trace: Trace, last: int | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(svg.fragment(trace, last))


def texts(picture: ElementTree.Element) -> Iterator[str]:
    return (element.text or "" for element in picture.iter(f"{SVG}text"))


def test_each_step_is_a_group_with_its_event(exchange: Trace) -> None:
    groups = [(g.get("data-event"), g.get("data-t")) for g in parsed(exchange).iter(f"{SVG}g") if g.get("data-event")]
    assert groups == [(str(step.event), str(step.t)) for step in chart_of(exchange).steps]


def test_fragment_leaves_nothing_on_the_page(exchange: Trace) -> None:
    fragment = svg.fragment(exchange)
    assert not re.search(r"<(?:style|script|defs|marker|image|use)\b|\b(?:id|class|href|on\w+)=|url\(|&#", fragment)
    assert "http" not in fragment.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_picture_has_words_for_those_who_do_not_see_it(exchange: Trace) -> None:
    picture = parsed(exchange, 3)
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Sequence chart")
    assert picture.findtext(f"{SVG}title") == "Sequence chart"
    description = picture.findtext(f"{SVG}desc")
    assert description == "2 steps from 2.000000 ms to 2.000010 ms; 12 earlier steps are not shown"


def test_hostile_strings_are_text_in_the_picture() -> None:
    trace = hostile()
    picture = parsed(trace)
    assert "</title></svg><script>alert(1)</script>" in texts(picture)
    assert "fault: line\\nline\\r\\t\\x00\\x1b[2J" in texts(picture)
    hints = [g.findtext(f"{SVG}title") for g in picture.iter(f"{SVG}g") if g.get("data-event") == "7"]
    assert hints == ["0.000001 ms fault: a;b #35; #quot; &amp;"]
    title = ElementTree.fromstring("\n".join(svg.render(recording(trace, '"</title>\x00'))).encode())
    assert title.get("aria-label") == '"</title>\\x00'


def test_name_of_a_device_is_text_in_the_picture() -> None:
    trace = recorded(Access(0, A7, None, "send", "a\n\x00", "W", 0x008, 4, 0x0001_0000))
    trace.tables["a\n\x00"] = ipcc_table(STM32MP15)
    assert any(words.startswith("a\\n\\x00 W C1SCR CH1S=1") for words in texts(parsed(trace)))


def boxes(picture: ElementTree.Element) -> Iterator[tuple[float, float, int, int]]:
    """Left, right, top and bottom of each text of 12 pixels, in the widest of the usual fonts: 0.602 of its height."""
    for element in picture.iter(f"{SVG}text"):
        if element.get("font-size") is None:
            long = cells(element.text or "") * 12 * 0.602
            left = (
                int(element.get("x", ""))
                - long * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "")]
            )
            y = int(element.get("y", ""))
            yield left, left + long, y - 9, y + 3


def test_words_stay_in_the_picture_and_off_each_other(exchange: Trace, echo: Trace) -> None:
    wide = BareIpcc(STM32MP25)
    for channel in range(1, 17):
        wide.signal(channel, 1)
        wide.signal(channel, 2)
    for trace in (exchange, echo, hostile(), wide.trace, Trace()):
        picture = parsed(trace)
        width, height = int(picture.get("width", "")), int(picture.get("height", ""))
        found = list(boxes(picture))
        for number, (left, right, top, bottom) in enumerate(found):
            assert left >= 0
            assert right <= width
            assert top >= 0
            assert bottom <= height
            for left2, right2, top2, bottom2 in found[number + 1 :]:
                assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top


def test_write_and_the_line_that_it_raises_share_a_row(exchange: Trace) -> None:
    heights = {}
    for group in parsed(exchange).iter(f"{SVG}g"):
        for arrow in group.findall(f"{SVG}path")[:1]:
            heights[group.get("data-event")] = re.findall(r"M\d+ (\d+)H", arrow.get("d", ""))
    assert heights["3"] == heights["5"]  # W C2SCR, RX0
    assert heights["8"] == heights["12"]  # W C1SCR, RX1


def test_line_to_the_one_who_raised_it_has_a_row_of_its_own() -> None:
    trace = recorded(linux(5, "W", 0x004, 0xFFFE_FFFF), Line(5, "ipcc", "TX0", True))
    arrows = [path.get("d", "") for path in parsed(trace).iter(f"{SVG}path") if "H" in path.get("d", "")]
    assert len({re.findall(r" (\d+)H", arrow)[0] for arrow in arrows}) == len(arrows) == 2


def test_channels_that_are_occupied_at_once_stand_side_by_side() -> None:
    ipcc = BareIpcc()
    for channel, act in [(1, "s"), (2, "s"), (1, "a"), (3, "s"), (2, "a"), (1, "s"), (3, "a")]:
        ipcc.signal(channel, 1) if act == "s" else ipcc.acknowledge(channel, 2)
    bars = [[int(bar.get(key, "")) for key in ("x", "y", "height")] for bar in parsed(ipcc.trace).iter(f"{SVG}rect")]
    assert len(bars) == 4
    for number, (x, y, height) in enumerate(bars):
        assert not any(x == x2 and y < y2 + height2 and y2 < y + height for x2, y2, height2 in bars[number + 1 :])
    assert len({x for x, _, _ in bars}) == 2  # a place that is free again is used again


def test_arrow_of_a_lost_signal_ends_in_a_cross() -> None:
    free = recorded(linux(0, "W", 0x008, 0x0002_0000), flag(0, "C1TOC2SR.CH2F", 1))
    lost = recorded(linux(0, "W", 0x008, 0x0002_0000))
    heads = [[path.get("d", "")[-1] for path in parsed(trace).iter(f"{SVG}path")][-1] for trace in (free, lost)]
    assert heads == ["z", "0"]


def test_no_lane_runs_through_words() -> None:
    words = "x" * 60
    picture = parsed(recorded(Core(0, "held", ""), Log(5, "linux", "", words), Core(9, "held", "")))
    (y,) = (int(text.get("y", "")) - 4 for text in picture.iter(f"{SVG}text") if text.text == words)
    lanes = [re.findall(r"M\d+ (\d+)V(\d+)", path.get("d", "")) for path in picture.iter(f"{SVG}path")]
    # The words begin beside the lane of Linux, cross that of the IPCC, and end before the last.
    assert [any(int(first) < y < int(last) for first, last in lane) for lane in lanes] == [True, False, True]


def test_file_has_its_last_500_steps() -> None:
    picture = ElementTree.fromstring("\n".join(svg.render(recording(long_trace(300)))).encode())
    assert len([g for g in picture.iter(f"{SVG}g") if g.get("data-event")]) == 500
    assert "100 earlier steps are not shown" in texts(picture)


def test_picture_of_an_empty_trace_says_so() -> None:
    assert "nothing happened on the IPCC" in texts(parsed(Trace()))


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0), ("x" * 3000, 3000), ("日" * 50, 100)]
)
def test_text_is_cut_to_its_room(text: str, width: int) -> None:
    assert cells(text) == width
    assert cut(text, width) == text
    for room in range(1, min(width, 20)):
        shown = cut(text, room)
        assert shown.endswith("…")
        assert room - 1 <= cells(shown) <= room
