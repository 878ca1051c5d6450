"""`ipcclab explain`: says what a register, a field, an address, a line or a channel is, from the register tables.

It words what it finds; names are looked up in `ipcclab.machine`, and what an IPCC does is told by `ipcclab.ipcc_words`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from ipcclab.bit_picture import bit_picture
from ipcclab.ipcc_words import SECURITY, IpccWords, find_variant
from ipcclab.machine import Hit, Machine, Part, machine_of_platform, machine_of_variant
from mp1bench.errors import UsageError
from mp1bench.platform import read_platform
from stm32mp1.ipcc_table import VARIANTS

SENTENCE = "Say what a register, a field, an address, a line or a channel is: bits, who writes, what it triggers."
EPILOG = """\
examples:
  ipcclab explain C2SCR             a register; ST's aliases and human names do as well
  ipcclab explain 0x4C00101C        what is at this address?
  ipcclab explain C2MR.CH1OM        one field; IPCC_C2MR_CH1OM_Msk is the same
  ipcclab explain CH3OM             a field, wherever it occurs
  ipcclab explain CH3               a channel: its bits in both directions
  ipcclab explain RX1               an interrupt line, or a wake-up event: EXTI62
  ipcclab explain usart3.CR1        a register of one device
  ipcclab explain ipcc              all registers of a device
  ipcclab explain STM32WL5x         the IPCC of another part
  ipcclab explain C1SECCFGR --variant STM32MP25
"""

_CORE_SPACE = 0xE0000000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        metavar="WHAT",
        help="register, field, device, DEVICE.REGISTER, REGISTER.FIELD, address, line, channel or variant",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--platform", metavar="FILE.repl", help="another machine than the STM32MP157")
    where.add_argument("--variant", metavar="NAME", help="the IPCC of another part, alone: STM32WL5x")


def execute(options: argparse.Namespace) -> int:
    if options.variant is not None:
        machine = machine_of_variant(find_variant(options.variant))
    else:
        machine = machine_of_platform(read_platform(options.platform))
    print("\n".join(explain(options.what, machine)))
    return 0


def explain(what: str, machine: Machine) -> list[str]:
    """The lines that explain `what`. UsageError, with the nearest names, if there is nothing of the kind."""
    try:
        address = int(what, 0)
    except ValueError:
        address = -1
    if address >= 0:
        return _address(address, machine)
    for look in _LOOKS:
        lines = look(what, machine)
        if lines:
            return lines
    for variant in VARIANTS:
        if any(look(what, machine_of_variant(variant)) for look in _LOOKS):
            raise UsageError(
                f"nothing is called `{what}` {machine.words}, but {variant.name} has it:"
                f" ipcclab explain {what} --variant {variant.name}"
            )
    near = [f"`{name}`" for name in machine.near(what)]
    meant = " or ".join(filter(None, [", ".join(near[:-1]), *near[-1:]]))
    hint = f"Did you mean {meant}?" if near else machine.overview
    raise UsageError(f"nothing is called `{what}` {machine.words}. {hint}")


def _address(address: int, machine: Machine) -> list[str]:
    for part in machine.parts:
        if part.address <= address < part.address + part.size:
            offset = address - part.address
            register = part.table.at(offset & ~3)
            if register is None:
                place = f"0x{address:08X} is {part.name} + 0x{offset:03X}"
                return [f"{place}: reserved, the {part.table.name} has no register there."]
            inside = [f"0x{address:08X} is byte {offset & 3} of this register.", ""] if offset & 3 else []
            return inside + _hit(Hit([part], register, None))
    for region in machine.regions:
        at = region.offset_of(address)
        if at is not None:
            also = [f"0x{base + at:08X}" for base in region.addresses if base + at != address]
            same = f", the same byte as {' and '.join(also)}" if also else ""
            return [f"0x{address:08X} is {region.name} + 0x{at:X}: RAM, {region.size // 1024} KiB{same}."]
    if machine.regions and _CORE_SPACE <= address <= 0xFFFFFFFF:
        return [f"0x{address:08X} belongs to the Cortex-M4 itself: SysTick, NVIC, SCB, debug."]
    devices = ", ".join(f"{part.name} 0x{part.address:08X}" for part in machine.parts)
    raise UsageError(f"nothing is at 0x{address:08X} {machine.words}. Devices: {devices}.")


def _device(what: str, machine: Machine) -> list[str]:
    """The registers of a device, one to a line."""
    part = machine.part(what)
    if part is None:
        return []
    wires = "".join(f", {line} on {receiver}" for line, receiver in part.wires.items())
    return [f"{part.name}: {part.table.name} at 0x{part.address:08X}{wires}", "", *_registers(part)]


def _registers(part: Part) -> list[str]:
    return [f"  0x{one.offset:03X}  {one.name:<12} {one.sentence}" for one in part.table]


def _register_or_field(what: str, machine: Machine) -> list[str]:
    lines: list[str] = []
    for hit in machine.find(what):
        lines += [""] * bool(lines) + _hit(hit)
    return lines


def _hit(hit: Hit) -> list[str]:
    part, register, field = hit.parts[0], hit.register, hit.field
    others = ", ".join([register.human, *register.aliases])
    words = _words(part)
    access = register.access + ", a read acts" * register.read_acts + ", 32-bit words only" * (words is not None)
    lines = [
        f"{part.table.name} {register.name} ({others})",
        register.sentence,
        "",
        f"  at       {part.name} + 0x{register.offset:03X} = 0x{part.address + register.offset:08X}",
        f"  access   {access}",
        f"  reset    0x{register.reset:08X}",
    ]
    if hit.parts[1:]:
        lines.insert(4, f"           and in {', '.join(other.name for other in hit.parts[1:])}")
    if words is not None:
        lines += [f"  {label:<8} {note}" for label, note in words.notes(register)]
    if field is None:
        lines += ["", *(f"  {line}" for line in bit_picture(register))]
    fields = [field] if field is not None else list(register.fields)
    if fields:
        lines += ["", f"  {'bits':<7}{'field':<11}{'reset':<7}meaning of a value that is not zero"]
    for one in fields:
        bits = str(one.lsb) if one.width == 1 else f"{one.lsb + one.width - 1}:{one.lsb}"
        value = (register.reset & one.mask) >> one.lsb
        odd = "" if one.access == register.access else f" ({one.access})"
        lines.append(f"  {bits:<7}{one.name:<11}{value:<7}{one.meaning}{odd}")
    if register.fields and field is None and sum(one.mask for one in register.fields) != 0xFFFFFFFF:
        lines.append(f"  other bits are {register.reserved}")
    return lines


def _line(what: str, machine: Machine) -> list[str]:
    """An interrupt line of an IPCC, by its name or by the event under which it leaves the device."""
    lines: list[str] = []
    for part, variant in machine.ipccs:
        words = IpccWords(variant, part.wires)
        event = next((name for name in part.model.EVENTS if name.upper() == what.upper()), what)
        for line in variant.lines:
            if line.name.upper() == part.model.EVENTS.get(event, event).upper():
                conditions = words.high_while(line)
                lines += [
                    f"{part.name}.{line.name}, an interrupt line of the IPCC",
                    "",
                    f"  to       {words.receiver(line)}",
                    f"  high     while {conditions[0]}",
                    *(f"           or while {condition}" for condition in conditions[1:]),
                    "  kind     level: it follows the registers at once, whatever was before",
                ]
    return lines


def _channel(what: str, machine: Machine) -> list[str]:
    """A channel of an IPCC: its bits, each with its place, direction by direction."""
    number = re.fullmatch(r"CH([1-9]\d*)", what, re.IGNORECASE)
    lines: list[str] = []
    for part, variant in machine.ipccs:
        if number is None or int(number[1]) > variant.channels:
            continue
        lines += [f"{part.name} channel {number[1]} of {variant.channels}: two flags that know nothing of each other"]
        for direction, bits in IpccWords(variant, part.wires).directions(int(number[1])):
            lines += ["", direction[0].upper() + direction[1:]]
            for name, effect in bits:
                ((register, field),) = part.table.find(name)
                assert field is not None
                lines.append(f"  0x{register.offset:03X} bit {field.lsb:<3} {name:<20} {effect}")
    return lines


def _variant(what: str, machine: Machine) -> list[str]:
    """A variant of the IPCC, by its name or by a part that has it."""
    try:
        variant = find_variant(what)
    except UsageError:
        return []
    (part,) = machine_of_variant(variant).parts
    words = IpccWords(variant)
    lines = [
        f"{variant.name}: the IPCC of {variant.parts}",
        "",
        f"  at       0x{variant.base:08X}",
        f"  channels {variant.channels} in each direction",
        f"  between  processor 1, the {variant.cores[0]}, and processor 2, the {variant.cores[1]}",
    ]
    for line in variant.lines:
        lines.append(f"  {'lines' if line is variant.lines[0] else '':<8} {line.name:<6} to {words.receiver(line)}")
    if variant.secured:
        lines += ["", *(f"  {sentence}." for sentence in SECURITY.rstrip(".").split(". "))]
    ask = f"ipcclab explain REGISTER --variant {variant.name}"
    return [*lines, "", *_registers(part), "", f"More about one of them: {ask}"]


def _words(part: Part) -> IpccWords | None:
    return IpccWords(part.variant, part.wires) if part.variant is not None else None


_LOOKS: list[Callable[[str, Machine], list[str]]] = [_device, _register_or_field, _line, _channel, _variant]
