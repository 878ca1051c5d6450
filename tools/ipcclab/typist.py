"""What a run types on UARTs: `usart3=hello\\n`, sent as soon as the firmware asks for bytes there.

It answers nothing that the firmware prints; all is typed in the order given, and by line: shells have short buffers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mp1bench.board import Board
from mp1bench.chip.uart_input import find_uart
from mp1bench.errors import UsageError

#: A firmware that has its receiver on for so long, and no interrupt or DMA for it, polls.
POLLED_NS = 1_000_000
#: A person, and a shell, take so long for a line.
LINE_NS = 10_000_000

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.|$)", re.DOTALL)


def unescape(text: str) -> bytes:
    r"""The bytes of a text with ``\n``, ``\r``, ``\t``, ``\0``, ``\\`` and ``\x1b`` in it. UsageError for others."""
    out, at = bytearray(), 0
    for found in _ESCAPE.finditer(text):
        out += text[at : found.start()].encode()
        at, code = found.end(), found[1]
        if len(code) == 3:
            out.append(int(code[1:], 16))
        elif code in _ESCAPES:
            out += _ESCAPES[code].encode()
        else:
            raise UsageError(rf"`\{code}` in {text!r} is not understood. There are: \n, \r, \t, \0, \\ and \x1b.")
    return bytes(out + text[at:].encode())


class Typist:
    """Types `texts`, each `UART=TEXT`, on a board. UsageError if one is none."""

    def __init__(self, board: Board, texts: Sequence[str]) -> None:
        self._board = board
        self._waiting = [line for text in texts for line in self._parse(text)]
        self._on_since: dict[str, int] = {}
        self._busy_until: dict[str, int] = {}  # with the line before

    def _parse(self, text: str) -> list[tuple[str, bytes]]:
        name, sign, data = text.partition("=")
        if not sign or not data:
            raise UsageError(rf"--type {text}: say where and what, as in usart3=hello\n.")
        find_uart(self._board.devices, name)
        return [(name, line) for line in unescape(data).splitlines(keepends=True)]

    def look(self) -> None:
        """Type what can be typed now."""
        waiting, self._waiting = self._waiting, []
        for name, data in waiting:
            if not self._heard_on(name):
                self._waiting.append((name, data))
                continue
            if data.endswith((b"\n", b"\r")):
                self._busy_until[name] = self._board.engine.now + LINE_NS
            self._board.uart_input(name, data)

    def _heard_on(self, name: str) -> bool:
        """What is typed now is for what the firmware does now: many drivers throw away what came before they ask."""
        uart, now = find_uart(self._board.devices, name), self._board.engine.now
        if not uart.receiving or now < self._busy_until.get(name, 0):
            return False
        on_since = self._on_since.setdefault(name, now)
        return uart.asking or now >= on_since + POLLED_NS

    def complaint(self) -> str | None:
        """What could not be typed, in one sentence; None if all has been."""
        if not self._waiting:
            return None
        names = ", ".join(dict.fromkeys(name for name, _ in self._waiting))
        if all(name in self._on_since for name, _ in self._waiting):
            return f"the run was over before all was typed on {names}."
        return f"nothing was typed on {names}: the firmware has not switched its receiver on."
