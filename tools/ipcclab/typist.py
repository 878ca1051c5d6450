"""What a run types on UARTs: `usart3=hello\\n`, sent as soon as the firmware has switched that receiver on.

It answers nothing that the firmware prints; all is typed in the order given, one text after the other per UART.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mp1bench.board import Board
from mp1bench.chip.uart_input import find_uart
from mp1bench.errors import UsageError

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
        self._waiting = [self._parse(text) for text in texts]

    def _parse(self, text: str) -> tuple[str, bytes]:
        name, sign, data = text.partition("=")
        if not sign or not data:
            raise UsageError(rf"--type {text}: say where and what, as in usart3=hello\n.")
        find_uart(self._board.devices, name)
        return name, unescape(data)

    def look(self) -> None:
        """Type what can be typed now."""
        ready = [one for one in self._waiting if find_uart(self._board.devices, one[0]).receiving]
        self._waiting = [one for one in self._waiting if one not in ready]
        for name, data in ready:
            self._board.uart_input(name, data)

    def complaint(self) -> str | None:
        """What could not be typed, in one sentence; None if all has been."""
        if not self._waiting:
            return None
        names = ", ".join(dict.fromkeys(name for name, _ in self._waiting))
        return f"nothing was typed on {names}: the firmware has not switched its receiver on."
