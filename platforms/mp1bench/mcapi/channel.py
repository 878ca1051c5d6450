"""A channel as one of its ends knows it: with whom, how far it is open, what has come.

What moves it from one state to the next is in `channels.py`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.handles import Address, Endpoint
from mp1bench.mcapi.layout import ChannelType
from mp1bench.mcapi.requests import Request


class Channel:
    """The handle that an open gives: of one end, until it is closed."""

    def __init__(self, end: End) -> None:
        self.end = end

    def __repr__(self) -> str:
        return f"<{self.end}>"

    @property
    def endpoint(self) -> Endpoint:
        """Which was opened."""
        return self.end.endpoint

    @property
    def sends(self) -> bool:
        """Is it the sending end?"""
        return self.end.sends


class Taker(NamedTuple):
    """Somebody waits for a packet, or for a scalar of `width` bytes."""

    request: Request[Any]
    width: int = 0


@dataclass(eq=False)
class End:
    """The use of an endpoint by a channel: from connect or open, whichever is first, until both ends are closed."""

    endpoint: Endpoint
    type: ChannelType
    sends: bool
    peer: Address | None = None  # with which it is connected, or connecting
    asked: tuple[int, int] | None = None  # by which node's request: its tag
    connected: bool = False
    channel: Channel | None = None  # open was called, close was not
    opening: Request[Channel] | None = None  # that open, until the channel carries data
    peer_open: bool = False
    closed: bool = False
    peer_closed: bool = False
    queue: deque[Frame] = field(default_factory=deque)
    takers: deque[Taker] = field(default_factory=deque)

    def __str__(self) -> str:
        way = "sending" if self.sends else "receiving"
        return f"{way} end of the {self.type.name.lower()} channel, {self.endpoint.address}"

    @property
    def open(self) -> bool:
        """Has its open completed?"""
        return self.channel is not None and self.opening is None

    @property
    def closing(self) -> bool:
        """Is it closed at one side?"""
        return self.closed or self.peer_closed
