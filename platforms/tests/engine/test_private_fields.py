"""Where Unicorn keeps its counter and its PC is found whatever the heap holds behind its structure."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.engine.embedded import private_fields
from mp1bench.engine.embedded.private_fields import PcPlace, PrivateFields
from mp1bench.engine.embedded.unicorn_library import NOWHERE, Unicorn

STRAY_PLACE, STRAY_COUNTER = PcPlace(4088, 4), 4072


def calibrate() -> PrivateFields:
    """Anew: a process does it once."""
    return private_fields.private_fields.__wrapped__()


def pc_and_executed(found: PrivateFields) -> tuple[int, int]:
    """What stands at these places after seven NOPs of two bytes each in an engine that the calibration has not seen."""
    assert found.pc is not None
    assert found.counter is not None
    library, code = Unicorn(), mmap.mmap(-1, 0x1000)
    code.write(b"\x00\xbf" * 0x800)
    library.map_memory(0, code, 0, len(code))
    library.start(0, NOWHERE, 7)
    pc = ctypes.c_uint32.from_address(found.pc.address(library)).value
    executed = ctypes.c_uint64.from_address(library.handle + found.counter).value - 1
    library.close()
    return pc, executed


def test_places_are_found() -> None:
    assert pc_and_executed(calibrate()) == (14, 7)


@pytest.mark.parametrize(("look", "stray"), [("_pc_places", STRAY_PLACE), ("_counters", STRAY_COUNTER)])
def test_stray_match_behind_the_structure_is_told_by_the_next_engine(
    monkeypatch: pytest.MonkeyPatch, look: str, stray: object
) -> None:
    real: Callable[[Any], set[Any]] = getattr(private_fields, look)
    engines = []

    def with_a_stray_one(library: object) -> set[Any]:
        engines.append(library)
        return real(library) | {stray} if len(engines) == 1 else real(library)

    monkeypatch.setattr(private_fields, look, with_a_stray_one)
    assert pc_and_executed(calibrate()) == (14, 7)
    assert len(engines) >= 2


def test_what_every_engine_has_twice_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    real = private_fields._counters
    monkeypatch.setattr(private_fields, "_counters", lambda library: real(library) | {STRAY_COUNTER})
    assert calibrate().counter is None
