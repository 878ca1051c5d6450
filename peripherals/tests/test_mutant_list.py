"""The list of deliberate bugs fits the device as it is: each can be applied, and is one. `make mutants` runs them."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

import pytest

import stm32mp1

PACKAGE = Path(stm32mp1.__file__).parent
MUTANTS: tuple[tuple[str, str, str, str, str], ...] = runpy.run_path(str(Path(__file__).with_name("mutants.py")))[
    "MUTANTS"
]


def test_there_are_at_least_forty_under_names_of_their_own() -> None:
    names = [name for name, *_ in MUTANTS]
    assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize(("name", "sentence", "file", "old", "new"), MUTANTS, ids=[row[0] for row in MUTANTS])
def test_mutant_changes_one_place_and_still_compiles(name: str, sentence: str, file: str, old: str, new: str) -> None:
    source = (PACKAGE / file).read_text(encoding="utf-8")
    assert source.count(old) == 1
    broken = source.replace(old, new)
    compile(broken, file, "exec")
    assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(source))
    assert sentence.endswith(".")
