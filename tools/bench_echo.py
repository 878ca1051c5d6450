"""Benchmarks of RPMsg echoes: to the first, one after the other, and with a start and a stop around each.

`bench.py` and `bench_renode.py` print them. The firmware is `rpmsg_echo`.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench_cost import Cost, now, of_module, since
from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

ECHOES = 400
CYCLES, SAMPLE = 1_000, 100


def echoes(engine: str, trace: bool) -> Cost:
    """A stretch of round trips: a message to `rpmsg_echo` and its answer, ECHOES times, one after the other."""
    board = Board(engine=engine, trace=trace)
    board.load(prebuilt_image("rpmsg_echo.elf"))
    board.boot()
    linux = board.linux
    assert linux is not None
    board.run_until(lambda: len(linux.endpoints) == 3, 10_000_000)
    start = now()
    for number in range(ECHOES):
        linux.endpoints[0].send(b"round trip")
        if not board.run_until(lambda: len(linux.received) > number, 10_000_000):  # noqa: B023  # run at once
            sys.exit(f"message {number} was not answered: {board.diagnose()}")
    return since(start)


@contextmanager
def fresh_caches() -> Iterator[dict[str, str]]:
    """An environment in which nobody has run ipcclab before: the first run fills its caches, whatever was set here."""
    with tempfile.TemporaryDirectory() as folder:
        caches = {"PYTHONPYCACHEPREFIX": f"{folder}/python", "PYTHONDONTWRITEBYTECODE": "", "XDG_CACHE_HOME": folder}
        yield {**os.environ, **caches}


def first_echo(engine: str, environment: Mapping[str, str]) -> Cost:
    """A whole `ipcclab run` that ends with the first answer."""
    image = str(prebuilt_image("rpmsg_echo.elf"))
    arguments = ["run", image, "--engine", engine, "--send", "hello", "--expect", "hello", "--quiet"]
    return of_module("ipcclab", arguments, environment)


def cycles() -> None:
    """Print what the first and the last hundred of many starts and stops of `rpmsg_echo` cost, with an echo in each."""
    board = Board(trace=False)
    board.load(prebuilt_image("rpmsg_echo.elf"))
    linux = board.linux
    assert linux is not None
    samples: list[tuple[float, int]] = []  # process time and memory blocks of Python's, every SAMPLE cycles
    for number in range(CYCLES):
        if number % SAMPLE == 0:
            gc.collect()
            samples.append((time.process_time(), sys.getallocatedblocks()))
        board.boot()
        ready = board.run_until(lambda: len(linux.endpoints) == 3, 50_000_000)
        linux.endpoints[0].send(b"cycle %d" % number)
        answered = board.run_until(lambda: bool(linux.received), 10_000_000)
        if not (ready and answered and linux.received[0].data == b"cycle %d" % number and board.shutdown()):
            sys.exit(f"cycle {number} lost something: {board.diagnose()}")
        for grows in (linux.sent, linux.received, linux.announced, linux.kernel.log.lines):
            grows.clear()
    gc.collect()
    samples.append((time.process_time(), sys.getallocatedblocks()))
    hundreds = [(late[0] - early[0], late[1] - early[1]) for early, late in itertools.pairwise(samples)]
    print(f"Start, echo and stop of rpmsg_echo, {CYCLES} times (target: none lost, no growth)")
    for name, (seconds, blocks) in (("the first hundred", hundreds[0]), ("the last hundred", hundreds[-1])):
        print(f"  {name:34} {1e3 * seconds / SAMPLE:8.2f} ms  {blocks / SAMPLE:+8.2f} memory blocks per cycle")
