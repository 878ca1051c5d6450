"""The register page of an IPCC in Markdown: every register with its picture, the lines, the channels, the variants.

All of it follows from the variant; what the device is for, and how to use it, is for `peripherals/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ipcclab.bit_picture import ABBREVIATIONS, bit_picture
from ipcclab.ipcc_words import SECURITY, IpccWords
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import VARIANTS, Variant, ipcc_table
from stm32mp1.registers import Field, Register

_LEGEND = {short: access for access, short in reversed(ABBREVIATIONS.items())}


def render(variant: Variant) -> str:
    """The page."""
    return "\n".join(_lines(variant)) + "\n"


def _lines(variant: Variant) -> Iterator[str]:
    words = IpccWords(variant)
    table = ipcc_table(variant)
    end = variant.base + Ipcc.SIZE - 1
    yield f"# Registers of the IPCC: {variant.name}"
    yield ""
    yield "<!-- Written by `ipcclab export`: change the table, not this page. -->"
    yield ""
    yield f"In {variant.parts}, at 0x{variant.base:08X} to 0x{end:08X}. {_count(variant.channels)} in each direction."
    yield f"Processor 1 is the {variant.cores[0]}, processor 2 the {variant.cores[1]}."
    if variant.secured:
        yield SECURITY
    yield ""
    rows = ((f"0x{one.offset:03X}", _link(one), one.human, one.access, _word(one.reset)) for one in table)
    yield from _table(("offset", "register", "human name", "access", "reset"), rows)
    yield ""
    used = dict.fromkeys(ABBREVIATIONS[field.access] for register in table for field in register.fields)
    yield f"Below the boxes: {', '.join(f'`{short}` {_LEGEND[short]}' for short in used)}."
    yield from _interrupts(variant, words)
    yield from _channels(variant, words)
    for register in table:
        yield from _register(register, words)
    yield from _variants(variant)


def _interrupts(variant: Variant, words: IpccWords) -> Iterator[str]:
    yield from ("", "## Interrupt lines", "")
    yield "Each is a level: high while its condition holds, whatever came before."
    yield ""
    rows = ((line.name, words.receiver(line), " <br>or ".join(words.high_while(line))) for line in variant.lines)
    yield from _table(("line", "to", "high while"), rows)


def _channels(variant: Variant, words: IpccWords) -> Iterator[str]:
    yield from ("", "## Channels", "")
    yield "A channel is one flag in each direction, and the two have nothing to do with each other. These are the bits"
    yield "of channel 1; each further channel has the same, one bit higher up."
    yield ""
    rows = ((direction, f"`{bit}`", effect) for direction, bits in words.directions(1) for bit, effect in bits)
    yield from _table(("direction", "bit", "what it does"), rows)


def _register(register: Register, words: IpccWords) -> Iterator[str]:
    yield from ("", f"## {register.name}", "")
    others = ", ".join(f"`{name}`" for name in (register.human, *register.aliases))
    yield f"{register.sentence} Also called {others}."
    yield ""
    yield f"Offset 0x{register.offset:03X}, reset 0x{register.reset:08X}, {register.access}."
    yield ""
    for label, note in words.notes(register):
        yield f"- Written {note}." if label == "written" else f"- {note[0].upper()}{note[1:]}."
    yield from ("", "```text", *bit_picture(register), "```")
    if register.fields:
        yield ""
        rows = [_group_row(group) for group in _groups(register.fields)]
        if sum(field.mask for field in register.fields) != 0xFFFFFFFF:
            rows.append(("others", "", register.reserved))
        yield from _table(("bits", "field", "when not zero"), rows)


def _groups(fields: Iterable[Field]) -> list[list[Field]]:
    """Neighbours that differ in their channel only, together; from bit 0 up."""
    groups: list[list[Field]] = []
    for field in sorted(fields, key=lambda field: field.lsb):
        if groups and _pattern(groups[-1][-1]) == _pattern(field) and field.lsb == groups[-1][-1].lsb + 1:
            groups[-1].append(field)
        else:
            groups.append([field])
    return groups


def _pattern(field: Field) -> tuple[str, str]:
    """Name and meaning with `n` for the number of the channel."""
    if not field.name.startswith("CH") or field.width > 1:
        return field.name, field.meaning
    return re.sub(r"^CH\d+", "CHn", field.name), re.sub(r"channel \d+", "channel n", field.meaning)


def _group_row(group: list[Field]) -> tuple[str, str, str]:
    first, last = group[0], group[-1]
    low, high = first.lsb, last.lsb + last.width - 1
    bits = str(low) if low == high else f"{high}:{low}"
    if first is last:
        return bits, f"`{first.name}`", first.meaning
    name, meaning = _pattern(first)
    return bits, f"`{name}`", f"{meaning}, n = 1 to {len(group)}"


def _variants(variant: Variant) -> Iterator[str]:
    yield from ("", "## Variants", "")
    rows = []
    for one in VARIANTS:
        lines = " <br>".join(f"{line.name}: {IpccWords(one).receiver(line)}" for line in one.lines)
        rows.append(
            (
                f"**{one.name}**" if one == variant else one.name,
                one.parts,
                _word(one.base),
                str(one.channels),
                lines,
                "HWCFGR, VERR, IPIDR, SIDR" if one.identified else "none",
                "secure lines" if one.secured else "none",
            )
        )
    yield from _table(("variant", "parts", "base", "channels", "lines", "ID registers", "security"), rows)


def _count(channels: int) -> str:
    return f"{channels} channels" if channels > 1 else "One channel"


def _link(register: Register) -> str:
    return f"[{register.name}](#{register.name.lower()})"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _word(value: int) -> str:
    return f"0x{value:08X}"
