"""What a run leaves behind: the options of the commands that run firmware, and what is wrong with them beforehand."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ipcclab import trace
from mp1bench.errors import UsageError


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """--trace, --summary and --quiet."""
    parser.add_argument(
        "--trace",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help=f"write the trace: {', '.join(trace.WRITERS)}; may be repeated",
    )
    parser.add_argument(
        "--summary", type=Path, metavar="FILE.json", help="write the summary of the run as one JSON object"
    )
    parser.add_argument("--quiet", action="store_true", help="no live trace")


def check_outputs(options: argparse.Namespace, *others: Path) -> list[Path]:
    """The files that will be written. UsageError for one that cannot be, before minutes are spent on a run."""
    files = [*options.trace, *([options.summary] if options.summary else []), *others]
    for path in files:
        if not path.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {path.parent}.")
    for path in options.trace:
        trace.writer_for(path)
    files += trace.companions(options.trace)
    for path in files:
        if path.is_dir():
            raise UsageError(f"{path} is a folder. Name a file.")
    places: set[str] = set()
    for path in files:
        place = os.path.realpath(path)  # one file has many names
        if place in places:
            raise UsageError(f"{path} would be written twice. Give each output a name of its own.")
        places.add(place)
    return files
