"""The guest's console at a terminal and for a script, with a guest that only answers and a terminal of the test's."""

from __future__ import annotations

import io
import os
import termios
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, TextIO

import pytest
from fake_guest import FakeGuest

from ipcclab.cli import guest as command
from ipcclab.guest.shell import attend, run_script, watch
from mp1bench.guest.linux_guest import QUANTUM, GuestTimeError


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """The user's end of a terminal, and the program's."""
    user, program = os.openpty()
    with os.fdopen(program, "r") as stdin:
        yield user, stdin
        os.close(user)


def test_what_is_typed_reaches_the_guest_and_what_it_prints_is_shown(terminal: tuple[int, TextIO]) -> None:
    user, stdin = terminal
    guest, shown = FakeGuest(), io.StringIO()
    guest.once = lambda: os.write(user, b"date\x03exit\n")
    attend(guest.as_guest(), stdin, shown)
    assert guest.typed.endswith(b"sh -i; stty -echo\ndate\x03exit\n"), "Ctrl-C is the guest's"
    assert shown.getvalue().endswith("stty -echo\n"), "the exit status is init's"


def test_character_that_comes_in_two_parts_is_one() -> None:
    class Slow(FakeGuest):
        def type(self, data: bytes) -> None:
            super().prints(b"\xc3")
            self.once = self.rest

        def rest(self) -> None:
            self.prints(b"\xa4")
            self._status = 0

    shown = io.StringIO()
    run_script(Slow().as_guest(), b"", shown)
    assert shown.getvalue() == "ä"


def test_ctrl_bracket_leaves_a_shell_that_still_runs(terminal: tuple[int, TextIO]) -> None:
    user, stdin = terminal
    guest = FakeGuest()
    guest.once = lambda: os.write(user, b"top\x1dnever typed")
    attend(guest.as_guest(), stdin, io.StringIO())
    assert guest.typed.endswith(b"top\x03\x15exit\n")


def test_guest_is_cheap_while_it_sleeps_and_exact_again_behind(terminal: tuple[int, TextIO]) -> None:
    class Sleeper(FakeGuest):
        def run(self, duration: int) -> None:
            super().run(duration)
            if self.quantum == 100_000:
                turns.append(self.quantum)
                os.write(user, b"exit\n")

    turns: list[int] = []
    user, stdin = terminal
    guest = Sleeper()
    attend(guest.as_guest(), stdin, io.StringIO())
    assert turns == [100_000]
    assert guest.quantum == QUANTUM


def test_program_that_cannot_be_left_is_said(terminal: tuple[int, TextIO]) -> None:
    class Stubborn(FakeGuest):
        def answered(self) -> bool:
            return False

    user, stdin = terminal
    guest = Stubborn()
    guest.once = lambda: os.write(user, b"\x1d")
    with pytest.raises(GuestTimeError) as stays:
        attend(guest.as_guest(), stdin, io.StringIO())
    assert str(stays.value) == "the guest's shell does not end: a program in it does not heed Ctrl-C."


def test_console_of_ones_own_system_is_left_as_it_is(terminal: tuple[int, TextIO]) -> None:
    user, stdin = terminal
    guest = FakeGuest()
    guest.once = lambda: os.write(user, b"ls\n\x1d")
    watch(guest.as_guest(), stdin, io.StringIO())
    assert guest.typed == b"ls\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, GuestTimeError])
def test_terminal_is_as_before_however_it_ends(error: type[BaseException], terminal: tuple[int, TextIO]) -> None:
    class Ends(FakeGuest):
        def run(self, duration: int) -> None:
            assert not termios.tcgetattr(stdin)[3] & termios.ISIG, "Ctrl-C is no signal meanwhile"
            raise error

    _, stdin = terminal
    before = termios.tcgetattr(stdin)
    with pytest.raises(error):
        attend(Ends().as_guest(), stdin, io.StringIO())
    assert termios.tcgetattr(stdin) == before


def test_script_is_handed_over_whole() -> None:
    script = 'for i in 1 2; do\n  echo "ä $i"\ndone\n'.encode() * 60
    guest, shown = FakeGuest(), io.StringIO()
    assert run_script(guest.as_guest(), script, shown) is None
    assert guest._script == script
    assert all(len(line) <= 4000 for line in guest.commands)
    assert shown.getvalue() == "from the script\n"
    guest.prints(b"afterwards")
    assert shown.getvalue() == "from the script\n"


def test_script_that_fails_is_said() -> None:
    complaint = run_script(FakeGuest().as_guest(), b"exit 3\n", io.StringIO())
    assert complaint == "the commands on standard input ended with exit status 3."


def test_script_without_an_end_is_a_time_limit() -> None:
    class Endless(FakeGuest):
        def type(self, data: bytes) -> None:
            pass

    with pytest.raises(GuestTimeError) as limit:
        run_script(Endless().as_guest(), b"sleep 100\n", io.StringIO())
    assert str(limit.value) == "the commands on standard input are not done after 60 s of virtual time."
    assert limit.value.exit_code == 5


def test_live_log_is_silent_while_the_shell_has_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Talkative(FakeGuest):
        def type(self, data: bytes) -> None:
            self.says("said meanwhile")
            super().type(data)

    class Piped(io.StringIO):
        buffer: Any = io.BytesIO(b"true\n")

    monkeypatch.setattr("sys.stdin", Piped())
    monkeypatch.setattr(command, "load_renode", lambda: None)
    files = SimpleNamespace(release="6.1.0", sha256={})
    monkeypatch.setattr(command, "build", lambda sources, progress: files)
    monkeypatch.setattr(command, "make_guest", lambda *_: Talkative())
    assert command.execute(command_options("--shell")) == 0
    shown = capsys.readouterr().out
    assert "from the script\n" in shown
    assert "said meanwhile" not in shown


def command_options(*arguments: str) -> Any:
    from ipcclab.cli.parser import build_parser

    line = ["guest", "run", "rpmsg_echo", *arguments]
    options = build_parser(line).parse_args(line)
    options.command_line = line
    return options
