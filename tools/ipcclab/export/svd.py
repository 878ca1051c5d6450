"""Registers as a CMSIS-SVD 1.3 file: for debuggers, IDEs, svd2rust and Renode's `ApplySVD`.

It writes what the tables say. An SVD file is about one core: its interrupts are those of one NVIC.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ipcclab.ipcc_words import IpccWords, processors
from mp1bench.platform import Platform
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import Variant, ipcc_table
from stm32mp1.registers import CONST, RO, RW, RW0C, RW1C, RW1S, W1, WO, Field, Register, RegisterTable

_ACCESS = {RW: "read-write", RO: "read-only", CONST: "read-only", WO: "write-only"}
_ACCESS |= dict.fromkeys((W1, RW1S, RW1C, RW0C), "read-write")
#: What becomes of a bit that is written. One that acts reads 0 afterwards.
_WRITTEN = {W1: "oneToClear", RW1S: "oneToSet", RW1C: "oneToClear", RW0C: "zeroToClear"}
#: What 0 means where a meaning ends in this word.
_OPPOSITES = {
    "enabled": "disabled",
    "masked": "unmasked",
    "occupied": "free",
    "secure": "nonsecure",
    "privileged": "unprivileged",
}


class Interrupt(NamedTuple):
    """An interrupt of a peripheral: an input of the NVIC."""

    name: str
    number: int
    description: str


class Peripheral(NamedTuple):
    """A device to describe."""

    name: str
    description: str
    base: int
    size: int
    table: RegisterTable
    interrupts: tuple[Interrupt, ...] = ()


def render(variant: Variant) -> str:
    """The SVD file of an IPCC alone."""
    words = IpccWords(variant)
    core = next((index for index, name in enumerate(variant.cores, 1) if name.startswith("Cortex-M")), 0)
    interrupts = tuple(
        Interrupt(f"IPCC_{line.name}", int(nvic[1]), f"{line.name} of the IPCC")
        for line in variant.lines
        if core in processors(line) and (nvic := re.fullmatch(r"NVIC (\d+)", line.receiver))
    )
    lines = "; ".join(f"{line.name}: {words.receiver(line)}" for line in variant.lines)
    description = f"Inter-processor communication controller, {variant.channels} channels in each direction. {lines}."
    ipcc = Peripheral("IPCC", description, variant.base, Ipcc.SIZE, ipcc_table(variant), interrupts)
    whose = f" Interrupts are those of the {variant.cores[core - 1]}." if interrupts else ""
    return device(variant.name, f"The IPCC of {variant.parts}.{whose}", [ipcc])


def render_platform(platform: Platform) -> str:
    """The SVD file of a platform: all devices that have registers, with the interrupts of the Cortex-M4."""
    peripherals = []
    for part in platform.devices:
        if not list(part.model.TABLE):
            continue
        name = part.name.upper()
        interrupts = tuple(
            Interrupt(f"{name}_{wire.line}", wire.number, f"{wire.line} of {name}")
            for wire in part.wires
            if not wire.receiver
        )
        description = " ".join((part.model.__doc__ or name).split("\n")[0].split())
        peripherals.append(Peripheral(name, description, part.address, part.size, part.model.TABLE, interrupts))
    stem = Path(platform.path).stem
    return device(stem.upper(), f"The devices of {platform.name} as the bench models them.", peripherals)


def device(name: str, description: str, peripherals: Iterable[Peripheral]) -> str:
    """The SVD file of a device. `name` becomes an identifier."""
    root = ET.Element(
        "device",
        {
            "schemaVersion": "1.3",
            "xmlns:xs": "http://www.w3.org/2001/XMLSchema-instance",
            "xs:noNamespaceSchemaLocation": "CMSIS-SVD.xsd",
        },
    )
    _add(root, vendor="STMicroelectronics", vendorID="ST", name=_identifier(name), version="1.0")
    _add(root, description=description, addressUnitBits=8, width=32, size=32, access="read-write")
    _add(root, resetValue="0x00000000", resetMask="0xFFFFFFFF")
    parent = ET.SubElement(root, "peripherals")
    first: dict[RegisterTable, str] = {}
    for one in peripherals:
        _peripheral(parent, one, first.setdefault(one.table, _identifier(one.name)))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"


def _peripheral(parent: ET.Element, one: Peripheral, like: str) -> None:
    """Add a peripheral; one with the registers of an earlier one refers to that."""
    name = _identifier(one.name)
    element = ET.SubElement(parent, "peripheral", {"derivedFrom": like} if like != name else {})
    _add(element, name=name, description=one.description, groupName=one.table.name, baseAddress=_word(one.base))
    _add(ET.SubElement(element, "addressBlock"), offset="0x0", size=f"0x{one.size:X}", usage="registers")
    for interrupt in one.interrupts:
        described = ET.SubElement(element, "interrupt")
        _add(described, name=interrupt.name, description=interrupt.description, value=interrupt.number)
    if like == name:
        registers = ET.SubElement(element, "registers")
        for register in one.table:
            _register(registers, register)


def _register(parent: ET.Element, register: Register) -> None:
    element = ET.SubElement(parent, "register")
    aliases = f" Also: {', '.join(register.aliases)}." if register.aliases else ""
    _add(element, name=register.name, displayName=f"{register.name} ({register.human})")
    _add(element, description=register.sentence + aliases, addressOffset=f"0x{register.offset:03X}", size=32)
    _add(element, access=_ACCESS[register.access], resetValue=_word(register.reset), resetMask="0xFFFFFFFF")
    if register.access in _WRITTEN:
        _add(element, modifiedWriteValues=_WRITTEN[register.access])
    if register.read_acts:
        _add(element, readAction="modify")
    if register.fields:
        fields = ET.SubElement(element, "fields")
        for field in register.fields:
            _field(fields, field, register)


def _field(parent: ET.Element, field: Field, register: Register) -> None:
    element = ET.SubElement(parent, "field")
    _add(element, name=field.name, description=field.meaning, bitRange=f"[{field.lsb + field.width - 1}:{field.lsb}]")
    _add(element, access=_ACCESS[field.access])
    if field.access in _WRITTEN or register.access in _WRITTEN:
        _add(element, modifiedWriteValues=_WRITTEN.get(field.access, "modify"))
    values = _values(field) if field.width == 1 else ()
    if values:
        enumerated = ET.SubElement(element, "enumeratedValues")
        for number, (name, description) in enumerate(values):
            _add(ET.SubElement(enumerated, "enumeratedValue"), name=name, description=description, value=number)


def _values(field: Field) -> tuple[tuple[str, str], ...]:
    """Name and description of 0 and of 1, where the table tells the one from the other."""
    if field.access == W1:
        return ("none", "no action"), ("act", field.meaning)
    start, _, last = field.meaning.rpartition(" ")
    if field.access not in (RW, RO) or last not in _OPPOSITES:
        return ()
    return (_OPPOSITES[last], f"{start} {_OPPOSITES[last]}"), (last, field.meaning)


def _add(parent: ET.Element, **children: object) -> None:
    """Add child elements with a text each, in this order: the schema asks for one."""
    for name, text in children.items():
        ET.SubElement(parent, name).text = str(text)


def _word(value: int) -> str:
    return f"0x{value:08X}"


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)
