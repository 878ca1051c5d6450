"""The writers of the trace, one module each, chosen by a file's ending. All that concerns files stands here.

A writer is a pure function: it takes what was recorded and where it comes from, and gives lines of text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from ipcclab.endings import by_ending
from ipcclab.trace import ndjson, text
from ipcclab.trace.origin import Origin
from mp1bench.errors import UsageError
from mp1bench.trace import Trace

__all__ = ["WRITERS", "Origin", "sha256", "write", "writer_for"]

Writer: TypeAlias = Callable[[Trace, Origin], Iterable[str]]

#: Ending of the file: writer.
WRITERS: dict[str, Writer] = {".txt": text.render, ".ndjson": ndjson.render}


def writer_for(path: Path) -> Writer:
    """The writer for a file of this name. UsageError names the known endings."""
    return by_ending(path, WRITERS, "no trace writer for")


def write(path: Path, trace: Trace, origin: Origin) -> None:
    """Write the trace in the form that the ending of `path` asks for."""
    rendered = writer_for(path)(trace, origin)
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in rendered)
    except OSError as error:
        raise UsageError(f"{path}: the trace cannot be written there ({error.strerror}).") from error


def sha256(trace: Trace, origin: Origin) -> str:
    """SHA-256 of the `.ndjson` form: equal for equal runs, whichever the engine's counter, slices or hash seed."""
    digest = hashlib.sha256()
    for line in ndjson.render(trace, origin):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
