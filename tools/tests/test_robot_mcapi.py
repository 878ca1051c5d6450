"""The keywords for MCAPI and its channel nodes outside of Robot: what they give, and the words in which they fail.

What goes over the IPCC then is for `robot_tests/mcapi.robot` and `robot_tests/channel_nodes.robot`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ipcclab.IpccLibrary import IpccLibrary
from ipcclab.keywords.arguments import Duration
from mp1bench.errors import UsageError
from mp1bench.linux.errno import KernelError
from mp1bench.mcapi import Attribute, Channel, Endpoint, McapiError, RemoteEndpoint

MS = Duration(1_000_000)
MESSAGES, PACKETS_IN, PACKETS_OUT, SCALARS_IN, SCALARS_OUT, COMMANDS = range(1, 7)


@pytest.fixture
def echo() -> IpccLibrary:
    library = IpccLibrary()
    library.boot_firmware("mcapi_echo")
    library.start_mcapi()
    library.mcapi_peer_should_be_up()
    return library


@pytest.fixture
def nodes() -> IpccLibrary:
    library = IpccLibrary()
    library.boot_firmware("mcapi_echo")
    library.load_module("mcapi")
    return library


@pytest.fixture(scope="module")
def beside() -> IpccLibrary:
    """For what leaves nothing behind."""
    library = IpccLibrary()
    library.boot_firmware("rpmsg_mcapi")
    library.start_mcapi()
    library.linux_should_have("/dev/ttyRPMSG0")
    return library


def first_line(failure: pytest.ExceptionInfo[AssertionError]) -> str:
    return str(failure.value).splitlines()[0]


def own(endpoint: Endpoint | RemoteEndpoint) -> Endpoint:
    assert isinstance(endpoint, Endpoint)
    return endpoint


def opened(library: IpccLibrary, kind: str, to: int, back: int) -> tuple[Channel, Channel]:
    """The test's ends of a channel to, and of one from the firmware."""
    out = library.open_mcapi_channel(kind, library.create_mcapi_endpoint(30), library.get_mcapi_endpoint(to))  # type: ignore[arg-type]
    come = library.open_mcapi_channel(kind, library.get_mcapi_endpoint(back), library.create_mcapi_endpoint(31))  # type: ignore[arg-type]
    assert isinstance(out, Channel)
    assert isinstance(come, Channel)
    return out, come


# -- what comes instead -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda lib: lib.get_mcapi_endpoint(99, within=MS), "node 1 had no endpoint 99 within 1ms."),
        (
            lambda lib: lib.wait_for_mcapi_message(lib.create_mcapi_endpoint(20), within=MS),
            "no message came at port 20 of node 0 within 1ms.",
        ),
        (
            lambda lib: lib.mcapi_channel_should_be_connected(lib.create_mcapi_endpoint(20), within=MS),
            "port 20 of node 0 is in no channel after 1ms, expected connected.",
        ),
        (
            lambda lib: lib.open_mcapi_channel(
                "packet", lib.create_mcapi_endpoint(20), lib.create_mcapi_endpoint(21), connect=False, within=MS
            ),
            "the packet channel from port 20 of node 0 to port 21 of node 0"
            " was not opened at the other end within 1ms.",
        ),
        (lambda lib: lib.mcapi_peer_should_be_up(since=1, within=MS), "MCAPI's node 1 is still of epoch 1 after 1ms."),
        (lambda lib: lib.mcapi_peer_should_be_gone(within=MS), "MCAPI's node 1 is still up after 1ms."),
    ],
)
def test_what_does_not_come_is_named(act: Callable[[IpccLibrary], object], sentence: str, echo: IpccLibrary) -> None:
    with pytest.raises(AssertionError) as failure:
        act(echo)
    assert first_line(failure) == sentence
    assert "\nLast accesses:\n" in str(failure.value)


def test_an_open_file_that_is_no_channel_node_is_named(nodes: IpccLibrary) -> None:
    file = nodes.open_device("/dev/mcapi1")
    with pytest.raises(UsageError, match=r"^`<file /dev/mcapi1>` is no channel node\. Use what "):
        nodes.dequeue_packet(file)


def test_another_message_is_named(echo: IpccLibrary) -> None:
    mine = echo.create_mcapi_endpoint(20)
    echo.send_mcapi_message(mine, echo.get_mcapi_endpoint(MESSAGES), b"hello")
    with pytest.raises(AssertionError) as failure:
        echo.wait_for_mcapi_message(mine, b"other")
    assert first_line(failure) == '"hello" came at port 20 of node 0, expected "other".'


def test_another_packet_is_named_and_goes_home(echo: IpccLibrary) -> None:
    out, come = opened(echo, "packet", PACKETS_IN, PACKETS_OUT)
    where = "the receiving end of the packet channel, port 31 of node 0"
    for _ in range(21):  # the firmware has 20 buffers for channels
        echo.send_mcapi_packet(out, b"hello")
        with pytest.raises(AssertionError) as failure:
            echo.wait_for_mcapi_packet(come, b"other")
        assert first_line(failure) == f'"hello" came at {where}, expected "other".'
    with pytest.raises(AssertionError) as failure:
        echo.wait_for_mcapi_packet(come, within=MS)
    assert first_line(failure) == f"no packet came at {where} within 1ms."


def test_another_scalar_is_named(echo: IpccLibrary) -> None:
    out, come = opened(echo, "scalar", SCALARS_IN, SCALARS_OUT)
    where = "the receiving end of the scalar channel, port 31 of node 0"
    echo.send_mcapi_scalar(out, 0xFF, width=8)
    with pytest.raises(AssertionError) as failure:
        echo.wait_for_mcapi_scalar(come, 0xFE, width=8)
    assert first_line(failure) == f"0xff came at {where}, expected 0xfe."
    with pytest.raises(AssertionError) as failure:
        echo.wait_for_mcapi_scalar(come, within=MS)
    assert first_line(failure) == f"no scalar came at {where} within 1ms."


def test_send_that_finds_no_room_says_so(echo: IpccLibrary) -> None:
    """To itself, until all 24 buffers are taken."""
    mine = echo.create_mcapi_endpoint(20)
    for _ in range(24):
        echo.send_mcapi_message(mine, mine, b"hello")
    with pytest.raises(AssertionError) as failure:
        echo.send_mcapi_message(mine, mine, b"last", within=MS)
    assert first_line(failure) == 'there was no room for "last" within 1ms.'
    for _ in range(24):
        echo.wait_for_mcapi_message(mine, b"hello")
    with pytest.raises(AssertionError, match="no message came"):
        echo.wait_for_mcapi_message(mine, within=MS)


# -- what is given ----------------------------------------------------------------------------------------------


def test_message_knows_its_sender_and_its_priority(echo: IpccLibrary) -> None:
    mine, other = echo.create_mcapi_endpoint(20), echo.create_mcapi_endpoint(21)
    echo.send_mcapi_message(other, mine, bytes(range(256)), priority=1)
    message = echo.wait_for_mcapi_message(mine)
    assert message == "".join(map(chr, range(256)))
    assert (message.sender, message.priority) == (other, 1)


def test_channel_between_endpoints_of_the_test_has_both_handles(echo: IpccLibrary) -> None:
    handles = echo.open_mcapi_channel("packet", echo.create_mcapi_endpoint(20), echo.create_mcapi_endpoint(21))
    assert isinstance(handles, tuple)
    out, come = handles
    echo.send_mcapi_packet(out, b"hello")
    assert echo.wait_for_mcapi_packet(come) == "hello"


def test_open_that_failed_can_be_tried_again(echo: IpccLibrary) -> None:
    mine, there = echo.create_mcapi_endpoint(30), echo.get_mcapi_endpoint(MESSAGES)
    with pytest.raises(AssertionError, match="was not opened at the other end within 1ms"):
        echo.open_mcapi_channel("packet", mine, there, within=MS)
    with pytest.raises(AssertionError, match="was not opened at the other end within 1ms"):
        echo.open_mcapi_channel("packet", mine, there, connect=False, within=MS)


def test_limit_of_a_keyword_leaves_the_endpoints_own(echo: IpccLibrary) -> None:
    mine = echo.create_mcapi_endpoint(20)
    echo.call_mcapi("endpoint_set_attribute", mine, "TIMEOUT", "2000")
    before = echo.get_virtual_time()
    with pytest.raises(AssertionError):
        echo.wait_for_mcapi_message(mine, within=MS)
    assert echo.get_virtual_time() - before == MS
    with pytest.raises(McapiError, match=r"has not ended within 2000 us: TIMEOUT\.$"):
        echo.call_mcapi("msg_recv", mine)


def test_fresh_board_has_a_fresh_node(echo: IpccLibrary) -> None:
    mine = echo.create_mcapi_endpoint(20)
    echo.boot_firmware("mcapi_echo")
    with pytest.raises(McapiError, match=r"ERR_NODE_NOTINIT\.$"):
        echo.create_mcapi_endpoint(20)
    echo.start_mcapi()
    with pytest.raises(McapiError, match=r"ERR_ENDP_INVALID\.$"):
        echo.wait_for_mcapi_message(mine)


# -- the status -------------------------------------------------------------------------------------------------


def test_status_is_that_of_the_last_keyword(echo: IpccLibrary) -> None:
    mine = echo.create_mcapi_endpoint(20)
    echo.mcapi_status_should_be("SUCCESS")
    request = echo.call_mcapi("msg_recv_i", mine)
    echo.mcapi_status_should_be("PENDING")
    assert echo.call_mcapi("test", request) is False
    echo.mcapi_status_should_be("PENDING")
    echo.send_mcapi_message(mine, mine, b"hello")
    assert echo.call_mcapi("wait", request) == b"hello"
    echo.mcapi_status_should_be("SUCCESS")
    with pytest.raises(AssertionError):
        echo.wait_for_mcapi_message(mine, within=MS)
    echo.mcapi_status_should_be("TIMEOUT")
    with pytest.raises(AssertionError) as failure:
        echo.mcapi_status_should_be("SUCCESS")
    assert first_line(failure) == "the last keyword for MCAPI ended in TIMEOUT, expected SUCCESS."


def test_status_before_any_keyword_says_what_to_do() -> None:
    with pytest.raises(UsageError) as error:
        IpccLibrary().mcapi_status_should_be("SUCCESS")
    assert str(error.value) == "no keyword for MCAPI has ended yet. Name one behind the status."


@pytest.mark.parametrize("status", ["PENDING", "ERR_WAIT_PENDING"])
def test_another_status_fails(status: str, beside: IpccLibrary) -> None:
    beside.get_mcapi_statistics()
    with pytest.raises(AssertionError, match=rf"^the last keyword for MCAPI ended in SUCCESS, expected {status}\."):
        beside.mcapi_status_should_be(status)


# -- any call ---------------------------------------------------------------------------------------------------


def test_arguments_of_a_call_are_what_a_test_writes(echo: IpccLibrary) -> None:
    mine = own(echo.call_mcapi("endpoint_create", "PORT_ANY"))
    assert mine.port == 10_000
    echo.call_mcapi("endpoint_set_attribute", mine, "MAX_PAYLOAD_SIZE", "0x10")
    assert mine.attributes[Attribute.MAX_PAYLOAD_SIZE] == 16
    echo.call_mcapi("msg_send", mine, mine, "\xff\x00")
    assert echo.call_mcapi("msg_recv", mine, "2") == b"\xff\x00"


def test_packet_that_was_received_is_known_to_calls(echo: IpccLibrary) -> None:
    out, come = opened(echo, "packet", PACKETS_IN, PACKETS_OUT)
    echo.send_mcapi_packet(out, b"hello")
    packet = echo.wait_for_mcapi_packet(come, release=False)
    assert echo.call_mcapi("pktchan_release_test", packet) is False
    echo.call_mcapi("pktchan_release", packet)
    assert echo.call_mcapi("pktchan_release_test", packet) is True


# -- nonsense ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda lib: lib.mcapi_status_should_be("ERR_MSG_LENGTH"),
            "MCAPI has no status `ERR_MSG_LENGTH`. Did you mean `ERR_MSG_SIZE`?",
        ),
        (
            lambda lib: lib.call_mcapi("msg_snd"),
            "MCAPI has no call `msg_snd` here. Did you mean `msg_send`?",
        ),
        (
            lambda lib: lib.call_mcapi("msg_available"),
            "msg_available takes receiver: missing a required argument: 'receiver'.",
        ),
        (lambda lib: lib.call_mcapi("finalize", 1), "finalize takes no argument: too many positional arguments."),
        (
            lambda lib: lib.call_mcapi("endpoint_create", "PORT_ANYONE"),
            "`PORT_ANYONE` is no number, and no name of one. Did you mean `PORT_ANY`?",
        ),
        (
            lambda lib: lib.call_mcapi("msg_send", None, None, "1 €"),
            "`1 €` has a character that is no byte. Encode the text.",
        ),
        (lambda lib: lib.get_mcapi_statistics(2), "there is no node 2: 0 is Linux, 1 the firmware."),
        (
            lambda lib: lib.open_mcapi_channel("stream", lib.create_mcapi_endpoint(), lib.create_mcapi_endpoint()),
            "`stream` is not understood here. There are: packet, scalar.",
        ),
        *(
            (act, "`30` is no channel. Use what `Open MCAPI Channel` has returned.")
            for act in (
                lambda lib: lib.send_mcapi_packet("30", b"hello"),
                lambda lib: lib.wait_for_mcapi_packet("30"),
                lambda lib: lib.send_mcapi_scalar("30", 1),
                lambda lib: lib.wait_for_mcapi_scalar("30"),
                lambda lib: lib.close_mcapi_channel("30"),
            )
        ),
        (lambda lib: lib.send_mcapi_scalar(None, 1, width=24), "a scalar has 8, 16, 32 or 64 bits, not 24."),
        (lambda lib: lib.wait_for_mcapi_scalar(None, width=0), "a scalar has 8, 16, 32 or 64 bits, not 0."),
        (lambda lib: lib.open_channel_node(0, "scalar", width=2), "a scalar has 8, 16, 32 or 64 bits, not 2."),
        *(
            (act, "`/dev/mcapi0` is no channel node. Use what `Open Channel Node` has returned.")
            for act in (
                lambda lib: lib.connect_channel_node("/dev/mcapi0"),
                lambda lib: lib.accept_channel_node("/dev/mcapi0"),
                lambda lib: lib.channel_node_should_be_connected("/dev/mcapi0"),
                lambda lib: lib.shut_down_channel_node("/dev/mcapi0", "read"),
                lambda lib: lib.enqueue_packet("/dev/mcapi0", b"hello"),
                lambda lib: lib.dequeue_packet("/dev/mcapi0"),
                lambda lib: lib.get_channel_node_attribute("/dev/mcapi0", "TIMEOUT"),
                lambda lib: lib.get_channel_node_statistics("/dev/mcapi0"),
            )
        ),
        (
            lambda lib: lib.open_channel_node(0, "pipe", rx=20),
            "`pipe` is not understood here. There are: message, packet, scalar.",
        ),
        (
            lambda lib: lib.device_events_should_be(lib.open_device("/dev/ttyRPMSG0"), "POLLINN"),
            "`POLLINN` is not understood here. Did you mean `POLLIN`?",
        ),
    ],
)
def test_nonsense_is_refused_in_a_sentence(
    act: Callable[[IpccLibrary], object], sentence: str, beside: IpccLibrary
) -> None:
    with pytest.raises(UsageError) as error:
        act(beside)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    "act",
    [
        lambda lib: lib.send_mcapi_message("20", "1", b"hello"),
        lambda lib: lib.wait_for_mcapi_message("20"),
        lambda lib: lib.mcapi_channel_should_be_connected("20"),
        lambda lib: lib.open_mcapi_channel("packet", "20", "2"),
    ],
)
def test_what_is_no_endpoint_has_a_status_for_that(act: Callable[[IpccLibrary], object], echo: IpccLibrary) -> None:
    with pytest.raises(McapiError, match=r"^'20' is no endpoint of node 0, or no longer: ERR_ENDP_INVALID\.$"):
        act(echo)


@pytest.mark.parametrize("act", [lambda lib: lib.start_mcapi(), lambda lib: lib.open_channel_node(0, "packet", tx=30)])
def test_without_a_board_the_sentence_says_how_to_boot_linux(act: Callable[[IpccLibrary], object]) -> None:
    words = r"^there is no Linux on the bench\. Start with `Boot Linux` or `Boot Firmware`\.$"
    with pytest.raises(UsageError, match=words):
        act(IpccLibrary())


# -- channel nodes ----------------------------------------------------------------------------------------------


def test_node_that_is_not_connected_says_why(nodes: IpccLibrary) -> None:
    file = nodes.open_channel_node(0, "packet", tx=30)
    with pytest.raises(AssertionError) as failure:
        nodes.channel_node_should_be_connected(file, within=MS)
    assert first_line(failure) == "/dev/mcapi0 is not connected after 1ms: -107 (ENOTCONN)."


def test_events_that_do_not_come_are_named(nodes: IpccLibrary) -> None:
    file = nodes.open_channel_node(0, "message", rx=20)
    nodes.connect_channel_node(file, rx=MESSAGES)
    with pytest.raises(AssertionError) as failure:
        nodes.device_events_should_be(file, "POLLIN", "POLLOUT", within=MS)
    assert first_line(failure) == "the events of /dev/mcapi0 are POLLOUT after 1ms, expected POLLIN, POLLOUT."
    with pytest.raises(AssertionError, match="are POLLOUT after 1ms, expected none"):
        nodes.device_events_should_be(file, within=MS)


def test_packet_that_does_not_fit_leaves_the_buffer_free(nodes: IpccLibrary) -> None:
    file = nodes.open_channel_node(0, "packet", rx=31, tx=30)
    nodes.connect_channel_node(file, rx=PACKETS_IN, tx=PACKETS_OUT)
    for _ in range(30):  # more than Linux's 24 buffers
        with pytest.raises(UsageError, match=r"^513 bytes do not fit a buffer of 512\.$"):
            nodes.enqueue_packet(file, bytes(513))


def test_packet_of_firmware_that_has_gone_is_none(nodes: IpccLibrary) -> None:
    file = nodes.open_channel_node(0, "packet", rx=31, tx=30)
    nodes.connect_channel_node(file, rx=PACKETS_IN, tx=PACKETS_OUT)
    nodes.crash_remote_processor()
    nodes.device_events_should_be(file, "POLLERR", "POLLHUP")
    with pytest.raises(KernelError, match=r"-104 \(ECONNRESET\)\.$"):
        nodes.dequeue_packet(file)


def test_width_of_a_node_is_in_bits(nodes: IpccLibrary) -> None:
    file = nodes.open_channel_node(0, "scalar", rx=31, tx=30, width=16)
    nodes.connect_channel_node(file, rx=SCALARS_IN, tx=SCALARS_OUT)
    nodes.write_device(file, b"\x34\x12")
    nodes.device_should_give(file, b"\x34\x12")
