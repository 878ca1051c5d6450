"""The IPCC as a person handles it in a test: registers and fields by name, channels by number, either processor.

It is a view of a device on an engine. Whatever it does is an ordinary access and stands on the trace.
"""

from __future__ import annotations

from typing import NamedTuple

from mp1bench.engine.bare import BareEngine
from mp1bench.errors import UsageError, suggest
from mp1bench.trace import M4, Access, Trace
from stm32mp1.device import CPU1, CPU2
from stm32mp1.ipcc import Ipcc
from stm32mp1.registers import Field, Register, RegisterTable

BASE = 0x4C001000  # ipcc-hardware.md §1
TX = 16  # the upper half of MR and SCR is about the channels that a processor sends on
KINDS = ("rx", "tx")


class Place(NamedTuple):
    """A register, or one of its fields."""

    register: Register
    field: Field | None


class Mailbox:
    """The IPCC of a bench. `cpu` is 1 for the Cortex-A7 and 2 for the Cortex-M4; channels count from 1.

    A subclass carries the accesses: `_read(offset, width, cpu)` and `_write(offset, value, width, cpu)`.
    """

    table: RegisterTable = Ipcc.TABLE
    channels = Ipcc.CHANNELS

    def _read(self, offset: int, width: int, cpu: int) -> int:
        raise NotImplementedError

    def _write(self, offset: int, value: int, width: int, cpu: int) -> None:
        raise NotImplementedError

    # -- registers ----------------------------------------------------------------------------------------------

    def read(self, register: str, cpu: int = 2, width: int = 4) -> int:
        """Value of a register, or of a field: `C1TOC2SR`, `C1MR.CH1OM`. One access of `width` bytes."""
        place = self.find(register)
        value = self._read(place.register.offset, _width(width), _processor(cpu))
        if place.field is None:
            return value
        return (value & place.field.mask) >> place.field.lsb

    def write(self, register: str, value: int, cpu: int = 2, width: int = 4) -> None:
        """Write a register. One access of `width` bytes."""
        place = self.find(register)
        if place.field is not None:
            raise UsageError(f"{register} is a field; hardware writes whole registers. Write {place.register.name}.")
        if not 0 <= value < 1 << 8 * _width(width):
            raise UsageError(f"{value:#x} does not fit an access of {8 * width} bits.")
        self._write(place.register.offset, value, width, _processor(cpu))

    def find(self, name: str) -> Place:
        """The register or field of that name. UsageError names the nearest."""
        wanted, _, field_name = name.partition(".")
        register = self.table.named(wanted)
        if register is None:
            raise UsageError(f"the {self.table.name} has no register `{wanted}`.{suggest(wanted.upper(), self.table.names())}")
        if not field_name:
            return Place(register, None)
        field = register.field(field_name)
        if field is None:
            fields = [f.name for f in register.fields]
            raise UsageError(f"{register.name} has no field `{field_name}`.{suggest(field_name.upper(), fields)}")
        return Place(register, field)

    # -- channels -----------------------------------------------------------------------------------------------

    def signal(self, channel: int, cpu: int) -> None:
        """Occupy `channel` as its sender."""
        self.write(f"C{_processor(cpu)}SCR", self._bit(channel) << TX, cpu)

    def acknowledge(self, channel: int, cpu: int) -> None:
        """Free `channel` as its receiver."""
        self.write(f"C{_processor(cpu)}SCR", self._bit(channel), cpu)

    def unmask(self, kind: str, channel: int, cpu: int) -> None:
        """Let the `rx` (occupied) or `tx` (free) interrupt of `channel` through. Reads and writes C1MR or C2MR."""
        register, bit = f"C{_processor(cpu)}MR", self._bit(channel) << _shift(kind)
        self.write(register, self.read(register, cpu) & ~bit, cpu)

    def mask(self, kind: str, channel: int, cpu: int) -> None:
        """Keep the `rx` or `tx` interrupt of `channel` from its line."""
        register, bit = f"C{_processor(cpu)}MR", self._bit(channel) << _shift(kind)
        self.write(register, self.read(register, cpu) | bit, cpu)

    def enable(self, kind: str, cpu: int) -> None:
        """Enable the `rx` or `tx` interrupt line of a processor."""
        register = f"C{_processor(cpu)}CR"
        self.write(register, self.read(register, cpu) | 1 << _shift(kind), cpu)

    def disable(self, kind: str, cpu: int) -> None:
        """Disable the `rx` or `tx` interrupt line of a processor."""
        register = f"C{_processor(cpu)}CR"
        self.write(register, self.read(register, cpu) & ~(1 << _shift(kind)), cpu)

    def occupied(self, channel: int, cpu: int) -> bool:
        """Is `channel`, on which processor `cpu` sends, occupied? Read by its receiver, as drivers do."""
        bit = self._bit(channel)
        return bool(self.read(status_register(cpu), 3 - cpu) & bit)

    def _bit(self, channel: int) -> int:
        if not 1 <= channel <= self.channels:
            raise UsageError(f"there is no channel {channel}; the IPCC has channels 1 to {self.channels}.")
        return 1 << (channel - 1)


class BareIpcc(Mailbox):
    """An IPCC alone on a bus: no processor runs, the test plays both. `line` tells the level of an output line."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.engine = BareEngine(self.trace)
        self.device = Ipcc()
        self.engine.add_device("ipcc", self.device, BASE, 0x400)

    def line(self, name: str) -> bool:
        """Level of RX0, TX0 (to processor 1), RX1 or TX1 (to processor 2)."""
        name = name.upper()
        if name not in self.device.LINES:
            raise UsageError(f"the IPCC has no line `{name}`.{suggest(name, self.device.LINES)}")
        return self.device.level(name)

    def reset(self) -> None:
        """What a reset of the block does (RCC AHB3RST.IPCCRST)."""
        self.device.reset()

    def _read(self, offset: int, width: int, cpu: int) -> int:
        if cpu == CPU1:
            return self.engine.read(BASE + offset, width)
        before = len(self.trace.events)
        value = self.device.read(offset, width)
        self.trace.events.insert(before, Access(self.engine.now, M4, None, "", "ipcc", "R", offset, width, value))
        return value

    def _write(self, offset: int, value: int, width: int, cpu: int) -> None:
        if cpu == CPU1:
            self.engine.write(BASE + offset, value, width)
            return
        self.trace.record(Access(self.engine.now, M4, None, "", "ipcc", "W", offset, width, value))
        self.device.write(offset, value, width)


def status_register(cpu: int) -> str:
    """The register with the flags of the channels on which processor `cpu` sends."""
    return "C1TOC2SR" if _processor(cpu) == CPU1 else "C2TOC1SR"


def _processor(cpu: int) -> int:
    if cpu not in (CPU1, CPU2):
        raise UsageError(f"there is no processor {cpu}; 1 is the Cortex-A7, 2 the Cortex-M4.")
    return cpu


def _width(width: int) -> int:
    if width not in (1, 2, 4):
        raise UsageError(f"an access is 1, 2 or 4 bytes wide, not {width}.")
    return width


def _shift(kind: str) -> int:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no interrupt of the IPCC; say rx (channel occupied) or tx (channel free).")
    return TX * KINDS.index(kind)
