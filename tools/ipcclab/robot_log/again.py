"""The command that runs one Robot test again. It names files as seen from the working directory."""

from __future__ import annotations

import shlex
from pathlib import Path


def command(test: str, suite: str, source: str | None, directory: Path) -> str:
    """`source` is the suite's file, None for a suite without. Folders with an `__init__` file are run as well."""
    words = ["robot", "--test", test]
    if not source:
        return shlex.join(words)
    root = Path(source)
    while any(root.parent.glob("__init__.*robot*")):
        root = root.parent
    if root != Path(source):
        words += ["--suite", suite.rpartition(".")[2]]
    path = root.relative_to(directory) if root.is_relative_to(directory) else Path(root.name)
    return shlex.join([*words, str(path)])
