"""poll(2) over several files, mmap of files that have no memory to show, and what an ioctl leaves in a buffer."""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.errors import UsageError
from mp1bench.linux import Errno, KernelError
from mp1bench.linux.kernel.vfs import POLLERR, POLLIN, POLLOUT, OpenFile, Reply
from mp1bench.linux.peer import Peer
from mp1bench.linux.rpmsg.char import DESTROY_EPT
from mp1bench.linux.rpmsg.ctrl import create_endpoint
from refusal import refusal

MS = 1_000_000


def later(bench: Any, us: int, act: Any) -> None:
    bench.host.kernel.after(1000 * us, "test", lambda: act() and None)


@pytest.fixture
def files(bench: Any, peer: Peer, user: Any) -> list[Any]:
    """A terminal, and an endpoint with address 0x400."""
    peer.announce("rpmsg-tty", 0x500)
    bench.run(100)
    return [user.open("/dev/ttyRPMSG0"), user.open(create_endpoint(user, "mine", 0x501, source=0x600))]


def test_poll_sleeps_until_one_file_has_an_event_that_is_wanted(bench: Any, peer: Peer, user: Any, files: Any) -> None:
    terminal, endpoint = files
    wanted = {terminal: POLLIN, endpoint: POLLIN}
    for source, destination, file in ((0x501, 0x600, endpoint), (0x500, 0x400, terminal)):
        before = bench.engine.now
        later(bench, 3_000, lambda source=source, destination=destination: peer.send(source, destination, b"x"))
        assert user.poll(wanted, timeout_ms=10) == {file: POLLIN}
        assert 3 * MS <= bench.engine.now - before < 3 * MS + 100_000
        file.read()


def test_what_is_so_already_is_told_at_once(bench: Any, user: Any, files: Any) -> None:
    before = bench.engine.now
    assert user.poll({files[0]: POLLOUT | POLLIN, files[1]: POLLIN}) == {files[0]: POLLOUT}
    assert bench.engine.now == before


def test_errors_are_told_though_nobody_asked(bench: Any, user: Any, files: Any) -> None:
    later(bench, 1_000, lambda: files[1].ioctl(DESTROY_EPT))
    assert user.poll({files[1]: POLLIN}, timeout_ms=10) == {files[1]: POLLERR}


def test_a_poll_whose_time_is_over_has_no_events(bench: Any, user: Any, files: Any) -> None:
    before = bench.engine.now
    assert user.poll(dict.fromkeys(files, POLLIN), timeout_ms=7) == {}
    assert bench.engine.now - before == 7 * MS
    assert user.poll(dict.fromkeys(files, POLLIN), timeout_ms=0) == {}
    assert [file.poll_queue.entries for file in files] == [[], []]  # nobody is told any more


def test_a_poll_without_a_limit_is_interrupted_after_a_minute(bench: Any, user: Any, files: Any) -> None:
    before = bench.engine.now
    with pytest.raises(KernelError, match=r"^a poll was interrupted after 60000 ms of virtual time: -4 \(EINTR\)\.$"):
        user.poll({files[0]: POLLIN})
    assert bench.engine.now - before == 60_000 * MS


def test_a_file_of_a_driver_without_memory_is_not_mapped(files: Any) -> None:
    assert refusal(files[0].mmap, 4096) == -Errno.ENODEV
    with pytest.raises(UsageError, match=r"^a mapping takes a size and an offset, not -1 and 0\.$"):
        files[0].mmap(-1)


def test_an_ioctl_answers_into_a_bytearray_and_leaves_bytes_alone(user: Any) -> None:
    class Answering(OpenFile):
        def ioctl(self, request: int, argument: bytes) -> Any:
            return Reply(argument.upper(), request)
            yield

    def opener(flags: int) -> Any:
        return Answering(flags)
        yield

    user._vfs.add("/dev/answers", opener)
    file = user.open("/dev/answers")
    buffer, constant = bytearray(b"abc"), b"abc"
    assert [file.ioctl(7, buffer), file.ioctl(8, constant)] == [7, 8]
    assert (buffer, constant) == (b"ABC", b"abc")
