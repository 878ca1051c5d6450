"""Benchmarks of whole images: how many boot per second, and what an emulated second of a busy one costs.

`bench.py` prints them with the others. Bare Unicorn is measured in the same run, on the very same instructions: what
is more is the bench's own.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mp1bench.board import Board
from mp1bench.engine.embedded import EmbeddedEngine
from mp1bench.errors import IpccLabError
from mp1bench.shipped import prebuilt_image, prebuilt_images

ROUNDS, BOOTS = 3, 10
SECOND_NS, MS_NS = 1_000_000_000, 1_000_000
#: One message every millisecond beside a tick every millisecond.
MESSAGES = 1_000


def boots_per_second(path: Path) -> float:
    """Boards that are built, loaded and booted with an image, and run for a virtual millisecond."""
    start = time.perf_counter()
    for _ in range(BOOTS):
        board = Board(trace=False, host="linux" if _has_table(path) else "none")
        board.load(path)
        board.boot()
        board.run_for(MS_NS)
    return BOOTS / (time.perf_counter() - start)


def _has_table(path: Path) -> bool:
    board = Board(trace=False, host="none")
    return board.load(path).resource_table is not None


def boots(named: Sequence[str]) -> None:
    """Print the rate for each image that comes with the bench, and for those that were named."""
    print("Images booted, each for a virtual millisecond")
    for path in [*prebuilt_images(), *map(Path, named)]:
        try:
            rate = statistics.median(boots_per_second(path) for _ in range(ROUNDS))
        except IpccLabError as error:
            print(f"  {path.stem:34}          {error}")
        else:
            print(f"  {path.stem:34} {rate:8.1f} /s")


def rtos_second() -> tuple[float, float, int]:
    """Seconds that an emulated second of `rpmsg_echo_rtos` takes, those of them inside Unicorn, and instructions."""
    board = Board(trace=False)
    board.load(prebuilt_image("rpmsg_echo_rtos"))
    board.boot()
    linux, engine = board.linux, board.engine
    assert linux is not None
    assert isinstance(engine, EmbeddedEngine)
    board.run_until(lambda: len(linux.endpoints) == 3, 50 * MS_NS)
    library = engine.core.library
    execute, inside, before = library.start, [0.0], engine.instructions

    def timed(pc: int, until: int, count: int) -> int:
        begun = time.perf_counter()
        status = execute(pc, until, count)
        inside[0] += time.perf_counter() - begun
        return status

    library.start = timed  # type: ignore[method-assign]
    start = time.perf_counter()
    for _ in range(MESSAGES):
        linux.endpoints[0].send(b"load")
        board.run_for(SECOND_NS // MESSAGES)
    seconds = time.perf_counter() - start
    if len(linux.received) != MESSAGES:
        sys.exit(f"{MESSAGES - len(linux.received)} messages were not answered: {board.diagnose()}")
    return seconds, inside[0], engine.instructions - before


def rtos() -> None:
    """Print what an emulated second costs."""
    rounds = [rtos_second() for _ in range(ROUNDS)]
    seconds, inside, instructions = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"An emulated second of rpmsg_echo_rtos: {MESSAGES} messages and ticks, {instructions:,} instructions")
    print(f"  {'bare Unicorn, the same instructions':40} {inside:8.3f} s   {instructions / inside / 1e6:6.2f} MIPS")
    print(f"  {'ipcclab, trace off':40} {seconds:8.3f} s   {instructions / seconds / 1e6:6.2f} MIPS", end="")
    print(f"   {inside / seconds:5.2f} of bare")
