"""The real gdb on `ipcclab run --gdb`: what a person does all day, on the images that come with the bench.

Addresses and names are from the images' symbols, what the firmware does from its sources.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gdb_bench import Bench, run_gdb

from mp1bench.shipped import prebuilt_image

pytestmark = pytest.mark.skipif(shutil.which("gdb-multiarch") is None, reason="gdb-multiarch is not installed")

FIRMWARE = Path(__file__).parents[2] / "firmware"
ECHO = str(prebuilt_image("rpmsg_echo"))
EXCHANGE = ("--send", "hello", "--expect", "hello")


def debug(*commands: str, options: tuple[str, ...] = EXCHANGE, image: str = ECHO) -> tuple[int, str, str]:
    """Exit code of the run, what gdb said, what the bench said after it had waited."""
    with Bench(image, *options) as bench:
        said = run_gdb(bench, image, commands)
        code, out, err = bench.end()
        return code, said, out + err


def test_breakpoint_registers_memory_step_and_finish() -> None:
    code, said, _ = debug(
        "break *ipcc_post", "continue", "info registers pc r0 sp msp control d0 fpscr", "x/2xw &resource_table",
        "stepi", "finish", "delete", "continue",
    )  # fmt: skip
    assert "Breakpoint 1, 0x1000017c in ipcc_post ()" in said
    assert re.search(r"^pc +0x1000017c +0x1000017c <ipcc_post>$", said, re.MULTILINE)
    assert re.search(r"^r0 +0x1 ", said, re.MULTILINE)  # CH1
    assert re.search(r"^control +0x0 ", said, re.MULTILINE)
    assert "<resource_table>:\t0x00000001\t0x00000002" in said
    assert "0x10000180 in ipcc_post ()\n0x100005f0 in rpmsg_send ()\n" in said
    assert "[Inferior 1 (Remote target) exited normally]" in said
    assert code == 0


def test_backtrace_inside_an_interrupt_handler_reaches_main() -> None:
    _, said, _ = debug("break *IPCC_RX1_IRQHandler", "continue", "backtrace")
    frames = re.findall(r"^#\d +(?:0x\w+ in )?(.*)$", said, re.MULTILINE)
    assert frames[:2] == ["IPCC_RX1_IRQHandler ()", "<signal handler called>"]
    assert frames[-2:] == ["echo_run ()", "main ()"]


def test_variable_is_watched() -> None:
    _, said, _ = debug("watch *(unsigned *)&raised", "continue", "continue")
    changes = re.findall(r"Old value = (\d+)\nNew value = (\d+)\n0x\w+ in (\w+) ", said)
    assert changes == [("0", "1", "IPCC_RX1_IRQHandler"), ("1", "0", "echo_wait")]


def test_a_watch_on_a_device_says_that_only_ram_can_be_watched() -> None:
    _, said, _ = debug("watch *(unsigned *)0x4c001000", "continue")
    assert "Only RAM can be watched, and 0x4c001000 is none: delete that watchpoint." in said
    assert "exited" not in said


def test_read_of_a_variable_is_watched() -> None:
    _, said, _ = debug("rwatch *(unsigned *)&raised", "continue", "backtrace 1")
    assert re.search(r"Value = 0\n0x\w+ in echo_raise \(\)", said)


def test_changed_variable_takes_effect() -> None:
    # r2 and r3 of rpmsg_send are the answer's bytes and their number.
    code, said, out = debug(
        "break *rpmsg_send if $r3 == 5", "continue", "print *(char *)$r2@5", "set *(char *)$r2 = 'j'", "continue",
        options=("--send", "hello", "--expect", "jello"),
    )  # fmt: skip
    assert '= "hello"' in said
    assert '"jello"' in out
    assert code == 0


def test_changed_register_takes_effect() -> None:
    code, _, out = debug(
        "break *rpmsg_send if $r3 == 5", "continue", "set $r3 = 4", "delete", "continue",
        options=("--send", "hello", "--expect", "hell"),
    )  # fmt: skip
    assert '"hell"' in out
    assert code == 0


def test_run_ends_as_expected_after_a_detach(tmp_path: Path) -> None:
    code, said, _ = debug(
        "break *ipcc_post", "continue", "detach", options=(*EXCHANGE, "--summary", str(tmp_path / "s.json"))
    )
    summary: dict[str, Any] = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert "[Inferior 1 (Remote target) detached]" in said
    assert (code, summary["stop"]) == (0, "expected")


def test_kill_ends_the_run() -> None:
    code, _, out = debug("kill", options=())
    assert "the debugger ended the run" in out
    assert code == 0


def test_registers_of_the_ipcc_and_of_the_core_can_be_looked_at() -> None:
    _, said, _ = debug(
        "break *echo_wait", "continue", "x/xw 0x4c001010", "x/xw 0xe000ed00",
        "set *(unsigned *)0xe000ed20 = 0x00f00000",
        "x/xw 0xe000ed20", "x/xw 0x08000000",
    )  # fmt: skip
    assert "0x4c001010:\t0x00010001" in said  # C2CR: TXFIE, RXOIE
    assert "0xe000ed00:\t0x410fc241" in said
    assert "0xe000ed20:\t0x00f00000" in said
    assert "Cannot access memory at address 0x8000000" in said


def test_monitor_commands_answer_a_person() -> None:
    _, said, _ = debug(
        "monitor help", "break *ipcc_post", "continue", "monitor time", "monitor trace 2", "monitor trace x",
        "monitor tyme", "monitor reset", "maintenance flush register-cache", "info symbol $pc",
    )  # fmt: skip
    for command in ("help", "reset", "time", "trace"):
        assert f"monitor {command}" in said
    assert re.search(r"^0\.\d{6} ms, [\d,]+ instructions$", said, re.MULTILINE)
    assert re.search(r"ms  M4  .* C1TOC2SR|ms  M4  .* C2", said)
    assert "`monitor trace x`: say how many events, 1 or more." in said
    assert "There is no `monitor tyme`. Did you mean `time`?" in said
    assert "The M4 is at its reset vector, 0x10000058." in said
    assert "Reset_Handler in section" in said


@pytest.fixture(scope="module")
def echo_with_lines(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The echo image with debug information."""
    if shutil.which("arm-none-eabi-gcc") is None or shutil.which("make") is None:
        pytest.skip("arm-none-eabi-gcc or make is not installed")
    image = tmp_path_factory.mktemp("firmware") / "rpmsg_echo.elf"
    make = ["make", "-s", "-C", str(FIRMWARE), f"OUT={image.parent}", "CC=arm-none-eabi-gcc -g", str(image)]
    subprocess.run(make, check=True, capture_output=True)
    return str(image)


def test_source_lines_arguments_and_types(echo_with_lines: str) -> None:
    code, said, _ = debug(
        "break rpmsg_send if size == 5", "continue", "info args", "next", "up", "print *message", "down",
        "finish", "delete", "continue", image=echo_with_lines,
    )  # fmt: skip
    assert re.search(
        r"^Breakpoint 1, rpmsg_send \(source=.*, destination=.*, data=.*, size=5\) at .*rpmsg\.c:\d+$", said, re.M
    )
    assert re.search(r"^source = 1024$", said, re.MULTILINE)
    assert re.search(r"\{source = 1024, destination = 1024, .* size = 5,", said)
    assert "Value returned is $2 = true" in said
    assert code == 0


def test_variable_is_watched_by_its_name(echo_with_lines: str) -> None:
    _, said, _ = debug("watch raised", "continue", image=echo_with_lines)
    assert "Hardware watchpoint 1: raised" in said
    assert re.search(r"Old value = 0\nNew value = 1\n", said)
