"""A shell on the guest's console: for who sits at a terminal, or for a script on standard input.

Only who types at a terminal makes virtual time depend on the user's; a script's run is the same each time.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
from collections.abc import Callable, Iterator
from typing import TextIO

from mp1bench.guest.linux_guest import MS, QUANTUM, GuestTimeError, LinuxGuest, S
from mp1bench.guest.remoteproc import octal

#: Virtual time that a script may take.
SCRIPT_LIMIT = 60 * S
_LIFETIME = 24 * 3600 * S  # of an interactive shell
_STEP = 5 * MS
_IDLE_STEPS = 4  # without a word from the guest; then it sleeps, and the host may, too
_IDLE_SECONDS = 0.02
_IDLE_QUANTUM = 100_000  # turns of the cores are what costs then
_PROMPT_WITHIN = 50 * MS
_LEAVE_WITHIN = 1 * S
_LEAVE = 0x1D  # Ctrl-]
_SCRIPT = "/tmp/standard-input"
_PIECE = 900
_STATUS = 0x1E  # our init's mark in front of an exit status


class Screen:
    """Shows what the guest's console prints, but for the exit status that our init tells at the end of a command."""

    def __init__(self, guest: LinuxGuest, stream: TextIO, raw: bool) -> None:
        self._stream = stream
        self._raw = raw
        self._hidden = False
        self._waiting = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        guest.on_byte = self._take

    def _take(self, byte: int) -> None:
        if byte == _STATUS:
            self._hidden = True
        elif self._hidden:
            self._hidden = byte != ord("\n")
        elif self._raw or byte != ord("\r"):
            self._waiting.append(byte)

    def show(self) -> bool:
        """Show what has come since. Has anything?"""
        if not self._waiting:
            return False
        self._stream.write(self._decoder.decode(self._waiting))  # the rest of a character may come with the next
        self._stream.flush()
        self._waiting.clear()
        return True


class Keyboard:
    """Takes what is typed at the terminal `descriptor`, and waits there for a moment while the guest sleeps."""

    def __init__(self, guest: LinuxGuest, descriptor: int, screen: Screen) -> None:
        self._guest = guest
        self._descriptor = descriptor
        self._screen = screen
        self._silent = 0
        self._quantum = QUANTUM
        #: Ctrl-] was typed, or the terminal is gone.
        self.left = False

    def look(self) -> None:
        """Once per step: show, and hand on what was typed."""
        self._silent = 0 if self._screen.show() else self._silent + 1
        asleep = self._silent > _IDLE_STEPS
        if not select.select([self._descriptor], [], [], _IDLE_SECONDS if asleep else 0.0)[0]:
            self.take_turns_of(_IDLE_QUANTUM if asleep else QUANTUM)
            return
        self.take_turns_of(QUANTUM)
        typed, leave, _ = os.read(self._descriptor, 256).partition(bytes([_LEAVE]))
        self.left = bool(leave) or not typed
        self._silent = 0
        self._guest.machine.type(typed)

    def take_turns_of(self, quantum: int) -> None:
        """Have the cores take turns of so many nanoseconds from now on."""
        if quantum != self._quantum:
            self._guest.machine.set_quantum(quantum)
            self._quantum = quantum


def attend(guest: LinuxGuest, stdin: TextIO, stdout: TextIO) -> None:
    """A shell for who sits at the terminal `stdin`, until they type exit or Ctrl-]. GuestTimeError if it stays."""
    with _raw(stdin), _screen(guest, stdout, raw=True) as screen:
        keyboard = Keyboard(guest, stdin.fileno(), screen)
        columns, rows = os.get_terminal_size(stdin.fileno())
        size = f"rows {rows} cols {columns}" if rows and columns else ""
        guest.machine.type(f"stty echo {size}; sh -i; stty -echo\n".encode())
        _until(guest, keyboard, guest.answered, _LIFETIME)
        if not guest.answered():
            guest.machine.type(b"\x03")  # Ctrl-C, after which the rest of a line is thrown away
            guest.run(_PROMPT_WITHIN)
            guest.machine.type(b"\x15exit\n")
            if not guest.run_until(guest.answered, _LEAVE_WITHIN):
                raise GuestTimeError("the guest's shell does not end: a program in it does not heed Ctrl-C.")
        guest.take_answer()


def watch(guest: LinuxGuest, stdin: TextIO, stdout: TextIO) -> None:
    """The console of a root file system of one's own, until Ctrl-]: whatever runs there, no command of ours does."""
    with _raw(stdin), _screen(guest, stdout, raw=True) as screen:
        _until(guest, Keyboard(guest, stdin.fileno(), screen), lambda: False, _LIFETIME)


def run_script(guest: LinuxGuest, script: bytes, stdout: TextIO) -> str | None:
    """Have the guest's shell run a script, and say so if its exit status is not 0. GuestTimeError if it never ends."""
    for start in range(0, len(script), _PIECE):
        guest.must(f"printf '{octal(script[start : start + _PIECE])}' >>{_SCRIPT}")
    with _screen(guest, stdout, raw=False) as screen:
        guest.machine.type(f"sh {_SCRIPT} </dev/null\n".encode())
        done = guest.run_until(lambda: (screen.show() and False) or guest.answered(), SCRIPT_LIMIT)
    if not done:
        raise GuestTimeError(
            f"the commands on standard input are not done after {SCRIPT_LIMIT // S} s of virtual time."
        )
    status, _ = guest.take_answer()
    return f"the commands on standard input ended with exit status {status}." if status else None


def _until(guest: LinuxGuest, keyboard: Keyboard, ended: Callable[[], bool], within: int) -> None:
    def look() -> bool:
        keyboard.look()
        return keyboard.left or ended()

    guest.run_until(look, within, _STEP)
    keyboard.take_turns_of(QUANTUM)


@contextlib.contextmanager
def _screen(guest: LinuxGuest, stream: TextIO, raw: bool) -> Iterator[Screen]:
    before = guest.on_byte
    screen = Screen(guest, stream, raw)
    try:
        yield screen
    finally:
        guest.on_byte = before
        screen.show()


@contextlib.contextmanager
def _raw(terminal: TextIO) -> Iterator[None]:
    """Every key goes to the guest, Ctrl-C too; the terminal's settings come back however this ends."""
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)  # what was typed meanwhile is kept
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
