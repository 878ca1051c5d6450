"""Names of data objects, and which of several names of one address is shown."""

from __future__ import annotations

import pytest

from mp1bench.image import read_image

GLOBAL, LOCAL, WEAK = 0x10, 0x00, 0x20
OBJECT, FUNCTION = 1, 2


@pytest.fixture
def symbols(elf, write):
    def read(*entries):
        return read_image(write(symbols=[elf.Symbol(*entry) for entry in entries])).symbols

    return read


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (0x10020000, "uwTick"),
        (0x10020003, "uwTick+0x3"),
        (0x10020004, ""),  # behind it
        (0x10020014, "huart3+0x4"),
        (0x1001FFFF, ""),
    ],
)
def test_data_is_named_by_its_object_and_the_offset_in_it(symbols, address, name):
    table = symbols(
        ("uwTick", 0x10020000, 4, GLOBAL | OBJECT),
        ("huart3", 0x10020010, 0x80, LOCAL | OBJECT),
        ("main", 0x10000001, 4, GLOBAL | FUNCTION),
    )
    assert table.symbolize_data(address) == name


def test_code_is_no_data_and_data_no_code(symbols):
    table = symbols(("main", 0x10000001, 4, GLOBAL | FUNCTION), ("uwTick", 0x10020000, 4, GLOBAL | OBJECT))
    assert (table.symbolize_data(0x10000000), table.symbolize(0x10020000)) == ("", "")


def test_weak_names_of_a_default_handler_give_way(symbols):
    weak = [(f"{name}_IRQHandler", 0x10000001, 2, WEAK | FUNCTION) for name in ("ADC1", "WWDG1")]
    assert symbols(*weak, ("Default_Handler", 0x10000001, 2, LOCAL | FUNCTION)).symbolize(0x10000000) == (
        "Default_Handler"
    )


def test_function_ends_where_its_size_says(symbols):
    table = symbols(("main", 0x10000001, 4, GLOBAL | FUNCTION))
    assert [table.function_at(0x10000000 + n) for n in (0, 2, 4)] == ["main", "main", ""]
