"""The kinds of devices as a trace file names them, so that its reader finds the registers again. It reads no file.

An IPCC's kind is its variant: the name of a known one (`STM32MP15`), any other as a whole. Another device's is its
type in a platform file (`GPIOPort.STM32_GPIOPort`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from mp1bench.trace import Access, Effect, Line, Trace
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.ipcc_table import VARIANTS, IpccTable, Variant, ipcc_table
from stm32mp1.ipcc_table import Line as VariantLine
from stm32mp1.registers import Register, RegisterTable

#: The kind of a bank of pins.
PINS = "GPIOPort.STM32_GPIOPort"

#: A name, or a variant that has none here, as JSON has it.
Kind: TypeAlias = str | dict[str, Any]

_TABLES: dict[str, RegisterTable] = {variant.name: ipcc_table(variant) for variant in VARIANTS} | {
    name: device.TABLE for name, device in CATALOGUE.items() if not isinstance(device.TABLE, IpccTable)
}


def kinds_in(trace: Trace) -> dict[str, Kind]:
    """The kind of every IPCC, and of each other device with a register table that occurs in the trace, by name."""
    occurring = {event.device for event in trace.events if isinstance(event, Access | Effect | Line)}
    return {
        name: _kind(table) for name, table in trace.tables.items() if name in occurring or isinstance(table, IpccTable)
    }


def _kind(table: RegisterTable) -> Kind:
    if isinstance(table, IpccTable):
        variant = table.variant
        if variant in VARIANTS:
            return variant.name
        return {**variant._asdict(), "lines": [line._asdict() for line in variant.lines]}
    return next((name for name, known in _TABLES.items() if known is table), table.name)


def table_of(kind: Kind, seen: Mapping[int, str]) -> RegisterTable:
    """The register table of that kind. ValueError for a variant that cannot be.

    A kind that nobody knows here has the registers that the trace names, `seen` by offset: their fields are unknown.
    """
    if not isinstance(kind, str):
        return ipcc_table(_variant(kind))
    if kind in _TABLES:
        return _TABLES[kind]
    registers = [Register(offset, name, name, "", 0, (), "") for offset, name in seen.items()]
    return RegisterTable(kind, registers)


def _variant(stored: dict[str, Any]) -> Variant:
    lines = tuple(VariantLine(one["name"], one["receiver"], tuple(one["sources"])) for one in stored["lines"])
    events = tuple((name, line) for name, line in stored["events"])
    return Variant(**{**stored, "cores": tuple(stored["cores"]), "lines": lines, "events": events})
