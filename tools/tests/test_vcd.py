"""The `.vcd` file and GTKWave's save file: read with a reader of others, and held against the device and the trace."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from recorded import DrivenIpcc
from vcd.reader import TokenKind, tokenize
from vcdvcd import VCDVCD

from ipcclab.trace import Origin, Recording, gtkw, vcd
from mp1bench.trace import A7, M4, Access, Core, Effect, Line, Log, Message, Trace
from stm32mp1.gpio import Gpio
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant, ipcc_table

ORIGIN = Origin(None, "stm32mp157")
POST, FREE = 0x0001_0000, 0x0000_0001


def _lines(trace: Trace) -> list[str]:
    return list(vcd.render(Recording(trace, ORIGIN)))


def _read(trace: Trace) -> VCDVCD:
    return VCDVCD(vcd_string="\n".join([*_lines(trace), ""]))


def _texts(trace: Trace, name: str) -> list[tuple[int, str]]:
    """The changes of a text, which VCDVCD does not read."""
    *scope, name = name.split(".")
    found, path, code, now = [], [], None, 0
    for token in tokenize(io.BytesIO("\n".join(_lines(trace)).encode())):
        data: Any = token.data
        if token.kind is TokenKind.SCOPE:
            path.append(data.ident)
        elif token.kind is TokenKind.UPSCOPE:
            path.pop()
        elif token.kind is TokenKind.VAR and path == scope and data.reference == name:
            code = data.id_code
        elif token.kind is TokenKind.CHANGE_TIME:
            now = data
        elif token.kind is TokenKind.CHANGE_STRING and data.id_code == code:
            found.append((now, data.value.encode().decode("unicode_escape")))  # GTKWave's way to hold blanks
    assert code is not None
    return found


def test_a_reader_finds_the_state_that_the_text_trace_tells(exchange: Trace) -> None:
    waves = _read(exchange)
    shown = {
        name: [waves[name][t] for t in (0, 1_000_000, 1_000_005, 1_002_004, 1_002_005, 2_000_010)]
        for name in (
            "ipcc.C2MR.CH1OM",
            "ipcc.C2MR.CH3OM",
            "ipcc.C2TOC1SR.CH1F",
            "ipcc.C1TOC2SR.CH2F",
            "ipcc.RX0",
            "ipcc.RX1",
        )
    }
    assert shown == {
        "ipcc.C2MR.CH1OM": list("100000"),  # C2MR = 0xFFFFFFFC at 1 ms
        "ipcc.C2MR.CH3OM": list("111111"),
        "ipcc.C2TOC1SR.CH1F": list("001100"),  # posted at 1.000005 ms, freed at 1.002005 ms
        "ipcc.C1TOC2SR.CH2F": list("000011"),  # posted at 1.002005 ms
        "ipcc.RX0": list("001100"),
        "ipcc.RX1": list("000011"),
    }
    assert (waves["gpioA.PA14"][1_999_999], waves["gpioA.PA14"][2_000_000]) == ("1", "0")
    assert int(waves["m4.pc[31:0]"][1_002_020], 2) == 0x1000_0248
    assert int(waves["m4.irq[15:0]"][1_002_010], 2) == 103
    assert waves.timescale["timescale"] * 10**9 == 1
    assert waves["ipcc.C2SCR.CH1S"].tv == [(1_000_005, "1")]
    assert waves["ipcc.C2SCR.CH2C"].tv == []  # of the 2-byte write, which the device ignores
    assert waves.endtime == 2_000_010


def test_texts_name_function_access_message_and_state(exchange: Trace) -> None:
    assert _texts(exchange, "m4.function")[:3] == [(0, "-"), (1_000_000, "ipcc_signal"), (1_002_020, "ipcc_rx")]
    assert _texts(exchange, "rpmsg.m4_to_a7")[1:] == [(1_002_005, r'rpmsg-tty 0x400<-0x401 "say \"hi\"\x00"')]
    assert _texts(exchange, "m4.state")[-1] == (2_000_010, "lockup: HardFault in HardFault at 0x10000120")
    assert _texts(exchange, "m4.interrupt")[1:] == [(1_002_010, "103 ipcc.RX1")]
    # Two accesses of one moment stand together.
    assert _texts(exchange, "a7.access")[1:] == [
        (1_002_005, "R ipcc.C2TOC1SR 0x00000001 CH1F=1; W ipcc.C1SCR 0x00020001 CH1C=1 CH2S=1")
    ]


@pytest.mark.parametrize(
    "variant",
    [STM32MP15, STM32MP15._replace(name="TWO", channels=2), STM32WL5x, STM32MP25],
    ids=lambda variant: variant.name,
)
def test_every_field_and_line_is_at_each_time_what_the_device_says(variant: Variant) -> None:
    ipcc = DrivenIpcc(variant)
    table = ipcc_table(variant)
    registers = [register for register in table if register.name[2:] in ("CR", "MR", "SECCFGR", "TOC1SR", "TOC2SR")]
    levels = {line.name: "0" for line in variant.lines}
    seen = 0
    truth: dict[int, dict[str, str]] = {}
    writable = [register for register in table if register.name[2:] in ("CR", "MR", "SCR", "SECCFGR")]
    for step in range(400):
        value = (step * 0x9E37_79B1 ^ step << 13) & 0xFFFF_FFFF
        ipcc.write(writable[value % len(writable)].offset, value >> (step % 3 * 8))
        for event in ipcc.trace.events[seen:]:
            if isinstance(event, Line):
                levels[event.line] = str(int(event.level))
        seen = len(ipcc.trace.events)
        state = {f"ipcc.{name}": level for name, level in levels.items()}
        for register in registers:
            word = ipcc.device.read(register.offset, 4)
            state |= {f"ipcc.{register.name}.{f.name}": str(word >> f.lsb & 1) for f in register.fields}
        truth[ipcc.now] = state
    waves = _read(ipcc.trace)
    assert {t: {name: waves[name][t] for name in state} for t, state in truth.items()} == truth
    assert {name for state in truth.values() for name, level in state.items() if level == "1"} > {
        f"ipcc.C1TOC2SR.CH{variant.channels}F",
        f"ipcc.{variant.lines[-1].name}",
    }


def test_a_flag_raised_and_freed_in_one_moment_leaves_its_events() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", POST)
    ipcc.now -= 5  # the write that follows comes at the same time
    ipcc.write("C2SCR", FREE)
    waves = _read(ipcc.trace)
    assert waves["ipcc.C1TOC2SR.CH1F"].tv == [(0, "0")]
    assert waves["ipcc.C1SCR.CH1S"].tv == [(5, "1")]
    assert waves["ipcc.C2SCR.CH1C"].tv == [(5, "1")]


def test_a_line_that_pulses_in_one_moment_leaves_its_event() -> None:
    trace = Trace()
    for level in (True, False):
        trace.record(Line(7, "usart3", "IRQ", level))
    assert _read(trace)["usart3.IRQ"].tv == [(0, "0")]
    assert _read(trace)["usart3.IRQ_rise"].tv == [(7, "1")]


def test_a_lost_signal_is_an_event_without_an_edge() -> None:
    ipcc = DrivenIpcc()
    ipcc.write("C1SCR", POST)
    ipcc.write("C1SCR", POST)
    waves = _read(ipcc.trace)
    assert waves["ipcc.C1SCR.CH1S"].tv == [(5, "1"), (10, "1")]
    assert waves["ipcc.C1TOC2SR.CH1F"].tv == [(0, "0"), (5, "1")]


def test_the_same_message_twice_is_two_events() -> None:
    trace = Trace()
    for t in (3, 9):
        trace.record(Message(t, "a7_to_m4", "rpmsg-tty", 0x400, 0x400, b"hello"))
    assert _texts(trace, "rpmsg.a7_to_m4") == [(0, "-"), (3, 'rpmsg-tty 0x400->0x400 "hello"')]
    assert _read(trace)["rpmsg.a7_to_m4_event"].tv == [(3, "1"), (9, "1")]


def test_what_happens_at_time_0_is_in_the_file() -> None:
    trace = Trace()
    trace.record(Core(0, "released", ""))
    assert _texts(trace, "m4.state") == [(0, "released")]
    assert _read(trace)["m4.state_event"].tv == [(0, "1")]


def test_texts_of_one_moment_are_cut_to_the_last_and_say_so() -> None:
    trace = Trace()
    for number in range(1_000):
        trace.record(Log(0, "linux", "", f"line {number}"))
    ((_, text),) = _texts(trace, "log.linux")
    assert text.startswith("(984 more); line 984; line 985; ")
    assert text.endswith("; line 999")


def test_a_time_that_goes_back_is_drawn_with_what_was_recorded_before_it() -> None:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    trace.record(Effect(10, "ipcc", "flag", "C1TOC2SR.CH1F", 0, 1))
    trace.record(Effect(8, "ipcc", "flag", "C1TOC2SR.CH2F", 0, 1))
    trace.record(Effect(12, "ipcc", "flag", "C1TOC2SR.CH1F", 1, 0))
    waves = _read(trace)
    assert waves["ipcc.C1TOC2SR.CH1F"].tv == [(0, "0"), (10, "1"), (12, "0")]
    assert waves["ipcc.C1TOC2SR.CH2F"].tv == [(0, "0"), (10, "1")]


def test_two_ipccs_are_two_scopes() -> None:
    first = DrivenIpcc(name="ipcc1")
    DrivenIpcc(STM32MP25, "ipcc2", first.trace).write("C1SCR", POST << 15)
    waves = _read(first.trace)
    assert waves["ipcc2.C1TOC2SR.CH16F"].tv == [(0, "0"), (5, "1")]
    assert waves["ipcc1.C1TOC2SR.CH1F"].tv == [(0, "0")]


def test_a_line_that_falls_first_was_high_before() -> None:
    trace = Trace()
    trace.tables["gpioB"] = Gpio.TABLE
    trace.record(Line(5, "gpioB", "3", False))
    assert _read(trace)["gpioB.PB3"].tv == [(0, "1"), (5, "0")]


def test_names_do_not_depend_on_what_happened(exchange: Trace) -> None:
    quiet = Trace()
    quiet.tables["ipcc"] = Ipcc.TABLE
    assert set(_read(quiet).signals) < set(_read(exchange).signals)


HOSTILE = ["$end", "$comment\n$var wire 1 ! x $end", "a b\x00\x1b[2J", "é\u2028</script>", "", "0", "b1 !", "#9"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_and_no_name_breaks_the_file(hostile: str) -> None:
    trace = Trace()
    trace.tables[hostile] = Ipcc.TABLE
    trace.tables["ipcc"] = Ipcc.TABLE
    trace.symbolize = lambda address: hostile
    trace.record(Access(1, M4, 0x100, "", hostile, "W", 0x018, 4, POST))
    trace.record(Access(1, A7, None, hostile, "ipcc", "W", 0x008, 4, POST))
    trace.record(Line(2, hostile, hostile, True))
    trace.record(Line(2, "m4", "state", True))
    trace.record(Message(3, "a7_to_m4", hostile, 1, 2, hostile.encode() + b"\xff"))
    trace.record(Log(4, hostile, "", hostile))
    trace.record(Log(4, f"{hostile}_event", "", hostile))
    trace.record(Core(5, hostile, hostile))
    lines = list(vcd.render(Recording(trace, Origin(None, hostile))))
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert not any("$" in line.split(" ")[0] for line in lines if line.startswith("s"))
    assert sum("$end" in line for line in lines) == sum(line.startswith("$") and line != "$dumpvars" for line in lines)
    waves = _read(trace)
    assert len(set(waves.signals)) == len(waves.signals) == len(waves.data)
    assert all(re.fullmatch(r"(\w+\.)+\w+(\[\d+:0\])?", name, re.ASCII) for name in waves.signals)
    assert waves["ipcc.C1SCR.CH1S"].tv == [(1, "1")]
    assert waves.endtime == 5


def test_the_file_ends_with_the_last_event() -> None:
    trace = Trace()
    trace.record(Effect(50, "dma1", "flag", "ISR.TCIF1", 0, 1))  # no variable of the file
    assert _read(trace).endtime == 50


def test_an_empty_trace_is_a_file_of_initial_values() -> None:
    waves = _read(Trace())
    assert waves["m4.pc[31:0]"].tv == [(0, "x")]
    assert waves.endtime == 0


def test_100_000_events_are_written(exchange: Trace) -> None:
    trace = _repeated(exchange, 100_000)
    assert _read(trace).endtime > 100_000


def _repeated(exchange: Trace, count: int) -> Trace:
    events = list(exchange.events)
    for lap in range(1, count // len(events) + 1):
        for event in events:
            exchange.record(event._replace(t=event.t + lap * 2_000_020))
    assert len(exchange.events) >= count
    return exchange


# -- the save file ------------------------------------------------------------------------------------------------


def _rows(trace: Trace) -> list[str]:
    lines = list(gtkw.render(Recording(trace, ORIGIN)))
    return [line for line in lines if re.match(r"\w", line)]


def test_the_save_file_shows_each_variable_once(exchange: Trace) -> None:
    assert sorted(_rows(exchange)) == sorted(_read(exchange).signals)


def test_the_save_file_brings_lines_and_flags_first(exchange: Trace) -> None:
    assert _rows(exchange)[:4] == ["ipcc.RX0", "ipcc.TX0", "ipcc.RX1", "ipcc.TX1"]
    headings = [line for line in gtkw.render(Recording(exchange, ORIGIN)) if re.fullmatch(r"-[A-Z][\w ]*", line)]
    assert headings == ["-IPCC ipcc", "-Processors", "-Messages", "-Log", "-Other devices", "-Other registers of ipcc"]


def test_the_save_file_shows_what_moves_and_closes_the_rest(exchange: Trace) -> None:
    begins, ends, closed = 0x80_0000, 0x100_0000, 0x40_0000  # GTKWave's TR_GRP_BEGIN, TR_GRP_END, TR_CLOSED
    nested: list[str] = []
    shown: list[str] = []
    flags = 0
    for line in gtkw.render(Recording(exchange, ORIGIN)):
        if line.startswith("@"):
            flags = int(line[1:], 16)
        elif line.startswith("-") and flags & begins:
            nested.append(line)
            shown += [] if flags & closed else [line]
        elif line.startswith("-") and flags & ends:
            assert nested.pop() == line
    assert nested == []
    names = ["ipcc", "ipcc.C1TOC2SR", "ipcc.C2TOC1SR", "m4", "a7", "rpmsg", "log", "usart3", "gpioA"]
    assert shown == [f"-{name}" for name in names]


def test_the_save_file_has_all_of_the_time_in_view(exchange: Trace) -> None:
    zoom = next(line for line in gtkw.render(Recording(exchange, ORIGIN)) if line.startswith("*"))
    frame_ns = 2 ** -float(zoom[1:].split()[0])  # what 200 pixels show
    assert 4 < 2_000_010 / frame_ns < 7


def test_the_save_file_of_an_empty_trace_has_the_processors() -> None:
    assert "m4.pc[31:0]" in _rows(Trace())
