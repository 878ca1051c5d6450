"""What `ipcclab explain` looks names up in: the devices and memories of a platform, or the IPCC of one variant alone.

It finds and suggests; the sentences about what it finds are for `ipcclab.cli.explain`.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NamedTuple

from mp1bench.platform import DevicePart, Platform
from mp1bench.regions import Region
from stm32mp1.device import Device
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import VARIANTS, Variant
from stm32mp1.registers import Field, Register, RegisterTable

_SUGGESTIONS = 6


class Part(NamedTuple):
    """A device at its place. `wires` says to where its lines go, where that is known: "NVIC 103"."""

    name: str
    model: type[Device]
    address: int
    size: int
    wires: dict[str, str]

    @property
    def table(self) -> RegisterTable:
        return self.model.TABLE

    @property
    def variant(self) -> Variant | None:
        """Which IPCC it is; None for another device."""
        return self.model.VARIANT if issubclass(self.model, Ipcc) else None


class Hit(NamedTuple):
    """A register, the devices that have it, and the field in question if there is one."""

    parts: list[Part]
    register: Register
    field: Field | None


class Machine(NamedTuple):
    """Devices, IPCCs first, and memories. `words` says which machine it is: "on this platform".

    `overview` is the sentence that helps somebody who is lost in it.
    """

    words: str
    overview: str
    parts: list[Part]
    regions: tuple[Region, ...] = ()

    @property
    def ipccs(self) -> list[tuple[Part, Variant]]:
        return [(part, part.variant) for part in self.parts if part.variant is not None]

    def part(self, name: str) -> Part | None:
        """The device of that name in any case."""
        return next((part for part in self.parts if part.name.lower() == name.lower()), None)

    def find(self, name: str) -> list[Hit]:
        """Every register and field of that name; devices of one kind share a hit. `usart3.CR1` is of one device."""
        first, *rest = re.split(r"\.|->", name, maxsplit=1)
        part = self.part(first)
        if part is not None and rest:
            return [Hit([part], *found) for found in part.table.find(rest[0])]
        hits = []
        for table in dict.fromkeys(part.table for part in self.parts):
            parts = [part for part in self.parts if part.table is table]
            hits += [Hit(parts, *found) for found in table.find(name)]
        return hits

    def near(self, name: str) -> list[str]:
        """What could have been meant by a name of nothing: what begins like it, then what is spelt nearly so."""
        own = _spellings(self.parts, name)
        others = _spellings([part for variant in VARIANTS for part in machine_of_variant(variant).parts], name)
        wanted = _bare(name)
        begin = [meant for names in (own, others) for spelling, meant in names.items() if spelling.startswith(wanted)]
        like = [own[spelling] for spelling in get_close_matches(wanted, own, n=3, cutoff=0.8)]
        return list(dict.fromkeys(begin + like))[:_SUGGESTIONS] if wanted else []


def _receivers(part: DevicePart) -> dict[str, str]:
    """What each line drives, "NVIC 103" or "EXTI 28", besides the event that the device itself calls it by."""
    driven: dict[str, list[str]] = {}
    for wire in part.wires:
        if part.model.EVENTS.get(f"{wire.receiver.upper()}{wire.number}") == wire.line:
            continue
        driven.setdefault(wire.line, []).append(f"{wire.receiver.upper() or 'NVIC'} {wire.number}")
    return {line: ", ".join(receivers) for line, receivers in driven.items()}


def machine_of_platform(platform: Platform) -> Machine:
    """The machine of a platform file."""
    parts = [Part(part.name, part.model, part.address, part.size, _receivers(part)) for part in platform.devices]
    parts.sort(key=lambda part: part.variant is None)
    overview = f"Its devices are: {', '.join(part.name for part in parts)}."
    return Machine("on this platform", overview, parts, platform.regions)


def machine_of_variant(variant: Variant) -> Machine:
    """The IPCC of a variant alone."""
    model = ipcc_class(variant)
    overview = f"Its registers are: {', '.join(register.name for register in model.TABLE)}."
    return Machine(f"in the IPCC of {variant.name}", overview, [Part("ipcc", model, variant.base, model.SIZE, {})])


def _spellings(parts: list[Part], wanted: str) -> dict[str, str]:
    """What can be asked for, by its bare spelling; with a register in front of a dot, the fields of that register."""
    head, dot, _ = wanted.rpartition(".")
    names: list[tuple[str, str]] = []
    for part in parts:
        register = part.table.named(head) if dot else None
        if register is not None:
            names += [(f"{head}.{field.name}", f"{head.upper()}.{field.name}") for field in register.fields]
        names += [(name, one.name) for one in part.table for name in (one.name, one.human, *one.aliases)]
        names += [(field.name, field.name) for one in part.table for field in one.fields]
        if part.variant is not None:
            names += [(name, name) for name in (*part.model.LINES, *part.model.EVENTS, part.variant.name)]
    names += [(part.name, part.name) for part in parts]
    spellings: dict[str, str] = {}
    for spelling, meant in names:
        spellings.setdefault(_bare(spelling), meant)
    return spellings


def _bare(name: str) -> str:
    """A name in capitals, without the signs between its parts."""
    return re.sub(r"\W|_", "", name).upper()
