"""The ndjson form there and back: its schema, what a reader makes of it again, and what becomes of damaged files."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ipcclab import trace as writers
from ipcclab.scenario import Scenario
from ipcclab.summary import origin_of
from ipcclab.trace import WRITERS, Origin, Recording, ndjson, writer_for
from ipcclab.trace.reading import TraceFileError, text_of_file
from ipcclab.trace.schema import fault, schema
from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import A7, M4, Access, Core, Effect, Interrupt, Line, Log, Mcapi, Message, Trace, Unmodelled
from stm32mp1.gpio import Gpio
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WL5x, Variant, ipcc_table
from stm32mp1.registers import RO, Field, Register, RegisterTable

ORIGIN = Origin("c0ffee" * 10 + "c0de", "stm32mp157")
OWN = STM32MP15._replace(name="MINE", channels=2, cores=("Cortex-A5", "Cortex-M0"))
SETTINGS = {"deadline": None, "derandomize": True, "database": None}


def read_back(trace: Trace, folder: Path, origin: Origin = ORIGIN) -> Recording:
    """What a reader makes of the trace's file."""
    path = folder / "trace.ndjson"
    writers.write(path, Recording(trace, origin))
    return Recording(*ndjson.read(path))


def assert_equal_in_all_forms(trace: Trace, folder: Path, origin: Origin = ORIGIN) -> None:
    recorded, read = Recording(trace, origin), read_back(trace, folder, origin)
    assert read.origin == origin
    for ending in WRITERS:
        render = writer_for(Path(f"trace{ending}"))
        assert list(render(read)) == list(render(recorded)), ending


# -- there and back -------------------------------------------------------------------------------------------------


def test_every_writer_gives_the_same_for_the_trace_that_was_read(
    exchange: Trace, mcapi_exchange: Trace, tmp_path: Path
) -> None:
    assert_equal_in_all_forms(exchange, tmp_path)
    assert_equal_in_all_forms(mcapi_exchange, tmp_path)


def test_events_are_those_that_were_recorded_but_name_their_functions(exchange: Trace, tmp_path: Path) -> None:
    named = [
        event._replace(function=event.function or exchange.symbolize(event.pc or 0))
        if isinstance(event, Access)
        else event
        for event in exchange.events
    ]
    assert read_back(exchange, tmp_path).trace.events == named


@pytest.mark.parametrize("image", ["rpmsg_echo", "ipcc_signals"])
def test_real_runs_come_back_in_all_forms(image: str, tmp_path: Path) -> None:
    board = Board()
    board.load(prebuilt_image(image))
    Scenario(board, send=["hello"] if image == "rpmsg_echo" else [], expect=[]).run(3_000_000)
    assert board.trace is not None
    assert any(isinstance(event, Access) for event in board.trace.events)
    assert_equal_in_all_forms(board.trace, tmp_path, origin_of(board))


@pytest.mark.parametrize("variant", [STM32WL5x, STM32MP25, OWN, STM32MP15._replace(channels=2)])
def test_any_variant_comes_back(variant: Variant, tmp_path: Path) -> None:
    trace = Trace()
    trace.tables["ipcc"] = ipcc_table(variant)
    trace.record(Access(0, A7, None, "probe", "ipcc", "R", 0x004, 4, 0xFFFF_FFFE))
    trace.record(Line(0, "ipcc", variant.lines[-1].name, True))
    read = read_back(trace, tmp_path).trace
    assert getattr(read.tables["ipcc"], "variant", None) == variant
    assert_equal_in_all_forms(trace, tmp_path)


def test_empty_trace_comes_back(tmp_path: Path) -> None:
    assert_equal_in_all_forms(Trace(), tmp_path)
    silent = Trace()
    silent.tables["ipcc"] = Ipcc.TABLE
    assert_equal_in_all_forms(silent, tmp_path, Origin(None, ""))


def test_device_of_an_unknown_kind_keeps_the_names_of_its_registers(tmp_path: Path) -> None:
    own = RegisterTable("MINE", [Register(0x4, "STATE", "State", RO, 0, [Field("READY", 0, "ready")], "Says so.")])
    trace = Trace()
    trace.tables["mine"] = own
    trace.record(Access(0, M4, 0x100, "", "mine", "R", 0x4, 4, 1))
    read = read_back(trace, tmp_path)
    (line,) = list(writers.text.render(read))[1:]
    assert line.endswith("mine+0x004 STATE     0x00000001")
    assert next(iter(ndjson.render(read))).endswith('"devices":{"mine":"MINE"}}')


_names = st.text(max_size=6)
_words = st.integers(0, 0xFFFF_FFFF)
_device = st.sampled_from(["ipcc", "ipcc2", "gpioA", "usart3", "<b>"])
_bodies: dict[type, Any] = {
    Access: st.tuples(
        st.sampled_from([M4, A7]),
        st.none() | st.sampled_from([0x100, 0x102]),
        st.sampled_from(["", "stm32_ipcc_rx_irq+0x40"]),
        st.sampled_from(["ipcc", "ipcc2", "usart3"]),
        st.sampled_from("RW"),
        st.sampled_from([0, 4, 8, 12, 16, 20, 24, 28, 32, 0x3F0]),
        st.just(4),
        _words,
    ),
    Effect: st.tuples(_device, st.sampled_from(["flag", "illegal", "reset"]), _names, _words, _words),
    Line: st.tuples(_device, st.sampled_from(["RX0", "TX1", "3", '"']), st.booleans()),
    Interrupt: st.tuples(st.sampled_from([103, 104, 7])),
    Core: st.tuples(st.sampled_from(["released", "held", "reset", "fault", "lockup"]), _names),
    Message: st.tuples(
        st.sampled_from(["a7_to_m4", "m4_to_a7"]), _names, _words, _words, st.binary(max_size=5) | st.just(bytes(40))
    ),
    Mcapi: st.tuples(
        st.sampled_from(["frame", "dropped", "returned", "doorbell", "deferred", "epoch"]),
        st.sampled_from(["a7_to_m4", "m4_to_a7"]),
        st.sampled_from(["", "message", "packet", "scalar", "control"]),
        st.sampled_from([0, 1]),
        st.sampled_from([0, 1, 65535]),
        st.sampled_from([0, 1, 65535]),
        st.none() | st.sampled_from([0, 23, 255]),
        st.binary(max_size=9),
        _names,
    ),
    Log: st.tuples(_names, st.sampled_from(["", "info"]), _names),
    Unmodelled: st.tuples(st.sampled_from([M4, A7, "dma1"]), st.none() | st.just(0x102), _words, st.sampled_from("RW")),
}


@st.composite
def traces(draw: Callable[[Any], Any]) -> Trace:
    trace = Trace()
    trace.tables |= {"ipcc": Ipcc.TABLE, "gpioA": Gpio.TABLE, "ipcc2": ipcc_table(OWN)}
    trace.interrupts |= {103: "ipcc.RX1", 104: "ipcc.TX1 ipcc2.TX1"}
    name = draw(_names)
    trace.symbolize = lambda address: name if address == 0x100 else ""
    now = 0
    for _ in range(draw(st.integers(0, 12))):
        now = max(0, now + draw(st.sampled_from([0, 5, 1000, -5])))  # in a guest, processors run in turns
        kind = draw(st.sampled_from(list(_bodies)))
        trace.record(kind(now, *draw(_bodies[kind])))
    return trace


@settings(max_examples=60, **SETTINGS)  # type: ignore[arg-type]
@given(traces())
def test_any_trace_comes_back_in_all_forms(tmp_path_factory: pytest.TempPathFactory, trace: Trace) -> None:
    assert_equal_in_all_forms(trace, tmp_path_factory.mktemp("any"))


# -- the schema -----------------------------------------------------------------------------------------------------


def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def test_every_kind_of_line_is_as_the_schema_says(exchange: Trace, mcapi_exchange: Trace) -> None:
    check = validator()
    kinds = set()
    recordings = [Recording(trace, ORIGIN) for trace in (exchange, mcapi_exchange)]
    for line in chain.from_iterable(map(ndjson.render, recordings)):
        check.validate(json.loads(line))
        kinds.add(json.loads(line).get("event", "header"))
    assert kinds == {shape["title"].partition(":")[0] for shape in schema()["oneOf"]}


@settings(max_examples=60, **SETTINGS)  # type: ignore[arg-type]
@given(traces())
def test_any_trace_is_as_the_schema_says(trace: Trace) -> None:
    check = validator()
    for line in ndjson.render(Recording(trace, ORIGIN)):
        check.validate(json.loads(line))


def test_keys_stand_in_the_order_of_the_schema(exchange: Trace) -> None:
    shapes = {shape["title"].partition(":")[0]: shape for shape in schema()["oneOf"]}
    for line in ndjson.render(Recording(exchange, ORIGIN)):
        record = json.loads(line)
        shape = shapes[record.get("event", "header")]
        assert list(record) == shape["required"] == list(shape["properties"])


ACCESS: dict[str, Any] = {
    "t": 5,
    "event": "access",
    "cpu": "m4",
    "pc": 256,
    "function": "",
    "op": "R",
    "device": "ipcc",
    "offset": 12,
    "width": 4,
    "register": "C1TOC2SR",
    "value": 1,
    "fields": {"CH1F": 1},
}
LINE: dict[str, Any] = {"t": 5, "event": "line", "device": "ipcc", "line": "RX0", "level": 1}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({k: v for k, v in ACCESS.items() if k != "pc"}, "an access lacks `pc`"),
    ({**ACCESS, "colour": 1}, "an access has no `colour`"),
    ({**ACCESS, "t": -1}, "`t` of an access is -1, not a whole number from 0 to 9223372036854775807"),
    ({**ACCESS, "t": 1 << 63}, "`t` of an access is 9223372036854775808, not a whole number from 0 to"),
    ({**ACCESS, "t": True}, "`t` of an access is true, not a whole number"),
    ({**ACCESS, "t": "5"}, '`t` of an access is "5", not a whole number'),
    ({**ACCESS, "cpu": "m7"}, '`cpu` of an access is "m7", not "a7" or "m4"'),
    ({**ACCESS, "pc": 1.5}, "`pc` of an access is 1.5, not a whole number or null from 0 to 4294967295"),
    ({**ACCESS, "value": 1 << 32}, "`value` of an access is 4294967296, not a whole number from 0 to 4294967295"),
    ({**ACCESS, "width": 8}, "`width` of an access is 8, not 1 or 2 or 4"),
    ({**ACCESS, "register": 7}, "`register` of an access is 7, not a text or null"),
    ({**ACCESS, "fields": []}, "`fields` of an access is a list, not an object"),
    (
        {**ACCESS, "fields": {"CH1F": "x"}},
        "`fields` of an access is another object, not an object as schema.json has it",
    ),
    ({**LINE, "level": True}, "`level` of a line is true, not 0 or 1"),
    (
        {
            "t": 5,
            "event": "message",
            "direction": "a7_to_m4",
            "endpoint": "",
            "local": 1,
            "remote": 1,
            "hex": "0",
            "text": "0",
        },
        '`hex` of a message is "0", not a text of the form',
    ),
]


@pytest.mark.parametrize(("record", "words"), WRONG)
def test_wrong_record_is_refused_by_schema_and_reader_alike(record: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert not validator().is_valid(record)
    with pytest.raises(TraceFileError) as error:
        ndjson.read(file_of(tmp_path, HEADER, record))
    assert str(error.value).partition("line 2: ")[2].startswith(words)


@pytest.mark.parametrize(
    "devices", [["ipcc"], {"ipcc": 5}, {"ipcc": {"name": "X"}}, {"ipcc": {**OWN._asdict(), "lines": [{}]}}]
)
def test_wrong_devices_are_refused_by_schema_and_reader_alike(devices: Any) -> None:
    header = {**HEADER, "devices": json.loads(json.dumps(devices))}
    assert not validator().is_valid(header)
    assert fault(header, "header").startswith("`devices` of a header is")


# -- damaged files --------------------------------------------------------------------------------------------------

HEADER: dict[str, Any] = {
    "schema": "ipcclab-trace/2",
    "image_sha256": None,
    "platform": "p",
    "devices": {"ipcc": "STM32MP15", "gpioA": "GPIOPort.STM32_GPIOPort"},
}


def file_of(folder: Path, *records: dict[str, Any]) -> Path:
    path = folder / "x.ndjson"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def lines_of(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


_HEAD = json.dumps(HEADER)
_AGAIN = " Have it written again, with `--trace FILE.ndjson`."
_PIN = '{"t":0,"event":"pin","device":"gpioA","pin":"PB3","level":0}'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", " is empty: a trace begins with a header."),
        (b"\x7fELF\x01\x01\x01\0", ": line 1: this is no JSON."),
        (b"\xff\xfe{\0", ": line 1 is not UTF-8, so this is no trace."),
        (lines_of(_HEAD) + b'{"t":0,"event":"log\xff"}\n', ": line 2 is not UTF-8, so this is no trace."),
        (lines_of("[]"), ": line 1: this is no JSON object."),
        (lines_of("{}"), ": line 1: this is no header of ipcclab-trace/2."),
        (lines_of(json.dumps(LINE)), ": line 1: this is no header of ipcclab-trace/2."),
        (
            lines_of('{"schema":"ipcclab-trace/1","image_sha256":null,"platform":"p"}'),
            ": line 1: ipcclab-trace/1 does not say what its devices are, and is read no more.",
        ),
        (lines_of('{"schema":"ipcclab-trace/3"}'), ": line 1: this is no header of ipcclab-trace/2."),
        (lines_of('{"schema":"ipcclab-trace/2","platform":"p"}'), ": line 1: a header lacks `image_sha256`."),
        (
            lines_of(json.dumps({**HEADER, "image_sha256": "0" * 64 + "\n"})),
            f': line 1: `image_sha256` of a header is "{"0" * 38}…, not a text or null of the form ^[0-9a-f]{{64}}$.',
        ),
        (
            lines_of(_HEAD, '{"t":0,"event":"interrupt","number":496,"lines":""}'),
            ": line 2: `number` of an interrupt is 496, not a whole number from 0 to 495.",
        ),
        (lines_of(_HEAD, "hello"), ": line 2: this is no JSON."),
        (lines_of(_HEAD, ""), ": line 2: this is no JSON."),
        (lines_of(_HEAD, "[" * 100_000), ": line 2: this is no JSON."),
        (lines_of(_HEAD, '{"t":' + "9" * 5000 + ',"event":"line"}'), ": line 2: this is no JSON."),
        (lines_of(_HEAD, json.dumps(LINE)) + b'{"t":5,"ev', ": line 3: the file ends in the middle of it."),
        (lines_of(_HEAD, '{"t":0,"event":"acess"}'), ": line 2: this is no event that ipcclab-trace/2 has."),
        (lines_of(_HEAD, '{"t":0}'), ": line 2: this is no event that ipcclab-trace/2 has."),
        (lines_of(_HEAD, _PIN), ": line 2: `PB3` is no pin of a device that the header has."),
        (
            lines_of(json.dumps({**HEADER, "devices": {"ipcc": {**OWN._asdict(), "lines": [], "base": 3}}})),
            ": line 1: there can be no such `ipcc`: the base of a variant must be the address of a word, not 3.",
        ),
    ],
)
def test_damaged_file_is_a_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(content)
    with pytest.raises(TraceFileError) as error:
        ndjson.read(path)
    assert str(error.value) == f"{path}{sentence}{_AGAIN}"


def test_file_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    for path, sentence in (
        (tmp_path / "no.ndjson", f"{tmp_path}/no.ndjson: there is no such file."),
        (tmp_path, f"{tmp_path} is a folder. Name a file."),
        (Path("/dev/null"), "/dev/null is no ordinary file. Name one."),
        (Path("x" * 300), f"{'x' * 300} cannot be read (File name too long)."),
    ):
        with pytest.raises(TraceFileError) as error:
            text_of_file(path)
        assert str(error.value) == sentence


def test_last_line_needs_no_line_feed_and_other_line_ends_are_read(exchange: Trace, tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    lines = list(ndjson.render(Recording(exchange, ORIGIN)))
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    assert list(ndjson.render(Recording(*ndjson.read(path)))) == lines
