"""`ipcclab run` on the images that come with it: exit codes, summary, report, trace files.

What the images announce and answer is from their sources; Linux's addresses and orders are from linux-mailbox.md.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ipcclab.cli import main
from ipcclab.durations import format_duration
from mp1bench.image import read_image
from mp1bench.shipped import prebuilt_image

ECHO = str(prebuilt_image("rpmsg_echo"))
SIGNALS = str(prebuilt_image("ipcc_signals"))

#: DESIGN.md section 7, in its order.
KEYS = [
    "engine",
    "engine_version",
    "image_sha256",
    "platform",
    "stop",
    "stop_detail",
    "virtual_ns",
    "instructions",
    "resource_table",
    "announced",
    "rx_unmasked",
    "doorbells",
    "sent",
    "received",
    "log",
    "uart",
    "occupied_at_end",
    "unmodelled",
    "diagnosis",
    "trace_sha256",
]


@pytest.fixture
def summary(tmp_path: Path) -> Any:
    """Runs with `--summary` and gives exit code and summary."""

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        file = tmp_path / "summary.json"
        code = main(["run", *arguments, "--quiet", "--summary", str(file)])
        return code, json.loads(file.read_text(encoding="utf-8"))

    return run


def test_echo_comes_back(summary: Any) -> None:
    code, found = summary(ECHO, "--send", "hello", "--expect", "hello")
    assert code == 0
    assert list(found) == KEYS
    assert found["stop"] == "expected"
    assert found["image_sha256"] == hashlib.sha256(Path(ECHO).read_bytes()).hexdigest()
    assert found["platform"] == "stm32mp157"
    assert found["announced"][:1] == [{"name": "rpmsg-tty", "address": 0x400}]
    assert [(t["endpoint"], t["remote"], t["text"], t["bytes_hex"]) for t in found["sent"]] == [
        ("rpmsg-tty", 0x400, "hello", "68656c6c6f")
    ]
    assert [(t["endpoint"], t["remote"], t["text"]) for t in found["received"]] == [("rpmsg-tty", 0x400, "hello")]
    assert found["sent"][0]["at_ns"] < found["received"][0]["at_ns"] <= found["virtual_ns"]
    assert found["resource_table"]["entries"] == 2
    assert found["rx_unmasked"] == [1, 2, 3, 4]
    assert found["doorbells"]["a7_to_m4"]["2"] == 1
    assert found["instructions"] > 0
    assert found["diagnosis"] is None
    assert "rpmsg_echo: boot" in found["log"]


def test_first_message_leaves_20_us_after_the_announcement(tmp_path: Path) -> None:
    trace = tmp_path / "trace.ndjson"
    assert main(["run", ECHO, "--quiet", "--send", "hello", "--expect", "hello", "--trace", str(trace)]) == 0
    messages = [
        event for line in trace.read_text().splitlines() if (event := json.loads(line)).get("event") == "message"
    ]
    announced, sent = (next(m["t"] for m in messages if (m["endpoint"] == "ns") == ns) for ns in (True, False))
    assert 0 <= sent - announced - 20_000 < 5_000


def test_next_message_leaves_when_the_answer_has_come(summary: Any) -> None:
    _, found = summary(ECHO, "--send", "one", "--send", "two", "--expect", "two")
    assert found["received"][0]["at_ns"] <= found["sent"][1]["at_ns"] < found["received"][0]["at_ns"] + 5_000


def test_next_message_leaves_without_an_answer_too(summary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipcclab.sender.ANSWER_WITHIN_NS", 1_000)
    _, found = summary(ECHO, "--send", "one", "--send", "two", "--expect", "two")
    assert found["sent"][1]["at_ns"] - found["sent"][0]["at_ns"] == 1_000


def test_what_else_came_is_said(summary: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = summary(ECHO, "--send", "hello", "--expect", "other")
    assert code == 1
    assert found["stop"] == "idle"
    error = capsys.readouterr().err
    assert error == 'ipcclab: expected "other" from the firmware, but it sent "hello" from rpmsg-tty (0x400).\n'


def test_nothing_came_is_said(summary: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = summary(ECHO, "--expect", "hello")
    assert code == 1
    error = capsys.readouterr().err
    assert error.startswith(
        'ipcclab: expected "hello" from the firmware, but it sent nothing. The M4 sleeps in WFI at `'
    )


def test_expectations_are_met_in_order(summary: Any) -> None:
    sends = ("--send", "one", "--send", "two", "--send", "three")
    assert summary(ECHO, *sends, "--expect", "one", "--expect", "wo", "--expect", "three")[0] == 0
    assert summary(ECHO, *sends, "--expect", "two", "--expect", "one")[0] == 1


def test_one_message_may_meet_two_expectations_in_order(summary: Any) -> None:
    assert summary(ECHO, "--send", "ab", "--expect", "a", "--expect", "b")[0] == 0
    assert summary(ECHO, "--send", "ab", "--expect", "b", "--expect", "a")[0] == 1


@pytest.mark.parametrize(
    ("to", "name", "address"),
    [
        ("rpmsg-tty", "rpmsg-tty", 0x400),
        ("rpmsg-tty:1", "rpmsg-tty", 0x400),
        ("rpmsg-tty:2", "rpmsg-tty", 0x401),
        ("0x401", "rpmsg-tty", 0x401),
        ("0X0401", "rpmsg-tty", 0x401),
        ("rpmsg-client-sample", "rpmsg-client-sample", 0x402),
    ],
)
def test_endpoint_is_chosen_by_name_number_or_address(to: str, name: str, address: int, summary: Any) -> None:
    code, found = summary(ECHO, "--send", "hello", "--to", to, "--expect", "hello")
    assert code == 0
    assert [(t["endpoint"], t["remote"]) for t in found["sent"] + found["received"]] == [(name, address)] * 2


def test_unknown_endpoint_lists_what_was_announced(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", ECHO, "--quiet", "--send", "hello", "--to", "rpmsg-tyt"]) == 2
    assert capsys.readouterr().err == (
        "ipcclab: there is no endpoint `rpmsg-tyt`; the firmware announced rpmsg-tty (0x400), rpmsg-tty:2 (0x401),"
        " rpmsg-client-sample (0x402). Did you mean `rpmsg-tty`?\n"
    )


def test_firmware_without_rpmsg_cannot_be_sent_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", SIGNALS, "--quiet", "--send", "hello"]) == 1
    assert "'hello' was never sent, because the firmware announced no endpoint." in capsys.readouterr().err


def test_given_time_is_run_exactly(summary: Any) -> None:
    code, found = summary(ECHO, "--for", "3ms")
    assert (code, found["stop"], found["virtual_ns"]) == (0, "time", 3_000_000)


def test_without_a_time_the_run_ends_when_nothing_moves(summary: Any) -> None:
    code, found = summary(ECHO)
    assert (code, found["stop"], found["stop_detail"]) == (0, "idle", "nothing has moved for 100ms")
    assert 100_000_000 < found["virtual_ns"] < 200_000_000


def test_firmware_that_sleeps_until_a_timer_wakes_it_is_given_its_time(summary: Any) -> None:
    """SysTick of `neighbours` wraps every 80 ms; beside that it waits for commands."""
    code, found = summary(str(prebuilt_image("neighbours")))
    assert (code, found["stop"], found["stop_detail"]) == (0, "idle", "nothing has moved for 2.5s")


@pytest.mark.parametrize(
    ("limit", "value", "moment"),
    [
        ("LIMIT_NS", 50_000_000, "50ms"),
        ("HASTY_EFFORT", 5, "50us"),
        ("EVENT_EFFORT", 700_000, "50us"),
    ],
)
def test_firmware_that_goes_on_for_ever_is_no_failure(
    limit: str, value: int, moment: str, summary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"ipcclab.scenario.{limit}", value)
    code, found = summary(ECHO)
    detail = f"still moving after {moment}; --for TIME runs as long as you say"
    assert (code, found["stop"], found["stop_detail"]) == (0, "running", detail)


def test_trace_that_grows_too_long_ends_a_run_of_given_length(
    summary: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipcclab.scenario.LIMIT_EVENTS", 50)
    code, found = summary(ECHO, "--for", "50ms")
    detail = "more than 50 events on the trace; a shorter --for ends a run earlier"
    assert (code, found["stop"], found["stop_detail"]) == (5, "limit", detail)
    assert capsys.readouterr().err == f"ipcclab: stopped at the limit: {detail}.\n"


def test_unmet_expectation_outranks_the_limit(summary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipcclab.scenario.LIMIT_EVENTS", 50)
    code, found = summary(ECHO, "--expect", "never")
    assert (code, found["stop"]) == (1, "limit")


def test_without_a_host_nobody_answers(summary: Any) -> None:
    code, found = summary(SIGNALS, "--host", "none", "--for", "1ms")
    assert code == 0
    assert found["occupied_at_end"] == ["m4_to_a7:5"]
    assert found["doorbells"]["m4_to_a7"] == {"5": 1}
    assert found["resource_table"] is None
    assert found["announced"] == []


def test_report_shows_exchange_files_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.txt"
    command = ["run", ECHO, "--send", "hello", "--expect", "hello", "--trace", str(trace)]
    assert main(command) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("rpmsg_echo.elf (sha256 ")
    assert any("C2SCR" in line for line in out)
    assert [line for line in out if "0x400 → 0x400" in line and '"hello"' in line]
    assert [line for line in out if "0x400 ← 0x400" in line and '"hello"  after ' in line]
    assert f"Files         {trace}" in out
    assert out[-1] == f"Again         ipcclab {' '.join(command)}"


def test_report_says_what_linux_warns_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", SIGNALS, "--quiet", "--for", "1ms"]) == 0
    assert (
        "Linux warns   remoteproc remoteproc0: no resource table found for this firmware\n" in capsys.readouterr().out
    )
    assert main(["run", ECHO, "--quiet", "--send", "hello", "--expect", "hello"]) == 0
    assert "Linux warns" not in capsys.readouterr().out


def test_report_gives_each_answer_its_turnaround(summary: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = summary(ECHO, "--send", "one", "--send", "two", "--expect", "two")
    turnarounds = [line.rpartition("after ")[2] for line in capsys.readouterr().out.splitlines() if " ← " in line]
    pairs = zip(found["sent"], found["received"], strict=True)
    assert turnarounds == [format_duration(received["at_ns"] - sent["at_ns"]) for sent, received in pairs]


def test_quiet_run_shows_no_trace_but_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", ECHO, "--quiet", "--for", "2ms"]) == 0
    out = capsys.readouterr().out
    assert "ipcc+0x" not in out
    assert "Announced " in out


def test_live_trace_is_the_text_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.txt"
    assert main(["run", ECHO, "--send", "hello", "--expect", "hello", "--trace", str(trace)]) == 0
    written = trace.read_text(encoding="utf-8").splitlines()[1:]
    out = capsys.readouterr().out.splitlines()
    assert out[2 : 2 + len(written)] == written


@pytest.fixture
def crashing(tmp_path: Path) -> Any:
    """Makes the echo image begin with the given Thumb code."""

    def make(code: str) -> str:
        content, image = bytearray(Path(ECHO).read_bytes()), read_image(ECHO)
        start = image.reset_pc & ~1
        segment = next(s for s in image.segments if s.physical <= start < s.physical + len(s.data))
        at = content.index(segment.data) + start - segment.physical
        content[at : at + len(bytes.fromhex(code))] = bytes.fromhex(code)
        file = tmp_path / "crashing.elf"
        file.write_bytes(content)
        return str(file)

    return make


@pytest.mark.parametrize("options", [(), ("--for", "3ms"), ("--host", "none")])
@pytest.mark.parametrize(
    ("code", "reason"),
    [("00de", "fault"), ("71b600de", "lockup")],  # udf; cpsid f, udf
)
def test_firmware_that_crashed_fails_the_run(
    code: str,
    reason: str,
    options: tuple[str, ...],
    crashing: Any,
    summary: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    exit_code, found = summary(crashing(code), *options)
    assert (exit_code, found["stop"]) == (1, reason)
    assert "UNDEFINSTR" in found["stop_detail"]
    assert found["stop_detail"] in capsys.readouterr().err


def test_semihosting_text_and_end_belong_to_the_run(summary: Any) -> None:
    code, found = summary("exceptions", "--host", "none")
    log = prebuilt_image("exceptions.elf").with_suffix(".qemu.log").read_text(encoding="utf-8")
    assert (code, found["stop"]) == (0, "idle")
    assert found["stop_detail"] == "the firmware ended the run (semihosting SYS_EXIT)"
    assert found["uart"]["semihosting"] == log


def test_run_that_still_expects_something_is_more_patient(summary: Any) -> None:
    code, found = summary(ECHO, "--expect", "never")
    assert (code, found["stop_detail"]) == (1, "nothing has moved for 1s")


# -- clock gating ---------------------------------------------------------------------------------------------


@pytest.fixture
def without_clock(tmp_path: Path) -> str:
    """ipcc_signals as it would be had it forgotten to switch the IPCC's clock on."""
    enable, nop = bytes.fromhex("c1f8a00a"), bytes.fromhex("aff30080")  # str.w r0, [r1, #0xAA0]; nop.w
    data = Path(SIGNALS).read_bytes()
    assert data.count(enable) == 1
    (tmp_path / "no_clock.elf").write_bytes(data.replace(enable, nop))
    return str(tmp_path / "no_clock.elf")


def test_clock_gating_shows_a_firmware_that_forgot_the_clock(
    without_clock: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.json"
    command = ["run", without_clock, "--host", "none", "--clock-gating", "--for", "1ms", "--summary", str(summary)]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "W   ipcc+0x010 C2CR      0x00000000  → ignored: write to C2CR with the clock off" in out
    diagnosis = json.loads(summary.read_text())["diagnosis"]
    assert "accesses came with the IPCC's clock off, the first by the M4 at `ipcc_init+0x12` at " in diagnosis
    assert diagnosis in out


def test_without_clock_gating_such_a_firmware_works(without_clock: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", without_clock, "--host", "none", "--for", "1ms", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "M4 → A7  CH5 1" in out
    assert "clock off" not in out


def test_debug_lines_stand_in_the_live_trace(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("rpmsg_echo", "--send", "hello", "--expect", "hello", "--dynamic-debug")
    assert main(["run", *arguments, "func *_irq +p", "--dynamic-debug", "func stm32_ipcc_rx_irq -p"]) == 0
    lines = [line.split("debug: ")[1] for line in capsys.readouterr().out.splitlines() if "  debug: " in line]
    assert set(lines) == {f"stm32-ipcc 4c001000.mailbox: stm32_ipcc_tx_irq: chan:{n} tx" for n in (0, 1)}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--dynamic-debug", "file stm32-ipc.c +p"),
            "none of the modelled drivers has a debug line for `file stm32-ipc.c`. Did you mean `stm32-ipcc.c`?",
        ),
        (
            ("--host", "none", "--dynamic-debug", "+p"),
            "debug lines are Linux's, and this board has none. Run it with --host linux.",
        ),
    ],
)
def test_debug_lines_that_there_are_not_are_refused(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "rpmsg_echo", *arguments]) == 2
    assert capsys.readouterr().err == f"ipcclab: {sentence}\n"


def test_kernel_and_device_tree_are_chosen(summary: Any, tmp_path: Path) -> None:
    tree = tmp_path / "my.dts"
    tree.write_text('/dts-v1/;\n/include/ "stm32mp157.dts"\n&m4 { mboxes = <&ipcc 5>, <&ipcc 4>; };\n')
    code, found = summary(ECHO, "--kernel", "6.12", "--device-tree", str(tree), "--for", "1ms")
    assert code == 0
    assert found["doorbells"]["a7_to_m4"] == {"6": 1}  # buffers posted, on vq0


NO_M4 = (
    "Linux has no remote processor to start. It says: no enabled node of the device tree is compatible with"
    " st,stm32mp1-m4."
)
NO_LINUX = "a device tree is Linux's, and this board's host is `none`. Leave one of them away."


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--kernel", "6.2"], 2, "there is no kernel called `6.2`. Did you mean `6.12`?"),
        (["--device-tree", "none.dts"], 3, "the device tree none.dts cannot be read: no such file or directory."),
        (["--device-tree", "bad.dts"], 3, "bad.dts:2: expected ';' or ','."),
        (["--device-tree", "off.dts"], 3, NO_M4),
        (["--device-tree", "off.dts", "--host", "none"], 2, NO_LINUX),
    ],
)
def test_kernel_or_device_tree_that_is_wrong(
    options: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.dts").write_text("/dts-v1/;\n/ { a = <1> }; };\n")
    Path("off.dts").write_text('/dts-v1/;\n/include/ "stm32mp157.dts"\n&m4 { status = "disabled"; };\n')
    assert main(["run", ECHO, "--quiet", *options]) == code
    assert capsys.readouterr().err == f"ipcclab: {sentence}\n"
