"""Semihosting output: what a `BKPT 0xAB` asks of a debugger, as far as text and the end of the program go.

Files, input and clocks are refused with -1, as a debugger without them does (Arm's semihosting specification).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

BKPT_SEMIHOSTING = b"\xab\xbe"
_MAX_TEXT = 4096
_REFUSED = 0xFFFFFFFF


class Call(IntEnum):
    """Operation numbers in R0."""

    SYS_WRITEC = 0x03
    SYS_WRITE0 = 0x04
    SYS_EXIT = 0x18


class Semihosting:
    """Collects text and hands on each byte; `ended` is set by SYS_EXIT. `load(address, size)` reads RAM, None where
    there is none.
    """

    def __init__(self, load: Callable[[int, int], bytes | None]) -> None:
        self._load = load
        self.text = ""
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.ended = False

    def call(self, operation: int, argument: int) -> int:
        """Serve one call; returns the new R0."""
        if operation == Call.SYS_WRITEC:
            self._write(self._load(argument, 1) or b"")
            return operation
        if operation == Call.SYS_WRITE0:
            self._write(self._string(argument))
            return operation
        if operation == Call.SYS_EXIT:
            self.ended = True
            return operation
        return _REFUSED

    def _string(self, address: int) -> bytes:
        text = bytearray()
        while len(text) < _MAX_TEXT:
            byte = self._load(address + len(text), 1)
            if not byte or byte == b"\0":
                break
            text += byte
        return bytes(text)

    def _write(self, data: bytes) -> None:
        self.text += data.decode("utf-8", "replace")
        for byte in data:
            self.on_byte(byte)
