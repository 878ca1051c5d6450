"""What a firmware prints, on a UART, by semihosting or on the ITM: the bytes, and each whole line on the trace.

It is not the UART; baud rates and the input direction are none of its business.
"""

from __future__ import annotations

from mp1bench.engine import Engine
from mp1bench.trace import Log

#: What the core itself prints on. A board lists them once something has come.
CORE_CONSOLES = ("semihosting", "itm")


class Console:
    """The terminal at the other end of `name`: a UART, or one of CORE_CONSOLES."""

    def __init__(self, name: str, engine: Engine) -> None:
        self._name = name
        self._engine = engine
        self._bytes = bytearray()
        self._line_start = 0

    @property
    def text(self) -> str:
        """Everything printed so far; bytes that are not UTF-8 show as U+FFFD."""
        return self._bytes.decode("utf-8", "replace")

    @property
    def printed(self) -> bytes:
        """The bytes themselves; setting them goes on from there."""
        return bytes(self._bytes)

    @printed.setter
    def printed(self, data: bytes) -> None:
        self._bytes = bytearray(data)
        self._line_start = data.rfind(b"\n") + 1

    def put(self, byte: int) -> None:
        """Take one byte from the UART."""
        self._bytes.append(byte)
        if byte == ord("\n"):
            self.end_line()
        self._engine.notify()

    def end_line(self) -> None:
        """Put the line under way on the trace as it is; nothing if none is."""
        if self._line_start == len(self._bytes):
            return
        line = self._bytes[self._line_start :].decode("utf-8", "replace").rstrip("\r\n")
        self._line_start = len(self._bytes)
        if self._engine.trace is not None:
            self._engine.trace.record(Log(self._engine.now, self._name, "", line))
