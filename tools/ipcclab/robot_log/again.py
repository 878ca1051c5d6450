"""The command that runs one Robot test again. It names files as seen from the working directory."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def command(test: str, suite: str, source: str | None, directory: Path) -> str:
    """`source` is the suite's file, None for a suite without. Folders with an `__init__` file are run as well."""
    words = ["robot", "--test", _exactly(test)]
    if not source:
        return shlex.join(words)
    root = Path(source)
    while any(root.parent.glob("__init__.*robot*")):
        root = root.parent
    if root != Path(source):
        words += ["--suite", _exactly(suite.rpartition(".")[2])]
    return shlex.join([*words, os.path.relpath(root, directory)])


def _exactly(name: str) -> str:
    """As a pattern, which is what Robot takes: `*` and `?` match themselves, `[x]` does not."""
    return name.replace("[", "[[]")
