"""The IPCC as a person handles it in a test: registers and fields by name, channels by number, either processor.

It is a view of a device on an engine, alone (`BareIpcc`), on a board (`BoardIpcc`), or on one whose Cortex-M4 obeys the
test (`probe.py`). Whatever it does is an ordinary access and stands on the trace; `line` and `flag` only look.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ipcclab.signals import status_of
from mp1bench.chip.ipcc_supply import CLOCK_OFF, IN_RESET, RESET
from mp1bench.engine.bare import BareEngine
from mp1bench.errors import UsageError, suggest
from mp1bench.trace import M4, Access, Line, Trace
from stm32mp1.device import CPU1, CPU2
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import HALF, STM32MP15, Variant
from stm32mp1.registers import Decoded, Found

if TYPE_CHECKING:
    from mp1bench.board import Board

KINDS = ("rx", "tx")
_FUNCTION = "test"  # what the trace shows as the function that accesses


class Mailbox(ABC):
    """The IPCC of a bench. `cpu` is 1 for the Cortex-A7 and 2 for the Cortex-M4; channels count from 1."""

    def __init__(self, device: Ipcc, name: str, trace: Trace) -> None:
        self.device = device
        self.name = name  # under which the trace knows it
        self.trace = trace
        self.table = device.TABLE
        self.channels = device.CHANNELS

    @abstractmethod
    def _read(self, offset: int, width: int, cpu: int) -> int:
        """One read as that processor."""

    @abstractmethod
    def _write(self, offset: int, value: int, width: int, cpu: int) -> None:
        """One write as that processor."""

    # -- registers ----------------------------------------------------------------------------------------------

    def read(self, register: str, cpu: int = 1, width: int = 4) -> int:
        """Value of a register, or of a field: `C1TOC2SR`, `C1MR.CH1OM`. One access of `width` bytes."""
        spot = self.find(register)
        value = self._read(spot.register.offset, _width(width), _processor(cpu))
        if spot.field is None:
            return value
        return (value & spot.field.mask) >> spot.field.lsb

    def write(self, register: str, value: int, cpu: int = 1, width: int = 4) -> None:
        """Write a register. One access of `width` bytes."""
        spot = self.find(register)
        if spot.field is not None:
            raise UsageError(f"{register} is a field; hardware writes whole registers. Write {spot.register.name}.")
        self.write_at(spot.register.offset, value, cpu, width)

    def read_at(self, offset: int, cpu: int = 1, width: int = 4) -> int:
        """What the bus gives at an offset in the window or beside it, where there need not be a register."""
        return self._read(offset, _width(width), _processor(cpu))

    def write_at(self, offset: int, value: int, cpu: int = 1, width: int = 4) -> None:
        """Write at an offset in the window or beside it, where there need not be a register."""
        self._write(offset, _fitting(value, width), width, _processor(cpu))

    def find(self, name: str) -> Found:
        """The register or field of that name. UsageError names the nearest."""
        wanted, _, field_name = name.partition(".")
        register = self.table.named(wanted)
        if register is None:
            raise UsageError(
                f"the {self.table.name} has no register `{wanted}`.{suggest(wanted.upper(), self.table.names())}"
            )
        if not field_name:
            return Found(register, None)
        field = register.field(field_name)
        if field is None:
            fields = [f.name for f in register.fields]
            raise UsageError(f"{register.name} has no field `{field_name}`.{suggest(field_name.upper(), fields)}")
        return Found(register, field)

    def decode(self, register: str, value: int) -> list[Decoded]:
        """The fields of a register that are not zero in `value`, from bit 0 up. This is no access."""
        spot = self.find(register)
        if spot.field is not None:
            raise UsageError(f"{register} is a field; a value has a meaning in a register. Say {spot.register.name}.")
        return spot.register.decode(_fitting(value, 4))

    def processor(self, cpu: int) -> str:
        """Number and name, as a failure says it: `processor 1 (the Cortex-A7)`."""
        return f"processor {cpu} (the {self.device.VARIANT.cores[_processor(cpu) - 1]})"

    # -- channels -----------------------------------------------------------------------------------------------

    def signal(self, channel: int, cpu: int) -> None:
        """Occupy `channel` as its sender."""
        self.write(f"C{_processor(cpu)}SCR", self._bit(channel) << HALF, cpu)

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

    def flag(self, channel: int, cpu: int) -> bool:
        """Is `channel`, on which processor `cpu` sends, occupied? This is no access."""
        status, bit = status_register(cpu), self._bit(channel)
        flags = self.device.state()[status]
        assert isinstance(flags, int)
        return bool(flags & bit)

    def line(self, name: str) -> bool:
        """Level of RX0, TX0 (to processor 1), RX1, TX1 (to processor 2) or a wake-up event. This is no access."""
        return self.device.level(self.output(name))

    def output(self, name: str) -> str:
        """The name of a line or wake-up event, in the device's spelling."""
        known = {output.upper(): output for output in (*self.device.LINES, *self.device.EVENTS)}
        if name.upper() not in known:
            raise UsageError(f"the IPCC has no line `{name}`.{suggest(name.upper(), known)}")
        return known[name.upper()]

    def _bit(self, channel: int) -> int:
        if not 1 <= channel <= self.channels:
            raise UsageError(f"there is no channel {channel}; the IPCC has channels 1 to {self.channels}.")
        return 1 << (channel - 1)


class BoardIpcc(Mailbox):
    """The IPCC of a board. The test is processor 1; processor 2 is the firmware, and only the firmware writes as it."""

    def __init__(self, board: Board) -> None:
        part = next((part for part in board.platform.devices if part.name == board.ipcc_name), None)
        if part is None or board.ipcc is None:
            raise UsageError(f"{board.platform.path} has no IPCC.")
        assert board.trace is not None
        super().__init__(board.ipcc, board.ipcc_name, board.trace)
        self.board = board
        self._base = part.address

    def _read(self, offset: int, width: int, cpu: int) -> int:
        return self.board.engine.read(self._base + offset, width, function=_FUNCTION)

    def _write(self, offset: int, value: int, width: int, cpu: int) -> None:
        if cpu == CPU2:
            raise UsageError(
                "processor 2 executes the firmware here, and a test cannot write in its place."
                " Write as processor 1, or use a bare IPCC without firmware."
            )
        self.board.engine.write(self._base + offset, value, width, function=_FUNCTION)


class BareIpcc(Mailbox):
    """An IPCC alone on a bus: no processor runs, the test plays both. ValueError if there can be no such variant."""

    def __init__(self, variant: Variant = STM32MP15, device: Ipcc | None = None) -> None:
        super().__init__(device or ipcc_class(variant)(), "ipcc", Trace())
        self.engine = BareEngine(self.trace)
        self._base = self.device.VARIANT.base
        self.engine.add_device(self.name, self.device, self._base, self.device.SIZE)
        self._heard = self.device.on_line, self.device.on_event
        self._in_reset = False

    def reset(self) -> None:
        """What a reset of the block does (RCC AHB3RST.IPCCRST)."""
        held = self._in_reset
        self._drive_reset(True)
        self._drive_reset(held)

    def hold_in_reset(self) -> None:
        """The block is reset and answers nobody until `release_from_reset`."""
        self._drive_reset(True)
        self.device.stopped = IN_RESET

    def release_from_reset(self) -> None:
        self._drive_reset(False)
        self.device.stopped = ""

    def stop_clock(self) -> None:
        """The block answers nobody until `start_clock`; its flags and lines stay."""
        self.device.stopped = CLOCK_OFF

    def start_clock(self) -> None:
        self.device.stopped = ""

    def stop_listening(self) -> None:
        """From now on nobody hears of flags and lines; only accesses are recorded."""
        self.device.on_line = self.device.on_event = None

    def listen_again(self) -> None:
        """What changes from now on is heard of."""
        self.device.on_line, self.device.on_event = self._heard

    def _read(self, offset: int, width: int, cpu: int) -> int:
        if cpu == CPU1:
            return self.engine.read(self._base + offset, width, function=_FUNCTION)
        before = self.trace.size()
        value = self.device.read(offset, width)
        self.trace.insert(before, self._access("R", offset, width, value))
        return value

    def _write(self, offset: int, value: int, width: int, cpu: int) -> None:
        if cpu == CPU1:
            self.engine.write(self._base + offset, value, width, function=_FUNCTION)
            return
        self.trace.record(self._access("W", offset, width, value))
        self.device.write(offset, value, width)

    def _drive_reset(self, level: bool) -> None:
        """The test plays the RCC, too, and its line stands on the trace as on a board's."""
        if level != self._in_reset and self.device.on_line is not None:
            self.trace.record(Line(self.engine.now, "rcc", RESET, level))
        self._in_reset = level
        if level:
            self.device.reset()

    def _access(self, op: str, offset: int, width: int, value: int) -> Access:
        """An access of processor 2, for whom no engine records here."""
        return Access(self.engine.now, M4, None, _FUNCTION, self.name, op, offset, width, value)


def status_register(cpu: int) -> str:
    """The register with the flags of the channels on which processor `cpu` sends."""
    return status_of(_processor(cpu))


def _processor(cpu: int) -> int:
    if cpu not in (CPU1, CPU2):
        raise UsageError(f"there is no processor {cpu}; 1 is the Cortex-A7, 2 the Cortex-M4.")
    return cpu


def _width(width: int) -> int:
    if width not in (1, 2, 4):
        raise UsageError(f"an access is 1, 2 or 4 bytes wide, not {width}.")
    return width


def _fitting(value: int, width: int) -> int:
    if not 0 <= value < 1 << 8 * _width(width):
        raise UsageError(f"{value:#x} does not fit an access of {8 * width} bits.")
    return value


def _shift(kind: str) -> int:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no interrupt of the IPCC; say rx (channel occupied) or tx (channel free).")
    return HALF * KINDS.index(kind)
