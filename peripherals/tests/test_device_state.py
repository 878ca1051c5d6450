"""The state of every device: plain data, enough to go on from, and refused when it is anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from stm32mp1.catalogue import CATALOGUE
from stm32mp1.device import Device

Listen = Callable[[Device], list[tuple[object, ...]]]

EVERY_DEVICE = pytest.mark.parametrize("model", CATALOGUE.values(), ids=list(CATALOGUE))


@EVERY_DEVICE
def test_state_survives_json_and_makes_an_equal_device(model: type[Device]) -> None:
    device = model()
    for register in device.TABLE:
        device.write(register.offset, 0x5A5A0201, 4)
    other = model()
    other.from_state(json.loads(json.dumps(device.state())))
    assert other.state() == device.state()
    assert [other.level(line) for line in other.LINES] == [device.level(line) for line in device.LINES]


def test_from_state_restores_both_registers_of_a_pair(sample: type[Device]) -> None:
    device, other = sample(), sample()
    device.write(0x10, 0x5, 4)
    other.from_state(device.state())
    assert (other.read(0x10, 4), other.read(0x14, 4)) == (0x5, 0x5)


def test_from_state_reports_the_lines_it_moves(listen: Listen, sample: type[Device]) -> None:
    device, other = sample(), sample()
    device.write(0x0, 0x2, 4)
    heard = listen(other)
    other.from_state(device.state())
    assert heard == [("line", "LOW", True)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"CR": 0x4}, "SAMPLE.CR cannot hold 4."),
        ({"CR": -1}, "SAMPLE.CR cannot hold -1."),
        ({"CR": 1 << 32}, "SAMPLE.CR cannot hold 4294967296."),
        ({"CR": "1"}, "SAMPLE.CR cannot hold '1'."),
        ({"CR": None}, "SAMPLE.CR cannot hold None."),
        ({"CR": True}, "SAMPLE.CR cannot hold True."),
        ({"CR": 1.0}, "SAMPLE.CR cannot hold 1.0."),
        ({"CR": [1]}, "SAMPLE.CR cannot hold [1]."),
        ({"FR": -1}, "SAMPLE.FR cannot hold -1."),
        ({"XR": 0}, "this is not a state of SAMPLE: look at XR."),
        ({"XR": 0, 7: 0, None: 0}, "this is not a state of SAMPLE: look at 7, None, XR."),
    ],
)
def test_wrong_state_is_refused_and_changes_nothing(
    change: dict[Any, object], message: str, sample: type[Device]
) -> None:
    device = sample()
    device.write(0x0, 0x1, 4)
    before = device.state()
    with pytest.raises(ValueError, match="^" + re.escape(message) + "$"):
        device.from_state({**device.state(), **change})
    assert device.state() == before


def test_wrong_state_with_a_register_missing(sample: type[Device]) -> None:
    with pytest.raises(ValueError, match=r"^this is not a state of SAMPLE: look at CR\.$"):
        sample().from_state({name: word for name, word in sample().state().items() if name != "CR"})


@pytest.mark.parametrize("state", [None, 5, "CR", [], ["CR", "SR", "FR", "ENSETR"], [("CR", 1)]], ids=repr)
def test_wrong_state_that_is_no_mapping(state: Any, sample: type[Device]) -> None:
    device = sample()
    device.write(0x0, 0x1, 4)
    with pytest.raises(ValueError, match=r"^this is not a state of SAMPLE: it is no mapping of names to words\.$"):
        device.from_state(state)
    assert device.read(0x0, 4) == 0x1


@EVERY_DEVICE
def test_wrong_state_raises_nothing_but_value_error_and_changes_nothing(model: type[Device]) -> None:
    device = model()
    good = device.state()
    for name in good:
        for word in (None, True, -1, 1 << 32, 0.0, "0", b"0", {}, object()):
            with pytest.raises(ValueError, match=name):
                device.from_state({**good, name: word})
        with pytest.raises(ValueError, match=name):
            device.from_state({other: word for other, word in good.items() if other != name})
    assert device.state() == good


@EVERY_DEVICE
@pytest.mark.parametrize("state", [None, 5, [], "", [("CR", 1)]], ids=repr)
def test_what_is_no_mapping_is_no_state_of_any_device(model: type[Device], state: Any) -> None:
    with pytest.raises(ValueError, match=model.TABLE.name):
        model().from_state(state)


def test_state_may_come_from_any_mapping(sample: type[Device]) -> None:
    device, other = sample(), sample()
    device.write(0x0, 0x3, 4)
    other.from_state(MappingProxyType(device.state()))
    assert other.state() == device.state()


def test_state_is_what_software_can_change(sample: type[Device]) -> None:
    """Constants say nothing, and the second register of a pair shows the first."""
    assert sorted(sample().state()) == ["CR", "ENSETR", "FR", "SR"]


def test_state_is_a_copy(sample: type[Device]) -> None:
    device = sample()
    device.state()["CR"] = 0x3
    assert device.read(0x0, 4) == 0x0


def test_reset_reports_the_lines_it_lowers(listen: Listen, sample: type[Device]) -> None:
    device = sample()
    device.write(0x0, 0x3, 4)
    heard = listen(device)
    device.reset()
    assert heard == [("line", "HIGH", False), ("line", "LOW", False)]
