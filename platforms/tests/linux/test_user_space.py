"""What programs cannot ask of Linux's files, whatever is behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux.peer import Peer


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda file: file.read(-1), r"a read takes a number of bytes, not -1\. Say how many there may be\."),
        (lambda file: file.read("4"), r"a read takes a number of bytes, not '4'\. Say how many there may be\."),
        (lambda file: file.write("ab"), r"a write takes bytes, not 'ab'\. Encode the text\."),
        (lambda file: file.write(None), r"a write takes bytes, not None\."),
        (lambda file: file.ioctl("1"), r"the request of an ioctl is a number, not '1'\."),
        (lambda file: file.ioctl(1, [2]), r"the argument of an ioctl takes bytes, not \[2\]\."),
    ],
)
def test_a_call_with_what_no_program_could_pass_is_refused_and_loses_nothing(
    bench: Any, peer: Peer, user: Any, call: Callable[[Any], object], words: str
) -> None:
    peer.announce("rpmsg-tty", 0x500)
    bench.run(100)
    file = user.open("/dev/ttyRPMSG0")
    peer.send(0x500, 0x400, b"abcdef")
    bench.run(100)
    with pytest.raises(UsageError, match=f"^{words}$"):
        call(file)
    assert file.write(bytearray(b"xy")) == 2
    assert file.read(64) == b"abcdef"


def test_paths_and_texts_are_text(user: Any) -> None:
    for call in (user.open, user.read_text, lambda path: user.write_text(path, "x")):
        with pytest.raises(UsageError, match=r"^a path is text, not None\.$"):
            call(None)
    state = "/sys/class/remoteproc/remoteproc0/state"
    with pytest.raises(UsageError, match=rf"^{state} takes text, not b'stop'\.$"):
        user.write_text(state, b"stop")
