"""`ipcclab doctor`: what is here, what is missing, how to get it. It changes nothing."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from mp1bench.engine.renode.finding import find_renode
from mp1bench.errors import EngineMissingError, IpccLabError

if TYPE_CHECKING:
    from mp1bench.board import Board

SENTENCE = "Say which engines and tools are here, what is missing, and how to get it."
EPILOG = """\
example:
  ipcclab doctor        exit code 0 if at least one engine works, else 4
"""

_PACKAGES = (
    ("robotframework", "Robot suites", "pip install robotframework"),
    ("pytest", "the pytest plugin", "pip install pytest"),
    ("pyelftools", "reading images", "pip install pyelftools"),
    ("pyvcd", "traces as waves", "pip install pyvcd"),
    ("devicetree", "reading device trees", "pip install devicetree"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`doctor` takes none."""


def execute(options: argparse.Namespace) -> int:
    _say(True, "ipcclab", version("ipcclab"))
    _say(True, "python", platform.python_version())
    board = _board()
    works = _embedded(board)
    for package, purpose, how in _PACKAGES:
        found = _version(package)
        _say(found is not None, package, found or f"missing, for {purpose}: {how}")
    renode = find_renode(os.environ)
    print(renode.explain())
    print()
    if works:
        print("Ready: the embedded engine works.")
    elif board is not None and renode.complete:
        print("Ready: the engine renode can be used.")
    else:
        print("Not ready: no engine works.")
        return EngineMissingError.exit_code
    return 0


def _board() -> type[Board] | None:
    """The board, which needs packages of its own."""
    try:
        from mp1bench.board import Board
    except ImportError as error:
        _say(False, "board", f"cannot be imported: {error}")
        return None
    return Board


def _embedded(board: type[Board] | None) -> bool:
    """Does the embedded engine start, and with which ways of counting instructions?"""
    found = _version("unicorn")
    _say(found is not None, "unicorn", found or "missing: pip install 'unicorn>=2.1.3,<2.2'")
    if board is None:
        return False
    works = False
    for counter in ("fast", "public"):
        try:
            made = board(engine="embedded", counter=counter, host="none", trace=False)
        except IpccLabError as error:
            _say(False, f"  counter {counter}", str(error))
        else:
            works = True
            _say(True, f"  counter {counter}", f"works: {made.engine.name} engine, {made.engine.version}")
    if works:
        _protection()
    return works


def _protection() -> None:
    """Does this release of Unicorn let us enforce what the core refuses?"""
    from mp1bench.engine.embedded.private_cpu import not_enforced

    missing = not_enforced()
    _say(
        not missing,
        "  protection",
        f"not enforced: {', '.join(missing)}" if missing else "works: MPU, CPACR, CCR traps",
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _say(good: bool, name: str, words: str) -> None:
    print(f"{'✓' if good else '–'} {name:<18} {words}")
