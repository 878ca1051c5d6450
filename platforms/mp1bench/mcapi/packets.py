"""MCAPI's packet channels: what is received lies in the shared memory until it is released, and what is sent may, too.

How such a channel comes and goes is in `connects.py` and `channels.py`.
"""

from __future__ import annotations

from mp1bench.mcapi.arguments import check_data, is_whole, refuse
from mp1bench.mcapi.attributes import Attribute, fails_when_full
from mp1bench.mcapi.backlog import Outgoing
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.channel import Channel, End, Taker
from mp1bench.mcapi.channels import CLOSES, OPENS, USES
from mp1bench.mcapi.connects import CONNECTS, Connects
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.handles import Endpoint, RemoteEndpoint
from mp1bench.mcapi.layout import ChannelType, Kind
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.stack import arrives
from mp1bench.mcapi.status import Status

_SENDS = (
    *USES,
    Status.ERR_PARAMETER,
    Status.ERR_PKT_SIZE,
    Status.ERR_BUF_INVALID,
    Status.ERR_CHAN_CLOSEPENDING,
    Status.ERR_MEM_LIMIT,
    Status.ERR_REQUEST_LIMIT,
)
_RECEIVES = (*USES, Status.ERR_CHAN_CLOSEPENDING, Status.ERR_REQUEST_LIMIT)


class Packet:
    """A received packet, where it lies: `length` bytes at `address` of the shared memory, until it is released."""

    def __init__(self, buffer: Buffer, length: int) -> None:
        self.length = length
        self.address = buffer.address
        self.buffer: Buffer | None = buffer  # None when it is not ours any more

    def __repr__(self) -> str:
        return f"<packet of {self.length} bytes at {self.address:#x}>"

    def __len__(self) -> int:
        return self.length

    def __bytes__(self) -> bytes:
        return self.read()

    def read(self, offset: int = 0, size: int | None = None) -> bytes:
        """`size` bytes from `offset`, all of the rest without. ERR_BUF_INVALID when it has been released."""
        if self.buffer is None:
            refuse(Status.ERR_BUF_INVALID, f"{self!r} was released, or its sender has gone")
        if not is_whole(offset, self.length + 1) or not (size is None or is_whole(size, self.length - offset + 1)):
            refuse(Status.ERR_PARAMETER, f"{self!r} has nothing like {size!r} bytes from {offset!r}")
        return self.buffer.read(self.length - offset if size is None else size, offset)


class PacketCalls(Connects):
    """Calls (mcapi.md §2.2). Blocking ones wait up to the attribute TIMEOUT of the endpoint."""

    def _begin(self) -> None:
        super()._begin()
        self._packets: list[Packet] = []  # received and not released
        self._buffers: list[Buffer] = []  # handed out to be filled, and not sent

    @call(*CONNECTS)
    def pktchan_connect_i(
        self, sender: Endpoint | RemoteEndpoint, receiver: Endpoint | RemoteEndpoint
    ) -> Request[None]:
        """Connect two endpoints of either node, in this direction."""
        return self._connect_i("pktchan_connect_i", ChannelType.PACKET, sender, receiver)

    @call(*OPENS)
    def pktchan_send_open_i(self, endpoint: Endpoint) -> Request[Channel]:
        """Open the sending end, before or after connect. The request is complete when both ends are open."""
        return self._open_i("pktchan_send_open_i", ChannelType.PACKET, endpoint, sends=True)

    @call(*OPENS)
    def pktchan_recv_open_i(self, endpoint: Endpoint) -> Request[Channel]:
        """Open the receiving end, likewise."""
        return self._open_i("pktchan_recv_open_i", ChannelType.PACKET, endpoint, sends=False)

    @call(*CLOSES)
    def pktchan_send_close_i(self, channel: Channel) -> Request[None]:
        """Close the sending end; what was sent still arrives."""
        return self._close_i("pktchan_send_close_i", ChannelType.PACKET, channel, sends=True)

    @call(*CLOSES)
    def pktchan_recv_close_i(self, channel: Channel) -> Request[None]:
        """Close the receiving end; what was not received is lost."""
        return self._close_i("pktchan_recv_close_i", ChannelType.PACKET, channel, sends=False)

    @call(*USES, Status.ERR_CHAN_CLOSEPENDING, Status.ERR_MEM_LIMIT)
    def pktchan_buffer(self, channel: Channel) -> Buffer:
        """A buffer of 512 bytes to be filled and sent without a copy: ours, not MCAPI's. ERR_MEM_LIMIT: none now."""
        end = self._sending_end(channel, ChannelType.PACKET)
        buffer = self.transport.allocate(end.endpoint.attributes[Attribute.PRIORITY])
        if buffer is None:
            refuse(Status.ERR_MEM_LIMIT, f"node {self.node} has no free buffer for the {end} now")
        self._buffers.append(buffer)
        return buffer

    @call(*_SENDS)
    def pktchan_send_i(self, channel: Channel, data: bytes | Buffer, length: int | None = None) -> Request[None]:
        """Send bytes, or the first `length` bytes of a buffer from `pktchan_buffer`, which is gone when it is sent."""
        end = self._sending_end(channel, ChannelType.PACKET)
        content: bytes | Buffer
        if isinstance(data, Buffer):
            content, size = data, data.size if length is None else length
            if data not in self._buffers:
                refuse(Status.ERR_BUF_INVALID, f"{data!r} did not come from pktchan_buffer, or was sent already")
            if not is_whole(size, 1 << 32):
                refuse(Status.ERR_PARAMETER, f"the length of a packet is a number of bytes, not {size!r}")
        else:
            content = check_data(data)
            size = len(content)
            if length is not None:
                refuse(Status.ERR_PARAMETER, "a length goes with a buffer; bytes have their own")
        limit = end.endpoint.attributes[Attribute.MAX_PAYLOAD_SIZE]
        if size > limit:
            refuse(Status.ERR_PKT_SIZE, f"the {end} sends packets of up to {limit} bytes, not of {size}")
        request: Request[None] = self._requests.new("pktchan_send_i")
        item = self._outgoing(end, content, size)
        return self._post(request, end.endpoint, item, fails=fails_when_full(end.endpoint))

    @call(Status.TIMEOUT, *_SENDS)
    def pktchan_send(self, channel: Channel, data: bytes | Buffer, length: int | None = None) -> None:
        """The same, and wait until it is on its way."""
        request = self.pktchan_send_i(channel, data, length)
        self._finish(request, channel.endpoint.attributes[Attribute.TIMEOUT])

    @call(*_RECEIVES)
    def pktchan_recv_i(self, channel: Channel) -> Request[Packet]:
        """Receive a packet where it lies. When the other end is closed and nothing is left: ERR_CHAN_CLOSEPENDING."""
        end = self._end(channel, ChannelType.PACKET, sends=False)
        if end.peer_closed and not end.queue:
            refuse(
                Status.ERR_CHAN_CLOSEPENDING, f"the {end} has no more packets: its other end is closed; close it, too"
            )
        request: Request[Packet] = self._requests.new("pktchan_recv_i")
        taker = Taker(request)
        request.undo = lambda: end.takers.remove(taker)
        end.takers.append(taker)
        self._give_packets(end)
        return request

    @call(Status.TIMEOUT, *_RECEIVES)
    def pktchan_recv(self, channel: Channel) -> Packet:
        """The same, and wait for it."""
        request = self.pktchan_recv_i(channel)
        return self._finish(request, channel.endpoint.attributes[Attribute.TIMEOUT])

    @call(*USES)
    def pktchan_available(self, channel: Channel) -> int:
        """How many packets could be received at once."""
        return len(self._end(channel, ChannelType.PACKET, sends=False).queue)

    @call(Status.ERR_BUF_INVALID)
    def pktchan_release(self, packet: Packet | Buffer) -> None:
        """A received packet, or a buffer that is not to be sent, is not needed any more."""
        if isinstance(packet, Packet) and packet.buffer is not None and packet in self._packets:
            self._packets.remove(packet)
            buffer, packet.buffer = packet.buffer, None
        elif isinstance(packet, Buffer) and packet in self._buffers:
            self._buffers.remove(packet)
            buffer = packet
        else:
            refuse(Status.ERR_BUF_INVALID, f"{packet!r} is nothing that could be released, or not any more")
        self._let_go(buffer)
        self._look_again()

    @call(Status.ERR_BUF_INVALID)
    def pktchan_release_test(self, packet: Packet) -> bool:
        """Is the release of this packet done?"""
        if not isinstance(packet, Packet):
            refuse(Status.ERR_BUF_INVALID, f"{packet!r} is no packet")
        return packet.buffer is None

    # -- on their way -----------------------------------------------------------------------------------------

    def _outgoing(self, end: End, content: bytes | Buffer, size: int) -> Outgoing:
        peer, endpoint = end.peer, end.endpoint
        assert peer is not None
        priority = endpoint.attributes[Attribute.PRIORITY]

        def attempt() -> bool:
            return end.peer_open and self._carry(Kind.PACKET, priority, endpoint.port, peer, content, size)

        item = Outgoing(peer.node, attempt, priority=priority)
        if isinstance(content, Buffer):
            self._buffers.remove(content)
            item.taken_back = lambda: self._buffers.append(content)
        return item

    @arrives(Kind.PACKET)
    def _packet_came(self, frame: Frame, origin: int) -> bool:
        end = self._receiving_end(frame, origin, ChannelType.PACKET)
        if end is not None:
            end.queue.append(frame)
            self._give_packets(end)
        return True

    def _give_packets(self, end: End) -> None:
        while end.takers and end.queue:
            frame, taker = end.queue.popleft(), end.takers.popleft()
            assert frame.buffer is not None
            packet = Packet(frame.buffer, frame.length)
            self._packets.append(packet)
            self._requests.complete(taker.request, packet)

    def _peer_went(self) -> None:
        """Its packets are void, whoever holds them."""
        super()._peer_went()
        for packet in self._packets:
            if packet.buffer is not None and packet.buffer.owner is not self.node:
                packet.buffer = None
        self._packets = [packet for packet in self._packets if packet.buffer is not None]

    def _wind_up(self) -> None:
        super()._wind_up()
        for packet in self._packets:
            packet.buffer = None
