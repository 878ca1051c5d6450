"""What a writer is given: the events, where they come from, and what is known of their run as a whole.

It holds; it writes nothing. A trace that was only recorded has an empty `About`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipcclab.trace.origin import Origin
from mp1bench.trace import Trace

if TYPE_CHECKING:
    from ipcclab.sharedmemory import SharedMemory

PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True)
class About:
    """What a page says around the picture of a run. Whatever is not known is empty, and is left out."""

    title: str = ""  # "rpmsg_echo.elf on stm32mp157", or a test's name
    outcome: str = ""  # PASSED or FAILED
    sentence: str = ""  # how the run ended, or what failed
    diagnosis: str = ""  # why nothing moves any more
    command: str = ""  # that runs it again
    report: tuple[str, ...] = ()  # the report's lines, as the terminal has them
    memory: SharedMemory | None = None  # what lay in shared memory at the end


@dataclass(frozen=True)
class Recording:
    """A run as it is handed to a writer: a writer's output depends on nothing else."""

    trace: Trace
    origin: Origin
    about: About = field(default_factory=About)
