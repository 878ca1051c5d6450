"""How the two nodes connect the ends of a channel: who asks whom, what is refused, and what undoes it.

What happens with connected ends is in `channels.py`.
"""

from __future__ import annotations

from mp1bench.mcapi.arguments import refuse
from mp1bench.mcapi.attributes import word
from mp1bench.mcapi.channel import End
from mp1bench.mcapi.channels import Channels
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.handles import Address, Endpoint
from mp1bench.mcapi.layout import ChannelType, Operation, Role
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.stack import told
from mp1bench.mcapi.status import Status

#: How a connect may end.
CONNECTS = (
    Status.ERR_PARAMETER,
    Status.ERR_ENDP_INVALID,
    Status.ERR_ENDP_DELETED,
    Status.ERR_CHAN_CONNECTED,
    Status.ERR_CHAN_TYPE,
    Status.ERR_CHAN_DIRECTION,
    Status.ERR_CHAN_INVALID,
    Status.ERR_ATTR_INCOMPATIBLE,
    Status.ERR_GENERAL,  # what came as the answer is none
    Status.ERR_REQUEST_LIMIT,
)


class Connects(Channels):
    """What the connect calls of both types of channel are made of."""

    def _connect_i(self, call: str, type: ChannelType, sender: object, receiver: object) -> Request[None]:
        """Two ends of one node are connected by that node; else the node that asks does it, with its own end."""
        source, destination = self._address(sender), self._address(receiver)
        if source == destination:
            refuse(Status.ERR_PARAMETER, f"{source} cannot be both ends of a channel")
        if source.node == destination.node:
            request: Request[None] = self._requests.new(call)
            request.awaits = source.node
            third = Control(Operation.CONNECT, source.port, destination.port, type=type, third=True, tag=request.tag)
            self._tell(source.node, third)
            return request
        sends = source.node == self.node
        own, other = (source, destination) if sends else (destination, source)
        endpoint = self._endpoints[own.port]
        status = self._refusal(endpoint, type, sends)
        if status is not None:
            refuse(status, f"{own} cannot be connected: it is used otherwise")
        request = self._requests.new(call)
        request.awaits = other.node
        self._join(endpoint, type, sends, other, (self.node, request.tag))
        asks = Control(Operation.CONNECT, own.port, other.port, type=type, sends=sends, tag=request.tag)
        asks = asks._replace(argument=word(endpoint))
        self._tell(other.node, asks, endpoint=endpoint)  # not before the CLOSE of the channel before
        return request

    @told(Operation.CONNECT)
    def _connect_came(self, control: Control, origin: int) -> bool:
        status: Status | None
        if control.third:
            status = self._connect_own_two(control, origin)
        else:
            other = Address(origin, control.source)
            endpoint = self._endpoints.get(control.destination)
            if endpoint is not None and endpoint.end and endpoint.end.closed and endpoint.end.peer == other:
                return False  # the CLOSE of the channel before is in the other ring still
            status = self._accept(endpoint, control, other)
        answer = control._replace(operation=Operation.CONNECTED, source=control.destination, argument=0)
        answer = answer._replace(destination=control.source, status=status or Status.SUCCESS)
        self._tell(origin, answer)
        if status is None:
            for port in (control.destination, control.source) if control.third else (control.destination,):
                self._connected(self._endpoints[port].end)
        return True

    def _accept(self, endpoint: Endpoint | None, control: Control, other: Address) -> Status | None:
        """Connect one's own end with that of whoever asks. None, or why not."""
        if endpoint is None:
            return Status.ERR_ENDP_INVALID
        if control.type is ChannelType.MESSAGE:
            return Status.ERR_CHAN_TYPE
        sends = not control.sends
        status = self._refusal(endpoint, control.type, sends, crossing=other)
        if status is None and word(endpoint) != control.argument:
            status = Status.ERR_ATTR_INCOMPATIBLE
        if status is None:
            self._join(endpoint, control.type, sends, other, (other.node, control.tag)).connected = True
        return status

    def _connect_own_two(self, control: Control, origin: int) -> Status | None:
        """Connect two of one's own ends with each other. None, or why not."""
        ends = [self._endpoints.get(port) for port in (control.source, control.destination)]
        sender, receiver = ends
        if control.type is ChannelType.MESSAGE:
            return Status.ERR_CHAN_TYPE
        if sender is None or receiver is None:
            return Status.ERR_ENDP_INVALID
        if sender is receiver:
            return Status.ERR_PARAMETER
        status = self._refusal(sender, control.type, True) or self._refusal(receiver, control.type, False)
        if status is None and word(sender) != word(receiver):
            status = Status.ERR_ATTR_INCOMPATIBLE
        if status is None:
            asked = (origin, control.tag)
            self._join(sender, control.type, True, receiver.address, asked).connected = True
            self._join(receiver, control.type, False, sender.address, asked).connected = True
        return status

    @told(Operation.CONNECTED)
    def _connected_came(self, control: Control, origin: int) -> None:
        request = self._requests.asked(control.tag, "_connect_i")
        succeeded = control.status is Status.SUCCESS
        endpoint = None if control.third else self._endpoints.get(control.destination)
        end = endpoint.end if endpoint else None
        if end and (end.connected or end.asked != (self.node, control.tag)):
            end = None  # node 0's CONNECT has won over ours
        if end and succeeded and request:
            end.connected = True
            self._connected(end)
        elif end:
            self._disconnect(end)
        if request is None and succeeded and (end or control.third):  # it was cancelled
            undo = control._replace(operation=Operation.DISCONNECT, source=control.destination)
            self._tell(origin, undo._replace(destination=control.source))
        elif request is not None and succeeded:
            self._requests.complete(request, None)
        elif request is not None:
            status = control.status if control.status in CONNECTS else Status.ERR_GENERAL
            self._requests.fail(request, status, f"node {origin} refused to connect its port {control.source}")

    @told(Operation.DISCONNECT)
    def _disconnect_came(self, control: Control, origin: int) -> None:
        for port in (control.source, control.destination) if control.third else (control.destination,):
            endpoint = self._endpoints.get(port)
            end = endpoint.end if endpoint else None
            if end and end.asked == (origin, control.tag) and not end.open and not end.closing:
                self._disconnect(end)

    def _refusal(
        self, endpoint: Endpoint, type: ChannelType, sends: bool, crossing: Address | None = None
    ) -> Status | None:
        """Why an endpoint cannot be connected; None if it can. Node 0's CONNECT wins over a `crossing` one of ours."""
        end = endpoint.end
        if end is None:
            return None
        yields = self.node is Role.FIRMWARE and not end.connected and crossing == end.peer
        if end.peer is not None and not yields:
            return Status.ERR_CHAN_CONNECTED
        if end.type is not type:
            return Status.ERR_CHAN_TYPE
        return None if end.sends == sends else Status.ERR_CHAN_DIRECTION

    def _join(self, endpoint: Endpoint, type: ChannelType, sends: bool, peer: Address, asked: tuple[int, int]) -> End:
        """Make it an end of a channel with `peer`."""
        end = endpoint.end or End(endpoint, type, sends)
        end.peer, end.asked = peer, asked
        self._occupy(endpoint, end)
        return end

    def _connected(self, end: End | None) -> None:
        if end is not None and end.channel is not None:
            self._tell_open(end)

    def _disconnect(self, end: End) -> None:
        """Back to where it was before connect: an open that is pending stays so."""
        end.peer = end.asked = None
        end.connected = end.peer_open = False
        if end.channel is None:
            end.endpoint.end = None
