"""Semihosting: what a `BKPT 0xAB` asks of a debugger, as far as text, time and the end of the program go.

There is a terminal that prints and has no input, and the file in which a debugger tells its features; all other files
and calls are refused with -1, as a debugger without them does (Arm's semihosting specification, 2.0).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum

BKPT_SEMIHOSTING = b"\xab\xbe"
_MAX_TEXT = 4096
_MAX_ARGUMENTS = 4
_REFUSED = 0xFFFFFFFF
_STDIN, _STDOUT, _STDERR, _FEATURES = 1, 2, 3, 4  # handles; which numbers they are is ours to choose
_TERMINAL = {0: _STDIN, 4: _STDOUT, 8: _STDERR}  # by mode, without its lowest two bits: r, w, a
_FEATURE_BITS = b"SHFB\x03"  # SYS_EXIT_EXTENDED; stdout and stderr are two
_APPLICATION_EXIT = 0x20026
_ENOENT = 2
_NS = 1_000_000_000


class Call(IntEnum):
    """Operation numbers in R0."""

    SYS_OPEN = 0x01
    SYS_CLOSE = 0x02
    SYS_WRITEC = 0x03
    SYS_WRITE0 = 0x04
    SYS_WRITE = 0x05
    SYS_READ = 0x06
    SYS_READC = 0x07
    SYS_ISERROR = 0x08
    SYS_ISTTY = 0x09
    SYS_SEEK = 0x0A
    SYS_FLEN = 0x0C
    SYS_CLOCK = 0x10
    SYS_TIME = 0x11
    SYS_ERRNO = 0x13
    SYS_GET_CMDLINE = 0x15
    SYS_HEAPINFO = 0x16
    SYS_EXIT = 0x18
    SYS_EXIT_EXTENDED = 0x20


class Semihosting:
    """Collects text and hands on each byte; `exit_code` is set when the program has ended, 0 for success.

    `load(address, size)` and `store(address, data)` reach RAM; None and False where there is none. `now()` is virtual
    time in ns.
    """

    def __init__(
        self,
        load: Callable[[int, int], bytes | None],
        store: Callable[[int, bytes], bool],
        now: Callable[[], int],
    ) -> None:
        self._load = load
        self._store = store
        self._now = now
        self.text = ""
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.exit_code: int | None = None
        self._read_features = 0  # how much of that file has been read

    def call(self, operation: int, argument: int) -> int:
        """Serve one call; returns the new R0."""
        if operation == Call.SYS_WRITEC:
            self._write(self._load(argument, 1) or b"")
        elif operation == Call.SYS_WRITE0:
            self._write(self._string(argument))
        elif operation == Call.SYS_EXIT:
            self.exit_code = 0 if argument == _APPLICATION_EXIT else 1
        elif operation == Call.SYS_EXIT_EXTENDED:
            reason, code = self._arguments(argument)[:2]
            self.exit_code = code if reason == _APPLICATION_EXIT else 1
        elif operation == Call.SYS_CLOCK:
            return self._now() * 100 // _NS & 0x7FFFFFFF
        elif operation == Call.SYS_TIME:
            return self._now() // _NS
        elif operation == Call.SYS_ERRNO:
            return _ENOENT
        else:
            return self._file_call(operation, argument)
        return operation

    def _file_call(self, operation: int, argument: int) -> int:
        first, second, third, _ = self._arguments(argument)
        known = _STDIN <= first <= _FEATURES
        if operation == Call.SYS_OPEN:
            return self._open(self._string(first), second)
        if operation == Call.SYS_CLOSE and known:
            return 0
        if operation == Call.SYS_WRITE and first in (_STDOUT, _STDERR):
            data = self._load(second, third) or b""
            self._write(data)
            return third - len(data)
        if operation == Call.SYS_READ and known:
            return third - (self._read(second, third) if first == _FEATURES else 0)
        if operation == Call.SYS_ISERROR:
            return first >> 31
        if operation == Call.SYS_ISTTY and known:
            return int(first != _FEATURES)
        if operation == Call.SYS_SEEK and first == _FEATURES:
            self._read_features = second
            return 0
        if operation == Call.SYS_FLEN and known:
            return len(_FEATURE_BITS) if first == _FEATURES else 0
        if operation == Call.SYS_GET_CMDLINE:
            return 0 if self._store(first, b"\0") and self._store(argument + 4, bytes(4)) else _REFUSED
        if operation == Call.SYS_HEAPINFO:
            self._store(first, bytes(16))  # zeros: the program uses its own heap and stack
            return first
        return _REFUSED

    def _open(self, name: bytes, mode: int) -> int:
        if name == b":tt":
            return _TERMINAL.get(mode & ~3, _REFUSED)
        if name == b":semihosting-features" and mode < 4:
            self._read_features = 0
            return _FEATURES
        return _REFUSED

    def _read(self, address: int, size: int) -> int:
        """Bytes of the feature file that fit."""
        data = _FEATURE_BITS[self._read_features : self._read_features + size]
        if not self._store(address, data):
            return 0
        self._read_features += len(data)
        return len(data)

    def _arguments(self, address: int) -> tuple[int, ...]:
        """The words that an argument block begins with; zeros where there is no memory."""
        block = (self._load(address, 4 * _MAX_ARGUMENTS) or b"").ljust(4 * _MAX_ARGUMENTS, b"\0")
        return struct.unpack(f"<{_MAX_ARGUMENTS}I", block)

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
