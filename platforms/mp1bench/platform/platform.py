"""The machine of a platform file: which memories, devices and interrupt wires there are, checked and ready to build.

It gives the types of the file their meaning for our engines; the language of the file is for `repl.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mp1bench.engine import INSTRUCTION_NS, Engine
from mp1bench.errors import PlatformError, UsageError, suggest
from mp1bench.platform.repl import Description, Entry, Interrupt, Property, Reference, Value, read_repl
from mp1bench.platform.repl_lines import Place
from mp1bench.regions import Region
from mp1bench.shipped import default_platform
from stm32mp1.catalogue import CATALOGUE
from stm32mp1.device import Device
from stm32mp1.ipcc import ipcc_class
from stm32mp1.ipcc_table import STM32MP15, VARIANTS, Variant

_CPU = "CPU.CortexM"
_NVIC = "IRQControllers.NVIC"
_MEMORY = "Memory.MappedMemory"
_IPCC = "STM32MP1.IPCC"


class _Kind(NamedTuple):
    """What a property may be, in words and as a test."""

    words: str
    accepts: Callable[[Value], bool]


_NUMBER = _Kind("a number", lambda value: type(value) is int)
_STRING = _Kind('a name in quotes, as in "STM32MP15"', lambda value: type(value) is str)
_ENTRY = _Kind("the name of another entry", lambda value: isinstance(value, Reference))

#: Properties by type. A type of the catalogue that is not here has none.
_PROPERTIES: Mapping[str, Mapping[str, _Kind]] = {
    _CPU: {
        "cpuType": _Kind('"cortex-m4f" or "cortex-m4"', lambda value: value in ("cortex-m4f", "cortex-m4")),
        "nvic": _ENTRY,
        "PerformanceInMips": _Kind(
            "a divisor of 1000, so that an instruction takes whole nanoseconds",
            lambda value: type(value) is int and value > 0 and 1000 % value == 0,
        ),
    },
    _NVIC: {
        "priorityMask": _Kind("0xF0, the four priority bits of the M4", lambda value: value == 0xF0),
        "systickFrequency": _NUMBER,  # ours follows the RCC
    },
    _MEMORY: {"size": _NUMBER},
    _IPCC: {"variant": _STRING},
    "STM32MP1.RCC": {"mcu": _ENTRY, "nvic": _ENTRY},  # ours ties the M4 to the RCC itself
    "UART.STM32F7_USART": {"frequency": _NUMBER},  # Renode's own; ours sends at once
    "GPIOPort.STM32_GPIOPort": {
        "modeResetValue": _Kind("0xFFFFFFFF, all pins analog", lambda value: value == 0xFFFFFFFF)
    },
}
#: What the entry is that a property names.
_REFERENCES = {"mcu": _CPU, "nvic": _NVIC}
_KNOWN_TYPES = (_CPU, _NVIC, _MEMORY, *CATALOGUE)

_NVIC_ADDRESS = 0xE000E000
_CORE_SPACE = 0xE0000000  # from here on the Cortex-M4's own
_IRQS = 150
_PAGE = 0x1000
_LARGEST_MEMORY = 1 << 30


class Wire(NamedTuple):
    """An output line of a device and input `number` of what it drives: another device or, without a name, the NVIC."""

    line: str
    number: int
    receiver: str = ""


@dataclass(frozen=True)
class DevicePart:
    """A device to place."""

    name: str
    model: type[Device]
    address: int
    size: int
    wires: tuple[Wire, ...]
    place: Place


@dataclass(frozen=True)
class MemoryPart:
    """A RAM to place."""

    region: Region
    place: Place


class Platform:
    """A checked machine. `path` is the file's, `ignored` what in it only Renode can do.

    `instruction_ns` is the time of one M4 instruction, from the CPU's PerformanceInMips. `variants` are IPCCs that the
    file may name besides those that are known; one of a known name takes its place.
    """

    def __init__(self, description: Description, variants: Sequence[Variant] = ()) -> None:
        self.path = description.path
        self.ignored = tuple(description.ignored)
        self._entries = description.entries
        for variant in variants if isinstance(variants, Sequence) else [variants]:
            if not isinstance(variant, Variant):
                raise UsageError(
                    f"variants holds {variant!r}, which is no IPCC. Make a list of some:"
                    ' [STM32MP15._replace(name="MINE", channels=3)], with STM32MP15 from stm32mp1.ipcc_table.'
                )
        self._variants = {variant.name: variant for variant in (*VARIANTS, *variants)}
        self.instruction_ns = INSTRUCTION_NS
        self.memories: list[MemoryPart] = []
        self.devices: list[DevicePart] = []
        for entry in description.entries.values():
            self._add(entry)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return Path(self.path).name

    @property
    def regions(self) -> tuple[Region, ...]:
        """The RAMs for `read_image`, named as the reference manual does."""
        return tuple(part.region._replace(name=part.region.name.upper()) for part in self.memories)

    def build(self, engine: Engine) -> dict[str, Device]:
        """Place everything into an engine that is still empty. Returns the devices by name."""
        devices: dict[str, Device] = {}
        for memory in self.memories:
            with _placing(memory.place):
                engine.add_memory(memory.region.name, memory.region.size, memory.region.addresses)
        for part in self.devices:
            devices[part.name] = part.model()
            with _placing(part.place):
                engine.add_device(part.name, devices[part.name], part.address, part.size)
        for part in self.devices:
            for wire in part.wires:
                if wire.receiver:
                    engine.wire(part.name, wire.line, wire.receiver, wire.number)
                else:
                    engine.connect(part.name, wire.line, wire.number)
        return devices

    def _add(self, entry: Entry) -> None:
        if entry.type_name not in _KNOWN_TYPES:
            raise PlatformError(
                f"{entry.place}: the type `{entry.type_name}` of `{entry.name}` is unknown to the embedded engine."
                f"{suggest(entry.type_name, _KNOWN_TYPES)}"
            )
        for registration in entry.registrations:
            if registration.register != "sysbus":
                raise PlatformError(
                    f"{entry.place}: `{entry.name}` is registered at `{registration.register}`; the only bus is sysbus."
                )
        for name, given in entry.properties.items():
            self._check_property(entry, name, given)
        if entry.type_name == _MEMORY:
            self.memories.append(MemoryPart(_region(entry), entry.place))
        elif entry.type_name == _NVIC:
            self._check_nvic(entry)
        elif entry.type_name == _CPU:
            self._check_cpu(entry)
        else:
            self.devices.append(self._device(entry))

    def _check_property(self, entry: Entry, name: str, given: Property) -> None:
        known = _PROPERTIES.get(entry.type_name, {})
        if name not in known:
            raise PlatformError(
                f"{given.place}: `{entry.name}` ({entry.type_name}) has no property `{name}` here."
                f"{suggest(name, known) or ' It has none.'}"
            )
        if not known[name].accepts(given.value):
            raise PlatformError(f"{given.place}: `{name}` of `{entry.name}` must be {known[name].words}.")
        if isinstance(given.value, Reference):
            self._named(given.value.name, _REFERENCES[name], given.place)

    def _check_nvic(self, entry: Entry) -> None:
        if [r.address for r in entry.registrations] != [_NVIC_ADDRESS]:
            raise PlatformError(f"{entry.place}: the NVIC `{entry.name}` must be at sysbus 0x{_NVIC_ADDRESS:08X}.")
        for interrupt in _all(entry):
            self._named(interrupt.receiver, _CPU, interrupt.place)
            _check_input(entry, interrupt, 1)

    def _check_cpu(self, entry: Entry) -> None:
        if "nvic" not in entry.properties:
            raise PlatformError(f"{entry.place}: the CPU `{entry.name}` has no `nvic`. Add `nvic: nvic`.")
        mips = entry.properties.get("PerformanceInMips")
        if mips is not None and isinstance(mips.value, int):
            self.instruction_ns = 1000 // mips.value
        for interrupt in _all(entry):
            raise PlatformError(f"{interrupt.place}: the CPU `{entry.name}` has no output lines here.")

    def _device(self, entry: Entry) -> DevicePart:
        model = self._ipcc(entry) if entry.type_name == _IPCC else CATALOGUE[entry.type_name]
        if len(entry.registrations) != 1 or entry.registrations[0].address is None:
            raise PlatformError(
                f"{entry.place}: the device `{entry.name}` needs one address, as in `@ sysbus 0x4C001000`."
            )
        address, size = entry.registrations[0].address, entry.registrations[0].size
        size = model.SIZE if size is None else size
        _check_window(entry, address, size)
        wires = tuple(self._wire(entry, model, interrupt) for interrupt in _all(entry))
        return DevicePart(entry.name, model, address, size, wires, entry.place)

    def _ipcc(self, entry: Entry) -> type[Device]:
        given = entry.properties.get("variant")
        name = STM32MP15.name if given is None else given.value
        place = entry.place if given is None else given.place
        if name not in self._variants:
            raise PlatformError(
                f"{place}: no IPCC is called `{name}`.{suggest(str(name), self._variants)}"
                " In Python, one of your own comes with Board(variants=[...])."
            )
        try:
            return ipcc_class(self._variants[str(name)])
        except ValueError as error:
            raise PlatformError(f"{place}: there can be no IPCC `{name}`: {error}") from error

    def _wire(self, entry: Entry, model: type[Device], interrupt: Interrupt) -> Wire:
        named = self._entries.get(interrupt.receiver)
        receiver = CATALOGUE.get(named.type_name) if named is not None else None
        if receiver is None or not receiver.INPUTS:
            self._named(interrupt.receiver, _NVIC, interrupt.place)
        _check_input(entry, interrupt, _IRQS if receiver is None else receiver.INPUTS)
        line = interrupt.line or (model.LINES[0] if len(model.LINES) == 1 else "")
        outputs = (*model.LINES, *model.EVENTS)
        if line not in outputs:
            raise PlatformError(
                f"{interrupt.place}: `{entry.name}` ({entry.type_name}) has no output line `{line}`."
                f"{suggest(line, outputs) or ' It has none.'}"
            )
        return Wire(model.line_of(line), interrupt.number, "" if receiver is None else interrupt.receiver)

    def _named(self, name: str, type_name: str, place: Place) -> None:
        named = self._entries.get(name)
        if named is None or named.type_name != type_name:
            there = [e.name for e in self._entries.values() if e.type_name == type_name]
            raise PlatformError(f"{place}: `{name}` is no {type_name}.{suggest(name, there) or ' The file has none.'}")


def read_platform(path: str | Path | None = None, variants: Sequence[Variant] = ()) -> Platform:
    """The machine of a platform file. Raises PlatformError.

    Without a path it is the shipped STM32MP157's; so it is by that file's bare name where no such file is.
    """
    shipped = default_platform()
    if path is None or (str(path) == shipped.name and not Path(path).exists()):
        path = shipped
    return Platform(read_repl(path), variants)


@contextmanager
def _placing(place: Place) -> Iterator[None]:
    """Add file and line to what an engine refuses, or the computer: memory."""
    try:
        yield
    except (PlatformError, OSError) as error:
        raise PlatformError(f"{place}: {error}") from error


def _all(entry: Entry) -> list[Interrupt]:
    return [interrupt for interrupts in entry.interrupts.values() for interrupt in interrupts]


def _check_input(entry: Entry, interrupt: Interrupt, inputs: int) -> None:
    if not 0 <= interrupt.number < inputs:
        raise PlatformError(
            f"{interrupt.place}: `{entry.name}` drives {interrupt.receiver}@{interrupt.number};"
            f" its inputs are 0 to {inputs - 1}."
        )


def _region(entry: Entry) -> Region:
    size = entry.properties.get("size")
    if size is None or not isinstance(size.value, int):
        raise PlatformError(f"{entry.place}: the memory `{entry.name}` has no `size`. Add `size: 0x10000`.")
    addresses = tuple(r.address for r in entry.registrations if r.address is not None)
    if not addresses:
        raise PlatformError(f"{entry.place}: the memory `{entry.name}` has no address. Add `@ sysbus 0x10000000`.")
    for address in addresses:
        _check_window(entry, address, size.value)
        if address % _PAGE or size.value % _PAGE or size.value > _LARGEST_MEMORY:
            raise PlatformError(
                f"{size.place}: the memory `{entry.name}` must begin and end at a multiple of 4 KiB"
                " and have at most 1 GiB."
            )
    return Region(entry.name, addresses, size.value)


def _check_window(entry: Entry, address: int, size: int) -> None:
    if not (address >= 0 and size > 0 and address + size <= _CORE_SPACE):
        raise PlatformError(
            f"{entry.place}: the window of `{entry.name}` (0x{address:08X}, 0x{size:X} bytes) must lie between 0 and"
            f" 0x{_CORE_SPACE:08X}, from where on the addresses are the core's own."
        )
