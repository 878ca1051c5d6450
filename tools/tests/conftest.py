"""What the tests of the tools share: one short exchange, recorded by hand."""

from __future__ import annotations

import pytest

from mp1bench.trace import A7, M4, Access, Core, Effect, Interrupt, Line, Log, Message, Trace, Unmodelled
from stm32mp1.gpio import Gpio
from stm32mp1.ipcc import Ipcc

pytest_plugins = ["pytester"]

SIGNAL, HANDLER = 0x1000_0120, 0x1000_0248


@pytest.fixture
def exchange() -> Trace:
    """The M4 signals channel 1, Linux answers; then a poll, what the device refuses, and the end of the core."""
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    trace.tables["gpioA"] = Gpio.TABLE
    trace.interrupts[103] = "ipcc.RX1"
    names = {SIGNAL: "ipcc_signal+0x1c", HANDLER: "ipcc_rx+0x8"}
    trace.symbolize = lambda address: names.get(address, "")
    record = trace.record
    record(Core(0, "released", ""))
    record(Log(5, "linux", "info", "remoteproc remoteproc0: remote processor m4 is now up"))
    record(Access(1_000_000, M4, SIGNAL, "", "ipcc", "W", 0x014, 4, 0xFFFF_FFFC))
    record(Access(1_000_005, M4, SIGNAL, "", "ipcc", "W", 0x018, 4, 0x0001_0000))
    record(Effect(1_000_005, "ipcc", "flag", "C2TOC1SR.CH1F", 0, 1))
    record(Line(1_000_005, "ipcc", "RX0", True))
    record(Access(1_002_005, A7, None, "stm32_ipcc_rx_irq", "ipcc", "R", 0x01C, 4, 0x0000_0001))
    record(Message(1_002_005, "m4_to_a7", "rpmsg-tty", 0x400, 0x401, b'say "hi"\x00'))
    record(Access(1_002_005, A7, None, "stm32_ipcc_rx_irq", "ipcc", "W", 0x008, 4, 0x0002_0001))
    record(Effect(1_002_005, "ipcc", "flag", "C1TOC2SR.CH2F", 0, 1))
    record(Effect(1_002_005, "ipcc", "flag", "C2TOC1SR.CH1F", 1, 0))
    record(Line(1_002_005, "ipcc", "RX0", False))
    record(Line(1_002_005, "ipcc", "RX1", True))
    record(Interrupt(1_002_010, 103))
    for step in range(3):
        record(Access(1_002_020 + 20 * step, M4, HANDLER, "", "ipcc", "R", 0x00C, 4, 0x0000_0002))
    record(Access(1_002_100, M4, 0x1000_0999, "", "ipcc", "R", 0x3F0, 4, 6))
    record(Access(1_002_105, M4, HANDLER, "", "ipcc", "W", 0x018, 2, 0x0002))
    record(Effect(1_002_105, "ipcc", "illegal", "2-byte write to C2SCR", 2, 0))
    record(Access(1_002_110, M4, HANDLER, "", "ipcc", "R", 0x020, 4, 0))
    record(Effect(1_002_110, "ipcc", "illegal", "read of reserved +0x020", 0, 0))
    record(Line(2_000_000, "usart3", "IRQ", True))
    record(Log(2_000_000, "usart3", "", "ready"))
    record(Line(2_000_000, "gpioA", "14", False))
    record(Unmodelled(2_000_005, M4, SIGNAL, 0x4001_3000, "R"))
    record(Core(2_000_010, "lockup", "HardFault in HardFault at 0x10000120"))
    return trace
