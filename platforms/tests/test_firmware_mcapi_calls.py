"""`mcapi_calls` on the emulated M4: every MCAPI call of the firmware's API gives every status that it can give there.

Which those are follows from mcapi.md §2.2, §2.3 and §3.2. The image makes the calls and prints a line for each.
Not among them, because nothing on the M4 makes them: NODE_INITFAILED and NODE_FINALFAILED (there is nothing to fail),
ENDP_NOPORTS (32 endpoints never use up the ports), WAIT_PENDING (there is one thread), GENERAL.
"""

from __future__ import annotations

import pytest

from mp1bench.board import Board
from mp1bench.mcapi.attributes import Attribute
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.mcapi import Mcapi
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.status import McapiError, Status
from mp1bench.shipped import prebuilt_image

UART = "uart4"
MS = 1_000_000

WIDTHS = (8, 16, 32, 64)
OPEN = (
    "SUCCESS PENDING ERR_NODE_NOTINIT ERR_PARAMETER ERR_ENDP_INVALID ERR_CHAN_TYPE ERR_CHAN_DIRECTION ERR_CHAN_OPEN "
    "ERR_CHAN_OPENPENDING ERR_CHAN_CLOSEPENDING ERR_REQUEST_LIMIT"
)
CONNECT = (
    "SUCCESS ERR_NODE_NOTINIT ERR_PARAMETER ERR_ENDP_INVALID ERR_CHAN_CONNECTED ERR_CHAN_TYPE ERR_CHAN_DIRECTION "
    "ERR_ATTR_INCOMPATIBLE ERR_REQUEST_LIMIT"
)
HANDLE = "SUCCESS ERR_NODE_NOTINIT ERR_CHAN_INVALID ERR_CHAN_TYPE ERR_CHAN_DIRECTION ERR_CHAN_NOTOPEN"
CLOSE = f"{HANDLE} ERR_PARAMETER ERR_REQUEST_LIMIT"

#: What each call gives without a peer, between endpoints of the same node.
ALONE = {
    "initialize": "SUCCESS ERR_PARAMETER ERR_DOMAIN_INVALID ERR_NODE_INVALID ERR_NODE_INITIALIZED",
    "finalize": "SUCCESS ERR_NODE_NOTINIT",
    "domain_id_get": "SUCCESS ERR_NODE_NOTINIT",
    "node_id_get": "SUCCESS ERR_NODE_NOTINIT",
    "node_init_attributes": "SUCCESS ERR_PARAMETER",
    "node_set_attribute": "SUCCESS ERR_PARAMETER ERR_ATTR_NUM ERR_ATTR_SIZE ERR_ATTR_VALUE",
    "node_get_attribute": "SUCCESS ERR_NODE_NOTINIT ERR_DOMAIN_INVALID ERR_NODE_INVALID ERR_PARAMETER ERR_ATTR_NUM "
    "ERR_ATTR_SIZE ERR_ATTR_NOTSUPPORTED",
    "endpoint_create": "SUCCESS ERR_NODE_NOTINIT ERR_PORT_INVALID ERR_ENDP_EXISTS ERR_ENDP_LIMIT",
    "endpoint_get": "SUCCESS TIMEOUT ERR_NODE_NOTINIT ERR_DOMAIN_INVALID ERR_NODE_INVALID ERR_PORT_INVALID",
    "endpoint_get_i": "SUCCESS PENDING ERR_NODE_NOTINIT ERR_DOMAIN_INVALID ERR_NODE_INVALID ERR_PORT_INVALID "
    "ERR_PARAMETER ERR_REQUEST_LIMIT",
    "endpoint_release": "SUCCESS ERR_NODE_NOTINIT ERR_ENDP_INVALID",
    "endpoint_delete": "SUCCESS ERR_NODE_NOTINIT ERR_ENDP_INVALID ERR_CHAN_CONNECTED ERR_CHAN_OPENPENDING "
    "ERR_CHAN_OPEN ERR_CHAN_CLOSEPENDING",
    "endpoint_get_attribute": "SUCCESS ERR_NODE_NOTINIT ERR_ENDP_INVALID ERR_PARAMETER ERR_ATTR_NUM ERR_ATTR_SIZE "
    "ERR_ATTR_NOTSUPPORTED",
    "endpoint_set_attribute": "SUCCESS ERR_NODE_NOTINIT ERR_ENDP_INVALID ERR_PARAMETER ERR_ATTR_NUM ERR_ATTR_SIZE "
    "ERR_ATTR_VALUE ERR_ATTR_NOTSUPPORTED ERR_ATTR_READONLY ERR_CHAN_CONNECTED",
    "msg_send": "SUCCESS TIMEOUT ERR_NODE_NOTINIT ERR_PARAMETER ERR_ENDP_INVALID ERR_MSG_SIZE ERR_PRIORITY "
    "ERR_CHAN_CONNECTED ERR_MEM_LIMIT",
    "msg_send_i": "SUCCESS PENDING ERR_NODE_NOTINIT ERR_PARAMETER ERR_ENDP_INVALID ERR_MSG_SIZE ERR_PRIORITY "
    "ERR_CHAN_CONNECTED ERR_MEM_LIMIT ERR_REQUEST_LIMIT",
    "msg_recv": "SUCCESS TIMEOUT ERR_NODE_NOTINIT ERR_PARAMETER ERR_ENDP_INVALID ERR_MSG_TRUNCATED ERR_CHAN_CONNECTED",
    "msg_recv_i": "SUCCESS PENDING ERR_NODE_NOTINIT ERR_PARAMETER ERR_ENDP_INVALID ERR_MSG_TRUNCATED "
    "ERR_CHAN_CONNECTED ERR_REQUEST_LIMIT",
    "msg_available": "SUCCESS ERR_NODE_NOTINIT ERR_ENDP_INVALID ERR_CHAN_CONNECTED",
    "pktchan_connect_i": CONNECT,
    "pktchan_send_open_i": OPEN,
    "pktchan_recv_open_i": OPEN,
    "pktchan_send": f"{HANDLE} TIMEOUT ERR_PARAMETER ERR_PKT_SIZE ERR_CHAN_CLOSEPENDING ERR_MEM_LIMIT",
    "pktchan_send_i": f"{HANDLE} PENDING ERR_PARAMETER ERR_PKT_SIZE ERR_CHAN_CLOSEPENDING ERR_MEM_LIMIT "
    "ERR_REQUEST_LIMIT",
    "pktchan_recv": f"{HANDLE} TIMEOUT ERR_PARAMETER ERR_CHAN_CLOSEPENDING",
    "pktchan_recv_i": f"{HANDLE} PENDING ERR_PARAMETER ERR_CHAN_CLOSEPENDING ERR_REQUEST_LIMIT",
    "pktchan_available": HANDLE,
    "pktchan_release": "SUCCESS ERR_NODE_NOTINIT ERR_BUF_INVALID",
    "pktchan_release_test": "SUCCESS ERR_NODE_NOTINIT ERR_BUF_INVALID",
    "pktchan_send_close_i": CLOSE,
    "pktchan_recv_close_i": CLOSE,
    "sclchan_connect_i": CONNECT,
    "sclchan_send_open_i": OPEN,
    "sclchan_recv_open_i": OPEN,
    **{f"sclchan_send_uint{width}": f"{HANDLE} TIMEOUT ERR_CHAN_CLOSEPENDING ERR_MEM_LIMIT" for width in WIDTHS},
    **{f"sclchan_recv_uint{width}": f"{HANDLE} TIMEOUT ERR_CHAN_CLOSEPENDING ERR_SCL_SIZE" for width in WIDTHS},
    "sclchan_available": HANDLE,
    "sclchan_send_close_i": CLOSE,
    "sclchan_recv_close_i": CLOSE,
    "test": "SUCCESS PENDING ERR_NODE_NOTINIT ERR_PARAMETER ERR_REQUEST_INVALID ERR_REQUEST_CANCELLED",
    "wait": "SUCCESS TIMEOUT ERR_NODE_NOTINIT ERR_PARAMETER ERR_REQUEST_INVALID ERR_REQUEST_CANCELLED",
    "wait_any": "SUCCESS TIMEOUT ERR_NODE_NOTINIT ERR_PARAMETER ERR_REQUEST_INVALID ERR_REQUEST_CANCELLED "
    "ERR_REQUEST_LIMIT",
    "cancel": "SUCCESS ERR_NODE_NOTINIT ERR_PARAMETER ERR_REQUEST_INVALID",
}

#: What takes a peer: its endpoints, its answers, its absence.
WITH_PEER = {
    "endpoint_get": "SUCCESS TIMEOUT ERR_ENDP_GET_LIMIT",
    "endpoint_get_i": "PENDING",
    "endpoint_release": "SUCCESS ERR_ENDP_INVALID ERR_TRANSMISSION",
    "endpoint_delete": "SUCCESS ERR_ENDP_NOTOWNER ERR_TRANSMISSION",
    "endpoint_get_attribute": "ERR_ENDP_REMOTE",
    "endpoint_set_attribute": "ERR_ENDP_REMOTE",
    "msg_send": "SUCCESS ERR_ENDP_REMOTE ERR_ENDP_DELETED ERR_ENDP_INVALID ERR_NODE_NOTINIT",
    "msg_send_i": "PENDING ERR_ENDP_REMOTE ERR_ENDP_DELETED ERR_NODE_NOTINIT",
    "msg_recv": "ERR_ENDP_REMOTE",
    "msg_recv_i": "ERR_ENDP_REMOTE",
    "msg_available": "ERR_ENDP_REMOTE",
    "pktchan_connect_i": "PENDING ERR_ENDP_DELETED ERR_NODE_NOTINIT",
    "pktchan_send_open_i": "PENDING ERR_ENDP_REMOTE",
    "pktchan_recv_open_i": "ERR_ENDP_REMOTE",
    "sclchan_connect_i": "PENDING ERR_ENDP_DELETED ERR_NODE_NOTINIT",
    "sclchan_send_open_i": "ERR_ENDP_REMOTE",
    "sclchan_recv_open_i": "ERR_ENDP_REMOTE",
    "wait": "SUCCESS TIMEOUT ERR_ENDP_GET_LIMIT ERR_ENDP_INVALID ERR_CHAN_CONNECTED ERR_CHAN_INVALID",
    "cancel": "SUCCESS",
}

#: What holds besides: the image says it in these words.
CLAIMS = [
    "node type",
    "two nodes in one domain",
    "node 1 of domain 0",
    "finalize leaves nothing to look at",
    "finalize leaves no endpoint",
    "automatic ports from 10000 on",
    "get gives the same handle",
    "get ends when the endpoint is created",
    "payload up to 512 bytes",
    "an attribute is what it was set to",
    "both ends open",
    "status connected and open",
    "type of a packet channel's end",
    "three messages wait",
    "a truncated message stays",
    "message of priority 0 first",
    "its sender and its priority",
    "an empty message",
    "a message ends the receive that waits",
    "priority 0 still has a buffer",
    "a receive makes room for the send that waits",
    "a send that waits ends with its endpoint",
    "a receive that waits ends with its endpoint",
    "a scalar channel beside it",
    "open at both ends",
    "two packets wait",
    "a packet lies where it came",
    "the next one lies elsewhere",
    "a packet is held",
    "a packet is released",
    "a packet ends the receive that waits",
    "a release makes room for the send that waits",
    "the other end hears nothing of it yet",
    "what came before the close is there",
    "a close stays behind what is still to be sent",
    "open again",
    "a close ends one's own receive",
    "open before connect",
    "a packet channel beside it",
    "open for scalars",
    "four scalars wait",
    "a scalar of another width stays",
    "8 bits",
    "16 bits",
    "32 bits",
    "64 bits",
    "scalars from before the close, in order",
    "open for scalars again",
    "wait_any says which",
    "a finished request outlives its cancel",
    "display_status of ERR_MSG_SIZE",
    "display_status cuts",
    "display_status of no status",
    "display_status without room",
]


class Peer(Mcapi):
    """A node that can be made to take no frame."""

    stalled = False

    def frame(self, frame: Frame) -> bool:
        return not self.stalled and super().frame(frame)


def pairs(calls: dict[str, str]) -> list[str]:
    """Each call with each of its statuses."""
    return [f"{call} {status}" for call, statuses in calls.items() for status in statuses.split()]


def boot(host: str) -> Board:
    """The image, as far as it gets alone."""
    board = Board(host=host)
    board.load(prebuilt_image("mcapi_calls"))
    board.boot()
    finish(board, "mcapi_calls: done")
    return board


def finish(board: Board, line: str) -> None:
    assert board.run_until(lambda: f"{line}\n" in board.uart[UART], 1000 * MS), board.uart[UART][-200:]


@pytest.fixture(scope="module")
def alone() -> list[str]:
    """What the image prints without a peer."""
    return boot("none").uart[UART].splitlines()


def play() -> tuple[Peer, Board]:
    """A peer that does what the head of mcapi_calls_peer.c says, and the board, when the image is through with it."""
    board = boot("linux")
    assert board.linux is not None
    mcapi = Peer(board.linux)
    mcapi.initialize(0, 0)
    deleted, asked = (mcapi.endpoint_create(port) for port in (20, 23))
    for port in (21, 22):
        mcapi.endpoint_create(port)
    there = mcapi.endpoint_get(0, 1, 60)
    for expected in (b"stall", b"delete", b"leave"):
        assert mcapi.msg_recv(asked) == expected
        if expected != b"delete":
            mcapi.stalled = True
            board.run_for(20 * MS)
            mcapi.stalled = expected == b"leave"
        if expected == b"delete":
            mcapi.endpoint_delete(deleted)
        mcapi.msg_send(asked, there, b"kept" if expected == b"leave" else b"done")
    board.run_for(1 * MS)
    mcapi.finalize()
    mcapi.stalled = False
    board.run_for(10 * MS)
    mcapi.initialize(0, 0)
    mcapi.endpoint_create(23)
    finish(board, "mcapi_calls: peer done")
    return mcapi, board


@pytest.fixture(scope="module")
def with_peer() -> list[str]:
    """What it prints to a peer, after what it prints without."""
    _, board = play()
    lines = board.uart[UART].splitlines()
    return lines[lines.index("mcapi_calls: done") + 1 :]


@pytest.mark.parametrize("pair", pairs(ALONE))
def test_a_call_gives_each_of_its_statuses(alone: list[str], pair: str) -> None:
    assert f"{pair} ok" in alone
    assert [line for line in alone if line.startswith(f"{pair} got ")] == []


@pytest.mark.parametrize("pair", pairs(WITH_PEER))
def test_a_call_gives_each_of_its_statuses_with_a_peer(with_peer: list[str], pair: str) -> None:
    assert f"{pair} ok" in with_peer
    assert [line for line in with_peer if line.startswith(f"{pair} got ")] == []


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_image_claims_holds(alone: list[str], claim: str) -> None:
    assert f"{claim} ok" in alone
    assert f"{claim} is wrong" not in alone


def test_the_image_prints_nothing_else(alone: list[str]) -> None:
    expected = {f"{line} ok" for line in [*pairs(ALONE), *CLAIMS]} | {"mcapi_calls: done"}
    assert set(alone) - expected == set()


def test_the_image_prints_nothing_else_with_a_peer(with_peer: list[str]) -> None:
    claims = ["as many releases as there is room for", "a message outlives the node of its sender"]
    expected = {f"{line} ok" for line in [*pairs(WITH_PEER), *claims]} | {"mcapi_calls: peer done"}
    assert set(with_peer) == expected


# -- what the firmware answers to Linux; it has the endpoints 62, 63 and 64 in the end, and nothing more to do ------


def refusal(mcapi: Mcapi, request: Request[None]) -> Status:
    with pytest.raises(McapiError) as refused:
        mcapi.wait(request)
    return refused.value.status


def test_linux_connects_two_ends_of_the_firmware() -> None:
    mcapi, _ = play()
    sender, receiver = (mcapi.endpoint_get(0, 1, port) for port in (63, 64))
    mcapi.wait(mcapi.pktchan_connect_i(sender, receiver))
    assert refusal(mcapi, mcapi.pktchan_connect_i(sender, receiver)) is Status.ERR_CHAN_CONNECTED


def test_attributes_that_differ_are_refused_by_the_firmware() -> None:
    mcapi, _ = play()
    own, there = mcapi.endpoint_create(30), mcapi.endpoint_get(0, 1, 63)
    mcapi.endpoint_set_attribute(own, Attribute.PRIORITY, 0)
    assert refusal(mcapi, mcapi.sclchan_connect_i(own, there)) is Status.ERR_ATTR_INCOMPATIBLE


@pytest.mark.parametrize("ends", ["own and firmware's", "both firmware's"])
def test_a_connect_that_linux_cancels_is_undone_by_the_firmware(ends: str) -> None:
    mcapi, board = play()
    there, other = (mcapi.endpoint_get(0, 1, port) for port in (63, 64))
    sender = mcapi.endpoint_create(30) if ends.startswith("own") else other
    mcapi.cancel(mcapi.pktchan_connect_i(sender, there))
    board.run_for(5 * MS)
    mcapi.wait(mcapi.pktchan_connect_i(sender, there))


def test_an_end_that_the_firmware_does_not_open_stays_unopened() -> None:
    mcapi, board = play()
    own, there = mcapi.endpoint_create(30), mcapi.endpoint_get(0, 1, 63)
    opening = mcapi.pktchan_send_open_i(own)
    mcapi.wait(mcapi.pktchan_connect_i(own, there))
    board.run_for(5 * MS)
    assert not mcapi.test(opening)
