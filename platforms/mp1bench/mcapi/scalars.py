"""MCAPI's scalar channels: values of 8, 16, 32 or 64 bits, which travel inside descriptors and need no buffer.

How such a channel comes and goes is in `connects.py` and `channels.py`.
"""

from __future__ import annotations

from mp1bench.mcapi.arguments import is_whole, refuse
from mp1bench.mcapi.attributes import Attribute, fails_when_full
from mp1bench.mcapi.backlog import Outgoing
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.channel import Channel, End, Taker
from mp1bench.mcapi.channels import CLOSES, OPENS, USES
from mp1bench.mcapi.connects import CONNECTS, Connects
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.handles import Endpoint, RemoteEndpoint
from mp1bench.mcapi.layout import ChannelType, Kind
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.stack import arrives
from mp1bench.mcapi.status import Status

#: How many scalars wait at an end; the next stays in the ring, and others of its priority behind it.
UNRECEIVED = 32

_SENDS = (
    *USES,
    Status.TIMEOUT,
    Status.ERR_PARAMETER,
    Status.ERR_CHAN_CLOSEPENDING,
    Status.ERR_MEM_LIMIT,
    Status.ERR_REQUEST_LIMIT,
)
_RECEIVES = (
    *USES,
    Status.TIMEOUT,
    Status.ERR_CHAN_CLOSEPENDING,
    Status.ERR_SCL_SIZE,
    Status.ERR_REQUEST_LIMIT,
)


class ScalarCalls(Connects):
    """Calls (mcapi.md §2.2). Sends and receives block, up to the attribute TIMEOUT of the endpoint."""

    @call(*CONNECTS)
    def sclchan_connect_i(
        self, sender: Endpoint | RemoteEndpoint, receiver: Endpoint | RemoteEndpoint
    ) -> Request[None]:
        """Connect two endpoints of either node, in this direction."""
        return self._connect_i("sclchan_connect_i", ChannelType.SCALAR, sender, receiver)

    @call(*OPENS)
    def sclchan_send_open_i(self, endpoint: Endpoint) -> Request[Channel]:
        """Open the sending end, before or after connect. The request is complete when both ends are open."""
        return self._open_i("sclchan_send_open_i", ChannelType.SCALAR, endpoint, sends=True)

    @call(*OPENS)
    def sclchan_recv_open_i(self, endpoint: Endpoint) -> Request[Channel]:
        """Open the receiving end, likewise."""
        return self._open_i("sclchan_recv_open_i", ChannelType.SCALAR, endpoint, sends=False)

    @call(*CLOSES)
    def sclchan_send_close_i(self, channel: Channel) -> Request[None]:
        """Close the sending end; what was sent still arrives."""
        return self._close_i("sclchan_send_close_i", ChannelType.SCALAR, channel, sends=True)

    @call(*CLOSES)
    def sclchan_recv_close_i(self, channel: Channel) -> Request[None]:
        """Close the receiving end; what was not received is lost."""
        return self._close_i("sclchan_recv_close_i", ChannelType.SCALAR, channel, sends=False)

    @call(*_SENDS)
    def sclchan_send_uint8(self, channel: Channel, value: int) -> None:
        """Send 8 bits."""
        self._send_scalar("sclchan_send_uint8", channel, value, 1)

    @call(*_SENDS)
    def sclchan_send_uint16(self, channel: Channel, value: int) -> None:
        """Send 16 bits."""
        self._send_scalar("sclchan_send_uint16", channel, value, 2)

    @call(*_SENDS)
    def sclchan_send_uint32(self, channel: Channel, value: int) -> None:
        """Send 32 bits."""
        self._send_scalar("sclchan_send_uint32", channel, value, 4)

    @call(*_SENDS)
    def sclchan_send_uint64(self, channel: Channel, value: int) -> None:
        """Send 64 bits."""
        self._send_scalar("sclchan_send_uint64", channel, value, 8)

    @call(*_RECEIVES)
    def sclchan_recv_uint8(self, channel: Channel) -> int:
        """Receive 8 bits. ERR_SCL_SIZE if the next scalar has another width: it stays where it is."""
        return self._receive_scalar("sclchan_recv_uint8", channel, 1)

    @call(*_RECEIVES)
    def sclchan_recv_uint16(self, channel: Channel) -> int:
        """Receive 16 bits, likewise."""
        return self._receive_scalar("sclchan_recv_uint16", channel, 2)

    @call(*_RECEIVES)
    def sclchan_recv_uint32(self, channel: Channel) -> int:
        """Receive 32 bits, likewise."""
        return self._receive_scalar("sclchan_recv_uint32", channel, 4)

    @call(*_RECEIVES)
    def sclchan_recv_uint64(self, channel: Channel) -> int:
        """Receive 64 bits, likewise."""
        return self._receive_scalar("sclchan_recv_uint64", channel, 8)

    @call(*USES)
    def sclchan_available(self, channel: Channel) -> int:
        """How many scalars could be received at once."""
        return len(self._end(channel, ChannelType.SCALAR, sends=False).queue)

    # -- on their way -----------------------------------------------------------------------------------------

    def _send_scalar(self, name: str, channel: Channel, value: int, width: int) -> None:
        request = self._send_scalar_i(name, channel, value, width)
        self._finish(request, channel.endpoint.attributes[Attribute.TIMEOUT])

    def _send_scalar_i(self, name: str, channel: Channel, value: int, width: int) -> Request[None]:
        end = self._sending_end(channel, ChannelType.SCALAR)
        if not is_whole(value, 1 << 8 * width):
            refuse(Status.ERR_PARAMETER, f"{value!r} is no number of {8 * width} bits")
        peer, endpoint = end.peer, end.endpoint
        assert peer is not None
        priority = endpoint.attributes[Attribute.PRIORITY]
        ports = endpoint.port, peer.port
        frame = Frame(Kind.SCALAR, priority, *ports, width, low=value & 0xFFFFFFFF, high=value >> 32)
        item = Outgoing(peer.node, lambda: end.peer_open and self._put(peer.node, frame), priority=priority)
        request: Request[None] = self._requests.new(name)
        return self._post(request, endpoint, item, fails=fails_when_full(endpoint))

    def _receive_scalar(self, name: str, channel: Channel, width: int) -> int:
        request = self._receive_scalar_i(name, channel, width)
        return self._finish(request, channel.endpoint.attributes[Attribute.TIMEOUT])

    def _receive_scalar_i(self, name: str, channel: Channel, width: int) -> Request[int]:
        end = self._end(channel, ChannelType.SCALAR, sends=False)
        if end.peer_closed and not end.queue:
            refuse(
                Status.ERR_CHAN_CLOSEPENDING, f"the {end} has no more scalars: its other end is closed; close it, too"
            )
        request: Request[int] = self._requests.new(name)
        taker = Taker(request, width)
        request.undo = lambda: end.takers.remove(taker)
        end.takers.append(taker)
        self._give_scalars(end)
        self._look_again()
        return request

    @arrives(Kind.SCALAR)
    def _scalar_came(self, frame: Frame, origin: int) -> bool:
        end = self._receiving_end(frame, origin, ChannelType.SCALAR)
        if end is None:
            return True
        if len(end.queue) >= UNRECEIVED:
            return False
        end.queue.append(frame)
        self._give_scalars(end)
        return True

    def _give_scalars(self, end: End) -> None:
        while end.takers and end.queue:
            frame, taker = end.queue[0], end.takers.popleft()
            if frame.length != taker.width:
                what = (
                    f"the next scalar at the {end} has {8 * frame.length} bits, not {8 * taker.width}; it stays there"
                )
                self._requests.fail(taker.request, Status.ERR_SCL_SIZE, what)
            else:
                end.queue.popleft()
                self._requests.complete(taker.request, frame.low | frame.high << 32)
