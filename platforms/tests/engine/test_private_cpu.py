"""What of the library's processor is found, and that an engine works as well where nothing is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.cortexm import scs
from mp1bench.engine.embedded import private_cpu, private_cpu_fields
from mp1bench.engine.embedded.private_cpu_fields import CpuFields, cpu_fields
from mp1bench.engine.embedded.private_fields import PrivateFields

M4 = Callable[..., Any]
TRAP_AND_MPU = """
    ldr r0, =SCB
    mov r1, #0x210          @ DIV_0_TRP
    str r1, [r0, #CCR]
    movs r1, #1             @ MPU on, no region
    str r1, [r0, #0x94]
    movs r2, #0
    udiv r3, r1, r2
    vmov s0, r1
    movs r4, #1
    done
"""


def test_everything_is_found_in_this_release() -> None:
    assert None not in cpu_fields()
    assert private_cpu.not_enforced() == []


def test_places_are_found_whatever_the_heap_looks_like() -> None:
    kept: list[object] = []
    for size in range(1, 200):
        kept += [bytearray(size) for _ in range(50)]
        del kept[::3]
        if size % 10 == 0:
            assert cpu_fields.__wrapped__() == cpu_fields()


def test_nothing_is_looked_for_without_the_program_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_cpu_fields, "private_fields", lambda: PrivateFields(None, None))
    assert cpu_fields.__wrapped__() == CpuFields()


def test_what_is_not_found_is_not_enforced_and_named(m4: M4, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_cpu, "cpu_fields", CpuFields)
    m = m4(TRAP_AND_MPU)
    m.run()
    assert (m.r[3], m.r[4], m.scs(scs.CFSR)) == (0, 1, 0)
    assert private_cpu.not_enforced() == [
        "the MPU",
        "CPACR",
        "CCR.DIV_0_TRP",
        "the exclusive monitor across exceptions",
    ]
    m.engine.restore(m.engine.snapshot())


def test_what_is_found_is_enforced(m4: M4) -> None:
    m = m4(TRAP_AND_MPU)
    m.run()
    assert m.scs(scs.CFSR) == scs.IACCVIOL | scs.MSTKERR  # no region: there is no place for the frame either
    assert m.r[4] == 0
