"""One node between its calls and the transport: its endpoints, requests and what waits to be sent.

It has no call of its own, and knows no kind of frame: the modules that do say so by `arrives` and `told`, and are put
together in `mcapi.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from mp1bench.linux.kernel.core import Kernel
from mp1bench.mcapi.arguments import refuse
from mp1bench.mcapi.backlog import Backlog, Outgoing
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.frame import Buffer, Frame
from mp1bench.mcapi.handles import Address, Endpoint, RemoteEndpoint
from mp1bench.mcapi.layout import Kind, Operation, Role
from mp1bench.mcapi.requests import Request, RequestTable
from mp1bench.mcapi.status import McapiError, Status
from mp1bench.mcapi.transport import Client, Transport

#: What takes a frame from a node: False if it has to come again later. It is a method of a subclass of `Stack`.
Arrival: TypeAlias = Callable[[Any, Frame, int], bool]
#: The same for what a control frame tells; None is True.
Reaction: TypeAlias = Callable[[Any, Control, int], "bool | None"]

ARRIVALS: dict[Kind, Arrival] = {}
REACTIONS: dict[Operation, Reaction] = {}


def arrives(kind: Kind) -> Callable[[Arrival], Arrival]:
    """The method that takes frames of this kind."""
    return lambda method: ARRIVALS.setdefault(kind, method)


def told(operation: Operation) -> Callable[[Reaction], Reaction]:
    """The method that does what this control frame tells."""
    return lambda method: REACTIONS.setdefault(operation, method)


class Stack:
    """One node. `connect` makes its transport when it is initialised, and may raise.

    It is the transport's client, and its own: what is sent to oneself arrives at once.
    """

    def __init__(self, kernel: Kernel, node: Role, connect: Callable[[Client], Transport]) -> None:
        self.kernel = kernel
        self.node = node
        #: Called whenever something may be different for whoever polls: a frame, room, a request's end, the other node.
        #: They are called in the middle of it: to wake somebody, not to do something.
        self.on_change: list[Callable[[], None]] = []
        self._connect = connect
        self._begin()

    def _begin(self) -> None:
        """Before initialize, and after finalize: nothing is there."""
        self._transport: Transport | None = None
        self._endpoints: dict[int, Endpoint] = {}  # by port
        self._requests = RequestTable(self.kernel, self._changed)
        self._backlog = Backlog(self._requests)
        self._stalled = False  # a frame has to come again
        self._era = object()  # what was agreed with the other node holds as long as this does

    def _wind_up(self) -> None:
        """At finalize: whoever waits hears of it."""
        for request in self._requests.pending():
            self._requests.fail(
                request, Status.ERR_NODE_NOTINIT, f"{request.call} ended because its node was finalised"
            )

    @property
    def initialized(self) -> bool:
        """Between initialize and finalize."""
        return self._transport is not None

    @property
    def transport(self) -> Transport:
        """Which moves the frames, and counts them. ERR_NODE_NOTINIT if there is none."""
        if self._transport is None:
            refuse(Status.ERR_NODE_NOTINIT, "there is no transport before initialize, or after finalize")
        return self._transport

    # -- the transport's client -------------------------------------------------------------------------------

    def frame(self, frame: Frame) -> bool:
        """A frame has come from the other node."""
        taken = self._arrived(frame, self.node.peer)
        self._stalled |= not taken
        self._changed()
        return taken

    def peer(self, up: bool) -> None:
        """The other node is there, or gone."""
        if up:
            self._peer_came()
        else:
            self._peer_went()
        self._changed()

    def space(self) -> None:
        """What waits may fit now."""
        self._backlog.flush()
        self._changed()

    def _changed(self) -> None:
        for listener in self.on_change:
            listener()

    def _peer_came(self) -> None:
        self._backlog.flush()

    def _peer_went(self) -> None:
        self._era = object()
        for item in self._backlog.take_back(lambda item: item.node == self.node.peer):
            if item.request is not None:
                self._requests.fail(item.request, item.void, f"node {item.node} went before this was sent")

    # -- frames -----------------------------------------------------------------------------------------------

    def _arrived(self, frame: Frame, origin: int) -> bool:
        if frame.kind is not Kind.CONTROL:
            return ARRIVALS[frame.kind](self, frame, origin)
        control = Control.of(frame)
        if control is None:
            self._drop(frame, origin, "a control frame that says nothing known")
            return True
        return REACTIONS[control.operation](self, control, origin) is not False

    def _put(self, node: int, frame: Frame) -> bool:
        """Send a frame to a node, this one or the other. False if there is no room."""
        return self._arrived(frame, self.node) if node == self.node else self.transport.send(frame)

    def _carry(self, kind: Kind, priority: int, source: int, to: Address, data: bytes | Buffer, length: int) -> bool:
        """Send bytes in a buffer, or a buffer with what it holds. False if there is no buffer or no room."""
        buffer = self.transport.allocate(priority) if isinstance(data, bytes) else data
        if buffer is None:
            return False
        if isinstance(data, bytes):
            buffer.write(data)
        sent = self._put(to.node, Frame(kind, priority, source, to.port, length, buffer))
        if not sent and isinstance(data, bytes):
            self.transport.free(buffer)
        return sent

    def _tell(self, node: int, control: Control, *, endpoint: Endpoint | None = None, priority: int = 0) -> None:
        """Send a control frame, if there is anybody to hear it; one of a channel behind what `endpoint` has sent."""
        if node != self.node and not self.transport.up:
            return
        frame = control.frame(priority)
        item = Outgoing(node, lambda: self._put(node, frame), priority=priority)
        if endpoint is not None:
            item.port = endpoint.port
        self._backlog.put(item)

    def _let_go(self, buffer: Buffer) -> None:
        """A received frame's buffer is not needed any more."""
        if buffer.owner is self.node:
            self.transport.free(buffer)
        else:
            self.transport.release(buffer)

    def _drop(self, frame: Frame, origin: int, why: str) -> None:
        """A frame that nobody wants."""
        if origin != self.node:
            self.transport.drop(frame, why)
        elif frame.buffer is not None:
            self.transport.free(frame.buffer)

    def _look_again(self) -> None:
        """Something was taken: what had to come again may come, what waits for one's own buffers may go."""
        self._backlog.flush()
        if self._stalled:
            self._stalled = False
            self.transport.poll()

    # -- what callers give ------------------------------------------------------------------------------------

    def _own(self, handle: object) -> Endpoint:
        """The own endpoint behind a handle: ERR_ENDP_REMOTE, ERR_ENDP_INVALID."""
        if isinstance(handle, RemoteEndpoint):
            refuse(Status.ERR_ENDP_REMOTE, f"{handle.address} is the other node's; this takes one's own endpoint")
        if not isinstance(handle, Endpoint) or self._endpoints.get(handle.port) is not handle:
            refuse(Status.ERR_ENDP_INVALID, f"{handle!r} is no endpoint of node {self.node}, or no longer")
        return handle

    def _address(self, handle: object) -> Address:
        """Where an endpoint is, one's own or the other node's: ERR_ENDP_INVALID, ERR_ENDP_DELETED, ERR_NODE_NOTINIT."""
        if not isinstance(handle, RemoteEndpoint):
            return self._own(handle).address
        if handle.gone is not None:
            refuse(handle.gone, f"{handle.address} was {_ENDS[handle.gone]}")
        if not self.transport.up:
            refuse(Status.ERR_NODE_NOTINIT, f"node {handle.node} is not there")
        if handle.era is not self._era:
            refuse(Status.ERR_ENDP_INVALID, f"a node has started anew since {handle.address} was got")
        return handle.address

    def usable(self, endpoint: Endpoint | RemoteEndpoint) -> bool:
        """Is this handle good for something now? `on_change` says when that may be different."""
        try:
            self._address(endpoint)
        except McapiError:
            return False
        return True

    def _post(self, request: Request[None], endpoint: Endpoint, item: Outgoing, *, fails: bool) -> Request[None]:
        """Have `request` be complete when `item` is sent. If it `fails` for want of room: ERR_MEM_LIMIT."""
        item.request, item.port = request, endpoint.port
        request.undo = lambda: self._backlog.take_back(lambda other: other is item)
        if not self._backlog.put(item) and fails:
            self._requests.cancel(request)
            refuse(Status.ERR_MEM_LIMIT, f"there is no room for what {endpoint.address} sends, and it is not to wait")
        return request


_ENDS = {Status.ERR_ENDP_DELETED: "deleted by its owner", Status.ERR_ENDP_INVALID: "released"}
