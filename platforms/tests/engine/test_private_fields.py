"""Where Unicorn keeps its counter and its PC is found whatever the heap holds behind its structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.engine.embedded import private_fields
from mp1bench.engine.embedded.private_fields import PcPlace, PrivateFields


@pytest.fixture
def expected() -> PrivateFields:
    found = private_fields.private_fields()
    if None in found:
        pytest.skip("this release of Unicorn keeps its counter or PC where they are not found")
    return found


@pytest.mark.parametrize(("look", "stray"), [("_pc_places", PcPlace(4088, 4)), ("_counters", 4072)])
def test_stray_match_behind_the_structure_is_told_by_the_next_engine(
    monkeypatch: pytest.MonkeyPatch, expected: PrivateFields, look: str, stray: object
) -> None:
    real: Callable[[Any], set[Any]] = getattr(private_fields, look)
    engines = []

    def with_a_stray_one(library: object) -> set[Any]:
        engines.append(library)
        return real(library) | {stray} if len(engines) == 1 else real(library)

    monkeypatch.setattr(private_fields, look, with_a_stray_one)
    assert private_fields.private_fields.__wrapped__() == expected
    assert len(engines) == 2


def test_what_every_engine_has_twice_is_not_used(monkeypatch: pytest.MonkeyPatch, expected: PrivateFields) -> None:
    real = private_fields._counters
    monkeypatch.setattr(private_fields, "_counters", lambda library: real(library) | {4072})
    assert private_fields.private_fields.__wrapped__() == (None, expected.pc)
