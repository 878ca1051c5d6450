"""What poll(2) and its like ask: would a send wait?

It is no call of MCAPI's, which has no such question.
"""

from __future__ import annotations

from mp1bench.mcapi.attributes import Attribute
from mp1bench.mcapi.channel import Channel
from mp1bench.mcapi.channels import Channels
from mp1bench.mcapi.handles import Endpoint
from mp1bench.mcapi.layout import ChannelType


class Readiness(Channels):
    """`Stack.on_change` says when the answer may be another."""

    def room(self, handle: Channel | Endpoint, priority: int = 0) -> bool:
        """Would a send go at once: on a channel, or of a message of `priority` from an endpoint, to the other node?"""
        if not self.initialized:
            return False
        if isinstance(handle, Endpoint):
            return self.transport.room(priority, buffer=True)
        end = handle.end
        if end.channel is not handle or not end.open or not end.peer_open or end.peer_closed:
            return False
        priority = end.endpoint.attributes[Attribute.PRIORITY]
        return self.transport.room(priority, buffer=end.type is ChannelType.PACKET)
