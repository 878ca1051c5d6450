"""What something costs, in seconds by the clock on the wall and of the processor; the benchmarks print it."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds. `process` is the time of all threads of a process, which other programs do not lengthen much."""

    wall: float
    process: float


def since(start: Cost) -> Cost:
    """What this process has cost since `now()` gave `start`."""
    end = now()
    return Cost(end.wall - start.wall, end.process - start.process)


def now() -> Cost:
    """Where both clocks of this process stand."""
    return Cost(time.perf_counter(), time.process_time())


def median(costs: Sequence[Cost]) -> Cost:
    """The medians of both."""
    walls, processes = zip(*costs, strict=True)
    return Cost(statistics.median(walls), statistics.median(processes))


def of_module(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """A whole `python -m module`, which must succeed; its output is thrown away."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execve(sys.executable, [sys.executable, "-m", module, *arguments], {**environment})
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"`python -m {module} {' '.join(arguments)}` failed; run it by hand to see why.")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)
