"""What `tools/gdb.md` shows is run, both terminals. `…` stands for any text, a line of it alone for any lines."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from gdb_bench import Bench, run_gdb

from ipcclab.gdb.monitor import COMMANDS
from mp1bench.shipped import prebuilt_image

PAGE = (Path(__file__).parents[1] / "gdb.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def pattern(expected: str) -> str:
    lines = [re.escape(line).replace("…", ".*") + "\n" for line in expected.splitlines()]
    return "".join("(?:.*\n)*?" if line == ".*\n" else line for line in lines)


@pytest.mark.skipif(shutil.which("gdb-multiarch") is None, reason="gdb-multiarch is not installed")
def test_session_goes_as_the_page_shows() -> None:
    image = str(prebuilt_image("rpmsg_echo"))
    command, _, waiting = block("console").partition("\n")
    assert command.startswith("$ ipcclab run rpmsg_echo.elf ")
    options = command.partition(".elf ")[2].replace(" --quiet --gdb 3333", "").split()
    greeting, *steps = re.split(r"^\(gdb\) ", block("gdb"), flags=re.MULTILINE)
    commands = [step.partition("\n")[0] for step in steps]
    with Bench(image, *options) as bench:
        said_before = bench.said.replace(str(bench.port), "3333")
        echoed = [word for command in commands for word in (f"echo (gdb) {command}\\n", command)]
        said = run_gdb(bench, image, echoed)
        code, out, _ = bench.end()
    assert re.fullmatch(pattern(waiting), said_before + out), said_before + out
    expected = greeting.partition("\n")[2] + "".join(f"(gdb) {step}" for step in steps)
    assert re.fullmatch(pattern(expected), said), said
    assert code == 0


def test_configuration_is_json() -> None:
    (configuration,) = json.loads(block("json"))["configurations"]
    assert configuration["gdbTarget"] == "127.0.0.1:3333"


def test_every_monitor_command_is_on_the_page() -> None:
    assert all(f"`{name}" in PAGE or f"monitor {name}" in PAGE for name in COMMANDS)
