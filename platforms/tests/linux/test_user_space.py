"""What programs cannot ask of Linux's files, whatever is behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux import KernelError
from mp1bench.linux.peer import Peer

STATE = "/sys/class/remoteproc/remoteproc0/state"


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
    with pytest.raises(UsageError, match=rf"^{STATE} takes text, not b'stop'\.$"):
        user.write_text(STATE, b"stop")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/dev/rpmsg0", "there is no /dev/rpmsg0 now. It gives: -2 (ENOENT)."),
        (f"{STATE}s", f"there is no {STATE}s now. Did you mean `{STATE}`? It gives: -2 (ENOENT)."),
        ("state", "there is no state now. It gives: -2 (ENOENT)."),
        ("", "there is no  now. It gives: -2 (ENOENT)."),
    ],
)
def test_a_path_that_is_not_there_is_refused(path: str, sentence: str, bench: Any) -> None:
    for act in (bench.host.user.open, bench.host.user.read_text):
        with pytest.raises(KernelError) as refused:
            act(path)
        assert str(refused.value) == sentence
