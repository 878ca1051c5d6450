"""Benchmarks of Renode beside the embedded engine: register accesses, the first echo, echoes, a Robot suite.

`bench.py` prints them with the others; `python tools/bench_renode.py` prints them alone. The embedded engine and the
engine `renode` do the same work, taking turns. Plain Renode, where Renode's IronPython runs the models, has no Linux
host, so only its register accesses compare.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import bench_echo
import bench_loops
from bench_cost import Cost, median, of_module
from mp1bench.engine import INSTRUCTION_NS
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.engine.renode.finding import engine_missing, find_renode
from mp1bench.shipped import default_platform

ROUNDS = 5
ENGINES = ("embedded", "renode")
SUITE = Path(__file__).parents[1] / "robot_tests" / "ipcc_registers.robot"
#: Log lines would fall into the middle of what the script prints.
QUIETLY = ("--console", "--plain", "--disable-gui", "--hide-log")
#: Virtual time of ACCESS_LOOPS loops of four instructions.
LOOPS_NS = bench_loops.ACCESS_LOOPS * 4 * INSTRUCTION_NS

MACHINE = """\
cpu: CPU.CortexM @ sysbus
    cpuType: "cortex-m4f"
    nvic: nvic
    PerformanceInMips: 200

nvic: IRQControllers.NVIC @ sysbus 0xE000E000
    IRQ -> cpu@0

ram: Memory.MappedMemory @ sysbus 0x0
    size: 0x10000

ipcc: STM32MP1.IPCC @ sysbus <0x4C001000, +0x400>
    RX1 -> nvic@103
"""

# `python` lines run in Renode's IronPython; each mark is the loops that are left (r3), and this process's time.
SCRIPT = """\
include @{types}
mach create
machine LoadPlatformDescription $ORIGIN/machine.repl
sysbus LoadBinary $ORIGIN/ram.bin 0x0
emulation SetGlobalAdvanceImmediately true
emulation SetGlobalSerialExecution true
emulation SetGlobalQuantum "0.01"
python "import clr; clr.AddReference('System.Diagnostics.Process')"
python "from System.Diagnostics import Process"
python "left = lambda: int(str(monitor.Machine['sysbus.cpu'].GetRegister(3)), 0)"
python "mark = lambda: 'mark %d %f' % (left(), Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds)"
"""
STEP = """\
emulation RunFor "{seconds:.9f}"
python "print mark()"
"""
MARK = re.compile(r"^mark (\d+) ([\d.]+)\r?$", re.MULTILINE)


def plain_access_seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Process time of ACCESS_LOOPS loops in plain Renode: the least of some, after one that warms up."""
    with tempfile.TemporaryDirectory(prefix="ipcclab-bench-") as name:
        folder = Path(name)
        (folder / "machine.repl").write_text(MACHINE, encoding="utf-8")
        endless = bench_loops.ram(bench_loops.ACCESS, bench_loops.IPCC, 0xFFFFFFFF)
        (folder / "ram.bin").write_bytes(endless)
        steps = STEP.format(seconds=LOOPS_NS / 1e9) * (2 + ROUNDS)
        script = SCRIPT.format(types=default_platform().with_name("stm32mp1.cs")) + steps + "quit\n"
        (folder / "bench.resc").write_text(script, encoding="utf-8")
        done = subprocess.run(
            [*command, *QUIETLY, "-e", f"include @{folder / 'bench.resc'}"],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
    marks = [(int(left), float(seconds)) for left, seconds in MARK.findall(done.stdout)]
    if len(marks) != 2 + ROUNDS:
        raise SystemExit(f"plain Renode did not get through the loops; it said:\n{done.stdout}")
    stretches = itertools.pairwise(marks[1:])
    return min((t1 - t0) * bench_loops.ACCESS_LOOPS / (left0 - left1) for (left0, t0), (left1, t1) in stretches)


def accesses(plain: Callable[[], float] | None) -> None:
    """Print the accesses per second of the M4 by each bridge."""
    from mp1bench.engine.renode.engine import RenodeEngine

    ways: dict[str, bench_loops.Run] = {
        "embedded, trace off": bench_loops.ours(EmbeddedEngine, trace=False),
        "embedded, trace on": bench_loops.ours(EmbeddedEngine, trace=True),
        "renode: CPython, trace off": bench_loops.ours(RenodeEngine, trace=False),
        "renode: CPython, trace on": bench_loops.ours(RenodeEngine, trace=True),
    }
    print("  Register accesses of the M4, by process time")
    seconds = bench_loops.side_by_side(ways, bench_loops.ACCESS, bench_loops.IPCC, bench_loops.ACCESS_LOOPS)
    if plain is not None:
        seconds["plain Renode: IronPython"] = plain()
    for name, value in seconds.items():
        rate = 2 * bench_loops.ACCESS_LOOPS / value
        print(f"    {name:32} {rate / 1e3:8.0f} k/s     {seconds['embedded, trace off'] / value:5.2f} of embedded")


def in_turns(runs: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, Cost]:
    """The medians of each, taking turns so that a busy machine hits all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            costs[name].append(run())
    return {name: median(values) for name, values in costs.items()}


def seconds_line(name: str, cost: Cost) -> str:
    """Both clocks, as all of these figures are printed."""
    return f"    {name:32} {cost.wall:8.2f} s wall {cost.process:8.2f} s process time"


def ratio(costs: Mapping[str, Cost]) -> str:
    """How many times what the embedded engine takes."""
    embedded, renode = costs["embedded"], costs["renode"]
    return f"{renode.wall / embedded.wall:8.1f} × wall {renode.process / embedded.process:8.1f} × process time"


def first_echo() -> None:
    """Print what a process costs from its start to the first echo, and to its end."""
    print("  Process start to the first echo (targets: renode at most 6 s, embedded 20 times faster)")
    with bench_echo.fresh_caches() as environment:
        cold = {name: bench_echo.first_echo(name, environment) for name in ENGINES}
        runs = {name: lambda name=name: bench_echo.first_echo(name, environment) for name in ENGINES}
        costs = in_turns(runs, ROUNDS)
    print(seconds_line("renode, first start of all", cold["renode"]))
    for name, cost in costs.items():
        print(seconds_line(name, cost))
    print(f"    {'renode / embedded':32} {ratio(costs)}")


def echoes() -> None:
    """Print round trips per second."""
    print(f"  RPMsg round trips, {bench_echo.ECHOES} with rpmsg_echo (target: renode 800/s)")
    for label, trace in (("trace off", False), ("trace on", True)):
        runs = {name: lambda name=name: bench_echo.echoes(name, trace) for name in ENGINES}  # noqa: B023  # run at once
        costs = in_turns(runs, ROUNDS)
        for name, cost in costs.items():
            wall, process = (bench_echo.ECHOES / seconds for seconds in cost)
            print(f"    {name + ', ' + label:32} {wall:8.0f} /s wall {process:7.0f} /s process time")


def register_suite() -> None:
    """Print what the register suite costs, with the start of Robot Framework in it."""
    print(f"  {SUITE.name}, one run")
    with tempfile.TemporaryDirectory() as folder:
        options = ["--outputdir", folder, "--variable"]
        runs = {
            name: lambda name=name: of_module("robot", [*options, f"ENGINE:{name}", str(SUITE)], os.environ)
            for name in ENGINES
        }
        costs = {name: run() for name, run in runs.items()}
    for name, cost in costs.items():
        print(seconds_line(name, cost))
    print(f"    {'renode / embedded':32} {ratio(costs)}")


def main() -> None:
    """Print all of it; without Renode, one line that says why not."""
    findings = find_renode(os.environ)
    if not findings.complete:
        print(f"Renode beside the embedded engine, skipped: {engine_missing(findings).sentence}")
        return
    from mp1bench.engine.renode.loading import load_renode

    print(f"Renode {load_renode().version} beside the embedded engine")
    command = findings.command
    accesses((lambda: plain_access_seconds(command, findings.environment)) if command else None)
    first_echo()
    echoes()
    register_suite()


if __name__ == "__main__":
    main()
