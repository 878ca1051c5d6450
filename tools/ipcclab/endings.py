"""Which of several writers a file's ending asks for, in any case. It opens no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from mp1bench.errors import UsageError

Writer = TypeVar("Writer")


def by_ending(path: Path, writers: Mapping[str, Writer], refusal: str) -> Writer:
    """The writer for a file of this name. UsageError, beginning with `refusal`, names the known endings."""
    writer = writers.get(path.suffix.lower())
    if writer is None:
        ending = f"ending {path.suffix}" if path.suffix else "name without an ending"
        raise UsageError(f"{path}: {refusal} a file {ending}. Known endings: {', '.join(writers)}.")
    return writer
