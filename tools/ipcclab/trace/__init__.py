"""The writers of the trace, one module each, chosen by a file's ending. All that concerns files stands here.

A writer is a pure function: it takes a recording, and gives lines of text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from ipcclab.endings import by_ending
from ipcclab.trace import ndjson
from ipcclab.trace.origin import Origin
from ipcclab.trace.recording import FAILED, PASSED, About, Recording
from mp1bench.errors import UsageError
from mp1bench.trace import Trace

__all__ = ["FAILED", "PASSED", "WRITERS", "About", "Origin", "Recording", "companions", "sha256", "write", "writer_for"]

Writer: TypeAlias = Callable[[Recording], Iterable[str]]

#: Ending of the file: the module beside this one that has its `render`. Imported when asked for: few runs need many.
WRITERS = {
    ".txt": "text",
    ".ndjson": "ndjson",
    ".vcd": "vcd",
    ".gtkw": "gtkw",
    ".json": "perfetto",
    ".mmd": "mermaid",
    ".svg": "svg",
    ".html": "html",
}

#: A form that is of use only with another file beside it: its ending, and the ending of that file.
COMPANIONS = {".vcd": ".gtkw"}


def writer_for(path: Path) -> Writer:
    """The writer for a file of this name. UsageError names the known endings."""
    module = import_module(f"{__name__}.{by_ending(path, WRITERS, 'no trace writer for')}")
    render: Writer = module.render
    return render


def companions(paths: Iterable[Path]) -> list[Path]:
    """The files that are written beside these."""
    return [path.with_suffix(COMPANIONS[path.suffix.lower()]) for path in paths if path.suffix.lower() in COMPANIONS]


def write(path: Path, recording: Recording) -> None:
    """Write the recording in the form that the ending of `path` asks for, and what belongs beside it."""
    for file in (path, *companions([path])):
        rendered = writer_for(file)(recording)
        try:
            with file.open("w", encoding="utf-8", newline="\n") as opened:
                opened.writelines(f"{line}\n" for line in rendered)
        except OSError as error:
            raise UsageError(f"{file}: the trace cannot be written there ({error.strerror}).") from error


def sha256(trace: Trace, origin: Origin) -> str:
    """SHA-256 of the `.ndjson` form: equal for equal runs, whichever the engine's counter, slices or hash seed."""
    digest = hashlib.sha256()
    for line in ndjson.render(Recording(trace, origin)):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
