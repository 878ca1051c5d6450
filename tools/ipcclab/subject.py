"""What a failure is about: the register, field, interrupt line or channel that its sentence names. It reads no events.

A failing keyword names what is not as expected, in the words of the reference manual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ipcclab.signals import status_of
from mp1bench.trace import Trace
from stm32mp1.ipcc_table import HALF, IpccTable, Line

WORD = 0xFFFF_FFFF

_NAME = re.compile(r"[A-Za-z]\w*(?:\.\w+)?")
#: Quoted is what a test or a firmware says; `R C1MR` is an access.
_NO_NAMES = re.compile(r'"[^"]*"|(?<!\w)\'[^\']*\'(?!\w)|\b[RW] \w+')
_CHANNEL = re.compile(r"channel (\d+) from processor ([12])|processor ([12]) signalled channel (\d+)")
_FIELD_OF_CHANNEL = re.compile(r"C([12])(TOC[12]SR|SCR|MR)\.CH(\d+)([FSCO])M?")

#: Bits of registers, by the register's name.
Bits: TypeAlias = dict[str, int]


@dataclass(frozen=True)
class Subject:
    """`bits` decide what it is, none for a line; `related` is what its history tells of, those included."""

    device: str
    name: str  # "C1TOC2SR.CH1F", "C1MR", "RX1"
    title: str  # "channel 1 from processor 1"
    bits: Bits
    related: Bits


def told(failure: str, diagnosis: str = "") -> str:
    """The failure without what is shown beside it: why nothing moves, and the last accesses."""
    sentence, newline, more = failure.partition("\nLast accesses:\n")[0].partition("\n")
    for why in (f" Nothing moves because {diagnosis}", f" {diagnosis[:1].upper()}{diagnosis[1:]}") if diagnosis else ():
        sentence = sentence.removesuffix(why)
    return sentence + newline + more


def subject_of(trace: Trace, failure: str) -> Subject | None:
    """What the first line of a failure names first, except what was found as it was expected."""
    sentence = _NO_NAMES.sub("", failure.partition("\n")[0])
    found = [one for device in trace.tables for one in _named(trace, device, sentence)]
    return min(found, key=lambda one: one[0])[1] if found else None


def _named(trace: Trace, device: str, sentence: str) -> Iterator[tuple[int, Subject]]:
    """All that the sentence names of an IPCC, and where."""
    table = trace.tables[device]
    if not isinstance(table, IpccTable):
        return
    lines = {line.name: line for line in table.variant.lines}
    lines |= {event: lines[line] for event, line in table.variant.events}
    found, _, more = sentence.partition(" expected ")
    as_expected = {*_NAME.findall(found)} & {*_NAME.findall(more.partition(". ")[0])}
    for match in _CHANNEL.finditer(sentence):
        yield match.start(), channel(device, int(match[2] or match[3]), int(match[1] or match[4]))
    for match in _NAME.finditer(sentence):
        name = match[0]
        subject = _line(device, lines[name]) if name in lines else _field_or_register(device, table, name)
        if subject is not None and name not in as_expected:
            yield match.start(), subject


def _field_or_register(device: str, table: IpccTable, words: str) -> Subject | None:
    name, _, field_name = words.partition(".")
    register = table.named(name) if len(name) > 3 else None  # ID, VER and the like are words, too
    if register is None:
        return None
    field = register.field(field_name)
    if field is None:
        return Subject(device, register.name, f"register {register.name}", {register.name: WORD}, {register.name: WORD})
    full, bits = f"{register.name}.{field.name}", {register.name: field.mask}
    match = _FIELD_OF_CHANNEL.fullmatch(full)
    if match is None:
        return Subject(device, full, full, bits, bits)
    bank = int(match[1])
    sends = match[2].startswith("TOC") or match[4] in "FS"  # the others are about what the bank's processor receives
    whole = channel(device, bank if sends else 3 - bank, int(match[3]))
    return Subject(device, full, whole.title, bits, whole.related)


def channel(device: str, sender: int, number: int) -> Subject:
    """Its flag, with what sets and clears that, and the masks at both ends (ipcc-hardware.md §2)."""
    low, high, peer = 1 << (number - 1), 1 << (HALF + number - 1), 3 - sender
    flag = {status_of(sender): low}
    scr = {f"C{sender}SCR": high, f"C{peer}SCR": low}
    masks = {f"C{sender}MR": high, f"C{peer}MR": low}
    title = f"channel {number} from processor {sender}"
    return Subject(device, f"{status_of(sender)}.CH{number}F", title, flag, {**flag, **scr, **masks})


def _line(device: str, line: Line) -> Subject:
    """What a line is made of: enables, masks, and the flags of the channels on its side (ipcc-hardware.md §4)."""
    related: Bits = {}
    for source in line.sources:
        own = int(source[2]) + 1
        sender = own if source.startswith("TX") else 3 - own
        related |= {f"C{own}CR": WORD, f"C{own}MR": WORD, status_of(sender): WORD}
    return Subject(device, line.name, f"interrupt line {line.name}", {}, related)
