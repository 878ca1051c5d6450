"""The report's section on what is not modelled: the most frequent first, and how much more there is."""

from __future__ import annotations

from typing import Any

from ipcclab import report

NOTHING: dict[str, Any] = {
    "announced": [],
    "sent": [],
    "received": [],
    "log": "",
    "uart": {},
    "doorbells": {"m4_to_a7": {}, "a7_to_m4": {}},
    "occupied_at_end": [],
    "unmodelled": [],
    "diagnosis": None,
    "instructions": None,
    "stop": "time",
    "virtual_ns": 1_000_000,
    "stop_detail": "reached",
}


def section(unmodelled: list[dict[str, Any]]) -> list[str]:
    lines = report.lines({**NOTHING, "unmodelled": unmodelled}, [], [], "ipcclab run x.elf")
    return lines[: lines.index("")]


def access(name: str, reads: int, writes: int) -> dict[str, Any]:
    return {"address": 0x44004000, "name": name, "reads": reads, "writes": writes}


def test_no_section_where_all_is_modelled() -> None:
    assert section([]) == []


def test_most_frequent_come_first_with_what_was_done() -> None:
    assert section([access("SPI1+0x000", 1, 0), access("SPI1+0x008", 1200, 3), access("SAI1+0x004", 0, 2)]) == [
        "Not modelled  SPI1+0x008           read 1,200 times, written 3 times",
        "              SAI1+0x004           written 2 times",
        "              SPI1+0x000           read 1 time",
    ]


def test_many_are_no_flood() -> None:
    shown = section([access(f"SRAMCAN+0x{4 * n:03x}", 0, 1) for n in range(2560)])
    assert len(shown) == 9
    assert shown[-1] == "              and 2552 more addresses, see the summary"
