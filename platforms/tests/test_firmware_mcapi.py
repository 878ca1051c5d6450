"""The MCAPI echo service of mcapi_echo and rpmsg_mcapi, as programs on Linux use it; and both services side by side.

The transport below is tested word by word in test_firmware_mcapi_transport.py and test_firmware_mcapi_faults.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from mp1bench.board import Board
from mp1bench.mcapi import Mcapi, McapiError
from mp1bench.mcapi.layout import BUFFERS, RESERVED_BUFFERS, Count
from mp1bench.shipped import prebuilt_image

MS = 1_000_000
MESSAGES, COMMANDS = 1, 6  # the firmware's ports, as firmware/images/mcapi_service.h has them
IN, OUT = 30, 31  # Linux's: what comes from the firmware, what goes there


class Linux:
    """A board that runs the image, and node 0."""

    def __init__(self, image: str) -> None:
        self.board = Board()
        self.board.load(prebuilt_image(image))
        self.board.boot()
        self.board.run_for(10 * MS)
        assert self.board.linux is not None
        self.host = self.board.linux
        self.start()

    def start(self) -> None:
        self.mcapi: Any = Mcapi(self.host)
        self.mcapi.initialize(0, 0)
        self.own = self.mcapi.endpoint_create(20)
        self.there = self.mcapi.endpoint_get(0, 1, MESSAGES)
        self.commands = self.mcapi.endpoint_get(0, 1, COMMANDS)

    def run(self, ns: int = 5 * MS) -> str:
        return self.board.run_for(ns).reason

    def ask(self, request: str) -> str:
        self.mcapi.msg_send(self.own, self.commands, request.encode())
        return bytes(self.mcapi.msg_recv(self.own)).decode()

    def connect(self, type: str) -> tuple[Any, Any]:
        """The receiving and the sending end of a pair of channels."""
        call = {"packet": "pktchan", "scalar": "sclchan"}[type]
        inside, outside = self.mcapi.endpoint_create(IN), self.mcapi.endpoint_create(OUT)
        assert self.ask(f"connect {type} {IN} {OUT}") == "SUCCESS"
        receives = getattr(self.mcapi, f"{call}_recv_open_i")(inside)
        sends = getattr(self.mcapi, f"{call}_send_open_i")(outside)
        return self.mcapi.wait(receives), self.mcapi.wait(sends)

    def packet(self, receives: Any) -> bytes:
        """The next one; it is released."""
        packet = self.mcapi.pktchan_recv(receives)
        data = bytes(packet)
        self.mcapi.pktchan_release(packet)
        return data

    def mcapi_log(self) -> list[str]:
        return [line for line in self.host.firmware_log().splitlines() if line.startswith("mcapi: ")]


@pytest.fixture(params=["mcapi_echo", "rpmsg_mcapi"])
def linux(request: pytest.FixtureRequest) -> Linux:
    return Linux(request.param)


# -- messages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("priority", [0, 1])
def test_a_message_comes_back_with_its_priority(linux: Linux, priority: int) -> None:
    linux.mcapi.msg_send(linux.own, linux.there, b"hello", priority)
    message = linux.mcapi.msg_recv(linux.own)
    assert (bytes(message), message.priority) == (b"hello", priority)


def test_messages_of_all_sizes_come_back_unchanged(linux: Linux) -> None:
    texts = [bytes(range(256)) * 2, b"", *(bytes([size]) * size for size in range(1, 256, 17))]
    for text in texts:
        linux.mcapi.msg_send(linux.own, linux.there, text)
    assert [bytes(linux.mcapi.msg_recv(linux.own)) for _ in texts] == texts


def test_each_of_two_senders_gets_its_own(linux: Linux) -> None:
    other = linux.mcapi.endpoint_create(21)
    linux.mcapi.msg_send(linux.own, linux.there, b"one")
    linux.mcapi.msg_send(other, linux.there, b"two")
    assert bytes(linux.mcapi.msg_recv(other)) == b"two"
    assert bytes(linux.mcapi.msg_recv(linux.own)) == b"one"


def test_sleeps_when_there_is_nothing_to_do(linux: Linux) -> None:
    linux.mcapi.msg_send(linux.own, linux.there, b"hello")
    linux.mcapi.msg_recv(linux.own)
    assert linux.run(1000 * MS) == "idle"


# -- channels ---------------------------------------------------------------------------------------------------


def test_packets_come_back_in_their_order(linux: Linux) -> None:
    receives, sends = linux.connect("packet")
    packets = [b"packet %d " % number * (number % 40 + 1) for number in range(100)]
    back = []
    for data in packets:
        linux.mcapi.pktchan_send(sends, data)
        back.append(linux.packet(receives))
    assert back == packets


def test_scalars_of_each_width_come_back_with_it(linux: Linux) -> None:
    receives, sends = linux.connect("scalar")
    for width in (8, 16, 32, 64):
        for value in (0, 1, 1 << width - 1, (1 << width) - 1):
            getattr(linux.mcapi, f"sclchan_send_uint{width}")(sends, value)
            assert getattr(linux.mcapi, f"sclchan_recv_uint{width}")(receives) == value


def test_scalars_that_nobody_reads_make_the_sender_wait_and_none_is_lost(linux: Linux) -> None:
    receives, sends = linux.connect("scalar")
    for value in range(60):
        linux.mcapi.sclchan_send_uint32(sends, value)
    assert [linux.mcapi.sclchan_recv_uint32(receives) for _ in range(60)] == list(range(60))


def test_linux_may_connect_as_well(linux: Linux) -> None:
    outside = linux.mcapi.endpoint_create(OUT)
    inside = linux.mcapi.endpoint_create(IN)
    linux.mcapi.wait(linux.mcapi.pktchan_connect_i(outside, linux.mcapi.endpoint_get(0, 1, 2)))
    linux.mcapi.wait(linux.mcapi.pktchan_connect_i(linux.mcapi.endpoint_get(0, 1, 3), inside))
    sends = linux.mcapi.wait(linux.mcapi.pktchan_send_open_i(outside))
    receives = linux.mcapi.wait(linux.mcapi.pktchan_recv_open_i(inside))
    linux.mcapi.pktchan_send(sends, b"hello")
    assert linux.packet(receives) == b"hello"


@pytest.mark.parametrize("type", ["packet", "scalar"])
def test_its_ends_are_opened_again_after_each_close(linux: Linux, type: str) -> None:
    call = {"packet": "pktchan", "scalar": "sclchan"}[type]
    for _ in range(3):
        receives, sends = linux.connect(type)
        linux.mcapi.wait(getattr(linux.mcapi, f"{call}_send_close_i")(sends))
        linux.mcapi.wait(getattr(linux.mcapi, f"{call}_recv_close_i")(receives))
        linux.run()
        for port in (IN, OUT):
            linux.mcapi.endpoint_delete(linux.mcapi.endpoint_get(0, 0, port))


def test_packets_before_a_close_still_come_back(linux: Linux) -> None:
    receives, sends = linux.connect("packet")
    for number in range(10):
        linux.mcapi.pktchan_send(sends, b"%d" % number)
    linux.mcapi.wait(linux.mcapi.pktchan_send_close_i(sends))
    assert [linux.packet(receives) for _ in range(10)] == [b"%d" % number for number in range(10)]


# -- requests ---------------------------------------------------------------------------------------------------


def test_says_what_its_transport_has_counted(linux: Linux) -> None:
    words = linux.ask("status").split()
    assert words[::2] == [count.name for count in Count]
    assert int(words[2 * Count.PEER_EPOCHS + 1]) == 1


@pytest.mark.parametrize(
    "text", ["", "hello", "statusx", "hold", "hold 0", "hold 25", "hold x", "connect packet 1", "connect x 1 2"]
)
def test_a_request_that_it_does_not_know_is_err_parameter(linux: Linux, text: str) -> None:
    assert linux.ask(text) == "ERR_PARAMETER"


def test_a_connect_that_cannot_be_says_why(linux: Linux) -> None:
    linux.connect("packet")
    linux.mcapi.endpoint_create(40)
    linux.mcapi.endpoint_create(41)
    assert linux.ask("connect packet 40 41") == "ERR_CHAN_CONNECTED"


def test_a_connect_waits_for_linuxs_ports_until_the_next_one(linux: Linux) -> None:
    linux.mcapi.msg_send(linux.own, linux.commands, b"connect packet 40 41")
    linux.run(100 * MS)
    assert linux.mcapi.msg_available(linux.own) == 0
    linux.mcapi.endpoint_create(IN)
    linux.mcapi.endpoint_create(OUT)
    assert linux.ask(f"connect packet {IN} {OUT}") == "ERR_REQUEST_CANCELLED"
    assert bytes(linux.mcapi.msg_recv(linux.own)) == b"SUCCESS"


def test_asked_to_hold_packets_it_keeps_their_buffers(linux: Linux) -> None:
    receives, sends = linux.connect("packet")
    most = BUFFERS - RESERVED_BUFFERS  # of priority 1, that of channels
    assert linux.ask(f"hold {BUFFERS}") == "SUCCESS"
    for number in range(most):
        linux.mcapi.pktchan_send(sends, b"%d" % number)
        assert linux.packet(receives) == b"%d" % number
    waits = linux.mcapi.pktchan_send_i(sends, b"one more")
    linux.run(100 * MS)
    assert not linux.mcapi.test(waits)


# -- restarts ---------------------------------------------------------------------------------------------------


def test_its_log_says_who_is_there(linux: Linux) -> None:
    assert linux.mcapi_log() == ["mcapi: boot", "mcapi: up, epoch 1 of Linux"]
    linux.mcapi.finalize()
    linux.run()
    assert linux.mcapi_log()[2:] == ["mcapi: gone"]
    linux.start()
    assert linux.mcapi_log()[3:] == ["mcapi: up, epoch 2 of Linux"]


@pytest.mark.parametrize("type", ["packet", "scalar"])
def test_goes_on_after_a_restart_of_linuxs_node_in_mid_channel(linux: Linux, type: str) -> None:
    for value in range(3):
        receives, sends = linux.connect(type)
        if type == "packet":
            linux.mcapi.pktchan_send(sends, b"%d" % value)
            assert linux.packet(receives) == b"%d" % value
        else:
            linux.mcapi.sclchan_send_uint64(sends, value)
            assert linux.mcapi.sclchan_recv_uint64(receives) == value
        linux.mcapi.finalize()
        linux.start()


def test_its_own_restart_ends_channels_and_traffic_goes_on(linux: Linux) -> None:
    receives, _ = linux.connect("packet")
    waits = linux.mcapi.pktchan_recv_i(receives)
    linux.host.stop()
    assert linux.board.image is not None
    linux.host.start(linux.board.image)
    with pytest.raises(McapiError, match="ERR_CHAN_INVALID"):
        linux.mcapi.wait(waits)
    linux.there = linux.mcapi.endpoint_get(0, 1, MESSAGES)
    linux.mcapi.msg_send(linux.own, linux.there, b"hello again")
    assert bytes(linux.mcapi.msg_recv(linux.own)) == b"hello again"


# -- with RPMsg -------------------------------------------------------------------------------------------------


def test_both_services_answer_side_by_side() -> None:
    linux = Linux("rpmsg_mcapi")
    assert [endpoint.name for endpoint in linux.host.announced] == ["rpmsg-tty", "rpmsg-tty", "rpmsg-client-sample"]
    for number in range(50):
        linux.host.endpoints[0].send(b"rpmsg %d" % number)
        linux.mcapi.msg_send(linux.own, linux.there, b"mcapi %d" % number)
        assert bytes(linux.mcapi.msg_recv(linux.own)) == b"mcapi %d" % number
    linux.run()
    assert len([message for message in linux.host.received if message.data.startswith(b"rpmsg ")]) == 50
