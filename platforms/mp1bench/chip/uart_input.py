"""Typing on a UART from outside: what a person at the terminal, or a test, sends to the firmware.

What the firmware prints is for `console.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from mp1bench.engine import Engine
from mp1bench.errors import UsageError, suggest
from mp1bench.trace import Log
from stm32mp1.device import Device
from stm32mp1.usart import Usart


def find_uart(devices: Mapping[str, Device], name: str) -> Usart:
    """The UART of that name. UsageError if there is none."""
    device = devices.get(name)
    if not isinstance(device, Usart):
        uarts = [known for known, other in devices.items() if isinstance(other, Usart)]
        raise UsageError(f"there is no UART `{name}` on this board.{suggest(name, uarts)}")
    return device


def type_on(engine: Engine, devices: Mapping[str, Device], name: str, data: bytes) -> None:
    """Send `data` to a UART. The bytes wait until the firmware reads them; the trace shows them as typed."""
    uart = find_uart(devices, name)
    if not isinstance(data, bytes):
        raise UsageError(f"a UART takes bytes, not a {type(data).__name__}. Encode it: text.encode().")
    if engine.trace is not None:
        engine.trace.record(Log(engine.now, name, "", f"typed: {data.decode('utf-8', 'replace')}"))
    uart.receive(data)
    engine.notify()
