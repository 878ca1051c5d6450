"""Runs the suites against deliberately broken devices and prints which test of each suite notices which bug.

The bugs are data, in `peripherals/tests/mutants.py`; nothing here knows what they mean.

    python tools/mutants.py            all of them
    python tools/mutants.py NAME...    only these
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from robot.api import ExecutionResult

from ipcclab.progress import progress
from mp1bench.errors import suggest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "peripherals" / "stm32mp1"
TESTS = ROOT / "peripherals" / "tests"
SUITES = [ROOT / "robot_tests" / name for name in ("ipcc_registers.robot", "ipcc_interrupts.robot")]
#: These read the sources instead of asking the device, so what they notice is no behaviour.
READ_SOURCES = ("test_language.py", "test_mutant_list.py", "test_stubs.py")
#: The longest comes last.
PROOF = "test_ipcc_proof.py"
#: A suite that takes longer than this many seconds hangs: a bug that it has noticed.
LIMIT = 120
WORKERS = 2


class Mutant(NamedTuple):
    """One bug: in `file`, `new` stands where the device has `old`."""

    name: str
    sentence: str
    file: str
    old: str
    new: str


class BadMutantError(Exception):
    """The list is wrong, or the suites fail without any bug: there is nothing to measure."""


#: Runs a suite against the package in a folder: the test that failed first, or "" if all passed.
Suite = Callable[[Path], str]


def mutants(names: Sequence[str] = ()) -> list[Mutant]:
    """Those of the list that are called so, in the order of the list; without names all."""
    every = [Mutant(*row) for row in runpy.run_path(str(TESTS / "mutants.py"))["MUTANTS"]]
    known = [mutant.name for mutant in every]
    for name in names:
        if name not in known:
            raise BadMutantError(f"there is no mutant {name!r}.{suggest(name, known)}")
    return [mutant for mutant in every if not names or mutant.name in names]


def broken(text: str, mutant: Mutant) -> str:
    """The text of the mutant's file with its bug."""
    if text.count(mutant.old) != 1:
        raise BadMutantError(f"{mutant.name}: {mutant.file} has its old text {text.count(mutant.old)} times, not once.")
    return text.replace(mutant.old, mutant.new)


def copy(folder: Path, mutant: Mutant | None = None) -> Path:
    """Puts the device package into a folder, with the bug if one is given, and returns the folder."""
    package = folder / PACKAGE.name
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    if mutant is not None:
        file = package / mutant.file
        file.write_text(broken(file.read_text(encoding="utf-8"), mutant), encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Python with the package of `folder` before the installed one; TimeoutExpired after LIMIT seconds."""
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )


def pytest(folder: Path) -> str:
    """The first test of the device suites that fails."""
    files = [file for file in TESTS.glob("test_*.py") if file.name not in READ_SOURCES]
    files.sort(key=lambda file: (file.name == PROOF, file.name))
    options = ["-x", "-q", "--tb=no", "--color=no", "--assert=plain", "-p", "no:cacheprovider"]
    done = run(folder, "-m", "pytest", *options, *files)
    if done.returncode not in (0, 1):
        raise BadMutantError(f"pytest could not run:\n{done.stdout}{done.stderr}")
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return failed[0].partition("/tests/")[2].partition(" - ")[0] if done.returncode else ""


def robot(folder: Path) -> str:
    """The first test of the Robot suites about registers and interrupts that fails."""
    output = folder / "output.xml"
    options = ["--exitonfailure", "--variable=ENGINE:bare", "--console=none", "--log=NONE", "--report=NONE"]
    done = run(folder, "-m", "robot", *options, f"--output={output}", *SUITES)
    if not 0 <= done.returncode <= 250:
        raise BadMutantError(f"robot could not run:\n{done.stdout}{done.stderr}")
    return next((test.name for test in ExecutionResult(output).suite.all_tests if test.failed), "")


def verdict(suite: Suite, folder: Path) -> str:
    """The test that notices the bug, or "" if none does."""
    try:
        return suite(folder)
    except subprocess.TimeoutExpired:
        return f"(hangs: nothing after {LIMIT} s)"


def judge(mutant: Mutant | None) -> tuple[str, str]:
    """What pytest and what Robot say of a device with that bug, or of the device as it is."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy(Path(name), mutant)
        imported = run(folder, "-c", "import stm32mp1.catalogue, sys; sys.exit(stm32mp1.__path__[0])")
        if imported.stderr.strip() != str(folder / PACKAGE.name):
            what = mutant.name if mutant else "the device"
            raise BadMutantError(f"{what}: the package cannot be imported from a copy:\n{imported.stderr}")
        return verdict(pytest, folder), verdict(robot, folder)


def main(names: Sequence[str]) -> int:
    """Prints a row for each mutant; 1 if one of them goes unnoticed by a suite, 2 if nothing can be measured."""
    try:
        chosen = mutants(names)
        failing = [test for test in judge(None) if test]
        if failing:
            raise BadMutantError(f"the suites fail without any bug, at {failing[0]}: mend that first.")
        rows = []
        with progress("mutants", len(chosen)) as shown, ThreadPoolExecutor(WORKERS) as workers:
            for mutant, tests in zip(chosen, workers.map(judge, chosen), strict=True):
                rows.append(tests)
                shown.step()
                print(f"{mutant.name}: {mutant.sentence}")
                for suite, test in zip(("pytest", "Robot"), tests, strict=True):
                    print(f"    {suite:6}  {'killed by ' + test if test else 'SURVIVES'}", flush=True)
    except BadMutantError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    killed = [sum(bool(test) for test in tests) for tests in zip(*rows, strict=True)]
    print(f"\n{len(rows)} mutants, {killed[0]} killed by pytest, {killed[1]} killed by Robot")
    return 0 if killed == [len(rows)] * 2 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
