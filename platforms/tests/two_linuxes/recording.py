"""The recording of a real kernel's walk, as a file: a header of what it was made of, then the phases line by line.

It holds what was seen and no time; the format of a phase is `walk.Phase`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from two_linuxes.walk import Phase

KEPT = Path(__file__).parents[1] / "golden/linux-guest/walk.txt"


def text(made_of: Mapping[str, str], phases: Iterable[Phase]) -> str:
    """The file."""
    lines = [f"# {part}: {what}" for part, what in made_of.items()]
    for phase in phases:
        lines += ["", f"== {phase.name}", *phase.lines]
    return "\n".join(lines) + "\n"


def header(recording: str) -> dict[str, str]:
    """What it was made of."""
    lines = recording.split("\n\n", 1)[0].splitlines()
    return dict(line.removeprefix("# ").split(": ", 1) for line in lines)


def phases(recording: str) -> Sequence[Phase]:
    """The phases of the file."""
    _, *parts = recording.split("\n== ")
    return [Phase(name, [line for line in lines if line]) for name, *lines in (part.split("\n") for part in parts)]
