"""MCAPI's life cycle and identity, call by call and status by status (mcapi.md §2.2)."""

from __future__ import annotations

import inspect

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.board import Board
from mp1bench.errors import UsageError
from mp1bench.linux import KernelError
from mp1bench.mcapi import Info, Mcapi, McapiError, McapiNode, NodeAttribute, Status, layout
from mp1bench.mcapi.calls import CALLS

ALWAYS = ("initialize", "node_init_attributes", "node_set_attribute", "display_status")


@shows(Status.ERR_NODE_NOTINIT, *[name for name in CALLS if name not in (*ALWAYS, "endpoint_release")])
def _(pair: Pair, call: str) -> None:
    pair.host.finalize()
    arguments = [None] * (len(inspect.signature(getattr(McapiNode, call)).parameters) - 1)
    with raises(Status.ERR_NODE_NOTINIT, f"{call} was called before initialize, or after finalize"):
        getattr(pair.host, call)(*arguments)


@shows(Status.ERR_NODE_NOTINIT, "endpoint_release")
def _(pair: Pair, call: str) -> None:
    """The other node is not there."""
    remote = pair.remote(5)
    pair.firmware.finalize()
    pair.run()
    with raises(Status.ERR_NODE_NOTINIT, "node 1 is not there"):
        pair.host.endpoint_release(remote)


@shows(Status.SUCCESS, "initialize")
def _(pair: Pair, call: str) -> None:
    pair.host.finalize()
    assert pair.host.initialize(0, 0) == Info(0x0002_0000, 0, 1, 1, 2, 0xFFFF)
    pair.run()
    assert pair.host.transport.up


@shows(Status.ERR_NODE_INITIALIZED, "initialize")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_NODE_INITIALIZED, "node 0 is initialised already; finalize it first"):
        pair.host.initialize(0, 0)


@shows(Status.ERR_DOMAIN_INVALID, "initialize")
def _(pair: Pair, call: str) -> None:
    pair.host.finalize()
    with raises(Status.ERR_DOMAIN_INVALID, "there is no domain 1, only domain 0"):
        pair.host.initialize(1, 0)


@shows(Status.ERR_NODE_INVALID, "initialize")
def _(pair: Pair, call: str) -> None:
    pair.host.finalize()
    with raises(Status.ERR_NODE_INVALID, "this is node 0; node 1 is at the other side"):
        pair.host.initialize(0, 1)
    with raises(Status.ERR_NODE_INVALID, "there is no node True: 0 is Linux, 1 the firmware"):
        pair.host.initialize(0, True)
    assert not pair.host.initialized


@shows(Status.ERR_NODE_INITFAILED, "initialize")
def _(pair: Pair, call: str) -> None:
    """There is no shared memory. The channels of the IPCC are free again."""
    pair.host.finalize()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "BASE", 0x90000000)
        with pytest.raises(
            McapiError, match=r"^node 0 has no shared memory \(.*0x90000000.*\): ERR_NODE_INITFAILED\.$"
        ):
            pair.host.initialize(0, 0)
    assert not pair.host.initialized
    pair.host.initialize(0, 0)


@shows(Status.ERR_PARAMETER, "initialize")
def _(pair: Pair, call: str) -> None:
    pair.host.finalize()
    with raises(Status.ERR_PARAMETER, "attributes come from node_init_attributes, and are not {}"):
        pair.host.initialize(0, 0, {})  # type: ignore[arg-type]


def test_a_channel_of_the_ipcc_that_is_taken_is_linux_s_error_and_leaves_nothing_behind(pair: Pair) -> None:
    linux = pair.board.linux
    assert linux is not None
    second = Mcapi(linux)
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)"):
        second.initialize(0, 0)
    assert not second.initialized
    pair.host.finalize()
    second.initialize(0, 0)
    assert second.initialized


def test_a_board_without_linux_has_no_node_0() -> None:
    board = Board(engine="bare", host="none")
    sentence = r"^node 0 of MCAPI is a program on Linux, and this board has none\. Give it the host `linux`\.$"
    with pytest.raises(UsageError, match=sentence):
        Mcapi(board.linux)


@shows(Status.SUCCESS, "finalize")
def _(pair: Pair, call: str) -> None:
    """The other node hears of it, and of the one that comes after."""
    pair.host.finalize()
    pair.run()
    assert not pair.firmware.transport.up
    pair.host.initialize(0, 0)
    pair.run()
    assert pair.firmware.transport.up


def test_what_waits_at_finalize_ends_with_node_notinit(pair: Pair) -> None:
    endpoint = pair.host.endpoint_create(1)
    pair.kernel.after(5_000, "finalize", pair.host.finalize)
    with raises(Status.ERR_NODE_NOTINIT, "msg_recv_i ended because its node was finalised"):
        pair.host.msg_recv(endpoint)


def test_handles_of_a_life_before_are_void(pair: Pair) -> None:
    endpoint, request = pair.host.endpoint_create(1), pair.host.endpoint_get_i(0, 1, 9)
    pair.host.finalize()
    pair.host.initialize(0, 0)
    pair.host.endpoint_create(1)
    with raises(Status.ERR_ENDP_INVALID, "<endpoint, port 1 of node 0> is no endpoint of node 0, or no longer"):
        pair.host.endpoint_delete(endpoint)
    sentence = f"{request!r} is no request, or somebody has heard how it ended"
    with raises(Status.ERR_REQUEST_INVALID, sentence):
        pair.host.test(request)


@shows(Status.SUCCESS, "domain_id_get", "node_id_get")
def _(pair: Pair, call: str) -> None:
    nodes = pair.host, pair.firmware
    assert [getattr(node, call)() for node in nodes] == ([0, 0] if call == "domain_id_get" else [0, 1])


@shows(Status.SUCCESS, "node_init_attributes", "node_set_attribute", "node_get_attribute")
def _(pair: Pair, call: str) -> None:
    pair.host.finalize()
    attributes = pair.host.node_init_attributes()
    pair.host.node_set_attribute(attributes, NodeAttribute.TYPE, 0)
    pair.host.initialize(0, 0, attributes)
    assert pair.host.node_get_attribute(0, 1, NodeAttribute.TYPE) == 0


@shows(Status.ERR_ATTR_NUM, "node_set_attribute", "node_get_attribute")
def _(pair: Pair, call: str) -> None:
    arguments = (0, 0, 1) if call == "node_get_attribute" else (pair.host.node_init_attributes(), 1, 0)
    with raises(Status.ERR_ATTR_NUM, "a node has no attribute 1, only 0, its TYPE"):
        getattr(pair.host, call)(*arguments)


@shows(Status.ERR_ATTR_VALUE, "node_set_attribute")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_ATTR_VALUE, "a node's TYPE is 0, regular, not 1"):
        pair.host.node_set_attribute(pair.host.node_init_attributes(), NodeAttribute.TYPE, 1)


@shows(Status.ERR_PARAMETER, "node_set_attribute")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_PARAMETER, "attributes come from node_init_attributes, and are not None"):
        pair.host.node_set_attribute(None, NodeAttribute.TYPE, 0)  # type: ignore[arg-type]


@shows(Status.ERR_DOMAIN_INVALID, "node_get_attribute")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_DOMAIN_INVALID, "there is no domain -1, only domain 0"):
        pair.host.node_get_attribute(-1, 0, NodeAttribute.TYPE)


@shows(Status.ERR_NODE_INVALID, "node_get_attribute")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_NODE_INVALID, "there is no node 2: 0 is Linux, 1 the firmware"):
        pair.host.node_get_attribute(0, 2, NodeAttribute.TYPE)


@shows(Status.SUCCESS, "display_status")
def _(pair: Pair, call: str) -> None:
    texts = [pair.host.display_status(status) for status in Status]
    assert texts[0] == "SUCCESS"
    assert "ERR_CHAN_CLOSEPENDING" in texts
    assert max(map(len, texts)) <= 32  # mcapi.md §2.2


@shows(Status.ERR_PARAMETER, "display_status")
def _(pair: Pair, call: str) -> None:
    with raises(Status.ERR_PARAMETER, "there is no status 0"):
        pair.host.display_status(0)
