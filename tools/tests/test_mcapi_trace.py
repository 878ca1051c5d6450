"""MCAPI on the trace: what each writer makes of frames, buffers, doorbells and epochs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ipcclab.comparison.compare import compare, sides
from ipcclab.comparison.difference import lines as difference
from ipcclab.trace import WRITERS, Origin, Recording, chart, html, perfetto, text, write, writer_for
from ipcclab.trace.sequence import chart_of
from ipcclab.trace.waves import waves
from mp1bench.trace import Mcapi, Trace

APPROVED = Path(__file__).parent / "approved"
ORIGIN = Origin(None, "stm32mp157")
TO_M4, TO_A7 = "a7_to_m4", "m4_to_a7"


def traced(*events: Mcapi) -> Trace:
    trace = Trace()
    for event in events:
        trace.record(event)
    return trace


@pytest.mark.parametrize("ending", sorted(WRITERS.keys() - {".html"}))  # a browser reads that one
def test_writer_gives_the_approved_file(ending: str, mcapi_exchange: Trace, tmp_path: Path) -> None:
    written = tmp_path / f"mcapi{ending}"
    write(written, Recording(mcapi_exchange, ORIGIN))
    assert written.read_text(encoding="utf-8") == (APPROVED / f"mcapi{ending}").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Mcapi(0, "frame", TO_M4, "packet", 1, 20, 2, 3, b"hello"), '20→2  packet p1  buffer 3  "hello"  5 B'),
        (Mcapi(0, "frame", TO_A7, "message", 0, 2, 20, 3, b"\x00"), '20←2  message p0  buffer 3  "\\x00"  1 B'),
        (Mcapi(0, "frame", TO_M4, "scalar", 0, 4, 5, None, b"\x01\x02"), "4→5  scalar p0  0x0201  2 B"),
        (
            Mcapi(0, "frame", TO_M4, "scalar", 0, 4, 5, None, b"\xef\xbe\xad\xde\x00\x00\x00\x00"),
            "4→5  scalar p0  0x00000000DEADBEEF  8 B",
        ),
        (Mcapi(0, "frame", TO_A7, "control", 0, 65535, 9, None, b"", "GET tag 3"), "9←-  control p0  GET tag 3"),
        (Mcapi(0, "returned", TO_M4, buffer=5), "Linux's buffer 5 is home"),
        (Mcapi(0, "returned", TO_A7, buffer=5), "the firmware's buffer 5 goes home"),
        (Mcapi(0, "doorbell", TO_M4), "Linux rings"),
        (Mcapi(0, "deferred", TO_M4), "Linux defers a doorbell"),
        (
            Mcapi(0, "deferred", TO_A7, detail="2 by its own count"),
            "the firmware defers a doorbell: 2 by its own count",
        ),
        (Mcapi(0, "dropped", TO_M4, detail="1 by its own count"), "the firmware drops: 1 by its own count"),
        (Mcapi(0, "dropped", TO_A7, buffer=99, detail="odd"), "Linux drops  buffer 99: odd"),
        (
            Mcapi(0, "dropped", TO_A7, "message", 1, 1, 20, 0, b"x", "nobody"),
            'Linux drops  20←1  message p1  buffer 0  "x"  1 B: nobody',
        ),
        (Mcapi(0, "dropped", TO_A7, "control", 0, 1, 20, None, b"", "odd"), "Linux drops  20←1  control p0: odd"),
        (Mcapi(0, "epoch", TO_M4, detail="1 begins"), "Linux's epoch 1 begins"),
        (Mcapi(0, "epoch", TO_A7, detail="7 has lost us"), "the firmware's epoch 7 has lost us"),
        (Mcapi(0, "epoch", TO_A7, detail="is gone"), "the firmware is gone"),
    ],
)
def test_text_says_each_step_in_a_line(event: Mcapi, words: str) -> None:
    (line,) = text.lines(traced(event))
    assert line == f"    0.000000 ms  A7  mcapi                         {words}"


HOSTILE = "</script>\x1b[2J\r\n$end \ud800\u2028"


@pytest.mark.parametrize("what", ["frame", "dropped", "epoch", "deferred", "x\x1b"])
@pytest.mark.parametrize("ending", sorted(WRITERS))
def test_no_payload_and_no_word_reaches_a_terminal_or_a_page_raw(what: str, ending: str) -> None:
    payload = HOSTILE.encode("utf-8", "surrogatepass")
    event = Mcapi(0, what, TO_A7, "packet", 0, 1, 2, 3, payload, HOSTILE)
    control = Mcapi(0, what, TO_A7, "control", 0, 1, 2, None, b"", HOSTILE)
    written = "".join(writer_for(Path(f"x{ending}"))(Recording(traced(event, control), ORIGIN)))
    assert "\x1b" not in written
    assert "\u2028" not in written
    if ending in (".txt", ".svg", ".mmd"):
        assert written.replace("\n", "").isprintable()
    if ending == ".svg":
        assert "</script>" not in written


# -- the chart --------------------------------------------------------------------------------------------------------


def test_frames_are_arrows_and_what_only_moves_buffers_is_not_in_the_chart(mcapi_exchange: Trace) -> None:
    steps = [step for step in chart_of(mcapi_exchange).steps if step.kind in (chart.MESSAGE, chart.LOG)]
    shown = [mcapi_exchange.events[step.event] for step in steps]
    told = [e for e in mcapi_exchange.events if isinstance(e, Mcapi) and e.what not in ("doorbell", "returned")]
    assert shown == told
    for step, event in zip(steps, told, strict=True):
        assert (step.kind == chart.MESSAGE) == (event.what == "frame")
        if event.what == "frame":
            assert (step.source, step.target) == ((0, 2) if event.direction == TO_M4 else (2, 0))


def test_chart_names_linux_where_only_mcapi_tells_of_it() -> None:
    assert chart_of(traced(Mcapi(0, "doorbell", TO_M4))).lanes[0].role == "Linux"


# -- perfetto and waves -----------------------------------------------------------------------------------------------


def slices(trace: Trace) -> dict[str, list[tuple[str, float, float]]]:
    """By track: name, begin and end in µs."""
    entries: list[dict[str, Any]] = json.loads("".join(perfetto.render(Recording(trace, ORIGIN))))["traceEvents"]
    names = {entry["tid"]: entry["args"]["name"] for entry in entries if entry["name"] == "thread_name"}
    found: dict[str, list[tuple[str, float, float]]] = {}
    for entry in entries:
        if entry["ph"] == "X":
            found.setdefault(names[entry["tid"]], []).append((entry["name"], entry["ts"], entry["ts"] + entry["dur"]))
    return found


def test_a_buffer_is_drawn_as_long_as_it_is_away(mcapi_exchange: Trace) -> None:
    drawn = slices(mcapi_exchange)
    away = {name: [(begin, end) for _, begin, end in drawn[name]] for name in drawn if " buffer " in name}
    assert away == {
        "A7 → M4 buffer 0": [(13.0, 30.0)],  # it comes home
        "A7 → M4 buffer 1": [(14.0, 90.0)],  # the firmware's next epoch ends it
        "M4 → A7 buffer 0": [(31.0, 90.0)],
        "M4 → A7 buffer 1": [(31.0, 31.0)],
    }


def test_an_epoch_is_drawn_until_the_next(mcapi_exchange: Trace) -> None:
    assert slices(mcapi_exchange)["epoch of the firmware"] == [
        ("the firmware's epoch 7 begins", 12.0, 12.0),
        ("the firmware's epoch 7 is up", 12.0, 90.0),
        ("the firmware's epoch 8 begins", 90.0, 91.0),
        ("the firmware is gone", 91.0, 91.0),
    ]


def test_a_buffer_that_leaves_again_without_a_return_is_drawn_twice() -> None:
    frame = Mcapi(0, "frame", TO_M4, "message", 0, 1, 2, 3, b"a")
    drawn = slices(traced(frame, frame._replace(t=5_000), frame._replace(t=9_000, buffer=4)))
    assert [(begin, end) for _, begin, end in drawn["A7 → M4 buffer 3"]] == [(0.0, 5.0), (5.0, 9.0)]


def test_waves_count_the_buffers_that_are_away(mcapi_exchange: Trace) -> None:
    counts = [(t, w.name, v) for t, w, v in waves(mcapi_exchange).changes if w.name.endswith("_buffers")]
    at_end_of = {(t, name): value for t, name, value in counts}
    assert at_end_of[13_000, "a7_to_m4_buffers"] == 1
    assert at_end_of[14_000, "a7_to_m4_buffers"] == 2
    assert at_end_of[30_000, "a7_to_m4_buffers"] == 1
    assert at_end_of[31_000, "m4_to_a7_buffers"] == 1
    assert at_end_of[90_000, "a7_to_m4_buffers"] == at_end_of[90_000, "m4_to_a7_buffers"] == 0


def test_a_trace_without_mcapi_has_no_track_and_no_wave_of_it(exchange: Trace) -> None:
    assert "MCAPI" not in "".join(perfetto.render(Recording(exchange, ORIGIN)))
    assert not any("mcapi" in wave.scope for wave in waves(exchange).variables)


# -- report and comparison --------------------------------------------------------------------------------------------


def test_report_has_lanes_of_frames_and_two_kinds_to_filter_by(mcapi_exchange: Trace) -> None:
    rows = html.rows_of(mcapi_exchange, 1_000)
    lanes = {lane["label"]: number for number, lane in enumerate(rows["lanes"])}
    shapes = [rows["shapes"][number] for number in rows["shape"]]
    own = [event for event in mcapi_exchange.events if isinstance(event, Mcapi)]
    assert sum(shape["kind"] == "frame" for shape in shapes) == sum(event.what == "frame" for event in own) == 8
    assert sum(shape["kind"] == "mcapi" for shape in shapes) == len(own) - 8
    assert sum(shape["lane"] == lanes["MCAPI to firmware"] for shape in shapes) == 5  # four frames, an epoch
    assert sum(shape["lane"] == lanes["MCAPI to Linux"] for shape in shapes) == 8
    (packet,) = [shape for shape in shapes if shape["kind"] == "frame" and "21→2" in shape["text"]]
    assert packet["label"] == '21→2  packet p1  buffer 1  "\\x1b[2J</script>"  13 B'


def test_two_runs_with_another_payload_differ_there(mcapi_exchange: Trace) -> None:
    other = traced()
    other.tables = mcapi_exchange.tables
    for event in mcapi_exchange.events:
        other.record(event._replace(data=b"bye") if isinstance(event, Mcapi) and event.source == 20 else event)
    told = difference(compare(*sides("a", Recording(mcapi_exchange, ORIGIN), "b", Recording(other, ORIGIN))))
    assert "A7, mcapi:" in told
    assert '  text      "say \\"hi\\"\\x00"  9 B → "bye"  3 B' in told
