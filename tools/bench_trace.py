"""Benchmarks of the trace: what recording costs a run, and what each form of a long trace costs to write.

`bench.py` prints them with the others. All is process time.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import bench_echo
from ipcclab.trace import WRITERS, Origin, Recording, writer_for
from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

ROUNDS = 9
EVENTS = 100_000


def cost() -> None:
    """Print what RPMsg round trips cost with the trace on, as a ratio to the same with it off, taken in turns."""
    rounds = [[bench_echo.echoes("embedded", trace).process for trace in (False, True)] for _ in range(ROUNDS)]
    off, on = (statistics.median(column) for column in zip(*rounds, strict=True))
    print("RPMsg round trips with rpmsg_echo (target 2000/s, and at most 1.25 times the time with the trace on)")
    print(f"  {'trace off':34} {bench_echo.ECHOES / off:8.0f} /s")
    print(f"  {'trace on':34} {bench_echo.ECHOES / on:8.0f} /s {on / off:6.2f} × off")


def writers() -> None:
    """Print what each form of a trace of EVENTS events takes."""
    board = Board()
    board.load(prebuilt_image("rpmsg_echo.elf"))
    board.boot()
    assert board.linux is not None
    assert board.trace is not None
    linux, trace = board.linux, board.trace
    board.run_until(lambda: len(linux.endpoints) == 3, 10_000_000)
    while trace.size() < EVENTS:
        linux.endpoints[0].send(b"round trip")
        board.run_for(100_000)
    recording = Recording(trace, Origin(None, "stm32mp157"))
    print(f"Forms of a trace of {len(trace.events):,} events")
    for ending in WRITERS:
        render = writer_for(Path(f"trace{ending}"))
        start = time.process_time()
        size = sum(len(line.encode()) + 1 for line in render(recording))
        print(f"  {ending:34} {time.process_time() - start:8.2f} s {size / 1e6:8.1f} MB")
