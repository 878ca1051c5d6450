"""Pages whose loads and stores are reported: what is seen, and what stays plain memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.engine.embedded.guarded_pages import PAGE, GuardedPages

M4 = Callable[..., Any]
RAM = 0x20000000

STORES = """ldr r0, =RAM+0x1FFE
ldr r1, =0x11223344
str r1, [r0]
ldr r2, [r0]
strb r1, [r0, #4]
ldrh r3, [r0, #4]
done"""


def guard(m: Any, *ranges: tuple[int, int]) -> list[tuple[int, int, str]]:
    """Guard pages of a machine; what is seen of its accesses."""
    seen: list[tuple[int, int, str]] = []

    pages = GuardedPages(m.engine.core.library, m.engine.memories, lambda *access: seen.append(access))
    assert pages.guard(ranges)
    assert not pages.guard(ranges)
    m.engine.core.forget_code()
    return seen


def test_accesses_are_seen_with_address_and_width(m4: M4) -> None:
    m = m4("ldr r0, =RAM+0x2000\n movs r1, #5\n strh r1, [r0, #2]\n ldrb r2, [r0, #2]\n str r1, [r0, #0x20]\n done")
    seen = guard(m, (RAM + 0x2000, 1))
    m.run()
    assert seen == [(RAM + 0x2002, 2, "W"), (RAM + 0x2002, 1, "R"), (RAM + 0x2020, 4, "W")]
    assert (m.r[2], m.word(0x2000), m.word(0x2020)) == (5, 5 << 16, 5)


def test_other_pages_are_not_seen(m4: M4) -> None:
    m = m4("ldr r0, =RAM+0x1FFC\n movs r1, #5\n str r1, [r0]\n ldr r2, =RAM+0x3000\n str r1, [r2]\n done")
    assert guard(m, (RAM + 0x2000, PAGE)) == []
    m.run()
    assert (m.word(0x1FFC), m.word(0x3000)) == (5, 5)


@pytest.mark.parametrize("page", [0x1000, 0x2000])
def test_access_across_the_edge_of_a_page_is_as_in_plain_memory(m4: M4, page: int) -> None:
    plain, guarded = m4(STORES), m4(STORES)
    plain.run()
    seen = guard(guarded, (RAM + page, 4))
    guarded.run()
    assert {address // PAGE for address, _, _ in seen} == {(RAM + page) // PAGE}
    assert guarded.outcome() == plain.outcome()


def test_code_cannot_be_fetched_from_a_guarded_page(m4: M4) -> None:
    m = m4("ldr r0, =0x20002001\n bx r0")
    m.put(RAM + 0x2000, "mov r4, pc\n done")
    assert guard(m, (RAM + 0x2000, 4)) == []
    m.run()
    assert m.engine.core.fault is not None
    assert (m.engine.core.fault.pc, m.r[4]) == (RAM + 0x2000, 0)


def test_pages_are_plain_again_when_the_guard_goes(m4: M4) -> None:
    m = m4("ldr r0, =RAM+0x2000\n movs r1, #5\n str r1, [r0]\n ldr r2, [r0]\n done")
    seen: list[int] = []
    pages = GuardedPages(m.engine.core.library, m.engine.memories, lambda address, width, op: seen.append(address))
    pages.guard([(RAM + 0x2000, 4)])
    assert pages.guarded(RAM + 0x2FFF)
    pages.guard([])
    assert not pages.guarded(RAM + 0x2FFF)
    m.engine.core.forget_code()
    m.run()
    assert (seen, m.r[2]) == ([], 5)
