"""Two nodes that call whatever they like, whenever they like: only statuses come of it, and no buffer is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from mcapi_pair import Pair
from mp1bench.mcapi import Attribute, Channel, Endpoint, McapiError, McapiNode, Message, Packet, RemoteEndpoint
from mp1bench.mcapi.channel import End
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import BUFFERS, ChannelType, Kind, Operation

PORTS = range(5)
PREFIX = {ChannelType.PACKET: "pktchan", ChannelType.SCALAR: "sclchan"}


def _call(node: McapiNode, end: End, name: str) -> Callable[[Any], Any]:
    """The call of this end's type and direction, such as pktchan_send_close_i for "close_i"."""
    return getattr(node, f"{PREFIX[end.type]}_{'send' if end.sends else 'recv'}_{name}")  # type: ignore[no-any-return]


class Actor:
    """One node and what it has been given so far, good and bad alike."""

    def __init__(self, node: McapiNode, dice: random.Random) -> None:
        self.node = node
        self.dice = dice
        self.things: dict[type, list[Any]] = {}
        self.requests: list[Any] = []

    def any(self, *types: type) -> Any:
        """Something of these types, or nothing."""
        things = [thing for type in types for thing in self.things.get(type, [])]
        return self.dice.choice(things) if things else None

    def keep(self, thing: Any) -> None:
        self.things.setdefault(type(thing), []).append(thing)
        if isinstance(thing, Message):
            self.keep(thing.sender)

    def do(self) -> None:
        """One thing at random."""
        node, dice = self.node, self.dice
        kind, way = dice.choice(("pktchan", "sclchan")), dice.choice(("send", "recv"))
        own, anyone, channel = self.any(Endpoint), self.any(Endpoint, RemoteEndpoint), self.any(Channel)
        actions: list[Callable[[], Any]] = [
            lambda: self.keep(node.endpoint_create(dice.choice(PORTS))),
            lambda: node.endpoint_get_i(0, dice.choice((0, 1)), dice.choice(PORTS)),
            lambda: node.endpoint_release(anyone),
            lambda: node.endpoint_delete(own) if dice.random() < 0.2 else None,
            lambda: node.endpoint_set_attribute(own, Attribute.PRIORITY, dice.choice((0, 1))),
            lambda: node.msg_send_i(own, anyone, b"message", dice.choice((0, 1))),
            lambda: node.msg_recv_i(own),
            lambda: getattr(node, f"{kind}_connect_i")(anyone, self.any(Endpoint, RemoteEndpoint)),
            lambda: getattr(node, f"{kind}_{way}_open_i")(own),
            lambda: _call(node, channel.end, "close_i")(channel) if channel else None,
            lambda: node.pktchan_send_i(channel, b"packet"),
            lambda: self.keep(node.pktchan_buffer(channel)),
            lambda: node.pktchan_send_i(
                channel, self.any(*[type for type in self.things if "Buffer" in type.__name__])
            ),
            lambda: node.pktchan_recv_i(channel),
            lambda: node.pktchan_release(
                self.any(Packet, *[type for type in self.things if "Buffer" in type.__name__])
            ),
            lambda: node._send_scalar_i("sclchan_send_uint8", channel, 7, 1),
            lambda: node._receive_scalar_i("sclchan_recv_uint8", channel, 1),
            lambda: node.cancel(dice.choice(self.requests)) if self.requests else None,
        ]
        result = dice.choice(actions)()
        if result is not None:
            self.requests.append(result)

    def look(self) -> None:
        """Hear of what has ended."""
        for request in list(self.requests):
            try:
                if not self.node.test(request):
                    continue
                self.keep(request.result)
            except McapiError:
                pass
            self.requests.remove(request)

    def clean_up(self) -> None:
        """Close, release and delete what there is, and cancel what waits."""
        node = self.node
        for thing in (*node._packets, *node._buffers):
            node.pktchan_release(thing)
        for endpoint in list(node._endpoints.values()):
            end = endpoint.end
            if end is None:
                node.endpoint_delete(endpoint)
            elif end.open and end.channel is not None:
                self.requests.append(_call(node, end, "close_i")(end.channel))
            elif end.connected and end.opening is None and not end.closing:  # that is how MCAPI disconnects
                self.requests.append(_call(node, end, "open_i")(endpoint))
        for request in list(node._requests.pending()):
            if not ("open" in request.call and request.result.end.connected):
                node.cancel(request)
        self.look()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_two_nodes_do_ends_in_statuses_and_all_buffers_come_home(seed: int) -> None:
    dice, pair = random.Random(seed), Pair()
    actors = [Actor(pair.host, dice), Actor(pair.firmware, dice)]
    for step in range(600):
        actor = dice.choice(actors)
        try:
            actor.do()
        except McapiError:
            actor.look()
        if dice.random() < 0.4:
            pair.run(dice.choice((1, 3, 10, 100)))
        if step % 250 == 249:
            pair.restart()
            actors[1] = Actor(pair.firmware, dice)
    for _ in range(60):
        pair.run(1000)
        for actor in actors:
            actor.look()
            actor.clean_up()
    pair.run(100_000)
    for actor in actors:
        assert actor.node._endpoints == {}
        assert list(actor.node._requests.pending()) == []
        transport = actor.node.transport
        assert sum(transport.allocate(0) is not None for _ in range(BUFFERS + 1)) == BUFFERS


def _anything(node: McapiNode, dice: random.Random) -> None:
    """Send a frame that the layout allows, whatever it says."""
    kind, priority, ports = dice.choice(list(Kind)), dice.choice((0, 1)), (dice.choice(PORTS), dice.choice(PORTS))
    transport, buffer, length = node.transport, None, dice.choice((1, 2, 4, 8))
    if kind in (Kind.MESSAGE, Kind.PACKET):
        buffer = transport.allocate(0)
    if kind is Kind.CONTROL:
        length = 0
    says = dice.choice(list(Operation)) | dice.choice((0, 1, 41, 99)) << 8 | dice.randrange(16) << 16
    frame = Frame(kind, priority, *ports, length, buffer, says | dice.randrange(256) << 24, dice.choice((0, 1 << 31)))
    if not transport.send(frame) and buffer is not None:
        transport.free(buffer)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_frames_a_node_sends_the_other_raises_nothing_but_statuses(seed: int) -> None:
    dice, pair = random.Random(seed), Pair()
    actors = [Actor(pair.host, dice), Actor(pair.firmware, dice)]
    for _ in range(400):
        for actor in actors:
            try:
                actor.do()
            except McapiError:
                actor.look()
        if pair.firmware.transport.up:
            _anything(pair.firmware, dice)
        pair.run(dice.choice((1, 5, 20)))
    pair.restart()
    pair.run()
    for endpoint in list(pair.host._endpoints.values()):
        if endpoint.end is None:
            pair.host.endpoint_delete(endpoint)
    for request in list(pair.host._requests.pending()):
        pair.host.cancel(request)
    actors[0].look()
    sender, receiver = pair.channel("pktchan", 77)
    pair.host.pktchan_send(sender, b"all is well")
    assert bytes(pair.firmware.pktchan_recv(receiver)) == b"all is well"
