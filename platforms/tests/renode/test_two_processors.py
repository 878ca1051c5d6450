"""The heterogeneous machine in plain Renode by its script: our two programs pass, and serial runs are equal.

What the machine's devices do is for `robot_tests/renode`.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from mp1bench.shipped import default_platform
from renode_here import COMMAND, needs_renode

SCRIPT = default_platform().with_name("stm32mp157_a7.resc")
RUN = ("emulation RunFor '0.1'", "sysbus.cpuA7 ExecutedInstructions", "sysbus.cpu ExecutedInstructions")
PASSED = "signals_a7: passed 25 of 25"

pytestmark = needs_renode


def run(folder: Path, *commands: str) -> str:
    """What Renode prints when it is started elsewhere, includes the script and executes the commands."""
    line = "; ".join([f"include @{SCRIPT}", *commands, "quit"])
    arguments = [*COMMAND, "--console", "--plain", "--disable-gui", "-e", line.replace("'", '"')]
    done = subprocess.run(arguments, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    return done.stdout


def console(output: str) -> list[tuple[str, str]]:
    """The lines on UART4, each with its virtual time."""
    return re.findall(r"uart4: \[host:.*?\|virt: +(\S+) \(.*?\)\] (.*)", output)


def counts(output: str) -> list[str]:
    """The instructions that each core has executed."""
    return re.findall(r"^(0x[0-9A-Fa-f]{16})\s*$", output, re.MULTILINE)


def test_serial_runs_are_equal(tmp_path: Path) -> None:
    first, second = run(tmp_path, *RUN), run(tmp_path, *RUN)
    assert [text for _, text in console(first)][-1:] == [PASSED]
    assert len(counts(first)) == 2
    assert (console(first), counts(first)) == (console(second), counts(second))


def test_parallel_run_passes_and_so_does_the_machine_after_a_reset(tmp_path: Path) -> None:
    """The reset comes when the M4 has been released, so it must be held again."""
    parallel = "emulation SetGlobalSerialExecution false"
    output = run(tmp_path, parallel, "emulation RunFor '0.02'", "machine Reset", "sysbus.cpu IsHalted", *RUN)
    said = [text for _, text in console(output)]
    assert said.count("passed: released, the M4 asks on CH5: RX0") == 2
    assert said[-1:] == [PASSED]
    assert re.search(r"^True\s*$", output, re.MULTILINE)
