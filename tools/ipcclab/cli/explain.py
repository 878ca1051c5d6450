"""`ipcclab explain`: says what a register, a field or an address is, from the register tables of the platform.

It knows nothing by itself but how the IPCC's registers act on its four lines.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from mp1bench.errors import UsageError
from mp1bench.platform import DevicePart, Platform, read_platform
from stm32mp1.ipcc import Ipcc
from stm32mp1.registers import Field, Register

SENTENCE = "Say what a register, a field or an address is: fields, who may write, what it triggers."
EPILOG = """\
examples:
  ipcclab explain C2SCR             a register; aliases and human names do as well
  ipcclab explain 0x4C00101C        what is at this address?
  ipcclab explain C2MR.CH1OM        one field
  ipcclab explain CH3OM             a field, wherever it occurs
  ipcclab explain usart3.CR1        a register of one device
  ipcclab explain ipcc              all registers of a device
"""

_CORE_SPACE = 0xE0000000


class Found(NamedTuple):
    """A register, the devices that have it, and the field in question if there is one."""

    parts: list[DevicePart]
    register: Register
    field: Field | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", metavar="WHAT", help="register, field, device, DEVICE.REGISTER, REGISTER.FIELD, or address"
    )
    parser.add_argument("--platform", metavar="FILE.repl", help="another machine than the STM32MP157")


def execute(options: argparse.Namespace) -> int:
    print("\n".join(explain(options.what, read_platform(options.platform))))
    return 0


def explain(what: str, platform: Platform) -> list[str]:
    """The lines that explain `what`. UsageError, with the nearest name, if there is nothing of the kind."""
    parts = sorted(platform.devices, key=lambda part: part.model is not Ipcc)
    try:
        return _explain_address(int(what, 0), parts, platform)
    except ValueError:
        pass
    for part in parts:
        if part.name.lower() == what.lower():
            return _describe_device(part)
    found = list(_named(what, parts))
    if not found:
        near = get_close_matches(what.upper(), _names(what, parts), n=1)
        devices = ", ".join(part.name for part in parts)
        hint = f"Did you mean `{near[0]}`?" if near else f"Its devices are: {devices}."
        raise UsageError(f"nothing is called `{what}` on this platform. {hint}")
    lines: list[str] = []
    for one in found:
        lines += [""] * bool(lines) + _describe(one)
    return lines


def _explain_address(address: int, parts: list[DevicePart], platform: Platform) -> list[str]:
    for part in parts:
        if part.address <= address < part.address + part.size:
            offset = address - part.address
            register = part.model.TABLE.at(offset & ~3)
            if register is None:
                table = part.model.TABLE.name
                return [
                    f"0x{address:08X} is {part.name} + 0x{offset:03X}: reserved, the {table} has no register there."
                ]
            inside = [f"0x{address:08X} is byte {offset & 3} of this register.", ""] if offset & 3 else []
            return inside + _describe(Found([part], register))
    for region in platform.regions:
        at = region.offset_of(address)
        if at is not None:
            also = [f"0x{base + at:08X}" for base in region.addresses if base + at != address]
            same = f", the same byte as {' and '.join(also)}" if also else ""
            return [f"0x{address:08X} is {region.name} + 0x{at:X}: RAM, {region.size // 1024} KiB{same}."]
    if _CORE_SPACE <= address <= 0xFFFFFFFF:
        return [f"0x{address:08X} belongs to the Cortex-M4 itself: SysTick, NVIC, SCB, debug."]
    devices = ", ".join(f"{part.name} 0x{part.address:08X}" for part in parts)
    raise UsageError(f"0x{address:08X} is neither in a device nor in a memory of this platform. Devices: {devices}.")


def _named(what: str, parts: list[DevicePart]) -> Iterator[Found]:
    """Everything of that name; devices of one kind share what is found."""
    first, _, rest = what.partition(".")
    for part in parts:
        if rest and part.name.lower() == first.lower():
            yield from _in_table(rest, [part])
            return
    for table in dict.fromkeys(part.model.TABLE for part in parts):
        yield from _in_table(what, [part for part in parts if part.model.TABLE is table])


def _in_table(what: str, parts: list[DevicePart]) -> Iterator[Found]:
    table = parts[0].model.TABLE
    name, _, field_name = what.partition(".")
    register = table.named(name)
    if register is not None:
        field = register.field(field_name) if field_name else None
        if field is not None or not field_name:
            yield Found(parts, register, field)
        return
    for register in table if not field_name else ():
        field = register.field(what)
        if field is not None:
            yield Found(parts, register, field)


def _names(what: str, parts: list[DevicePart]) -> list[str]:
    """What could have been meant, in capitals."""
    head, dot, _ = what.rpartition(".")
    names = {part.name.upper() for part in parts}
    for part in parts:
        table = part.model.TABLE
        register = table.named(head) if dot else None
        if register is not None:
            names.update(f"{head.upper()}.{field.name.upper()}" for field in register.fields)
        names.update(name.upper() for name in table.names())
        names.update(field.name.upper() for register in table for field in register.fields)
    return sorted(names)


def _describe_device(part: DevicePart) -> list[str]:
    """The registers of a device, one to a line."""
    wires = "".join(f", {wire.line} on NVIC {wire.irq}" for wire in part.wires)
    lines = [f"{part.name}: {part.model.TABLE.name} at 0x{part.address:08X}{wires}", ""]
    return lines + [f"  0x{one.offset:03X}  {one.name:<12} {one.sentence}" for one in part.model.TABLE]


def _describe(found: Found) -> list[str]:
    part, register, field = found.parts[0], found.register, found.field
    others = ", ".join([register.human, *register.aliases])
    lines = [
        f"{part.model.TABLE.name} {register.name} ({others})",
        register.sentence,
        "",
        f"  at       {part.name} + 0x{register.offset:03X} = 0x{part.address + register.offset:08X}",
        f"  access   {register.access}{', 32-bit words only' if part.model is Ipcc else ''}",
        f"  reset    0x{register.reset:08X}",
    ]
    if found.parts[1:]:
        lines.insert(4, f"           and in {', '.join(other.name for other in found.parts[1:])}")
    if part.model is Ipcc:
        lines += [f"  {label:<8} {words}" for label, words in _ipcc_notes(register.name, part)]
    fields = [field] if field is not None else list(register.fields)
    if fields:
        lines += ["", f"  {'bits':<7}{'field':<11}{'reset':<7}meaning of a value that is not zero"]
    for one in fields:
        bits = str(one.lsb) if one.width == 1 else f"{one.lsb + one.width - 1}:{one.lsb}"
        value = (register.reset & one.mask) >> one.lsb
        access = "" if one.access == register.access else f" ({one.access})"
        lines.append(f"  {bits:<7}{one.name:<11}{value:<7}{one.meaning}{access}")
    if register.fields and field is None and sum(one.mask for one in register.fields) != 0xFFFFFFFF:
        lines.append(f"  other bits are {register.reserved}")
    return lines


def _ipcc_notes(name: str, part: DevicePart) -> list[tuple[str, str]]:
    """Who uses an IPCC register, and what it does to flags and lines (ipcc-hardware.md §3-5)."""
    if not name.startswith(("C1", "C2")):
        return [("written", "by nobody; both processors may read it")]
    own, kind = int(name[1]), name[2:]
    peer = 3 - own
    sends, receives = f"C{own}TOC{peer}SR.CHnF", f"C{peer}TOC{own}SR.CHnF"
    own_rx, own_tx = (_line(f"{half}X{own - 1}", part) for half in "RT")
    peer_rx, peer_tx = (_line(f"{half}X{peer - 1}", part) for half in "RT")
    if kind not in ("CR", "MR", "SCR"):
        writer = f"by nobody; C{own}SCR.CHnS sets the flags, C{peer}SCR.CHnC clears them"
        return [("written", writer), ("triggers", f"an occupied channel {peer_rx}, a free one {own_tx}{_IF}")]
    writer = f"by processor {own}, the {_CORES[own]}; the bus keeps nobody out"
    if kind == "SCR":
        effects = [
            f"CHnS sets {sends} and so raises {peer_rx}{_IF}",
            f"CHnC clears {receives} and so raises {peer_tx}{_IF}",
        ]
    else:
        effects = [
            f"{own_rx} is high while RXOIE = 1 and, for any n, {receives} = 1 and CHnOM = 0",
            f"{own_tx} is high while TXFIE = 1 and, for any n, {sends} = 0 and CHnFM = 0",
        ]
    return [("written", writer), ("triggers", effects[0]), ("", effects[1])]


_IF = ", if enabled and unmasked"
_CORES = {1: "Cortex-A7 (Linux)", 2: "Cortex-M4 (firmware)"}
_GIC = {"RX0": "GIC SPI 100", "TX0": "GIC SPI 101"}


def _line(line: str, part: DevicePart) -> str:
    wired = [f"NVIC {wire.irq}" for wire in part.wires if wire.line == line]
    goes_to = wired or ([_GIC[line]] if line in _GIC else [])
    return f"{line} ({', '.join(goes_to)})" if goes_to else line
