"""The page platforms/linux/mcapi.md: its tables say what the declarations say, and the tests that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mp1bench.mcapi import Attribute, EndpointStatus, Status, layout
from mp1bench.mcapi.arguments import PORTS
from mp1bench.mcapi.attributes import _VALUES, defaults
from mp1bench.mcapi.calls import CALLS
from mp1bench.mcapi.endpoints import ENDPOINTS, FIRST_AUTOMATIC_PORT, PARKED_GETS
from mp1bench.mcapi.requests import REQUESTS
from mp1bench.mcapi.scalars import UNRECEIVED

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "platforms/linux/mcapi.md").read_text(encoding="utf-8")


def table(heading: str, number: int = 0) -> list[list[str]]:
    """The cells of a table below a heading, without its head."""
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE)[number].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_each_call_has_the_statuses_of_the_registry() -> None:
    listed = {
        call: set(statuses.split(", ")) - {"–"}
        for calls, statuses in table("Calls and statuses")
        for call in names(calls)
    }
    declared = {
        call: {status.name.removeprefix("ERR_") for status in statuses if status is not Status.ERR_NODE_NOTINIT}
        for call, statuses in CALLS.items()
    }
    assert listed == declared


def test_the_first_four_calls_work_before_initialize_and_no_others() -> None:
    first = [call for calls, _ in table("Calls and statuses")[:4] for call in names(calls)]
    assert len(first) == 4
    assert {call for call, statuses in CALLS.items() if Status.ERR_NODE_NOTINIT not in statuses} == set(first)


def test_each_status_stands_under_its_number() -> None:
    for _, numbers, text in table("Calls and statuses", 1):
        first, last = map(int, numbers.split(" to "))
        assert [status.name.removeprefix("ERR_") for status in Status if first <= status <= last] == text.split(", ")


def test_statuses_that_no_call_gives_are_those_that_the_page_names() -> None:
    never = set(Status) - {Status.SUCCESS} - set().union(*CALLS.values())
    assert {status.name for status in never} == {"ERR_NODE_FINALFAILED", "ERR_TRANSMISSION"}
    assert "No call gives NODE_FINALFAILED or\nTRANSMISSION here" in PAGE


def test_each_offset_is_the_layouts() -> None:
    offsets = [int(offset, 16) for offset, _, _ in table("The memory")]
    assert offsets == [
        layout.HEADER,
        *layout.SIDE_BLOCK,
        *layout.INDICES,
        *layout.STATISTICS,
        *layout.AWAY,
        *layout.RINGS[0],
        *layout.RINGS[1],
        *layout.FREE_RING,
        *layout.POOL,
        layout.END,
    ]


def test_each_attribute_is_as_declared() -> None:
    compared = {name for name, _, _ in layout.ATTRIBUTE_FIELDS} - {"MEMORY_LOCALITY", "MEMORY_FAILS"} | {"MEMORY_TYPE"}
    first = {attribute: str(value) for attribute, value in defaults().items()} | {Attribute.TIMEOUT: "infinite"}
    rows = {
        Attribute(int(number)): (name, start, last) for number, name, start, _, last in table("Attributes of endpoints")
    }
    assert list(rows) == list(Attribute)
    for attribute, (name, start, last) in rows.items():
        assert name == attribute.name
        assert start == first.get(attribute, "")
        assert (last == "compared at connect") == (name in compared)
        assert (last in ("read-only", "not supported")) == (attribute not in _VALUES)


def test_each_bit_of_the_status_attribute_is_named() -> None:
    (text,) = [row[3] for row in table("Attributes of endpoints") if row[1] == "STATUS"]
    bits = {int(number): words for number, words in re.findall(r"(\d+) ([a-z ]+)", text)}
    assert {bit: words.replace(" ", "") for bit, words in bits.items()} == {
        bit.value: {"SENDS": "itsends"}.get(str(bit.name), str(bit.name).lower()) for bit in EndpointStatus
    }


def test_limits_are_those_of_the_code() -> None:
    limits = dict(table("Limits"))
    assert limits["ports"].startswith(
        f"0 to {PORTS - 1}, automatic ones from {FIRST_AUTOMATIC_PORT}, {ENDPOINTS} endpoints"
    )
    assert limits["requests"].startswith(f"{REQUESTS} at a time")
    assert limits["gets that wait at a node for an endpoint to exist"] == str(PARKED_GETS)
    assert limits["payload"] == f"{layout.BUFFER_SIZE} bytes, in {layout.BUFFERS} buffers for each direction"
    assert limits["frames under way"].startswith(f"{layout.RING_SIZE} of each")
    assert limits["scalars at an end that nobody has received"].startswith(f"{UNRECEIVED};")
    assert limits["wait_any"] == f"{REQUESTS} requests"


def named_tests() -> list[str]:
    heading = "The mail, statement by statement"
    return sorted({test for number in (0, 1) for row in table(heading, number) for test in names(row[-1])})


@pytest.mark.parametrize("name", named_tests())
def test_each_test_that_the_page_names_exists(name: str) -> None:
    files = [*ROOT.glob("*/tests/**/test_*.py")]
    assert any(f"def {name}(" in file.read_text(encoding="utf-8") for file in files)


def test_each_statement_names_a_test() -> None:
    rows = [row for number in (0, 1) for row in table("The mail, statement by statement", number)]
    assert len(rows) >= 15
    assert all(names(row[-1]) for row in rows)
