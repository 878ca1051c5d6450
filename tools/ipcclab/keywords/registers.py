"""Keywords for the registers, channels and interrupt lines of the IPCC, on a bare device and on a board alike."""

from __future__ import annotations

from robot.api.deco import keyword

from ipcclab.keywords.arguments import Kind, Operator
from ipcclab.keywords.assertion import verify
from ipcclab.keywords.bench import Bench
from ipcclab.mailbox import Mailbox, status_register


class RegisterKeywords:
    """`cpu` is the processor that accesses: 1 is the Cortex-A7 (Linux), 2 the Cortex-M4 (firmware)."""

    bench: Bench

    @keyword(tags=("Getter", "Assertion", "Registers"))
    def get_register(
        self, register: str, operator: Operator | None = None, expected: int | None = None, cpu: int = 1
    ) -> int:
        """Reads a register or a field, and compares it if an operator is given. Returns the value.

        - ``register``: one of the `Registers`, by any of its names, or a field such as ``C1MR.CH1OM``.
        - ``operator``: ``==``, ``!=``, ``<``, ``>``, ``<=`` or ``>=``; by default nothing is compared.
        - ``expected``: the number behind the operator, such as ``0x1``; by default none.
        - ``cpu``: the processor that reads; by default ``1``.

        Fails if the comparison does not hold, and names the fields that are set. The read is an access like any other.

        | Signal Channel | 1 | cpu=1 |
        | Get Register | C1TOC2SR | == | 0x1 |
        | ${masked} = | Get Register | C2MR.CH1OM |
        """
        value = self.bench.mailbox.read(register, cpu)

        def sentence(wanted: str) -> str:
            spot = self.bench.mailbox.find(register)
            fields = ", ".join(f"{field.name} = {field.value}" for field in spot.register.decode(value))
            shown = f"0x{value:08X} ({fields})" if spot.field is None and fields else f"0x{value:X}"
            return self.bench.explain(
                f"{register} is {shown}, expected {wanted}; read by {self.bench.mailbox.processor(cpu)}"
            )

        return verify(value, operator, expected, sentence)

    @keyword(tags=("Registers",))
    def read_register(self, register: str, cpu: int = 1, width: int = 4) -> int:
        """Reads a register or a field with one access. Returns the value.

        - ``register``: one of the `Registers`, by any of its names, or a field such as ``C1MR.CH1OM``.
        - ``cpu``: the processor that reads; by default ``1``.
        - ``width``: of the access, in bytes: 1, 2 or 4; by default ``4``. The IPCC answers words only, and 0 to the
          rest.

        Fails for a name that is no register's.

        | ${channels} = | Read Register | HWCFGR |
        | ${nothing} = | Read Register | C1MR | width=2 |
        """
        return self.bench.mailbox.read(register, cpu, width)

    @keyword(tags=("Registers",))
    def write_register(self, register: str, value: int, cpu: int = 1, width: int = 4) -> None:
        """Writes a register with one access.

        - ``register``: one of the `Registers`, by any of its names.
        - ``value``: all bits of the register, such as ``0x00010000``.
        - ``cpu``: the processor that writes; by default ``1``. On a board with firmware it is 1: the M4 executes the
          firmware.
        - ``width``: of the access, in bytes: 1, 2 or 4; by default ``4``. The IPCC takes words only.

        Fails if the value does not fit the width. What the IPCC ignores is on the trace, and does not fail.

        | Write Register | C1SCR | 0x00010000 |
        | Channel Should Be Occupied | 1 | cpu=1 |
        """
        self.bench.mailbox.write(register, value, cpu, width)

    @keyword(tags=("Registers",))
    def read_at_offset(self, offset: int, cpu: int = 1, width: int = 4) -> int:
        """Reads at an offset in the window of the IPCC or beside it, with one access. Returns what the bus gives.

        - ``offset``: from the IPCC's first address, in bytes. There need not be a register.
        - ``cpu``: the processor that reads; by default ``1``.
        - ``width``: of the access, in bytes: 1, 2 or 4; by default ``4``.

        It never fails for what is there: a reserved offset reads zero.

        | ${zero} = | Read At Offset | 0x020 |
        """
        return self.bench.mailbox.read_at(offset, cpu, width)

    @keyword(tags=("Registers",))
    def write_at_offset(self, offset: int, value: int, cpu: int = 1, width: int = 4) -> None:
        """Writes at an offset in the window of the IPCC or beside it, with one access.

        - ``offset``: from the IPCC's first address, in bytes. There need not be a register.
        - ``value``: what is written, no longer than ``width`` bytes.
        - ``cpu``: the processor that writes; by default ``1``.
        - ``width``: of the access, in bytes: 1, 2 or 4; by default ``4``.

        Fails if the value does not fit the width; what the IPCC ignores does not fail.

        | Write At Offset | 0x002 | 0xFFFF | width=2 |
        | Access Should Have Been Ignored | 2-byte write to C1CR |
        """
        self.bench.mailbox.write_at(offset, value, cpu, width)

    @keyword(tags=("Getter", "Registers"))
    def decode_register(self, register: str, value: int) -> list[str]:
        """Returns what a value means in a register: the fields that are not zero, from bit 0 up. This is no access.

        - ``register``: one of the `Registers`, by any of its names.
        - ``value``: all bits of the register, such as ``0x00020001``.

        Fails for a name that is no register's.

        | ${fields} = | Decode Register | C1SCR | 0x00020001 |
        | Should Be Equal | ${fields}[1] | CH2S = 1: occupy channel 2 to processor 2 |
        """
        fields = self.bench.mailbox.decode(register, value)
        return [f"{field.name} = {field.value}: {field.meaning}" for field in fields]

    @keyword(tags=("Channels",))
    def signal_channel(self, channel: int, cpu: int) -> None:
        """Occupies a channel: writes its CHnS to the SCR of the processor that sends.

        - ``channel``: 1 to 6.
        - ``cpu``: the processor that sends.

        Does not fail if the channel is occupied already: then the signal is lost, see `No Signal Should Be Lost`.

        | Signal Channel | 1 | cpu=1 |
        """
        self.bench.mailbox.signal(channel, cpu)

    @keyword(tags=("Channels",))
    def acknowledge_channel(self, channel: int, cpu: int) -> None:
        """Frees a channel: writes its CHnC to the SCR of the processor that receives.

        - ``channel``: 1 to 6.
        - ``cpu``: the processor that receives.

        Does not fail if the channel is free already.

        | Signal Channel | 1 | cpu=1 |
        | Acknowledge Channel | 1 | cpu=2 |
        | Channel Should Be Free | 1 | cpu=1 |
        """
        self.bench.mailbox.acknowledge(channel, cpu)

    @keyword(tags=("Channels", "Interrupts"))
    def unmask_interrupt(self, kind: Kind, channel: int, cpu: int) -> None:
        """Lets the interrupt of one channel through: clears MR.CHnOM or MR.CHnFM, in a read and a write.

        - ``kind``: ``rx``, the channel is occupied and ``cpu`` receives; or ``tx``, it is free and ``cpu`` may send.
        - ``channel``: 1 to 6.
        - ``cpu``: the processor that is interrupted.

        Fails for a channel that there is not. `Enable Interrupt` opens the line itself.

        | Unmask Interrupt | rx | 1 | cpu=2 |
        """
        self.bench.mailbox.unmask(kind, channel, cpu)

    @keyword(tags=("Channels", "Interrupts"))
    def mask_interrupt(self, kind: Kind, channel: int, cpu: int) -> None:
        """Keeps the interrupt of one channel from its line: sets MR.CHnOM or MR.CHnFM, in a read and a write.

        - ``kind``: ``rx``, the channel is occupied and ``cpu`` receives; or ``tx``, it is free and ``cpu`` may send.
        - ``channel``: 1 to 6.
        - ``cpu``: the processor that is no longer interrupted.

        Fails for a channel that there is not.

        | Mask Interrupt | tx | 1 | cpu=1 |
        """
        self.bench.mailbox.mask(kind, channel, cpu)

    @keyword(tags=("Interrupts",))
    def enable_interrupt(self, kind: Kind, cpu: int) -> None:
        """Enables an interrupt line of a processor: sets CR.RXOIE or CR.TXFIE, in a read and a write.

        - ``kind``: ``rx``, for channels that are occupied; or ``tx``, for channels that are free.
        - ``cpu``: the processor that is interrupted.

        Fails for another kind. Each channel is masked until `Unmask Interrupt`.

        | Enable Interrupt | rx | cpu=2 |
        | Unmask Interrupt | rx | 1 | cpu=2 |
        | Signal Channel | 1 | cpu=1 |
        | Interrupt Line Should Be High | RX1 |
        """
        self.bench.mailbox.enable(kind, cpu)

    @keyword(tags=("Interrupts",))
    def disable_interrupt(self, kind: Kind, cpu: int) -> None:
        """Disables an interrupt line of a processor: clears CR.RXOIE or CR.TXFIE, in a read and a write.

        - ``kind``: ``rx``, for channels that are occupied; or ``tx``, for channels that are free.
        - ``cpu``: the processor that is no longer interrupted.

        Fails for another kind.

        | Disable Interrupt | tx | cpu=1 |
        """
        self.bench.mailbox.disable(kind, cpu)

    @keyword(tags=("Assertion", "Channels"))
    def channel_should_be_occupied(self, channel: int, cpu: int) -> None:
        """Passes if a channel is occupied: signalled, and not acknowledged yet. This is no access.

        - ``channel``: 1 to 6.
        - ``cpu``: the processor that sends on it.

        | Signal Channel | 1 | cpu=1 |
        | Channel Should Be Occupied | 1 | cpu=1 |
        """
        self._flag_should_be(True, channel, cpu)

    @keyword(tags=("Assertion", "Channels"))
    def channel_should_be_free(self, channel: int, cpu: int) -> None:
        """Passes if a channel is free. This is no access.

        - ``channel``: 1 to 6.
        - ``cpu``: the processor that sends on it.

        | Channel Should Be Free | 1 | cpu=1 |
        """
        self._flag_should_be(False, channel, cpu)

    @keyword(tags=("Assertion", "Channels"))
    def all_channels_should_be_free(self) -> None:
        """Passes if no channel is occupied, in either direction. This is no access.

        | All Channels Should Be Free |
        """
        for cpu in (1, 2):
            for channel in range(1, self.bench.mailbox.channels + 1):
                self._flag_should_be(False, channel, cpu)

    @keyword(tags=("Assertion", "Interrupts"))
    def interrupt_line_should_be_high(self, line: str) -> None:
        """Passes if an interrupt line is high.

        Where an emulated Cortex-M4 acts as processor 2, it must take the interrupt too.

        - ``line``: ``RX0`` or ``TX0``, to processor 1; ``RX1`` or ``TX1``, to processor 2; or a wake-up event of the
          line, such as ``EXTI61``.

        | Enable Interrupt | rx | cpu=2 |
        | Unmask Interrupt | rx | 1 | cpu=2 |
        | Signal Channel | 1 | cpu=1 |
        | Interrupt Line Should Be High | RX1 |
        """
        self._line_should_be(True, line)

    @keyword(tags=("Assertion", "Interrupts"))
    def interrupt_line_should_be_low(self, line: str) -> None:
        """Passes if an interrupt line is low.

        Where an emulated Cortex-M4 acts as processor 2, it must not take the interrupt.

        - ``line``: ``RX0`` or ``TX0``, to processor 1; ``RX1`` or ``TX1``, to processor 2; or a wake-up event of the
          line.

        | Interrupt Line Should Be Low | TX0 |
        """
        self._line_should_be(False, line)

    @keyword(tags=("Assertion", "Interrupts"))
    def high_lines_should_be(self, *lines: str) -> None:
        """Passes if exactly these interrupt lines are high, and all others of the IPCC low.

        - ``lines``: names as in `Interrupt Line Should Be High`, in any order; none if all are to be low.

        | Enable Interrupt | tx | cpu=1 |
        | Unmask Interrupt | tx | 1 | cpu=1 |
        | High Lines Should Be | TX0 |
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
            raise AssertionError(self.bench.explain(flag_sentence(self.bench.mailbox, occupied, channel, cpu)))

    def _line_should_be(self, high: bool, line: str) -> None:
        if self.bench.mailbox.line(line) != high:
            found, wanted = ("low", "high") if high else ("high", "low")
            raise AssertionError(self.bench.explain(f"interrupt line {line.upper()} is {found}, expected {wanted}"))


def flag_sentence(mailbox: Mailbox, expected_occupied: bool, channel: int, cpu: int) -> str:
    """Channel, processor and register of a flag that is not as expected."""
    found, wanted = ("free", "occupied") if expected_occupied else ("occupied", "free")
    flag = f"{status_register(cpu)}.CH{channel}F"
    return f"channel {channel} from {mailbox.processor(cpu)} is {found}, expected {wanted} ({flag})"
