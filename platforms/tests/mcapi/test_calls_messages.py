"""MCAPI's messages, call by call and status by status (mcapi.md §2.1, §3.2, §4.5)."""

from __future__ import annotations

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.mcapi import Attribute, Status

SENDS, RECEIVES = ("msg_send", "msg_send_i"), ("msg_recv", "msg_recv_i")


@shows(Status.SUCCESS, *SENDS, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    sender, to, receiver = pair.message_ends()
    pair.ends(call if call in SENDS else "msg_send", sender, to, bytes(range(256)) * 2, 1)
    message = pair.ends(call if call in RECEIVES else "msg_recv", receiver, node=pair.firmware)
    assert message == bytes(range(256)) * 2
    assert (message.sender.node, message.sender.port, message.priority) == (0, 20, 1)
    pair.firmware.msg_send(receiver, message.sender, b"")
    assert pair.host.msg_recv(sender) == b""


@shows(Status.SUCCESS, "msg_available")
def _(pair: Pair, call: str) -> None:
    sender, to, receiver = pair.message_ends()
    counts = [pair.firmware.msg_available(receiver)]
    for priority in (1, 0):
        pair.host.msg_send(sender, to, b"", priority)
    pair.run()
    counts.append(pair.firmware.msg_available(receiver))
    assert counts == [0, 2]


@shows(Status.ERR_ENDP_INVALID, *SENDS, *RECEIVES, "msg_available")
def _(pair: Pair, call: str) -> None:
    """None at all, deleted; and of sends the other end: released, or of a node that has started anew since."""
    own = pair.host.endpoint_create(1)
    pair.host.endpoint_delete(own)
    rest = [pair.remote(2), b""] if call in SENDS else []
    for wrong in (None, 1, own):
        with raises(Status.ERR_ENDP_INVALID, f"{wrong!r} is no endpoint of node 0, or no longer"):
            pair.ends(call, wrong, *rest)
    if call in SENDS:
        own, remote = pair.host.endpoint_create(1), rest[0]
        pair.host.endpoint_release(remote)
        with raises(Status.ERR_ENDP_INVALID, "port 2 of node 1 was released"):
            pair.ends(call, own, remote, b"")
        remote = pair.remote(3)
        pair.restart()
        pair.run()
        with raises(Status.ERR_ENDP_INVALID, "a node has started anew since port 3 of node 1 was got"):
            pair.ends(call, own, remote, b"")


@shows(Status.ERR_ENDP_REMOTE, *SENDS, *RECEIVES, "msg_available")
def _(pair: Pair, call: str) -> None:
    remote = pair.remote(2)
    with raises(Status.ERR_ENDP_REMOTE, "port 2 of node 1 is the other node's; this takes one's own endpoint"):
        pair.ends(call, remote, *([remote, b""] if call in SENDS else []))


@shows(Status.ERR_ENDP_DELETED, *SENDS)
def _(pair: Pair, call: str) -> None:
    """By its owner; or one's own, while the send waits."""
    sender, to, receiver = pair.message_ends()
    pair.firmware.endpoint_delete(receiver)
    pair.run()
    with raises(Status.ERR_ENDP_DELETED, "port 1 of node 1 was deleted by its owner"):
        pair.ends(call, sender, to, b"")
    other = pair.remote(3)
    pair.fill(sender, other)
    pair.kernel.after(1_000, "delete", lambda: pair.host.endpoint_delete(sender))
    with raises(Status.ERR_ENDP_DELETED, "port 20 of node 0 was deleted"):
        pair.ends(call, sender, other, b"", 1)


@shows(Status.ERR_ENDP_DELETED, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(1)
    pair.kernel.after(1_000, "delete", lambda: pair.host.endpoint_delete(endpoint))
    with raises(Status.ERR_ENDP_DELETED, "port 1 of node 0 was deleted"):
        pair.ends(call, endpoint)


@shows(Status.ERR_PARAMETER, *SENDS)
def _(pair: Pair, call: str) -> None:
    sender, to, _ = pair.message_ends()
    for wrong, hint in ((None, ""), (3, ""), ("text", "; encode the text")):
        with raises(Status.ERR_PARAMETER, f"what is sent is bytes, not {wrong!r}{hint}"):
            pair.ends(call, sender, to, wrong)
    for right in (bytearray(b"same"), memoryview(b"same")):
        pair.ends(call, sender, to, right)


@shows(Status.ERR_PARAMETER, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    endpoint = pair.host.endpoint_create(1)
    for wrong in (-1, True, "512", None, 1 << 32):
        with raises(Status.ERR_PARAMETER, f"the size of a buffer is a number of bytes, not {wrong!r}"):
            pair.ends(call, endpoint, wrong)


@shows(Status.ERR_MSG_SIZE, *SENDS)
def _(pair: Pair, call: str) -> None:
    """More than MAX_PAYLOAD_SIZE of whoever sends."""
    sender, to, _ = pair.message_ends()
    with raises(Status.ERR_MSG_SIZE, "port 20 of node 0 sends messages of up to 512 bytes, not of 513"):
        pair.ends(call, sender, to, bytes(513))
    pair.host.endpoint_set_attribute(sender, Attribute.MAX_PAYLOAD_SIZE, 8)
    with raises(Status.ERR_MSG_SIZE, "port 20 of node 0 sends messages of up to 8 bytes, not of 9"):
        pair.ends(call, sender, to, bytes(9))


@shows(Status.ERR_PRIORITY, *SENDS)
def _(pair: Pair, call: str) -> None:
    """As many as the attribute says, or more (mcapi.md §3.2)."""
    sender, to, _ = pair.message_ends()
    for wrong in (2, -1, True, None):
        with raises(Status.ERR_PRIORITY, f"port 20 of node 0 has no priority {wrong!r}; 0 is the highest"):
            pair.ends(call, sender, to, b"", wrong)


@shows(Status.ERR_CHAN_CONNECTED, *SENDS, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    """On an endpoint that is connected, or connecting (mcapi.md §3.2)."""
    sender, _ = pair.channel("pktchan")
    remote = pair.remote(1)
    with raises(Status.ERR_CHAN_CONNECTED, "port 20 of node 0 is in a channel and has no messages until that ends"):
        pair.ends(call, sender.endpoint, *([remote, b""] if call in SENDS else []))


@shows(Status.ERR_MEM_LIMIT, *SENDS)
def _(pair: Pair, call: str) -> None:
    """Where MEMORY_TYPE says that a send fails for want of room (mcapi.md §4.5): 20 of 24 buffers for priority 1."""
    sender, to, _ = pair.message_ends()
    assert pair.fill(sender, to) == 20
    pair.host.endpoint_set_attribute(sender, Attribute.MEMORY_TYPE, 0x10001)
    sentence = "there is no room for what port 20 of node 0 sends, and it is not to wait"
    with raises(Status.ERR_MEM_LIMIT, sentence):
        pair.ends(call, sender, to, b"", 1)
    pair.ends(call, sender, to, b"high", 0)


@shows(Status.TIMEOUT, "msg_send")
def _(pair: Pair, call: str) -> None:
    """At the attribute TIMEOUT, in virtual time; what timed out is not sent later."""
    sender, to, receiver = pair.message_ends()
    count = pair.fill(sender, to)
    pair.host.endpoint_set_attribute(sender, Attribute.TIMEOUT, 700)
    start = pair.kernel.now
    with raises(Status.TIMEOUT, "msg_send has not ended within 700 us"):
        pair.host.msg_send(sender, to, b"late", 1)
    assert pair.kernel.now - start == 700_000
    assert [int(pair.firmware.msg_recv(receiver)) for _ in range(count)] == list(range(count))
    pair.run()
    assert pair.firmware.msg_available(receiver) == 0


@shows(Status.TIMEOUT, "msg_recv")
def _(pair: Pair, call: str) -> None:
    """OpenMCAPI waits for ever here (mcapi.md §3.2)."""
    sender, _, receiver = pair.message_ends()
    pair.host.endpoint_set_attribute(sender, Attribute.TIMEOUT, 500)
    start = pair.kernel.now
    with raises(Status.TIMEOUT, "msg_recv has not ended within 500 us"):
        pair.host.msg_recv(sender)
    assert pair.kernel.now - start == 500_000
    reply = pair.firmware.endpoint_get(0, 0, 20)
    pair.firmware.msg_send(receiver, reply, b"for the next")
    assert pair.host.msg_recv(sender) == b"for the next"


@shows(Status.ERR_MSG_TRUNCATED, *RECEIVES)
def _(pair: Pair, call: str) -> None:
    """The message stays queued (mcapi.md §3.2)."""
    sender, to, receiver = pair.message_ends()
    pair.host.msg_send(sender, to, b"eleven bytes"[:11])
    sentence = "the next message at port 1 of node 1 has 11 bytes, not up to 10; it stays there"
    with raises(Status.ERR_MSG_TRUNCATED, sentence):
        pair.ends(call, receiver, 10, node=pair.firmware)
    assert pair.ends(call, receiver, 11, node=pair.firmware) == b"eleven byte"
