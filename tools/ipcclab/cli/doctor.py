"""`ipcclab doctor`: what is here, what is missing, how to get it. It changes nothing."""

from __future__ import annotations

import argparse
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from mp1bench.board import Board
from mp1bench.errors import EngineMissingError, IpccLabError

SENTENCE = "Say which engines and tools are here, what is missing, and how to get it."
EPILOG = """\
example:
  ipcclab doctor        exit code 0 if at least one engine works, else 4
"""

_PACKAGES = (
    ("robotframework", "Robot suites", "pip install robotframework"),
    ("pytest", "the pytest plugin", "pip install pytest"),
    ("pyelftools", "reading images", "pip install pyelftools"),
    ("devicetree", "reading device trees", "pip install devicetree"),
)
_RENODE = "optional: a portable archive from https://renode.io, its folder on PATH"
_PYRENODE = "optional: pip install git+https://github.com/antmicro/pyrenode3"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`doctor` takes none."""


def execute(options: argparse.Namespace) -> int:
    _say(True, "ipcclab", version("ipcclab"))
    _say(True, "python", platform.python_version())
    works = _embedded()
    for package, purpose, how in _PACKAGES:
        found = _version(package)
        _say(found is not None, package, found or f"missing, for {purpose}: {how}")
    renode = shutil.which("renode")
    _say(renode is not None, "renode", renode or f"not found; {_RENODE}")
    pyrenode = find_spec("pyrenode3") is not None
    _say(pyrenode, "pyrenode3", "found" if pyrenode else f"not found; {_PYRENODE}")
    print()
    print("Ready: the embedded engine works." if works else "Not ready: no engine works.")
    return 0 if works else EngineMissingError.exit_code


def _embedded() -> bool:
    """Does the embedded engine start, and with which ways of counting instructions?"""
    found = _version("unicorn")
    _say(found is not None, "unicorn", found or "missing: pip install 'unicorn>=2.1.3,<2.2'")
    works = False
    for counter in ("fast", "public"):
        try:
            board = Board(engine="embedded", counter=counter, host="none", trace=False)
        except IpccLabError as error:
            _say(False, f"  counter {counter}", str(error))
        else:
            works = True
            _say(True, f"  counter {counter}", f"works: {board.engine.name} engine, {board.engine.version}")
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
