"""Long work says how far it is to a terminal, and nothing to a pipe."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from ipcclab.progress import progress

PROVE = [sys.executable, "-m", "ipcclab", "prove", "--variant", "STM32WB15"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_pipe_hears_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("walk", 2) as shown:
        shown.step()
        print("found")
    assert capsys.readouterr() == ("found\n", "")


def test_terminal_sees_how_far_it_is_and_in_the_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("walk", 2) as shown:
        shown.step()
    assert terminal.getvalue() == "\r\x1b[Kwalk: 0 of 2\r\x1b[Kwalk: 1 of 2\r\x1b[K"


def test_output_stands_above_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", terminal)
    with progress("bench", 1) as shown:
        shown.begin("boots")
        print("rate", 5)
    assert sys.stdout is terminal
    assert screen(terminal.getvalue()) == ["rate 5", ""]


def test_failure_leaves_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(ValueError, match="broken"), progress("walk", 2):
        raise ValueError("broken")
    assert screen(terminal.getvalue()) == [""]


def screen(written: str) -> list[str]:
    """What a terminal shows in the end: a line is what came after its last clearing."""
    return [line.rpartition("\x1b[K")[2] for line in written.split("\n")]


def test_proof_shows_its_progress_on_a_terminal() -> None:
    main, terminal = pty.openpty()
    done = subprocess.run(PROVE, stdout=subprocess.PIPE, stderr=terminal, text=True, check=True)
    os.close(terminal)
    seen = b""
    while chunk := _read(main):
        seen += chunk
    os.close(main)
    assert b"1 channel: 1 of " in seen
    assert seen.endswith(b"\r\x1b[K")
    assert "0 violations" in done.stdout


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux's end of file on a terminal whose other side is closed
        return b""


def test_line_in_pieces_is_not_broken_by_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", terminal)
    with progress("walk", 2) as shown:
        print("half", end=" ")
        shown.step()
        print("whole")
    assert screen(terminal.getvalue()) == ["half whole", ""]
