"""What a run waits for: texts that the firmware is to send, one after the other. It only looks; it never moves time.

The firmware sends RPMsg messages to Linux and bytes to its UARTs. Each text is looked for behind the one before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ipcclab.payload import quoted, text_of
from mp1bench.board import Board
from mp1bench.diagnosis import whereabouts


class Expectations:
    """The texts expected from a board. Call `look` whenever something may have been sent."""

    def __init__(self, board: Board, texts: Sequence[str]) -> None:
        self._board = board
        self._unmet = [text.encode("utf-8", "surrogateescape") for text in texts]
        self._messages = 0  # looked through so far
        self._tail = b""  # of the last message looked through, behind what was found in it
        self._uart_seen: dict[str, int] = {}  # characters looked through so far, by UART

    @property
    def met(self) -> bool:
        """Every text has been seen."""
        return not self._unmet

    @property
    def unmet(self) -> list[str]:
        """The texts not yet seen, in order."""
        return [text_of(text) for text in self._unmet]

    def look(self) -> bool:
        """Take in what was sent since the last look; True if every text has been seen."""
        while self._unmet and (self._in_messages() or self._in_uarts()):
            del self._unmet[0]
        return not self._unmet

    def _in_messages(self) -> bool:
        received = self._board.linux.received if self._board.linux else []
        while True:
            _, found, behind = self._tail.partition(self._unmet[0])
            if found:
                self._tail = behind
                self._forget_uarts()
                return True
            if self._messages == len(received):
                return False
            self._tail = received[self._messages].data
            self._messages += 1

    def _in_uarts(self) -> bool:
        wanted = text_of(self._unmet[0])
        for name, output in self._board.uart.items():
            seen = self._uart_seen.get(name, 0)
            at = output.find(wanted, seen)
            if at >= 0:
                self._forget_uarts()
                self._uart_seen[name] = at + len(wanted)
                return True
            self._uart_seen[name] = max(seen, len(output) - len(wanted) + 1)
        return False

    def _forget_uarts(self) -> None:
        """What came before the text just found cannot hold the next one."""
        self._uart_seen = {name: len(output) for name, output in self._board.uart.items()}

    def complaint(self) -> str:
        """What was expected, and what came instead or why nothing came. For a run that is over."""
        wanted = quoted(self._unmet[0])
        linux = self._board.linux
        came = [f"{quoted(t.data)} from {t.endpoint} (0x{t.remote:x})" for t in linux.received] if linux else []
        came += [f"{quoted(out.encode())} on {name}" for name, out in self._board.uart.items() if out]
        if came:
            return f"expected {wanted} from the firmware, but it sent {_first_few(came)}."
        why = self._board.diagnose() or whereabouts(self._board)
        return f"expected {wanted} from the firmware, but it sent nothing. {why[:1].upper()}{why[1:]}"


def _first_few(items: Sequence[str], limit: int = 6) -> str:
    shown = ", ".join(items[:limit])
    return f"{shown} and {len(items) - limit} more" if len(items) > limit else shown
