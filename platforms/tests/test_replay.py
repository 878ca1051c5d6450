"""The replayer of recordings complains in one sentence about what the model does not do, or no recording holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mp1bench.linux.kernel.flavour import V6_1, V6_12
from replay import ipcc
from replay.cursor import Line, Mismatch, read

HERE = Path(__file__).parent / "golden/linux-ipcc"


def recording(name: str) -> list[Line]:
    return read(HERE / f"{name}.jsonl")


def scenario(*events: dict[str, Any], **config: Any) -> list[Line]:
    """A recording made by hand, at time 0 where it does not say otherwise."""
    first = {"e": "scenario", "name": "x", "group": "x", "about": "x", "config": config}
    return [{"i": i, "t": 0, **event} for i, event in enumerate([first, *events])]


def call(fn: str, **arguments: Any) -> dict[str, Any]:
    return {"e": "call", "fn": fn, **arguments}


def ret(fn: str, val: Any, **more: Any) -> dict[str, Any]:
    return {"e": "ret", "fn": fn, "val": val, **more}


CLIENT: dict[str, Any] = {
    "e": "client",
    "name": "a",
    "tx_block": True,
    "tx_tout_ms": 5,
    "knows_txdone": False,
    "callbacks": [],
    "has_node": True,
    "mboxes": [["soft", 0]],
    "names": [],
}
SOFT: dict[str, Any] = {
    **dict.fromkeys(("txdone_irq", "txdone_poll", "last_tx_done", "peek_data", "flush"), False),
    "period_ms": 0,
}
END = {"e": "end"}


def refusal(lines: list[Line]) -> str:
    with pytest.raises(Mismatch) as difference:
        ipcc.replay(lines, V6_1)
    return str(difference.value)


# -- recordings that differ from the model --------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(1, len(recording("block_five_prompt"))))
def test_a_recording_without_one_of_its_lines_is_not_followed(index: int) -> None:
    lines = recording("block_five_prompt")
    del lines[index]
    refusal(lines)


def test_another_value_of_a_register_is_told_with_both_sides() -> None:
    lines = recording("send_no_ack")
    index = next(i for i, line in enumerate(lines) if line["e"] == "reg" and line["off"] == 8 and line["op"] == "W")
    lines[index]["val"] += 1
    says = {key: value for key, value in lines[index].items() if key != "i"}
    does = {**says, "val": says["val"] - 1}
    assert (
        refusal(lines) == f"line {index + 1}: the recording says {json.dumps(says)}; the model did {json.dumps(does)}."
    )


def test_another_time_is_told() -> None:
    lines = recording("block_timeout")
    index = next(i for i, line in enumerate(lines) if line["e"] == "wake")
    lines[index]["t"] += 1
    assert refusal(lines).startswith(f"line {index + 1}: the recording says " + '{"t": 500001, "e": "wake"')


def test_a_peer_that_reads_something_else_is_told() -> None:
    lines = scenario({"e": "peer", "op": "R", "off": 4, "val": 5}, END)
    assert refusal(lines) == (
        'line 2: the recording says {"t": 0, "e": "peer", "op": "R", "off": 4, "val": 5};'
        " in the model the peer reads 4294967295."
    )


def test_a_recording_that_goes_on_when_the_model_is_done_is_told() -> None:
    lines = scenario({"e": "wake", "result": "timeout"}, END)
    assert refusal(lines) == (
        'line 2: the recording says {"t": 0, "e": "wake", "result": "timeout"};'
        " at 0 us the model has nothing more to do."
    )


def test_a_recording_that_stops_without_an_end_is_told() -> None:
    assert refusal(scenario()) == "line 2: the recording ends; at 0 us the model has nothing more to do."


def test_what_comes_behind_the_end_is_told() -> None:
    assert refusal(scenario(END, END)) == 'line 3: the recording says {"t": 0, "e": "end"}; the scenario is over.'


def test_a_handler_that_is_not_there_cannot_be_entered() -> None:
    assert refusal(scenario({"e": "irq", "line": "rx"}, END)) == (
        'line 2: the recording says {"t": 0, "e": "irq", "line": "rx"}; the model has no handler for rx.'
    )


def test_a_recording_of_6_12_is_not_one_of_6_1() -> None:
    lines = recording("request_busy")
    for line in lines:
        if line.get("text", "").endswith("mailbox not free"):
            line["level"] = "err"
    ipcc.replay(lines, V6_12)
    assert '"level": "err"' in refusal(lines)


# -- recordings that are none ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"e": "dance"}, "`dance` is no kind of event that is known"),
        (call("dance"), "`dance` is no function that can be called"),
        (call("send_message", client="a"), "`msg` is missing"),
        (call("send_message", client="a", msg=1, size=4), "`size` is not known"),
        (call("send_message", client="a", msg="one"), "`msg` cannot be 'one'"),
        (call("send_message", client="a", msg=True), "`msg` cannot be True"),
        (call("probe", task=3), "a `task` is a name"),
        ({"e": "preset", "colour": 1}, "`colour` is not known"),
        ({"e": "peer", "op": "X", "off": 0, "val": 0}, "`op` is R or W"),
        ({"e": "peer", "op": "R", "off": 0x400, "val": 0}, "a register is 32 bits wide and lies below 0x400"),
        ({"e": "advance", "us": -1}, "time does not run backwards"),
        ({"e": "irq", "line": "rx0"}, "`line` is rx or tx"),
        ({**CLIENT, "callbacks": ["dance"]}, "there is no such callback"),
        ({**CLIENT, "names": [1]}, "`names` and `callbacks` are lists of names"),
        ({**CLIENT, "mboxes": [["soft", -1]]}, "`mboxes` is a list of [controller, cell]"),
    ],
)
def test_what_no_recording_holds_is_refused_before_anything_happens(event: dict[str, Any], complaint: str) -> None:
    shown = json.dumps({"t": 0, **event})
    assert refusal(scenario(event, END)) == f"line 2: {complaint}, in {shown}."


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ({"colour": 1}, "`colour` is not known"),
        ({"channels": 17}, "an IPCC has 1 to 16 `channels`"),
        ({"hz": 0}, "`hz` is 1 to 1000"),
        ({"proc_id": -1}, "`proc_id` is not negative"),
        ({"wakeup": "yes"}, "`wakeup` cannot be 'yes'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(config: dict[str, Any], complaint: str) -> None:
    assert refusal(scenario(END, **config)) == f"line 1: {complaint}, in `config`."


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", "line 1: a recording begins with a scenario and its `config`."),
        (b"{}", "line 1: this is not an object with the kind of its event, `e`."),
        (b"[1]", "line 1: this is not an object with the kind of its event, `e`."),
        (b'{"e": "end"}', "line 1: the time `t` is missing or not a whole number."),
        (b'{"e": "end", "t": 0}', "line 1: a recording begins with a scenario and its `config`."),
        (b'{"e": "end", "t": 0}\n\n', "line 2: this is not JSON: Expecting value: line 1 column 1 (char 0)."),
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, text: bytes, complaint: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(text)
    with pytest.raises(Mismatch) as difference:
        read(path)
    assert str(difference.value) == complaint


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"\xff")
    for path in (tmp_path / "x.jsonl", tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(Mismatch, match=r"^the recording cannot be read: "):
            read(path)


# -- how contexts take turns (golden/linux-ipcc/README.md, "How to replay") ------------------------------------------


def test_a_task_that_sleeps_lets_the_main_context_go_on_and_time_stands_still_until_it_advances() -> None:
    op = [{"e": "op", "fn": "send_data", "chan": 0, "arg": 7}, {"e": "op_end", "fn": "send_data", "chan": 0, "val": 0}]
    start = [{"e": "op", "fn": "startup", "chan": 0, "arg": 0}, {"e": "op_end", "fn": "startup", "chan": 0, "val": 0}]
    lines = scenario(
        *(call("soft_register", **{**SOFT, "txdone_irq": True}), ret("soft_register", 0), CLIENT),
        *(call("request_channel", client="a", index=0), *start, ret("request_channel", 0)),
        call("send_message", client="a", msg=7, task="one"),
        *({**event, "task": "one"} for event in op),
        {"e": "wait", "timeout_us": 8000, "task": "one"},  # 5 ms in ticks of 4 ms
        *(call("peek_data", client="a"), ret("peek_data", 0)),
        {"e": "advance", "us": 10_000},
        {"e": "wake", "result": "timeout", "task": "one", "t": 8000},
        ret("send_message", -62, task="one", t=8000),
        {**END, "t": 10_000},
        hz=250,
    )
    ipcc.replay(lines, V6_1)


def test_an_advance_is_over_before_the_timeouts_of_its_last_instant_if_the_main_context_goes_on() -> None:
    op = [{"e": "op", "fn": "send_data", "chan": 0, "arg": 7}, {"e": "op_end", "fn": "send_data", "chan": 0, "val": 0}]
    start = [{"e": "op", "fn": "startup", "chan": 0, "arg": 0}, {"e": "op_end", "fn": "startup", "chan": 0, "val": 0}]
    lines = scenario(
        *(call("soft_register", **{**SOFT, "txdone_irq": True}), ret("soft_register", 0), CLIENT),
        *(call("request_channel", client="a", index=0), *start, ret("request_channel", 0)),
        call("send_message", client="a", msg=7, task="one"),
        *({**event, "task": "one"} for event in op),
        {"e": "wait", "timeout_us": 5000, "task": "one"},
        {"e": "advance", "us": 5000},
        {"e": "advance", "us": 1, "t": 5000},
        {"e": "wake", "result": "timeout", "task": "one", "t": 5000},
        ret("send_message", -62, task="one", t=5000),
        {**END, "t": 5001},
    )
    ipcc.replay(lines, V6_1)


def test_a_line_that_was_printed_without_a_device_may_say_so_in_any_way() -> None:
    for dev in ({"dev": ""}, {"dev": None}, {}):
        lines = scenario(
            {**CLIENT, "has_node": False},
            call("request_channel", client="a", index=0),
            {"e": "log", "level": "debug", **dev, "text": "mbox_request_channel: No owner device node"},
            ret("request_channel", -19),
            END,
        )
        ipcc.replay(lines, V6_1)


def test_a_deadlock_is_the_last_line_and_names_the_function() -> None:
    client = {**CLIENT, "callbacks": ["tx_prepare"]}
    start = [{"e": "op", "fn": "startup", "chan": 0, "arg": 0}, {"e": "op_end", "fn": "startup", "chan": 0, "val": 0}]
    events = [
        *(call("soft_register", **SOFT), ret("soft_register", 0), client),
        *(call("request_channel", client="a", index=0), *start, ret("request_channel", 0)),
        *(call("send_message", client="a", msg=7), {"e": "cb", "fn": "tx_prepare", "client": "a", "msg": 7}),
        call("send_message", client="a", msg=8),
    ]
    ipcc.replay(scenario(*events, {"e": "fault", "what": "deadlock", "where": "add_to_rbuf"}), V6_1)
    assert '"where": "add_to_rbuf"' in refusal(scenario(*events, {"e": "fault", "what": "deadlock", "where": "x"}))
    assert "the scenario is over" in refusal(
        scenario(*events, {"e": "fault", "what": "deadlock", "where": "add_to_rbuf"}, END)
    )
