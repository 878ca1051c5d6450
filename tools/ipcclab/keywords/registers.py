"""Keywords for the registers, channels and interrupt lines of the IPCC, on a bare device and on a board alike."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.keywords.arguments import Kind, Operator
from ipcclab.keywords.assertion import verify
from ipcclab.keywords.bench import Bench
from ipcclab.mailbox import status_register

_NAMES = {1: "the Cortex-A7", 2: "the Cortex-M4"}


class RegisterKeywords:
    """`cpu` is the processor that accesses: 1 is the Cortex-A7 (Linux), 2 the Cortex-M4 (firmware)."""

    bench: Bench

    @keyword(tags=("Getter", "Assertion", "Registers"))
    def get_register(
        self, register: str, operator: Operator | None = None, expected: int | None = None, cpu: int = 1
    ) -> int:
        """Reads a register or a field, and compares it if an operator is given. Returns the value.

        ``register`` is one of the `Registers`, by any of its names, or a field such as ``C1MR.CH1OM``.

        | Get Register | C1TOC2SR | == | 0x1 |
        | ${masked} =  | Get Register | C2MR.CH1OM |
        """
        value = self.bench.mailbox.read(register, cpu)

        def sentence(wanted: str) -> str:
            spot = self.bench.mailbox.find(register)
            fields = ", ".join(f"{field.name} = {field.value}" for field in spot.register.decode(value))
            shown = f"0x{value:08X} ({fields})" if spot.field is None and fields else f"0x{value:X}"
            return self.bench.explain(
                f"{register} is {shown}, expected {wanted}; read by processor {cpu} ({_NAMES[cpu]})"
            )

        return verify(value, operator, expected, sentence)

    @keyword(tags=("Registers",))
    def read_register(self, register: str, cpu: int = 1, width: int = 4) -> int:
        """Reads a register or a field with one access of ``width`` bytes. Returns the value.

        | ${channels} = | Read Register | HWCFGR |
        | Read Register | C1MR | width=2 |
        """
        return self.bench.mailbox.read(register, cpu, width)

    @keyword(tags=("Registers",))
    def write_register(self, register: str, value: int, cpu: int = 1, width: int = 4) -> None:
        """Writes a register with one access of ``width`` bytes.

        On a board the test is processor 1; processor 2 executes the firmware.

        | Write Register | C1SCR | ${CH1_SET} |
        """
        self.bench.mailbox.write(register, value, cpu, width)

    @keyword(tags=("Registers",))
    def read_at_offset(self, offset: int, cpu: int = 1, width: int = 4) -> int:
        """Reads at an offset in the window of the IPCC or beside it, with one access of ``width`` bytes.

        There need not be a register. Returns what the bus gives.

        | ${zero} = | Read At Offset | 0x020 |
        """
        return self.bench.mailbox.read_at(offset, cpu, width)

    @keyword(tags=("Registers",))
    def write_at_offset(self, offset: int, value: int, cpu: int = 1, width: int = 4) -> None:
        """Writes at an offset in the window of the IPCC or beside it, with one access of ``width`` bytes.

        | Write At Offset | 0x002 | 0xFFFF | width=2 |
        """
        self.bench.mailbox.write_at(offset, value, cpu, width)

    @keyword(tags=("Getter", "Registers"))
    def decode_register(self, register: str, value: int) -> list[str]:
        """Returns what ``value`` means in a register: the fields that are not zero, from bit 0 up. This is no access.

        | ${fields} = | Decode Register | C1SCR | 0x00020001 |
        | Should Be Equal | ${fields}[1] | CH2S = 1: occupy channel 2 to processor 2 |
        """
        fields = self.bench.mailbox.decode(register, value)
        return [f"{field.name} = {field.value}: {field.meaning}" for field in fields]

    @keyword(tags=("Channels",))
    def signal_channel(self, channel: int, cpu: int) -> None:
        """Occupies ``channel`` with processor ``cpu`` as its sender (SCR.CHnS).

        | Signal Channel | 1 | cpu=1 |
        """
        self.bench.mailbox.signal(channel, cpu)

    @keyword(tags=("Channels",))
    def acknowledge_channel(self, channel: int, cpu: int) -> None:
        """Frees ``channel`` with processor ``cpu`` as its receiver (SCR.CHnC).

        | Acknowledge Channel | 1 | cpu=2 |
        """
        self.bench.mailbox.acknowledge(channel, cpu)

    @keyword(tags=("Channels", "Interrupts"))
    def unmask_interrupt(self, kind: Kind, channel: int, cpu: int) -> None:
        """Lets the interrupt of one channel through (clears MR.CHnOM for ``rx``, MR.CHnFM for ``tx``).

        | Unmask Interrupt | rx | 1 | cpu=2 |
        """
        self.bench.mailbox.unmask(kind, channel, cpu)

    @keyword(tags=("Channels", "Interrupts"))
    def mask_interrupt(self, kind: Kind, channel: int, cpu: int) -> None:
        """Keeps the interrupt of one channel from its line (sets MR.CHnOM for ``rx``, MR.CHnFM for ``tx``).

        | Mask Interrupt | tx | 1 | cpu=1 |
        """
        self.bench.mailbox.mask(kind, channel, cpu)

    @keyword(tags=("Interrupts",))
    def enable_interrupt(self, kind: Kind, cpu: int) -> None:
        """Enables an interrupt line of a processor (CR.RXOIE or CR.TXFIE).

        | Enable Interrupt | rx | cpu=2 |
        """
        self.bench.mailbox.enable(kind, cpu)

    @keyword(tags=("Interrupts",))
    def disable_interrupt(self, kind: Kind, cpu: int) -> None:
        """Disables an interrupt line of a processor (CR.RXOIE or CR.TXFIE).

        | Disable Interrupt | tx | cpu=1 |
        """
        self.bench.mailbox.disable(kind, cpu)

    @keyword(tags=("Assertion", "Channels"))
    def channel_should_be_occupied(self, channel: int, cpu: int) -> None:
        """Passes if ``channel``, on which processor ``cpu`` sends, is occupied. This is no access.

        | Channel Should Be Occupied | 1 | cpu=1 |
        """
        self._flag_should_be(True, channel, cpu)

    @keyword(tags=("Assertion", "Channels"))
    def channel_should_be_free(self, channel: int, cpu: int) -> None:
        """Passes if ``channel``, on which processor ``cpu`` sends, is free. This is no access.

        | Channel Should Be Free | 1 | cpu=1 |
        """
        self._flag_should_be(False, channel, cpu)

    @keyword(tags=("Assertion", "Channels"))
    def all_channels_should_be_free(self) -> None:
        """Passes if no channel is occupied in either direction. This is no access.

        | All Channels Should Be Free |
        """
        for cpu in (1, 2):
            for channel in range(1, self.bench.mailbox.channels + 1):
                self._flag_should_be(False, channel, cpu)

    @keyword(tags=("Assertion", "Interrupts"))
    def interrupt_line_should_be_high(self, line: str) -> None:
        """Passes if the line is high: ``RX0``, ``TX0`` go to processor 1, ``RX1``, ``TX1`` to processor 2.

        A wake-up event such as ``EXTI61`` is another name of a line. Where an emulated Cortex-M4 acts as processor 2,
        it must take the interrupt too.

        | Interrupt Line Should Be High | RX1 |
        """
        self._line_should_be(True, line)

    @keyword(tags=("Assertion", "Interrupts"))
    def interrupt_line_should_be_low(self, line: str) -> None:
        """Passes if the line is low: ``RX0``, ``TX0`` go to processor 1, ``RX1``, ``TX1`` to processor 2.

        Where an emulated Cortex-M4 acts as processor 2, it must not take the interrupt either.

        | Interrupt Line Should Be Low | TX0 |
        """
        self._line_should_be(False, line)

    @keyword(tags=("Assertion", "Interrupts"))
    def high_lines_should_be(self, *lines: str) -> None:
        """Passes if exactly these interrupt lines are high, and all others of the IPCC low.

        | High Lines Should Be | RX1 | TX0 |
        """
        mailbox = self.bench.mailbox
        named = {mailbox.device.line_of(mailbox.output(line)) for line in lines}
        wanted = [line for line in mailbox.device.LINES if line in named]
        found = [line for line in mailbox.device.LINES if mailbox.line(line)]
        if found != wanted:
            shown = f"high are {', '.join(found) or 'no lines'}, expected {', '.join(wanted) or 'none'}"
            raise AssertionError(self.bench.explain(shown))

    @keyword(tags=("Assertion", "Interrupts"))
    def all_interrupt_lines_should_be_low(self) -> None:
        """Passes if no interrupt line of the IPCC is high.

        | All Interrupt Lines Should Be Low |
        """
        self.high_lines_should_be()

    def _flag_should_be(self, occupied: bool, channel: int, cpu: int) -> None:
        if self.bench.mailbox.flag(channel, cpu) != occupied:
            raise AssertionError(self.bench.explain(flag_sentence(occupied, channel, cpu)))

    def _line_should_be(self, high: bool, line: str) -> None:
        if self.bench.mailbox.line(line) != high:
            found, wanted = ("low", "high") if high else ("high", "low")
            raise AssertionError(self.bench.explain(f"interrupt line {line.upper()} is {found}, expected {wanted}"))


def flag_sentence(expected_occupied: bool, channel: int, cpu: int) -> str:
    """Channel, processor and register of a flag that is not as expected."""
    found, wanted = ("free", "occupied") if expected_occupied else ("occupied", "free")
    flag = f"{status_register(cpu)}.CH{channel}F"
    return f"channel {channel} from processor {cpu} ({_NAMES[cpu]}) is {found}, expected {wanted} ({flag})"
