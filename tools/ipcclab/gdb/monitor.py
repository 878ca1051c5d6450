"""What gdb's `monitor` commands say and do: the bench's own, beside the protocol."""

from __future__ import annotations

from ipcclab.durations import format_moment
from ipcclab.trace.text import TextFormatter
from mp1bench.board import Board
from mp1bench.engine.embedded.debug_port import DebugPort
from mp1bench.errors import suggest

_LINES = 20
#: What there is to type behind `monitor`, and what it does.
COMMANDS = {
    "help": "these lines",
    "reset": "reset the M4, which halts at its reset vector; `maintenance flush register-cache` shows gdb where",
    "time": "virtual time, and how many instructions the M4 has executed",
    "trace": f"the last {_LINES} events of the trace, or as many as you say: monitor trace 50",
}


class Monitor:
    """Answers one line at a time."""

    def __init__(self, board: Board, debug: DebugPort) -> None:
        self._board = board
        self._debug = debug

    def answer(self, line: str) -> str:
        """Text that ends with a newline."""
        words = line.split()
        command = words[0] if words else "help"
        if command == "help":
            return "".join(f"monitor {name:<6} {what}\n" for name, what in COMMANDS.items())
        if command == "reset":
            self._debug.reset()
            return f"The M4 is at its reset vector, 0x{self._debug.view.registers()['pc']:08x}.\n"
        if command == "time":
            return f"{format_moment(self._board.engine.now)}, {self._board.engine.instructions:,} instructions\n"
        if command == "trace":
            return self._trace(words[1] if len(words) > 1 else str(_LINES))
        return f"There is no `monitor {command}`.{suggest(command, COMMANDS)}\n"

    def _trace(self, count: str) -> str:
        if not count.isdecimal() or int(count) == 0:
            return f"`monitor trace {count}`: say how many events, 1 or more.\n"
        trace = self._board.trace
        if trace is None or not trace.events:
            return "The trace is empty.\n"
        formatter = TextFormatter(trace, colour=False)
        lines = [text for event in trace.events[-int(count) :] for text in formatter.feed(event)]
        return "".join(f"{text}\n" for text in [*lines, *formatter.finish()])
