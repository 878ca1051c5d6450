"""rpmsg_echo and rpmsg_echo_rtos where Linux would hardly take them: scarce buffers, stuck channels, detach.

The test plays the Cortex-A7 by hand, ring by ring; the ordinary exchange with Linux is tested with the Linux host.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest

from mp1bench.board import Board
from mp1bench.shipped import prebuilt_image

C1SCR = 0x4C001008
VRING0, VRING1, BUFFERS = 0x10040000, 0x10041000, 0x10042000
NUM, BUFFER_SIZE = 16, 512
AVAIL, USED = 0x100, 0x130  # real-images.md §2.2
GFEATURES, STATUS, VRING0_DA, VRING1_DA = 0x28, 0x30, 0x34, 0x48  # real-images.md §2.1
TRACE_DA = 0x5C + 4
DRIVER_OK = 7
LONG = 5_000_000  # ns: many times what the firmware needs for anything here


class Message(NamedTuple):
    source: int
    destination: int
    data: bytes


class Processor1:
    """A driver of the two rings that does exactly what it is told."""

    def __init__(self, image: str) -> None:
        self.board = Board(host="none")
        table = self.board.load(prebuilt_image(image)).resource_table
        assert table is not None
        self.table, self.original = table.address, table.data
        self.board.boot()
        self.posted = self.taken = self.sent = 0

    # -- memory and signals

    def put(self, address: int, form: str, *values: int) -> None:
        self.board.engine.write_bytes(address, struct.pack("<" + form, *values))

    def get(self, address: int, form: str) -> tuple[int, ...]:
        return struct.unpack("<" + form, self.board.engine.read_bytes(address, struct.calcsize("<" + form)))

    def run(self) -> None:
        self.board.run_for(LONG)

    def signal(self, channel: int) -> None:
        self.board.engine.write(C1SCR, 1 << channel + 15)

    def release(self, channel: int) -> None:
        self.board.engine.write(C1SCR, 1 << channel - 1)

    def log(self) -> str:
        (address,) = struct.unpack_from("<I", self.original, TRACE_DA)
        return self.board.engine.read_bytes(address, 0x800).split(b"\0")[0].decode()

    # -- the driver

    def come_up(self, buffers: int = NUM) -> None:
        """Clear the rings, offer receive buffers, set DRIVER_OK; no signal yet."""
        self.posted = self.taken = self.sent = 0
        for ring in (VRING0, VRING1):
            self.board.engine.write_bytes(ring, bytes(0x1000))
        self.board.engine.write_bytes(self.table, self.original)
        self.put(self.table + VRING0_DA, "I", VRING0)
        self.put(self.table + VRING1_DA, "I", VRING1)
        self.put(VRING1 + AVAIL, "H", 1)  # no signal when a buffer has been consumed
        for _ in range(buffers):
            self.offer()
        self.put(self.table + STATUS, "B", DRIVER_OK)

    def offer(self) -> None:
        """One more receive buffer."""
        slot = self.posted % NUM
        self.put(VRING0 + 16 * slot, "QIHH", BUFFERS + BUFFER_SIZE * slot, BUFFER_SIZE, 2, 0)
        self.put(VRING0 + AVAIL + 4 + 2 * slot, "H", slot)
        self.posted += 1
        self.put(VRING0 + AVAIL + 2, "H", self.posted)

    def send(self, destination: int, data: bytes, source: int = 0x400) -> None:
        """Put a message into the ring; no signal yet."""
        slot = self.sent % NUM
        buffer = BUFFERS + BUFFER_SIZE * (NUM + slot)
        self.board.engine.write_bytes(buffer, struct.pack("<IIIHH", source, destination, 0, len(data), 0) + data)
        self.put(VRING1 + 16 * slot, "QIHH", buffer, 16 + len(data), 0, 0)
        self.put(VRING1 + AVAIL + 4 + 2 * slot, "H", slot)
        self.sent += 1
        self.put(VRING1 + AVAIL + 2, "H", self.sent)

    def consumed(self) -> int:
        """How many of the messages sent the firmware has returned."""
        return self.get(VRING1 + USED + 2, "H")[0]

    def receive(self) -> list[Message]:
        """What has come since the last call. The buffers are not offered again."""
        messages = []
        while self.taken != self.get(VRING0 + USED + 2, "H")[0]:
            head, length = self.get(VRING0 + USED + 4 + 8 * (self.taken % NUM), "II")
            buffer = BUFFERS + BUFFER_SIZE * head
            source, destination, _, size, _ = self.get(buffer, "IIIHH")
            assert length == 16 + size
            messages.append(Message(source, destination, self.board.engine.read_bytes(buffer + 16, size)))
            self.taken += 1
        return messages


@pytest.fixture(params=["rpmsg_echo", "rpmsg_echo_rtos"])
def a7(request: pytest.FixtureRequest) -> Processor1:
    return Processor1(request.param)


@pytest.fixture
def up(a7: Processor1) -> Processor1:
    """After the announcements."""
    a7.come_up()
    a7.run()
    a7.release(1)
    a7.run()
    a7.release(1)
    a7.run()
    a7.release(1)
    assert len(a7.receive()) == 3
    return a7


def announcement(name: str, address: int) -> Message:
    return Message(address, 53, struct.pack("<32sII", name.encode(), address, 0))


ANNOUNCEMENTS = [
    announcement("rpmsg-tty", 0x400),
    announcement("rpmsg-tty", 0x401),
    announcement("rpmsg-client-sample", 0x402),
]


def test_resource_table_is_the_one_of_real_images(a7: Processor1) -> None:
    words = struct.unpack_from("<23I", a7.original)
    assert len(a7.original) == 0x8C
    assert words[:6] == (1, 2, 0, 0, 0x18, 0x5C)
    assert words[6:13] == (3, 7, 0, 1, 0, 0, 2 << 8)
    assert words[13:23] == (0xFFFFFFFF, 16, 16, 0, 0, 0xFFFFFFFF, 16, 16, 1, 0)
    kind, _, size, _ = struct.unpack_from("<4I", a7.original, 0x5C)
    assert (kind, size) == (2, 0x800)
    assert a7.original[0x6C:].rstrip(b"\0") == b"cm4_log"


def test_waits_for_driver_ok_without_touching_the_rings(a7: Processor1) -> None:
    a7.put(self_status := a7.table + STATUS, "B", 3)
    a7.run()
    assert a7.get(self_status, "B") == (3,)
    assert a7.board.doorbells()["m4_to_a7"] == {}


def test_announces_without_waiting_for_a_signal(a7: Processor1) -> None:
    a7.come_up()
    a7.run()
    assert a7.receive() == ANNOUNCEMENTS[:2]  # the signal for the second waits until CH1 is free
    assert a7.board.occupied() == ["m4_to_a7:1"]


def test_signals_once_per_message_and_waits_until_its_channel_is_free(a7: Processor1) -> None:
    a7.come_up()
    for number in range(1, 4):
        a7.run()
        assert a7.board.doorbells()["m4_to_a7"] == {"1": number}
        a7.release(1)
    a7.run()
    assert a7.receive() == ANNOUNCEMENTS
    assert a7.board.occupied() == []


def test_asks_for_no_signal_about_free_buffers(up: Processor1) -> None:
    assert up.get(VRING0 + USED, "H") == (1,)


def test_echoes_to_the_sender_from_the_same_endpoint(up: Processor1) -> None:
    for endpoint in (0x402, 0x400, 0x401):
        up.send(endpoint, b"payload\0", source=0x500 + endpoint)
        up.signal(2)
        up.run()
        assert up.receive() == [Message(endpoint, 0x500 + endpoint, b"payload\0")]
        up.release(1)


@pytest.mark.parametrize("size", [0, 1, 3, 495, 496])
def test_echoes_payloads_of_every_size(up: Processor1, size: int) -> None:
    data = bytes(n % 251 for n in range(size))
    up.send(0x400, data)
    up.signal(2)
    up.run()
    assert up.receive() == [Message(0x400, 0x400, data)]


def test_one_signal_may_stand_for_many_messages(up: Processor1) -> None:
    for number in range(5):
        up.send(0x400, b"%d" % number)
    up.signal(2)
    for _ in range(5):
        up.run()
        up.release(1)
    assert [message.data for message in up.receive()] == [b"0", b"1", b"2", b"3", b"4"]
    assert up.board.occupied() == []


def test_waits_for_a_free_buffer_and_asks_for_the_signal(a7: Processor1) -> None:
    a7.come_up(buffers=2)
    for _ in range(2):
        a7.run()
        a7.release(1)
    a7.run()
    assert a7.receive() == ANNOUNCEMENTS[:2]
    assert a7.get(VRING0 + USED, "H") == (0,)  # asks
    a7.offer()
    a7.signal(1)
    a7.run()
    assert a7.receive() == ANNOUNCEMENTS[2:]
    assert a7.get(VRING0 + USED, "H") == (1,)  # no longer


def test_message_stays_linuxs_until_it_has_been_answered(up: Processor1) -> None:
    for _ in range(13):  # all receive buffers that are left
        up.send(0x400, b"fill")
        up.signal(2)
        up.run()
        up.release(1)
    up.send(0x400, b"waits")
    up.signal(2)
    up.run()
    assert up.consumed() == 13
    up.offer()
    up.signal(1)
    up.run()
    assert up.consumed() == 14
    assert up.receive()[-1].data == b"waits"


def test_signals_consumption_only_if_linux_wants_it(up: Processor1) -> None:
    up.send(0x400, b"quiet")
    up.signal(2)
    up.run()
    up.release(1)
    assert "2" not in up.board.doorbells()["m4_to_a7"]
    up.put(VRING1 + AVAIL, "H", 0)
    up.send(0x400, b"loud")
    up.signal(2)
    up.run()
    assert up.board.doorbells()["m4_to_a7"]["2"] == 1


def test_message_to_nobody_is_returned_unanswered(up: Processor1) -> None:
    up.send(0x403, b"anybody?")
    up.signal(2)
    up.run()
    assert (up.receive(), up.consumed()) == ([], 1)
    assert "no endpoint 0x403 for 8 bytes from 0x400\n" in up.log()


@pytest.mark.parametrize(("channel", "word"), [(3, "shutdown"), (4, "detach")])
def test_answers_shutdown_and_detach_and_leaves_the_rings(up: Processor1, channel: int, word: str) -> None:
    up.signal(channel)
    up.run()
    assert up.board.occupied() == []
    assert f"{word}: the rings are Linux's again\n" in up.log()
    up.put(up.table + STATUS, "B", 0)
    up.send(0x400, b"too late")
    up.signal(2)
    up.run()
    assert (up.receive(), up.consumed()) == ([], 0)


def test_answers_shutdown_while_its_channel_is_stuck(a7: Processor1) -> None:
    a7.come_up()
    a7.run()
    a7.signal(3)
    a7.run()
    a7.release(1)
    a7.run()
    assert a7.board.occupied() == []
    assert a7.receive() == ANNOUNCEMENTS[:2]


def test_announces_again_when_linux_comes_back_after_detach(up: Processor1) -> None:
    up.signal(4)
    up.run()
    up.come_up()
    up.signal(1)
    for _ in range(3):
        up.run()
        up.release(1)
    assert up.receive() == ANNOUNCEMENTS


def test_comes_back_after_a_detach_while_its_channel_was_stuck(a7: Processor1) -> None:
    a7.come_up()
    a7.run()
    a7.signal(4)
    a7.run()
    assert "detach: the rings are Linux's again\n" in a7.log()
    a7.release(1)
    a7.come_up()
    a7.signal(1)
    for _ in range(3):
        a7.run()
        a7.release(1)
    assert a7.receive() == ANNOUNCEMENTS


def test_logs_boot_endpoints_and_messages(up: Processor1) -> None:
    up.send(0x401, b"hello", source=0x410)
    up.signal(2)
    up.run()
    lines = [line for line in up.log().splitlines() if not line.startswith("float")]
    assert lines[0] in ("rpmsg_echo: boot", "rpmsg_echo_rtos: boot")
    assert lines[1:] == [
        "endpoint 0x400: rpmsg-tty",
        "endpoint 0x401: rpmsg-tty",
        "endpoint 0x402: rpmsg-client-sample",
        "message 0x410 -> 0x401: 5 bytes",
    ]


def test_log_is_always_whole_lines(up: Processor1) -> None:
    for size in range(100):
        up.offer()
        up.send(0x400, bytes(size))
        up.signal(2)
        up.run()
        up.release(1)
        log = up.log()
        assert log.endswith(f"message 0x400 -> 0x400: {size} bytes\n")
    assert len(log) < 0x800
    assert all(line.startswith("message 0x400 -> 0x400: ") for line in log.splitlines())


def test_bare_image_sleeps_when_there_is_nothing_to_do() -> None:
    a7 = Processor1("rpmsg_echo")
    a7.come_up()
    for _ in range(3):
        a7.run()
        a7.release(1)
    a7.run()
    assert a7.board.run_for(LONG).reason == "idle"


def test_rtos_image_sleeps_between_ticks_and_its_floats_survive() -> None:
    a7 = Processor1("rpmsg_echo_rtos")
    a7.board.run_for(200_000_000)
    instructions = a7.board.engine.instructions
    assert instructions is not None
    assert instructions < 200_000_000 // 5 // 2  # half of the time at most
    assert "float a: 8 sums are right\nfloat b: 8 sums are right\n" in a7.log()
    assert "error" not in a7.log()
