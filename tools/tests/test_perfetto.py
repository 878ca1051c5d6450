"""The `.json` picture: held against the trace-event format as its viewers read it, and against the text trace."""

from __future__ import annotations

import json

import pytest
from recorded import DrivenIpcc
from trace_event_picture import ORIGIN, Picture

from ipcclab.trace import About, Origin, Recording, perfetto
from mp1bench.trace import A7, M4, Access, Core, Effect, Interrupt, Line, Log, Message, Trace, Unmodelled
from stm32mp1.gpio import Gpio
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant, ipcc_table

POST, FREE = 0x0001_0000, 0x0000_0001


def test_tracks_show_what_the_text_trace_tells(exchange: Trace) -> None:
    picture = Picture(exchange)
    assert picture.on("IPCC ipcc/CH1 M4 → A7") == [("occupied", 1_000_005, 2_000)]
    assert picture.on("IPCC ipcc/RX0 (A7)") == [("RX0", 1_000_005, 2_000)]
    assert picture.on("Cortex-M4/state") == [("released", 0, 2_000_010), ("lockup", 2_000_010, 0)]
    assert picture.on("Cortex-A7/functions") == [("stm32_ipcc_rx_irq", 1_002_005, 1)]
    assert [name for name, *_ in picture.on("Cortex-M4/accesses")] == [
        "W C2MR",
        "W C2SCR",
        "interrupt 103 ipcc.RX1",
        "R C1TOC2SR",
        "R HWCFGR",
        "W16 C2SCR",
        "R +0x020",
        "R 0x40013000 not modelled",
    ]
    assert picture.on("RPMsg/M4 → A7") == [(r'rpmsg-tty "say \"hi\"\x00"', 1_002_005, 0)]
    assert picture.on("Log/usart3") == [("ready", 2_000_000, 0)]
    levels = [(entry["ts"], entry["args"]) for entry in picture.entries if entry["name"] == "PA14"]
    assert levels == [(0, {"level": 1}), (2_000, {"level": 0})]


def test_what_lasts_is_drawn_to_the_end(exchange: Trace) -> None:
    picture = Picture(exchange)
    assert picture.on("IPCC ipcc/CH2 A7 → M4") == [("occupied", 1_002_005, 2_000_010 - 1_002_005)]
    assert picture.on("IPCC ipcc/RX1 (M4)") == [("RX1", 1_002_005, 2_000_010 - 1_002_005)]
    assert picture.arguments("occupied")[1] == {"posted by": "A7 stm32_ipcc_rx_irq", "freed by": "nobody"}


def test_an_access_has_its_fields_function_and_effects(exchange: Trace) -> None:
    (access,) = Picture(exchange).arguments("W C1SCR")
    assert access == {
        "device": "ipcc",
        "register": "C1SCR",
        "value": "0x00020001",
        "fields": {"CH1C": 1, "CH2S": 1},
        "function": "stm32_ipcc_rx_irq",
        "effects": ["C1TOC2SR.CH2F 0→1", "C2TOC1SR.CH1F 1→0"],
    }
    post = Picture(exchange).arguments("W C2SCR")[0]
    assert (post["function"], post["pc"]) == ("ipcc_signal+0x1c", "0x10000120")


def test_arrows_lead_from_post_to_free_and_from_line_to_handler(exchange: Trace) -> None:
    assert sorted(Picture(exchange).flows.values()) == [
        [("Cortex-M4/accesses", "W C2SCR"), ("Cortex-A7/accesses", "W C1SCR")],
        [
            ("IPCC ipcc/RX1 (M4)", "RX1"),
            ("Cortex-M4/accesses", "interrupt 103 ipcc.RX1"),
            ("Cortex-M4/accesses", "R C1TOC2SR"),
        ],
    ]


def test_an_arrow_begins_at_the_access_that_posts_among_those_of_its_moment() -> None:
    ipcc = DrivenIpcc()
    ipcc.read("C1SCR")
    for access in (lambda: ipcc.write("C1SCR", POST), lambda: ipcc.read("C1MR")):
        ipcc.now -= 5
        access()
    ipcc.write("C2SCR", FREE, cpu=M4)
    assert [start for start, _ in Picture(ipcc.trace).flows.values()] == [("Cortex-A7/accesses", "W C1SCR")]


def test_a_poll_is_one_slice_with_a_count(exchange: Trace) -> None:
    picture = Picture(exchange)
    assert ("R C1TOC2SR", 1_002_020, 41) in picture.on("Cortex-M4/accesses")
    (poll,) = picture.arguments("R C1TOC2SR")
    assert poll["times"] == 3


def test_a_read_of_another_value_ends_a_poll() -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    for t, value in enumerate([1, 1, 0]):
        trace.record(Access(5 * t, M4, 0x100, "", "ipcc", "R", 0x00C, 4, value))
    assert Picture(trace).on("Cortex-M4/accesses") == [("R C1TOC2SR", 0, 6), ("R C1TOC2SR", 10, 1)]


def test_a_lost_signal_is_marked_inside_the_one_that_occupies() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", POST, "first")
    ipcc.write("C1SCR", POST, "second")
    ipcc.write("C2SCR", FREE, "handler", M4)
    picture = Picture(ipcc.trace)
    assert picture.on("IPCC ipcc/CH1 A7 → M4") == [("occupied", 5, 10), ("lost signal", 10, 0)]
    assert picture.arguments("lost signal") == [{"posted by": "A7 second"}]
    assert picture.arguments("occupied") == [{"posted by": "A7 first", "freed by": "M4 handler"}]
    assert list(picture.flows.values()) == [[("Cortex-A7/accesses", "W C1SCR"), ("Cortex-M4/accesses", "W C2SCR")]]


def test_a_signal_that_a_reset_drops_says_so() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", POST)
    ipcc.now += 5
    ipcc.trace.record(Line(ipcc.now, "rcc", "IPCCRST", True))
    ipcc.device.reset()
    picture = Picture(ipcc.trace)
    assert picture.on("IPCC ipcc/CH1 A7 → M4") == [("occupied", 5, 5)]
    assert picture.arguments("occupied") == [{"posted by": "A7 driver", "freed by": "reset"}]
    assert not picture.flows


def test_calls_of_a_function_far_apart_are_two() -> None:
    trace = Trace()
    for t in (0, 900, 5_000):
        trace.record(Access(t, M4, 0x100 + t, "poll+0x4", "ipcc", "R", 0x00C, 4, 0))
    assert Picture(trace).on("Cortex-M4/functions") == [("poll", 0, 901), ("poll", 5_000, 1)]


def test_an_interrupt_ends_a_call() -> None:
    trace = Trace()
    trace.record(Access(0, M4, 0x100, "poll", "ipcc", "R", 0x00C, 4, 0))
    trace.record(Interrupt(5, 103))
    trace.record(Access(10, M4, 0x104, "poll", "ipcc", "R", 0x00C, 4, 0))
    assert Picture(trace).on("Cortex-M4/functions") == [("poll", 0, 1), ("poll", 10, 1)]


def test_an_interrupt_whose_handler_accesses_nothing_keeps_its_arrow() -> None:
    trace = Trace()
    trace.interrupts[103] = "ipcc.RX1"
    trace.record(Line(5, "ipcc", "RX1", True))
    trace.record(Interrupt(6, 103))
    trace.record(Interrupt(9, 103))
    points = [[name for _, name in points] for points in Picture(trace).flows.values()]
    assert points == [["RX1", "interrupt 103 ipcc.RX1"]] * 2


def test_a_line_that_falls_first_was_high_before() -> None:
    trace = Trace()
    trace.record(Line(5, "usart3", "IRQ", False))
    trace.record(Line(8, "usart3", "IRQ", True))
    trace.record(Log(9, "linux", "", ""))
    assert Picture(trace).on("usart3/IRQ") == [("IRQ", 0, 5), ("IRQ", 8, 1)]


def test_an_effect_that_no_access_caused_stands_for_itself() -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    trace.record(Effect(4, "ipcc", "flag", "C1TOC2SR.CH3F", 0, 1))
    trace.record(Effect(9, "ipcc", "flag", "C1TOC2SR.CH3F", 1, 0))
    picture = Picture(trace)
    assert picture.on("IPCC ipcc/effects") == [("C1TOC2SR.CH3F 0→1", 4, 0), ("C1TOC2SR.CH3F 1→0", 9, 0)]


@pytest.mark.parametrize("t", [5, 6])
def test_what_another_event_or_moment_separates_from_an_access_is_no_effect_of_it(t: int) -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    trace.record(Access(5, A7, None, "rx", "ipcc", "R", 0x00C, 4, 0))
    if t == 5:
        trace.record(Line(5, "rcc", "IPCCRST", True))
    trace.record(Effect(t, "ipcc", "flag", "C1TOC2SR.CH3F", 1, 0))
    picture = Picture(trace)
    assert picture.on("IPCC ipcc/effects") == [("C1TOC2SR.CH3F 1→0", t, 0)]
    assert "effects" not in picture.arguments("R C1TOC2SR")[0]


def test_each_state_of_the_core_lasts_until_the_next() -> None:
    trace = Trace()
    trace.record(Core(0, "released", ""))
    trace.record(Core(5, "fault", "UsageFault"))
    trace.record(Log(9, "linux", "", "crash"))
    picture = Picture(trace)
    assert picture.on("Cortex-M4/state") == [("released", 0, 5), ("fault", 5, 4)]
    assert picture.arguments("fault") == [{"detail": "UsageFault"}]


def test_times_that_go_back_are_drawn_in_the_order_of_the_recorder() -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    for t in (10, 7, 8, 12):
        trace.record(Access(t, M4, 0x100 + t, "work", "ipcc", "R", 0x00C, 4, 0))
    trace.record(Access(11, M4, 0x100, "", "ipcc", "R", 0x00C, 4, 0))
    trace.record(Access(30, M4, 0x100, "", "ipcc", "R", 0x00C, 4, 0))
    starts = [start for _, start, _ in Picture(trace).on("Cortex-M4/accesses")]
    assert starts == [10, 10, 10, 12, 12, 30]


def test_two_functions_of_one_moment_do_not_overlap() -> None:
    trace = Trace()
    trace.record(Access(5, A7, None, "rx", "ipcc", "R", 0x00C, 4, 0))
    trace.record(Access(5, A7, None, "tx", "ipcc", "R", 0x00C, 4, 0))
    trace.record(Access(9, A7, None, "tx", "ipcc", "R", 0x00C, 4, 0))
    assert Picture(trace).on("Cortex-A7/functions") == [("rx", 5, 0), ("tx", 5, 5)]


@pytest.mark.parametrize(
    "variant",
    [STM32MP15._replace(name="TWO", channels=2), STM32WL5x, STM32MP25],
    ids=lambda variant: variant.name,
)
def test_each_channel_and_line_of_a_variant_has_its_track(variant: Variant) -> None:
    trace = Trace()
    trace.tables["ipcc1"] = ipcc_table(variant)
    tracks = set(Picture(trace).names.values())
    first, second = (core.removeprefix("Cortex-") for core in variant.cores)
    assert {*variant.cores, "IPCC ipcc1"} <= tracks
    assert sum(name.startswith("CH") for name in tracks) == 2 * variant.channels
    assert {f"CH{variant.channels} {first} → {second}", f"CH{variant.channels} {second} → {first}"} <= tracks
    assert {line.name for line in variant.lines} <= {name.split(" (")[0] for name in tracks}


def test_two_ipccs_are_two_processes() -> None:
    first = DrivenIpcc(name="ipcc1")
    second = DrivenIpcc(STM32MP25, "ipcc2", first.trace)
    first.write("C1SCR", POST)
    second.now = first.now
    second.write("C1SCR", POST << 15)
    picture = Picture(first.trace)
    assert picture.on("IPCC ipcc1/CH1 A7 → M4") == [("occupied", 5, 5)]
    assert picture.on("IPCC ipcc2/CH16 A35 → M33") == [("occupied", 10, 0)]


def test_a_combined_line_is_one_track() -> None:
    ipcc = DrivenIpcc(STM32WL5x)
    ipcc.write("C2MR", 0)
    ipcc.write("C2CR", 0x0001_0001)  # free channels at once
    assert Picture(ipcc.trace).on("IPCC ipcc/RXTX1 (M0+)") == [("RXTX1", 10, 0)]


@pytest.mark.parametrize("hostile", ["</script>", 'a"\\b\n\x00\x1b[2J', "\ud800", "é\u2028", "", "0"])
def test_no_text_and_no_name_breaks_the_file(hostile: str) -> None:
    trace = Trace()
    trace.tables[hostile] = Ipcc.TABLE
    trace.symbolize = lambda address: hostile
    trace.interrupts[3] = hostile
    trace.record(Access(1, M4, 0x100, "", hostile, "W", 0x018, 4, POST))
    trace.record(Access(1, A7, None, hostile, "x", "W", 0x008, 4, POST))
    trace.record(Line(2, hostile, hostile, True))
    trace.record(Interrupt(2, 3))
    trace.record(Message(3, hostile, hostile, 1, 2, b"\xff\x00</script>"))
    trace.record(Log(4, hostile, hostile, hostile))
    trace.record(Core(5, hostile, hostile))
    trace.record(Unmodelled(5, hostile, 5, 0x4000_0000, "R"))
    picture = Picture(trace, About(title=hostile, sentence=hostile))
    assert all(line.isascii() for line in perfetto.render(Recording(trace, Origin(None, hostile))))
    assert picture.on(f"Log/{hostile}") != []


def test_the_file_says_where_it_comes_from() -> None:
    other = Picture(Trace(), About(title="echo", outcome="failed")).file["otherData"]
    assert other == {"platform": "stm32mp157", "image_sha256": None, "title": "echo", "outcome": "failed"}


def test_an_empty_trace_has_its_tracks_and_nothing_on_them() -> None:
    picture = Picture(Trace())
    assert {entry["ph"] for entry in picture.entries} == {"M"}


def test_a_pin_has_its_level_from_the_start() -> None:
    trace = Trace()
    trace.tables["gpioB"] = Gpio.TABLE
    trace.record(Line(1_000, "gpioB", "3", True))
    levels = [(entry["ts"], entry["args"]["level"]) for entry in Picture(trace).entries if entry["name"] == "PB3"]
    assert levels == [(0, 0), (1, 1)]


def test_a_bare_device_that_does_all_at_time_0_is_not_stacked_beyond_what_viewers_draw() -> None:
    ipcc = DrivenIpcc()
    for _ in range(200):
        ipcc.write("C1SCR", POST)
        ipcc.write("C2SCR", FREE)
        ipcc.now = -5
    picture = Picture(ipcc.trace)  # it counts how deep slices lie
    assert len(picture.on("Cortex-A7/accesses")) == 400


def test_100_000_events_are_written(exchange: Trace) -> None:
    events = list(exchange.events)
    for lap in range(1, 100_000 // len(events) + 1):
        for event in events:
            exchange.record(event._replace(t=event.t + lap * 2_000_020))
    assert len(exchange.events) >= 100_000
    assert sum(1 for _ in perfetto.render(Recording(exchange, ORIGIN))) > 80_000


def test_nothing_ends_before_it_begins() -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    trace.record(Access(5, M4, 0x100, "", "ipcc", "R", 0x00C, 4, 0))
    for level in (1, 1, 0):  # a flag that rises twice, and by no access
        trace.record(Effect(6, "ipcc", "flag", "C1TOC2SR.CH1F", 1 - level, level))
    trace.record(Log(9, "usart3", "", ""))
    written = json.loads("".join(perfetto.render(Recording(trace, ORIGIN))))
    assert min(entry["dur"] for entry in written["traceEvents"] if entry["ph"] == "X") >= 0
