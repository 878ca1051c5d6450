"""The hardware semaphores: who takes one, who may release it, and who is told (m4-platform.md §5.4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import CPU1, Device
from stm32mp1.hsem import Hsem

Listen = Callable[[Device], list[tuple[object, ...]]]


def test_read_of_a_free_semaphore_takes_it_for_the_m4() -> None:
    hsem = Hsem()
    assert hsem.read(0x000, 4) == 0
    assert hsem.read(0x080, 4) == 0x80000200
    assert hsem.read(0x000, 4) == 0x80000200


def test_read_of_a_free_semaphore_takes_it_for_the_a7() -> None:
    hsem = Hsem()
    hsem.processor = CPU1
    assert hsem.read(0x084, 4) == 0x80000100


def test_read_of_a_taken_semaphore_names_its_owner() -> None:
    hsem = Hsem()
    hsem.read(0x0FC, 4)
    hsem.processor = CPU1
    assert hsem.read(0x0FC, 4) == 0x80000200


def test_semaphores_are_independent() -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    assert [hsem.read(4 * n, 4) for n in range(32)] == [0x80000200] + [0] * 31


def test_owner_releases() -> None:
    hsem = Hsem()
    hsem.read(0x084, 4)
    hsem.write(0x004, 0x00000200, 4)
    assert hsem.read(0x004, 4) == 0


def test_two_step_take_is_read_back() -> None:
    hsem = Hsem()
    hsem.write(0x008, 0x80000217, 4)
    assert hsem.read(0x008, 4) == 0x80000217


def test_two_step_take_of_a_taken_semaphore_changes_nothing() -> None:
    hsem = Hsem()
    hsem.write(0x008, 0x80000217, 4)
    hsem.processor = CPU1
    hsem.write(0x008, 0x80000101, 4)
    assert hsem.read(0x008, 4) == 0x80000217


@pytest.mark.parametrize("value", [0x00000100, 0x00000216], ids=["as_the_other_core", "as_another_process"])
def test_only_the_owner_releases(value: int) -> None:
    hsem = Hsem()
    hsem.write(0x008, 0x80000217, 4)
    hsem.write(0x008, value, 4)
    assert hsem.read(0x008, 4) == 0x80000217


def test_a7_cannot_release_in_the_m4s_name() -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    hsem.processor = CPU1
    hsem.write(0x000, 0x00000200, 4)
    assert hsem.read(0x000, 4) == 0x80000200


def test_release_interrupts_the_m4_that_waits_for_it(listen: Listen) -> None:
    hsem = Hsem()
    hsem.processor = CPU1
    hsem.read(0x080, 4)
    hsem.write(0x110, 0x00000001, 4)
    heard = listen(hsem)
    hsem.write(0x000, 0x00000100, 4)
    assert (hsem.read(0x118, 4), hsem.read(0x11C, 4)) == (0x1, 0x1)
    hsem.write(0x114, 0x00000001, 4)
    assert (hsem.read(0x118, 4), hsem.read(0x11C, 4)) == (0x0, 0x0)
    assert heard == [("line", "IRQ", True), ("line", "IRQ", False)]


def test_release_that_nobody_waits_for_raises_no_line(listen: Listen) -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    heard = listen(hsem)
    hsem.write(0x000, 0x00000200, 4)
    assert (hsem.read(0x118, 4), hsem.read(0x11C, 4)) == (0x1, 0x0)
    assert heard == []


def test_who_writes_the_key_releases_all_of_a_processor(listen: Listen) -> None:
    hsem = Hsem()
    hsem.read(0x080, 4)
    hsem.write(0x014, 0x80000217, 4)
    hsem.processor = CPU1
    hsem.read(0x084, 4)
    hsem.write(0x110, 0xFFFFFFFF, 4)
    hsem.write(0x144, 0xABCD0000, 4)
    heard = listen(hsem)
    hsem.write(0x140, 0xABCE0200, 4)
    assert hsem.read(0x000, 4) == 0x80000200
    hsem.write(0x140, 0xABCD0200, 4)
    assert [hsem.read(4 * n, 4) for n in (0, 1, 5)] == [0, 0x80000100, 0]
    assert hsem.read(0x118, 4) == 1 << 0 | 1 << 5
    assert heard == [("line", "IRQ", True)]


def test_semaphore_count_and_identity() -> None:
    hsem = Hsem()
    assert [hsem.read(offset, 4) for offset in (0x3EC, 0x3F0, 0x3F4, 0x3F8, 0x3FC)] == [
        0x21,
        0x220,
        0x20,
        0x00100072,
        0xA3C5DD01,
    ]
