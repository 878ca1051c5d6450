"""What the tests of the tools share: one short exchange and one of MCAPI, recorded by hand."""

from __future__ import annotations

import pytest

from mp1bench.trace import A7, M4, Access, Core, Effect, Interrupt, Line, Log, Mcapi, Message, Trace, Unmodelled
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


@pytest.fixture
def mcapi_exchange() -> Trace:
    """Both sides come up, each kind of frame in both directions, what is dropped, and the firmware starts anew."""
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    record = trace.record
    to_m4, to_a7 = "a7_to_m4", "m4_to_a7"
    record(Mcapi(0, "epoch", to_m4, detail="1 begins"))
    record(Mcapi(12_000, "epoch", to_a7, detail="7 begins"))
    record(Mcapi(12_000, "epoch", to_a7, detail="7 is up"))
    record(Mcapi(13_000, "frame", to_m4, "message", 0, 20, 1, 0, b'say "hi"\x00'))
    record(Access(13_000, A7, None, "stm32_ipcc_send_data", "ipcc", "W", 0x008, 4, 0x0010_0000))
    record(Effect(13_000, "ipcc", "flag", "C1TOC2SR.CH5F", 0, 1))
    record(Line(13_000, "ipcc", "RX1", True))
    record(Mcapi(13_000, "doorbell", to_m4))
    record(Mcapi(14_000, "frame", to_m4, "packet", 1, 21, 2, 1, b"\x1b[2J</script>"))
    record(Mcapi(14_000, "deferred", to_m4))
    record(Mcapi(14_500, "frame", to_m4, "scalar", 1, 4, 5, None, bytes([0x2A, 0, 0, 0x80])))
    record(Mcapi(14_700, "frame", to_m4, "control", 0, 22, 65535, None, detail="GET tag 3"))
    record(Mcapi(30_000, "returned", to_m4, buffer=0))
    record(Mcapi(31_000, "frame", to_a7, "control", 0, 9, 22, None, detail="GOT tag 3 ENDP_INVALID"))
    record(Mcapi(31_000, "frame", to_a7, "scalar", 0, 5, 4, None, b"\xff"))
    record(Mcapi(31_000, "frame", to_a7, "message", 0, 1, 20, 0, b""))
    record(Mcapi(31_000, "frame", to_a7, "packet", 1, 3, 23, 1, b"nobody's"))
    record(Mcapi(31_000, "dropped", to_a7, "packet", 1, 3, 23, 1, b"nobody's", "there is no port 23"))
    record(Mcapi(31_000, "returned", to_a7, buffer=1))
    record(Mcapi(31_500, "dropped", to_a7, detail="kind 9 in slot 3 of ring 0"))
    record(Mcapi(31_500, "dropped", to_a7, buffer=200, detail="a buffer came home that was not away"))
    record(Mcapi(31_500, "dropped", to_m4, detail="2 by its own count"))
    record(Mcapi(31_500, "deferred", to_a7, detail="1 by its own count"))
    record(Mcapi(90_000, "epoch", to_a7, detail="8 begins"))
    record(Mcapi(91_000, "epoch", to_a7, detail="is gone"))
    return trace
