"""The writers of the trace: what they write for a known exchange, and what they must never depend on."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from ipcclab import trace as writers
from ipcclab.trace import Origin, Recording, text
from mp1bench.errors import UsageError
from mp1bench.trace import M4, Access, Effect, Interrupt, Line, Log, Message, Trace, Unmodelled
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant, ipcc_table
from stm32mp1.registers import Register, RegisterTable

APPROVED = Path(__file__).parent / "approved"
ORIGIN = Origin("c0ffee" * 10 + "c0de", "stm32mp157")


@pytest.mark.parametrize("ending", sorted(writers.WRITERS.keys() - {".html"}))  # a browser reads that one
def test_writer_gives_the_approved_file(ending: str, exchange: Trace, tmp_path: Path) -> None:
    written = tmp_path / f"exchange{ending}"
    writers.write(written, writers.Recording(exchange, ORIGIN))
    assert written.read_text(encoding="utf-8") == (APPROVED / f"exchange{ending}").read_text(encoding="utf-8")


def test_live_lines_are_the_lines_of_the_file(exchange: Trace) -> None:
    events = list(exchange.events)
    exchange.events.clear()
    formatter = text.TextFormatter(exchange)
    live: list[str] = []
    exchange.listen(lambda event: live.extend(formatter.feed(event)))
    for event in events:
        exchange.record(event)
        exchange.publish()
    live.extend(formatter.finish())
    assert live == list(text.render(writers.Recording(exchange, ORIGIN)))[1:]


def test_colour_adds_nothing_but_colour(exchange: Trace) -> None:
    coloured = list(text.lines(exchange, colour=True))
    assert any("\x1b[" in line for line in coloured)
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in coloured] == list(text.lines(exchange))


def test_last_accesses_leaves_out_what_is_no_access(exchange: Trace) -> None:
    shown = text.last_accesses(exchange, 2)
    assert [line.split("ipcc+")[1][:5] for line in shown if "ipcc+" in line] == ["0x018", "0x020"]
    assert not any("ready" in line for line in shown)


def test_a_poll_is_folded_only_while_its_value_stays(exchange: Trace) -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    for t, value in enumerate([1, 1, 0]):
        trace.record(Access(5 * t, M4, 0x100, "", "ipcc", "R", 0x00C, 4, value))
    first, second = text.lines(trace)
    assert first.endswith("CH1F=1  ×2 until 0.000005 ms")
    assert second.endswith("0x00000000")


def test_equal_writes_are_all_shown() -> None:
    trace = Trace()
    for t in (0, 5):
        trace.record(Access(t, M4, 0x100, "", "ipcc", "W", 0x018, 4, 1))
    assert len(list(text.lines(trace))) == 2


@pytest.mark.parametrize(
    ("variant", "line", "shown"),
    [
        (STM32MP15, "TX0", "▲ TX0 (A7)"),
        (STM32MP15, "RX1", "▲ RX1 (M4)"),
        (STM32WL5x, "RX0", "▲ RX0 (M4)"),
        (STM32WL5x, "RXTX1", "▲ RXTX1 (M0+)"),
        (STM32MP25, "RX0S", "▲ RX0S (A35)"),
    ],
)
def test_edge_names_the_core_of_its_variant(variant: Variant, line: str, shown: str) -> None:
    trace = Trace()
    trace.tables["ipcc"] = ipcc_table(variant)
    trace.record(Line(0, "ipcc", line, True))
    (edge,) = text.lines(trace)
    assert edge.endswith(f"  {shown}")


def test_edge_of_another_device_names_no_core() -> None:
    trace = Trace()
    trace.record(Line(0, "usart3", "IRQ", True))
    (edge,) = text.lines(trace)
    assert edge.endswith("  ▲ IRQ")


def test_what_happens_later_is_no_consequence_of_an_access() -> None:
    trace = Trace()
    trace.record(Access(0, M4, 0x100, "", "ipcc", "W", 0x018, 4, 1))
    trace.record(Effect(5, "ipcc", "flag", "C1TOC2SR.CH1F", 1, 0))
    trace.record(Line(5, "ipcc", "TX0", True))
    access, effect, edge = text.lines(trace)
    assert access.endswith(" 0x00000001")
    assert effect.endswith("  C1TOC2SR.CH1F 1→0")
    assert edge.endswith("  ▲ TX0")


def test_control_characters_of_a_firmware_do_not_reach_the_terminal(exchange: Trace) -> None:
    trace = Trace()
    trace.symbolize = lambda address: "main\x1b[2J+0x4"
    trace.record(Access(0, M4, 0x100, "", "ipcc", "R", 0x00C, 4, 0))
    trace.record(Log(5, "usart3\x1b", "", "\x1b[31mred\r"))
    trace.record(Message(5, "m4_to_a7", "tty\n\x1b", 1, 1, b"\x1b"))
    trace.record(Access(6, M4, 0x1000, "work\x1b[2J+0x4", "ipcc", "R", 0, 4, 0))
    trace.tables["dev\n"] = RegisterTable("dev", [Register(0, "A\x1b", "A", "", 0, (), "")])
    trace.interrupts[5] = "dev\n.IRQ\x1b"
    trace.record(Access(7, M4, 0x1000, "", "dev\n", "R", 0, 4, 0))
    trace.record(Line(8, "dev\n", "IRQ\x1b", True))
    trace.record(Effect(9, "dev\n", "flag", "\ud800", 0, 1))
    trace.record(Effect(9, "dev\n", "illegal", "\x9b", 0, 0))
    trace.record(Interrupt(9, 5))
    trace.record(Unmodelled(9, "dma\x1b", None, 4, "R"))
    assert "".join(text.render(Recording(trace, Origin(None, "\x1b")))).isprintable()


def test_trace_sha256_is_that_of_the_ndjson_file(exchange: Trace, tmp_path: Path) -> None:
    written = tmp_path / "exchange.ndjson"
    writers.write(written, writers.Recording(exchange, ORIGIN))
    assert writers.sha256(exchange, ORIGIN) == hashlib.sha256(written.read_bytes()).hexdigest()


def test_unknown_ending_names_the_known_ones(exchange: Trace) -> None:
    with pytest.raises(UsageError) as error:
        writers.write(Path("out.vcx"), writers.Recording(exchange, ORIGIN))
    assert str(error.value) == (
        "out.vcx: no trace writer for a file ending .vcx."
        " Known endings: .txt, .ndjson, .vcd, .gtkw, .json, .mmd, .svg, .html."
    )


def test_unwritable_file_is_a_sentence(exchange: Trace, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"no/out\.txt: the trace cannot be written there \(No such file or directory\)\.$"
    ):
        writers.write(tmp_path / "no" / "out.txt", writers.Recording(exchange, ORIGIN))
