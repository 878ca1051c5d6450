"""A machine for tests of what speaks to a guest: it answers commands from a list. It holds no test."""

from __future__ import annotations

from collections.abc import Iterator


class ScriptedMachine:
    """Says `boot` first; then, to each line that is typed, the next of `answers`, printed in the millisecond after."""

    def __init__(self, boot: str = "[    0.100000] Booting Linux\n\x1e0\n", answers: tuple[str, ...] = ()) -> None:
        self.now = 0
        self.typed: list[str] = []
        self.quantum: int | None = None
        self.exceptions = 0
        #: Events of the next run, in front of what is printed.
        self.events: list[list[str]] = []
        self._says = boot
        self._answers = list(answers)

    def run(self, duration: int) -> Iterator[list[str]]:
        says, self._says = self._says, ""
        events, self.events = self.events, []
        self.now += duration
        yield from events
        for byte in says.encode():
            yield [str(self.now), "byte", "uart4", str(byte)]

    def type(self, data: bytes) -> None:
        self.typed.append(data.decode())
        self._says += self._answers.pop(0) if self._answers else ""

    def set_quantum(self, quantum: int) -> None:
        self.quantum = quantum
