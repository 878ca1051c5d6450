"""Each device file has a stub beside it that says the truth: the types that the rest of the product is checked with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import stm32mp1

PACKAGE = Path(stm32mp1.__file__).parent


def stubtest(package: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mypy", reason="mypy compares the stubs with the sources")
    path = str(package.parent)
    return subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", package.name],
        env={**os.environ, "MYPYPATH": path, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_source_has_a_stub_and_every_stub_a_source() -> None:
    sources = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert sources == {path.stem for path in PACKAGE.glob("*.pyi")}


def test_stubs_have_the_names_arguments_and_values_of_the_sources(tmp_path: Path) -> None:
    done = stubtest(PACKAGE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_name_missing_in_a_stub_is_found(tmp_path: Path) -> None:
    package = tmp_path / "sample"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("def kept(): pass\ndef forgotten(): pass\n")
    (package / "part.pyi").write_text("def kept() -> None: ...\n")
    done = stubtest(package, tmp_path)
    assert done.returncode == 1
    assert "sample.part.forgotten is not present in stub" in done.stdout
