"""MCAPI's messages: sent without a connection, with a priority each, and queued at their endpoint.

Until somebody receives it, a message stays in the shared memory: the sender's pool is what bounds the queues.
"""

from __future__ import annotations

from mp1bench.mcapi.arguments import check_data, check_size, is_whole, refuse
from mp1bench.mcapi.attributes import Attribute, fails_when_full
from mp1bench.mcapi.backlog import Outgoing
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.frame import Frame
from mp1bench.mcapi.handles import Address, Endpoint, Message, Queued, Receiver, RemoteEndpoint
from mp1bench.mcapi.layout import BUFFER_SIZE, Kind
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.stack import arrives
from mp1bench.mcapi.status import Status
from mp1bench.mcapi.waits import RequestCalls

_SENDS = (
    Status.ERR_PARAMETER,
    Status.ERR_ENDP_INVALID,
    Status.ERR_ENDP_REMOTE,
    Status.ERR_ENDP_DELETED,
    Status.ERR_MSG_SIZE,
    Status.ERR_PRIORITY,
    Status.ERR_CHAN_CONNECTED,
    Status.ERR_MEM_LIMIT,
    Status.ERR_REQUEST_LIMIT,
)
_RECEIVES = (
    Status.ERR_PARAMETER,
    Status.ERR_ENDP_INVALID,
    Status.ERR_ENDP_REMOTE,
    Status.ERR_ENDP_DELETED,
    Status.ERR_MSG_TRUNCATED,
    Status.ERR_CHAN_CONNECTED,
    Status.ERR_REQUEST_LIMIT,
)


class MessageCalls(RequestCalls):
    """Calls (mcapi.md §2.2). Blocking ones wait up to the attribute TIMEOUT of one's own endpoint."""

    @call(*_SENDS)
    def msg_send_i(
        self, sender: Endpoint, receiver: Endpoint | RemoteEndpoint, data: bytes, priority: int = 0
    ) -> Request[None]:
        """Send up to 512 bytes; priority 0 is the highest of two. The request is complete when it is on its way."""
        sender, to = self._own(sender), self._address(receiver)
        data = check_data(data)
        limit = sender.attributes[Attribute.MAX_PAYLOAD_SIZE]
        if len(data) > limit:
            refuse(Status.ERR_MSG_SIZE, f"{sender.address} sends messages of up to {limit} bytes, not of {len(data)}")
        if not is_whole(priority, sender.attributes[Attribute.NUM_PRIORITIES]):
            refuse(Status.ERR_PRIORITY, f"{sender.address} has no priority {priority!r}; 0 is the highest")
        self._check_no_channel(sender)
        request: Request[None] = self._requests.new("msg_send_i")
        item = Outgoing(
            to.node,
            lambda: self._carry(Kind.MESSAGE, priority, sender.port, to, data, len(data)),
            priority=priority,
            void=Status.ERR_ENDP_INVALID,
        )
        return self._post(request, sender, item, fails=fails_when_full(sender))

    @call(Status.TIMEOUT, *_SENDS)
    def msg_send(self, sender: Endpoint, receiver: Endpoint | RemoteEndpoint, data: bytes, priority: int = 0) -> None:
        """The same, and wait until it is on its way."""
        request = self.msg_send_i(sender, receiver, data, priority)
        self._finish(request, sender.attributes[Attribute.TIMEOUT])

    @call(*_RECEIVES)
    def msg_recv_i(self, receiver: Endpoint, size: int = BUFFER_SIZE) -> Request[Message]:
        """Receive a message of up to `size` bytes, the highest priority first. A longer one stays where it is."""
        receiver = self._own(receiver)
        check_size(size)
        self._check_no_channel(receiver)
        request: Request[Message] = self._requests.new("msg_recv_i")
        waiting = Receiver(request, size)
        request.undo = lambda: receiver.receivers.remove(waiting)
        receiver.receivers.append(waiting)
        self._hand_out(receiver)
        return request

    @call(Status.TIMEOUT, *_RECEIVES)
    def msg_recv(self, receiver: Endpoint, size: int = BUFFER_SIZE) -> Message:
        """The same, and wait for it."""
        request = self.msg_recv_i(receiver, size)
        return self._finish(request, receiver.attributes[Attribute.TIMEOUT])

    @call(Status.ERR_ENDP_INVALID, Status.ERR_ENDP_REMOTE)
    def msg_available(self, receiver: Endpoint) -> int:
        """How many messages could be received at once."""
        return sum(map(len, self._own(receiver).messages))

    # -- arrival ----------------------------------------------------------------------------------------------

    @arrives(Kind.MESSAGE)
    def _message_came(self, frame: Frame, origin: int) -> bool:
        endpoint = self._endpoints.get(frame.destination)
        if endpoint is None or endpoint.end is not None:
            self._drop(frame, origin, f"a message for port {frame.destination}, where nobody takes messages")
            return True
        endpoint.messages[frame.priority].append(Queued(frame, origin, self._era))
        self._hand_out(endpoint)
        return True

    def _hand_out(self, endpoint: Endpoint) -> None:
        """Serve those who wait with what is there."""
        while endpoint.receivers and endpoint.queue:
            request, size = endpoint.receivers.popleft()
            length = endpoint.queue[0].frame.length
            if length > size:
                what = f"the next message at {endpoint.address} has {length} bytes, not up to {size}; it stays there"
                self._requests.fail(request, Status.ERR_MSG_TRUNCATED, what)
            else:
                self._requests.complete(request, self._received(endpoint.queue.popleft()))

    def _received(self, queued: Queued) -> Message:
        frame, origin, era, data = queued
        message = Message(frame.payload() if data is None else data)
        if origin == self.node and frame.source in self._endpoints:
            message.sender = self._endpoints[frame.source]
        else:
            message.sender = RemoteEndpoint(Address(origin, frame.source), era, got=False)
        message.priority = frame.priority
        if data is None and frame.buffer is not None:
            self._let_go(frame.buffer)
            self._look_again()
        return message

    def _peer_went(self) -> None:
        """What came from there stays, though its buffers do not."""
        super()._peer_went()
        for endpoint in self._endpoints.values():
            for queue in endpoint.messages:
                saved = [
                    queued._replace(data=queued.frame.payload())
                    if queued.origin != self.node and queued.data is None
                    else queued
                    for queued in queue
                ]
                queue.clear()
                queue.extend(saved)

    def _check_no_channel(self, endpoint: Endpoint) -> None:
        if endpoint.end is not None:
            refuse(Status.ERR_CHAN_CONNECTED, f"{endpoint.address} is in a channel and has no messages until that ends")
