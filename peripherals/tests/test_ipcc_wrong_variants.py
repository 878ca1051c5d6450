"""What no variant of the IPCC can be is refused in one sentence, whatever its type, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stm32mp1.ipcc import ipcc_class
from stm32mp1.ipcc_table import STM32MP15, Line, ipcc_table

MAKERS = pytest.mark.parametrize("make", [ipcc_class, ipcc_table])

_TEXT = "a text"
_WHOLE = "a whole number"
_ADDRESS = "the address of a word"
_LINES = "a tuple of Line(name, receiver, sources), sources being a tuple with one at least"
_EVENTS = "a tuple of pairs: name and line"
_BOOL = "True or False"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", None, _TEXT), ("name", 5, _TEXT), ("name", "", _TEXT),
        ("parts", None, _TEXT),
        ("base", "0x40000000", _ADDRESS), ("base", -4, _ADDRESS), ("base", 1 << 32, _ADDRESS), ("base", 2, _ADDRESS),
        ("channels", "3", _WHOLE), ("channels", 3.0, _WHOLE), ("channels", True, _WHOLE), ("channels", None, _WHOLE),
        ("cores", None, "a tuple of two texts"), ("cores", "AB", "a tuple of two texts"),
        ("cores", ("A",), "a tuple of two texts"), ("cores", ["A", "B"], "a tuple of two texts"),
        ("lines", None, _LINES), ("lines", {"RX0": 0}, _LINES), ("lines", list(STM32MP15.lines), _LINES),
        ("lines", (("IRQ", "", ("RX0",)),), _LINES), ("lines", (Line("IRQ", "", "RX0"),), _LINES),  # type: ignore[arg-type]
        ("lines", (Line("IRQ", "", ()),), _LINES), ("lines", (Line("", "", ("RX0",)),), _LINES),
        ("lines", (Line("IRQ", None, ("RX0",)),), _LINES),  # type: ignore[arg-type]
        ("identified", 1, _BOOL), ("secured", "no", _BOOL),
        ("events", None, _EVENTS), ("events", {"EXTI61": "RX0"}, _EVENTS), ("events", ("EXTI61", "RX0"), _EVENTS),
        ("events", (("EXTI61", "RX0", "rising"),), _EVENTS), ("events", [("EXTI61", "RX0")], _EVENTS),
    ],
)  # fmt: skip
@MAKERS
def test_wrong_type(make: Callable[[Any], object], field: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared
        make(STM32MP15._replace(**{field: value}))
    assert str(caught.value) == f"the {field} of a variant must be {words}, not {value!r}."


@pytest.mark.parametrize("odd", [None, 5, "STM32MP15", {}, [], (1, 2)], ids=repr)
@MAKERS
def test_no_variant_at_all(make: Callable[[Any], object], odd: Any) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared
        make(odd)
    assert str(caught.value) == f'{odd!r} is no variant; one is STM32MP15._replace(name="MINE", channels=3).'


@MAKERS
def test_two_events_of_one_name(make: Callable[[Any], object]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole text is compared
        make(STM32MP15._replace(events=(("WAKE", "RX0"), ("WAKE", "RX1"))))
    assert str(caught.value) == "STM32MP15.WAKE must be a name of its own for one of: RX0, TX0, RX1, TX1."


def test_ipcc_without_lines_can_be_polled() -> None:
    ipcc = ipcc_class(STM32MP15._replace(name="POLLED", lines=(), events=()))()
    ipcc.write(0x008, 0x00010000, 4)
    assert ipcc.read(0x00C, 4) == 1
    assert ipcc.LINES == ()


@pytest.mark.parametrize("base", [0x00000000, 0xFFFFFFFC])
def test_base_may_be_the_first_and_the_last_word_there_is(base: int) -> None:
    assert ipcc_class(STM32MP15._replace(name="MINE", base=base)).VARIANT.base == base
