"""What callers hold of endpoints: one's own, with its queue of messages, and the other node's.

They decide nothing: what may be done with them, the calls say.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.layout import DOMAIN, PRIORITIES
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.status import Status

if TYPE_CHECKING:
    from mp1bench.mcapi.attributes import Attribute
    from mp1bench.mcapi.channel import End


class Address(NamedTuple):
    """Of an endpoint."""

    node: int
    port: int

    def __str__(self) -> str:
        return f"port {self.port} of node {self.node}"


class RemoteEndpoint:
    """An endpoint of the other node, as long as that node lives as it did when the handle was made.

    `got`: it counts as a user of the endpoint, until it is released. The sender of a message is one that does not.
    """

    domain = DOMAIN

    def __init__(self, address: Address, era: object, *, got: bool) -> None:
        self.node, self.port = address
        self.era = era  # see `Stack`
        self.got = got
        self.gone: Status | None = None  # why it is of no use any more

    def __repr__(self) -> str:
        return f"<remote endpoint, {self.address}>"

    @property
    def address(self) -> Address:
        """Where it is."""
        return Address(self.node, self.port)


class Queued(NamedTuple):
    """A message that nobody has received yet. Its bytes are still in the frame's buffer, or were saved in `data`."""

    frame: Frame
    origin: int  # node
    era: object
    data: bytes | None = None


class Message(bytes):
    """A message as it was received; `sender` is a handle to answer to."""

    sender: Endpoint | RemoteEndpoint
    priority: int


class Receiver(NamedTuple):
    """Somebody waits for a message of up to `size` bytes."""

    request: Request[Message]
    size: int


class Endpoint:
    """One's own."""

    domain = DOMAIN

    def __init__(self, node: int, port: int, attributes: dict[Attribute, int]) -> None:
        self.node = node
        self.port = port
        self.attributes = attributes
        self.messages: tuple[deque[Queued], ...] = tuple(deque() for _ in range(PRIORITIES))
        self.receivers: deque[Receiver] = deque()
        self.users: Counter[int] = Counter()  # by node
        self.end: End | None = None  # of a channel

    def __repr__(self) -> str:
        return f"<endpoint, {self.address}>"

    @property
    def address(self) -> Address:
        """Where it is."""
        return Address(self.node, self.port)

    @property
    def queue(self) -> deque[Queued] | None:
        """The messages of the highest priority that there are."""
        return next((queue for queue in self.messages if queue), None)
