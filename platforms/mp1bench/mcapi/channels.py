"""How connected ends are opened and closed, packet and scalar ones alike, and what becomes of them when the peer goes.

What goes through them is in `packets.py` and `scalars.py`, which have the calls.
"""

from __future__ import annotations

from mp1bench.mcapi.arguments import refuse
from mp1bench.mcapi.attributes import Attribute
from mp1bench.mcapi.channel import Channel, End
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.handles import Endpoint
from mp1bench.mcapi.layout import ChannelType, Operation
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.stack import told
from mp1bench.mcapi.status import Status
from mp1bench.mcapi.waits import RequestCalls

#: How an open may end.
OPENS = (
    Status.ERR_ENDP_INVALID,
    Status.ERR_ENDP_REMOTE,
    Status.ERR_CHAN_OPEN,
    Status.ERR_CHAN_OPENPENDING,
    Status.ERR_CHAN_CLOSEPENDING,
    Status.ERR_CHAN_TYPE,
    Status.ERR_CHAN_DIRECTION,
    Status.ERR_CHAN_INVALID,
    Status.ERR_REQUEST_LIMIT,
)
#: Of whatever takes the handle of a channel.
USES = (
    Status.ERR_CHAN_INVALID,
    Status.ERR_CHAN_TYPE,
    Status.ERR_CHAN_DIRECTION,
    Status.ERR_CHAN_NOTOPEN,
)
CLOSES = (*USES, Status.ERR_REQUEST_LIMIT)


class Channels(RequestCalls):
    """What the calls of both types of channel are made of."""

    # -- what callers ask for ---------------------------------------------------------------------------------

    def _open_i(self, call: str, type: ChannelType, endpoint: object, *, sends: bool) -> Request[Channel]:
        endpoint = self._own(endpoint)
        end = endpoint.end or End(endpoint, type, sends)
        if end.closing:
            refuse(Status.ERR_CHAN_CLOSEPENDING, f"the {end} was closed, and its other end not yet")
        self._check_kind(end, type, sends)
        if end.opening is not None:
            refuse(Status.ERR_CHAN_OPENPENDING, f"the {end} waits already for the other end to be opened")
        if end.channel is not None:
            refuse(Status.ERR_CHAN_OPEN, f"the {end} is open already")
        request: Request[Channel] = self._requests.new(call)
        request.undo = lambda: self._unopen(end)
        request.result = end.channel = Channel(end)
        end.opening = request
        self._occupy(endpoint, end)
        if end.connected:
            self._tell_open(end)
        return request

    def _close_i(self, call: str, type: ChannelType, channel: object, *, sends: bool) -> Request[None]:
        """It is complete at once: what was sent before goes first."""
        end = self._end(channel, type, sends)
        request: Request[None] = self._requests.new(call)
        closed = f"the {end} was closed"
        end.closed, end.channel = True, None
        for taker in end.takers:
            self._requests.fail(taker.request, Status.ERR_CHAN_INVALID, closed)
        self._forget_queue(end)
        self._tell_end(end, Operation.CLOSE)
        if end.peer_closed:
            end.endpoint.end = None
        self._requests.complete(request, None)
        self._look_again()
        return request

    def _end(self, channel: object, type: ChannelType, sends: bool) -> End:
        """The open end behind a handle, fit for a call: one of `USES` if it is not."""
        if not isinstance(channel, Channel) or channel.end.channel is not channel or not self._owns(channel.end):
            refuse(Status.ERR_CHAN_INVALID, f"{channel!r} is no open channel of node {self.node}, or no longer")
        end = channel.end
        self._check_kind(end, type, sends)
        if end.opening is not None:
            refuse(Status.ERR_CHAN_NOTOPEN, f"the {end} is not open before its other end is")
        return end

    def _sending_end(self, channel: object, type: ChannelType) -> End:
        end = self._end(channel, type, sends=True)
        if end.peer_closed:
            refuse(Status.ERR_CHAN_CLOSEPENDING, f"the {end} sends to nobody: its other end is closed; close it, too")
        return end

    def _check_kind(self, end: End, type: ChannelType, sends: bool) -> None:
        if end.type is not type:
            refuse(Status.ERR_CHAN_TYPE, f"the {end} is none of a {type.name.lower()} channel")
        if end.sends != sends:
            refuse(Status.ERR_CHAN_DIRECTION, f"the {end} does not {'send' if sends else 'receive'}")

    def _owns(self, end: End) -> bool:
        return self._endpoints.get(end.endpoint.port) is end.endpoint and end.endpoint.end is end

    def _occupy(self, endpoint: Endpoint, end: End) -> None:
        """Nobody gets messages from it any more."""
        endpoint.end = end
        while endpoint.receivers:
            what = f"{endpoint.address} got into a channel"
            self._requests.fail(endpoint.receivers.popleft().request, Status.ERR_CHAN_CONNECTED, what)

    # -- opening and closing ----------------------------------------------------------------------------------

    def _tell_open(self, end: End) -> None:
        self._tell_end(end, Operation.OPEN)
        self._check_open(end)

    def _check_open(self, end: End) -> None:
        """Are both ends open?"""
        if end.opening is not None and end.connected and end.peer_open:
            request, end.opening = end.opening, None
            assert end.channel is not None
            self._requests.complete(request, end.channel)

    def _unopen(self, end: End) -> None:
        """Its open was cancelled."""
        end.channel = end.opening = None
        if end.connected:
            self._tell_end(end, Operation.UNOPEN)
        elif end.peer is None:
            end.endpoint.end = None

    @told(Operation.OPEN)
    def _open_came(self, control: Control, origin: int) -> None:
        """It may overtake the CONNECTED that it follows, in the other ring."""
        end = self._other_end(control, origin)
        if end is not None:
            end.peer_open = True
            self._check_open(end)
            self._backlog.flush()

    @told(Operation.UNOPEN)
    def _unopen_came(self, control: Control, origin: int) -> None:
        """If this end is open already it stays so, and what it sends waits."""
        end = self._other_end(control, origin)
        if end is not None:
            end.peer_open = False

    @told(Operation.CLOSE)
    def _close_came(self, control: Control, origin: int) -> None:
        end = self._other_end(control, origin)
        if end is None:
            return
        end.peer_closed = True
        why = f"the other end of the {end} was closed; close it, too"
        self._fail_all(end, Status.ERR_CHAN_CLOSEPENDING, why)
        if not end.closed and end.channel is None:  # its open was cancelled when it was open for the other side
            self._forget_queue(end)
            self._tell_end(end, Operation.CLOSE)
            end.closed = True
        if end.closed:
            end.endpoint.end = None
        self._look_again()

    def _other_end(self, control: Control, origin: int) -> End | None:
        """One's own end of the channel that a frame of the other end is about."""
        endpoint = self._endpoints.get(control.destination)
        end = endpoint.end if endpoint else None
        return end if end and end.peer == (origin, control.source) else None

    def _receiving_end(self, frame: Frame, origin: int, type: ChannelType) -> End | None:
        """The end that takes what has come; None if it is dropped, or for an end that was closed."""
        endpoint = self._endpoints.get(frame.destination)
        end = endpoint.end if endpoint else None
        if end is None or end.type is not type or end.sends or end.peer != (origin, frame.source):
            self._drop(
                frame, origin, f"a {type.name.lower()} for port {frame.destination}, which is no end of its channel"
            )
            return None
        if end.closed:
            if frame.buffer is not None:
                self._let_go(frame.buffer)
            return None
        return end

    def _tell_end(self, end: End, operation: Operation) -> None:
        """Say it where the channel's data goes, behind it."""
        assert end.peer is not None
        control = Control(operation, end.endpoint.port, end.peer.port, type=end.type, sends=end.sends)
        priority = end.endpoint.attributes[Attribute.PRIORITY]
        self._tell(end.peer.node, control, endpoint=end.endpoint, priority=priority)

    def _fail_all(self, end: End, status: Status, what: str) -> None:
        """End what waits to be sent or received at this end."""
        while end.takers:
            self._requests.fail(end.takers.popleft().request, status, what)
        port = end.endpoint.port
        for item in self._backlog.take_back(lambda item: item.port == port and item.request is not None):
            assert item.request is not None
            self._requests.fail(item.request, status, what)

    def _forget_queue(self, end: End) -> None:
        """Nobody will receive what has come."""
        for frame in end.queue:
            if frame.buffer is not None:
                self._let_go(frame.buffer)
        end.queue.clear()
        end.takers.clear()

    # -- the other node goes ----------------------------------------------------------------------------------

    def _peer_went(self) -> None:
        """All channels with it are closed."""
        super()._peer_went()
        gone = f"node {self.node.peer} went, and its channels with it"
        for request in self._requests.pending():
            if request.awaits == self.node.peer:
                self._requests.fail(request, Status.ERR_CHAN_INVALID, gone)
        for endpoint in self._endpoints.values():
            end = endpoint.end
            if end is None or end.peer is None or end.peer.node == self.node:
                continue
            self._fail_all(end, Status.ERR_CHAN_INVALID, gone)
            if end.opening is not None:
                self._requests.fail(end.opening, Status.ERR_CHAN_INVALID, gone)
            end.channel = end.opening = None
            end.queue.clear()
            endpoint.end = None
