"""The local exclusive monitor: exception entry and return clear it (ARMv7-M manual, A3.4.4 and B1.5.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

M4 = Callable[..., Any]
SVCALL, IRQ0 = 11, 16
COUNTERS = pytest.mark.parametrize("counter", ["fast", "public"])


@COUNTERS
def test_store_exclusive_succeeds_undisturbed_and_once(m4: M4, counter: str) -> None:
    m = m4(
        "ldr r0, =RAM\n ldrex r1, [r0]\n movs r2, #7\n strex r3, r2, [r0]\n strex r4, r2, [r0]\n done", counter=counter
    )
    m.run()
    assert (m.word(0), m.r[3:5]) == (7, [0, 1])


@COUNTERS
def test_store_exclusive_fails_after_an_exception(m4: M4, counter: str) -> None:
    m = m4(
        "ldr r0, =RAM\n ldrex r1, [r0]\n svc #0\n movs r2, #7\n strex r3, r2, [r0]\n done",
        {SVCALL: "bx lr"},
        counter=counter,
    )
    m.run()
    assert (m.word(0), m.r[3]) == (0, 1)


def test_exclusive_of_the_interrupted_code_is_not_the_handlers(m4: M4) -> None:
    m = m4(
        "ldr r0, =RAM\n ldrex r1, [r0]\n svc #0\n done",
        {SVCALL: "ldr r0, =RAM\n movs r2, #7\n strex r3, r2, [r0]\n mov r6, r3\n bx lr"},
    )
    m.run()
    assert (m.word(0), m.r[6]) == (0, 1)


def test_exclusive_of_a_handler_ends_with_it(m4: M4) -> None:
    m = m4(
        "ldr r0, =RAM\n movs r2, #7\n svc #0\n strex r6, r2, [r0]\n done",
        {SVCALL: "ldr r0, =RAM\n ldrex r1, [r0]\n bx lr"},
    )
    m.run()
    assert (m.word(0), m.r[6]) == (0, 1)


def test_mark_goes_into_snapshots(m4: M4) -> None:
    program = "ldr r0, =RAM\n movs r2, #7\n ldrex r1, [r0]\n nop\n nop\n strex r3, r2, [r0]\n done"
    first, second = m4(program), m4("b .", held=True)
    first.run(4)
    second.engine.restore(first.engine.snapshot())
    for m in (first, second):
        m.run()
        assert (m.word(0), m.r[3]) == (7, 0)
