"""The generic mailbox test client: its files in debugfs, what it refuses and what it prints (linux-mailbox.md §5.1)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest

from mp1bench.linux import Errno
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.kernel.vfs import POLLHUP, POLLIN
from mp1bench.linux.mailbox.core import MailboxCore
from mp1bench.linux.mailbox.mailbox_test import MailboxTest
from mp1bench.linux.of import Node, Reference
from mp1bench.linux.platform_bus import PlatformDevice
from refusal import refusal

MS = 1_000_000
TX, RX = 0x10049000, 0x10049800
MESSAGE, SIGNAL = (f"/sys/kernel/debug/mailbox-test/{name}" for name in ("message", "signal"))
ZEROS = b"00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................\n"
HELLO = b"48 45 4c 4c 4f 00 00 00 00 00 00 00 00 00 00 00  HELLO...........\n"


def client_node(bench: Any, names: Sequence[str], cells: Sequence[int], memories: Sequence[int]) -> Node:
    """mailbox-test { mboxes = <&ipcc cell>, …; mbox-names = name, …; reg = <memory 0x80>, …; }"""
    ipcc = bench.host.mailbox.controllers[0].node
    root = Node("", properties={"#address-cells": struct.pack(">I", 1), "#size-cells": struct.pack(">I", 1)})
    properties = {"mbox-names": "".join(f"{name}\0" for name in names).encode()}
    if memories:
        properties["reg"] = b"".join(struct.pack(">II", memory, 0x80) for memory in memories)
    mboxes = [Reference(ipcc, (cell,)) for cell in cells]
    return Node("mailbox-test", root, properties=properties, references={"mboxes": mboxes})


def make(
    bench: Any,
    names: Sequence[str] = ("tx", "rx"),
    cells: Sequence[int] = (4, 5),
    memories: Sequence[int] = (TX, RX),
    core: MailboxCore | None = None,
) -> MailboxTest:
    """The driver of a device with these channels and this memory; it sends on CH5 and receives on CH6."""
    device = PlatformDevice("mailbox-test", client_node(bench, names, cells, memories), None)  # type: ignore[arg-type]
    return MailboxTest(bench.host.kernel, bench.engine, core or bench.host.mailbox, device)


@pytest.fixture
def test_client(bench: Any) -> MailboxTest:
    made = make(bench)
    assert made.probe() == 0
    return made


@pytest.fixture
def message(bench: Any, test_client: MailboxTest) -> Any:
    return bench.host.user.open(MESSAGE)


def answer(bench: Any, peer: Any, text: bytes = b"HELLO", memory: int = RX, channel: int = 6) -> None:
    """The firmware writes a text into the memory and signals."""
    bench.engine.write_bytes(memory, text.ljust(128, b"\0"))
    peer.post(channel)
    bench.run(100)


# -- sending ----------------------------------------------------------------------------------------------------


def test_a_message_is_in_the_memory_before_the_signal_and_taken_when_the_m4_frees_it(bench: Any, message: Any) -> None:
    peer = bench.peer(listens=(5,))
    bench.engine.write_bytes(TX, b"\xff" * 128)
    assert message.write(b"hello") == 5
    assert peer.signals == [5]
    assert bench.engine.read_bytes(TX, 128) == b"hello" + bytes(123)
    assert bench.log("info")[-1] == "mailbox_test mailbox-test: Client: Message sent"


def test_a_dead_firmware_is_etime_after_500_ms(bench: Any, message: Any) -> None:
    assert refusal(message.write, b"hello") == -Errno.ETIME
    assert bench.engine.now == 500 * MS
    assert bench.log("warn") == ["mailbox_test mailbox-test: Client: Message could not be sent: -62"]
    assert bench.log("err") == ["mailbox_test mailbox-test: Failed to send message via mailbox"]


def test_a_message_has_128_bytes_at_most(bench: Any, message: Any) -> None:
    bench.peer(listens=(5,))
    assert message.write(b"x" * 128) == 128
    assert refusal(message.write, b"x" * 129) == -Errno.EINVAL
    assert bench.log("err") == ["mailbox_test mailbox-test: Message length 129 greater than max allowed 128"]


def test_a_signal_has_8_bytes_at_most(bench: Any, test_client: MailboxTest) -> None:
    signal = bench.host.user.open(SIGNAL)
    assert signal.write(b"12345678") == 8
    assert refusal(signal.write, b"123456789") == -Errno.EINVAL
    assert bench.log("err") == ["mailbox_test mailbox-test: Signal length 9 greater than max allowed 8"]


def test_a_signal_goes_through_the_mailbox_once_and_the_message_through_the_memory(bench: Any, message: Any) -> None:
    bench.peer(listens=(5,))
    sent: list[object] = []
    bench.host.mailbox.controllers[0].channels[4].client.tx_done = lambda payload, status: sent.append(payload)
    bench.host.user.open(SIGNAL).write(b"12345678")
    bench.host.user.open(SIGNAL).write(b"go")
    message.write(b"first")
    assert bench.engine.read_bytes(TX, 5) == b"first"
    message.write(b"second")
    assert sent == [b"go345678", b"second".ljust(128, b"\0")]


def test_without_a_sending_channel_nothing_can_be_written(bench: Any) -> None:
    make(bench, ("rx",), (5,)).probe()
    for path in (MESSAGE, SIGNAL):
        assert refusal(bench.host.user.open(path).write, b"x") == -Errno.EINVAL
    assert bench.log("err")[-2:] == ["mailbox_test mailbox-test: Channel cannot do Tx"] * 2


def test_a_second_writer_waits_for_the_first(bench: Any, message: Any) -> None:
    results: list[int] = []

    def writer(data: bytes) -> Sleeping[None]:
        results.append((yield from opened(bench).write(data)))

    for data in (b"one", b"two"):
        bench.host.kernel.start("writer", writer(data))
    bench.run(600_000)
    assert (results, bench.engine.read_bytes(TX, 3)) == ([-62], b"two")
    bench.run(600_000)
    assert results == [-62, -62]


def opened(bench: Any) -> Any:
    """The file `message` as a task of the test's own uses it."""
    return bench.host.kernel.call(bench.host.kernel.vfs.find(MESSAGE)(0))


# -- receiving --------------------------------------------------------------------------------------------------


def test_reading_waits_for_a_signal_and_gives_the_memory_as_a_hex_dump(bench: Any, message: Any) -> None:
    peer = bench.peer(listens=(5,))
    bench.engine.write_bytes(RX, b"HELLO" + bytes(11))
    bench.engine.on_event("m4", lambda tag: peer.post(6))
    bench.engine.schedule(3 * MS, "m4", "")
    assert message.read(4096) == HELLO + 7 * ZEROS
    assert message.returned == 8 * 66
    assert bench.engine.now == 3 * MS + 2_000


def test_the_dump_shows_what_is_printable(bench: Any, message: Any) -> None:
    answer(bench, bench.peer(), b"\x1f ~\x7f\x80")
    line = message.read().splitlines()[0]
    assert line == b"1f 20 7e 7f 80 00 00 00 00 00 00 00 00 00 00 00  . ~............."


def test_reading_without_waiting_is_eagain(bench: Any, test_client: MailboxTest) -> None:
    assert refusal(bench.host.user.open(MESSAGE, nonblock=True).read) == -Errno.EAGAIN


def test_poll_says_when_a_message_is_there(bench: Any, message: Any) -> None:
    assert message.poll() == 0
    answer(bench, bench.peer())
    assert message.poll() == POLLIN
    message.read()
    assert message.poll() == 0


def test_only_the_last_message_is_kept(bench: Any, message: Any) -> None:
    peer = bench.peer()
    answer(bench, peer, b"lost")
    answer(bench, peer, b"HELLO")
    assert message.read()[:66] == HELLO
    assert message.poll() == 0


def test_a_file_that_was_read_to_its_end_eats_the_next_message(bench: Any, message: Any) -> None:
    peer = bench.peer()
    answer(bench, peer)
    message.read()
    answer(bench, peer)
    assert message.read() == b""
    assert message.poll() == 0


def test_what_a_short_read_leaves_is_lost(bench: Any, message: Any) -> None:
    peer = bench.peer()
    answer(bench, peer)
    assert message.read(60) == HELLO[:60]
    answer(bench, peer, b"other")
    assert message.read(60) == (b"6f 74 68 65 72" + HELLO[14:])[60:66] + ZEROS[:54]


def test_without_memory_a_signal_brings_only_zeros(bench: Any) -> None:
    assert make(bench, memories=()).probe() == 0
    bench.peer().post(6)
    bench.run(100)
    assert bench.host.user.open(MESSAGE).read() == 8 * ZEROS


def test_a_controller_that_carries_data_needs_no_memory(bench: Any) -> None:
    make(bench, memories=()).probe()
    deliver = bench.host.mailbox.controllers[0].channels[5].client.rx_callback
    for data, dump in ((b"HELLO", HELLO + 7 * ZEROS), (None, 8 * ZEROS)):
        deliver(data)
        assert bench.host.user.open(MESSAGE).read() == dump


def test_one_memory_serves_both_directions(bench: Any) -> None:
    make(bench, memories=(TX,)).probe()
    answer(bench, bench.peer(), memory=TX)
    assert bench.host.user.open(MESSAGE).read()[:66] == HELLO


def test_without_a_receiving_channel_it_says_so_once(bench: Any) -> None:
    make(bench, ("tx",), (4,), (TX,)).probe()
    message = bench.host.user.open(MESSAGE)
    assert [message.read(), message.read()] == [b"<NO RX CAPABILITY>\n", b""]


def test_a_second_memory_makes_the_sending_channel_receive(bench: Any) -> None:
    make(bench, ("tx",), (4,), (TX, RX)).probe()
    answer(bench, bench.peer(), channel=5)
    assert bench.host.user.open(MESSAGE).read()[:66] == HELLO


def test_an_answer_that_it_cannot_receive_is_an_oops(bench: Any) -> None:
    make(bench, ("tx",), (4,), (TX,)).probe()
    answer(bench, bench.peer(), channel=5)
    oops = "Oops: a NULL pointer dereference in mbox_test_receive_message; the task irq/ipcc RX0 is dead"
    assert bench.log("emerg") == [oops]


# -- binding ----------------------------------------------------------------------------------------------------


def test_binding_makes_two_files_and_says_so(bench: Any, test_client: MailboxTest) -> None:
    assert {MESSAGE, SIGNAL} <= set(bench.host.user.paths())
    assert bench.log("info")[-1] == "mailbox_test mailbox-test: Successfully registered"
    assert bench.log("err") == []


def test_with_no_channel_at_all_it_is_deferred(bench: Any) -> None:
    assert make(bench, cells=(0, 1)).probe() == -Errno.EPROBE_DEFER
    assert bench.log("warn") == [
        f"mailbox_test mailbox-test: Failed to request {name} channel" for name in ("tx", "rx")
    ]
    assert MESSAGE not in bench.host.user.paths()


def test_missing_memory_is_an_error_line_and_nothing_else(bench: Any) -> None:
    assert make(bench, memories=()).probe() == 0
    assert bench.log("err") == ["mailbox_test mailbox-test: invalid resource"] * 2


def test_one_memory_named_twice_is_an_error_line_and_nothing_else(bench: Any) -> None:
    assert make(bench, ("tx",), (4,), (TX, TX)).probe() == 0
    assert bench.log("err")[0] == (
        "mailbox_test mailbox-test: can't request region for resource [mem 0x10049000-0x1004907f]"
    )
    answer(bench, bench.peer(), memory=TX, channel=5)
    assert bench.host.user.open(MESSAGE).read()[:66] == HELLO


def test_removing_frees_both_channels_and_the_files(bench: Any, test_client: MailboxTest, message: Any) -> None:
    bench.host.kernel.call(test_client.remove())
    assert not {MESSAGE, SIGNAL} & set(bench.host.user.paths())
    assert [bench.host.request_channel(number).index for number in (5, 6)] == [4, 5]
    assert (refusal(message.read), refusal(message.write, b"x")) == (-Errno.EIO, -Errno.EIO)
    assert message.poll() == POLLHUP


def test_removing_waits_for_the_reader(bench: Any, test_client: MailboxTest) -> None:
    peer = bench.peer()
    ended: list[str] = []

    def task(name: str, body: Sleeping[object]) -> None:
        def run() -> Sleeping[None]:
            yield from body
            ended.append(name)

        bench.host.kernel.start(name, run())

    task("reader", opened(bench).read(4096))
    task("rmmod", test_client.remove())
    bench.run(100)
    assert ended == []
    assert MESSAGE not in bench.host.user.paths()
    answer(bench, peer)
    assert ended == ["reader", "rmmod"]


def test_debug_lines_dump_what_goes_and_what_comes(bench: Any, message: Any) -> None:
    bench.host.kernel.dynamic_debug.enable("file mailbox-test.c +p")
    peer = bench.peer(listens=(5,))
    bench.host.user.open(SIGNAL).write(b"12345678")
    message.write(b"HELLO")
    answer(bench, peer)
    hello, zeros = HELLO.decode().rstrip(), ZEROS.decode().rstrip()
    assert bench.log("debug") == [
        f"Client: Sending: Signal: {'31 32 33 34 35 36 37 38':<47}  12345678",
        f"Client: Sending: Message: {hello}",
        *[f"Client: Sending: Message: {zeros}"] * 7,
        f"Client: Received [MMIO]: {hello}",
        *[f"Client: Received [MMIO]: {zeros}"] * 7,
    ]
