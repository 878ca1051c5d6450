"""MCAPI's endpoints: create, get, release, delete; and how the two nodes ask each other for them.

A get is parked by the owner's node until the endpoint exists.
"""

from __future__ import annotations

from typing import NamedTuple

from mp1bench.mcapi.arguments import (
    PORT_ANY,
    PORTS,
    TIMEOUT_INFINITE,
    check_address,
    check_port,
    check_timeout,
    refuse,
)
from mp1bench.mcapi.attributes import defaults
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.control import Control
from mp1bench.mcapi.handles import Address, Endpoint, RemoteEndpoint
from mp1bench.mcapi.layout import Operation
from mp1bench.mcapi.requests import Request
from mp1bench.mcapi.stack import told
from mp1bench.mcapi.status import Status
from mp1bench.mcapi.waits import RequestCalls

#: How many endpoints a node may have, where automatic ports start, and how many gets wait at a node.
ENDPOINTS, FIRST_AUTOMATIC_PORT, PARKED_GETS = 32, 10_000, 8


class Parked(NamedTuple):
    """A get of an endpoint that does not exist yet."""

    node: int  # who asks
    tag: int
    port: int


class EndpointCalls(RequestCalls):
    """Calls (mcapi.md §2.2, §3.2)."""

    def _begin(self) -> None:
        super()._begin()
        self._automatic_port = FIRST_AUTOMATIC_PORT
        self._parked: list[Parked] = []
        self._gets: dict[int, Address] = {}  # what the requests with these tags ask for
        self._remotes: list[RemoteEndpoint] = []

    @call(
        Status.ERR_PORT_INVALID,
        Status.ERR_ENDP_EXISTS,
        Status.ERR_ENDP_LIMIT,
        Status.ERR_ENDP_NOPORTS,
    )
    def endpoint_create(self, port: int = PORT_ANY) -> Endpoint:
        """Create one's own endpoint. PORT_ANY: the next free port from 10000."""
        if port != PORT_ANY:
            check_port(port)
        if port in self._endpoints:
            refuse(Status.ERR_ENDP_EXISTS, f"port {port} of node {self.node} has an endpoint already")
        if len(self._endpoints) >= ENDPOINTS:
            refuse(Status.ERR_ENDP_LIMIT, f"node {self.node} has {ENDPOINTS} endpoints, which is all it can have")
        endpoint = Endpoint(self.node, self._free_port() if port == PORT_ANY else port, defaults())
        self._endpoints[endpoint.port] = endpoint
        for parked in [parked for parked in self._parked if parked.port == endpoint.port]:
            self._parked.remove(parked)
            self._grant(endpoint, parked.node, parked.tag)
        return endpoint

    @call(
        Status.ERR_DOMAIN_INVALID,
        Status.ERR_NODE_INVALID,
        Status.ERR_PORT_INVALID,
        Status.ERR_ENDP_GET_LIMIT,
        Status.ERR_REQUEST_LIMIT,
    )
    def endpoint_get_i(self, domain: int, node: int, port: int) -> Request[Endpoint | RemoteEndpoint]:
        """Get an endpoint of either node; the request is complete when it exists."""
        check_address(domain, node)
        check_port(port)
        request: Request[Endpoint | RemoteEndpoint] = self._requests.new("endpoint_get_i")
        self._gets[request.tag] = Address(node, port)
        request.undo = lambda: self._forget_get(request.tag)
        self._ask(request.tag)
        return request

    @call(
        Status.TIMEOUT,
        Status.ERR_PARAMETER,
        Status.ERR_DOMAIN_INVALID,
        Status.ERR_NODE_INVALID,
        Status.ERR_PORT_INVALID,
        Status.ERR_ENDP_GET_LIMIT,
        Status.ERR_REQUEST_LIMIT,
    )
    def endpoint_get(
        self, domain: int, node: int, port: int, timeout: int = TIMEOUT_INFINITE
    ) -> Endpoint | RemoteEndpoint:
        """Get an endpoint of either node; wait up to `timeout` us until it exists."""
        check_timeout(timeout)
        return self._finish(self.endpoint_get_i(domain, node, port), timeout)

    @call(Status.ERR_ENDP_INVALID, Status.ERR_ENDP_DELETED)
    def endpoint_release(self, endpoint: Endpoint | RemoteEndpoint) -> None:
        """It was got and is not needed any more. Of the other node's the handle is void then."""
        address = self._address(endpoint)
        if isinstance(endpoint, RemoteEndpoint) and endpoint.got:
            endpoint.gone = Status.ERR_ENDP_INVALID
            self._remotes.remove(endpoint)
        elif isinstance(endpoint, RemoteEndpoint) or not endpoint.users[self.node]:
            refuse(Status.ERR_ENDP_INVALID, f"{address} was not got, so it cannot be released")
        self._tell(address.node, Control(Operation.RELEASE, destination=address.port))

    @call(
        Status.ERR_ENDP_INVALID,
        Status.ERR_ENDP_NOTOWNER,
        Status.ERR_CHAN_OPEN,
        Status.ERR_CHAN_OPENPENDING,
        Status.ERR_CHAN_CONNECTED,
        Status.ERR_CHAN_CLOSEPENDING,
    )
    def endpoint_delete(self, endpoint: Endpoint) -> None:
        """Delete one's own endpoint, with the messages that it has; whoever has got it hears ERR_ENDP_DELETED."""
        if isinstance(endpoint, RemoteEndpoint):
            refuse(Status.ERR_ENDP_NOTOWNER, f"{endpoint.address} is the other node's, which alone may delete it")
        endpoint = self._own(endpoint)
        self._check_unused(endpoint)
        del self._endpoints[endpoint.port]
        gone = f"{endpoint.address} was deleted"
        for receiver in endpoint.receivers:
            self._requests.fail(receiver.request, Status.ERR_ENDP_DELETED, gone)
        for item in self._backlog.take_back(lambda item: item.port == endpoint.port and item.request is not None):
            assert item.request is not None
            self._requests.fail(item.request, Status.ERR_ENDP_DELETED, gone)
        for queued in [queued for queue in endpoint.messages for queued in queue if queued.data is None]:
            assert queued.frame.buffer is not None
            self._let_go(queued.frame.buffer)
        if endpoint.users[self.node.peer]:
            self._tell(self.node.peer, Control(Operation.DELETED, source=endpoint.port))
        self._look_again()

    # -- how gets travel --------------------------------------------------------------------------------------

    def _ask(self, tag: int) -> None:
        """Send a GET, unless nobody is there to hear it: `_peer_came` sends it then."""
        node, port = self._gets[tag]
        self._tell(node, Control(Operation.GET, destination=port, tag=tag))

    def _forget_get(self, tag: int) -> None:
        node, port = self._gets.pop(tag)
        self._tell(node, Control(Operation.CANCEL_GET, destination=port, tag=tag))

    def _peer_came(self) -> None:
        super()._peer_came()
        for tag in [tag for tag, address in self._gets.items() if address.node == self.node.peer]:
            self._ask(tag)

    def _peer_went(self) -> None:
        super()._peer_went()
        self._parked = [parked for parked in self._parked if parked.node == self.node]
        self._remotes.clear()
        for endpoint in self._endpoints.values():
            del endpoint.users[self.node.peer]

    def _grant(self, endpoint: Endpoint, node: int, tag: int) -> None:
        endpoint.users[node] += 1
        self._tell(node, Control(Operation.GOT, source=endpoint.port, tag=tag))

    @told(Operation.GET)
    def _get_came(self, control: Control, origin: int) -> None:
        port = control.destination
        if port in self._endpoints:
            self._grant(self._endpoints[port], origin, control.tag)
        elif len(self._parked) < PARKED_GETS:
            self._parked.append(Parked(origin, control.tag, port))
        else:
            full = Control(Operation.GOT, source=port, status=Status.ERR_ENDP_GET_LIMIT, tag=control.tag)
            self._tell(origin, full)

    @told(Operation.GOT)
    def _got_came(self, control: Control, origin: int) -> None:
        address = Address(origin, control.source)
        request = self._requests.asked(control.tag, "endpoint_get_i")
        if request is None or self._gets.get(control.tag) != address:
            if control.status is Status.SUCCESS:  # for a get that was cancelled
                self._tell(origin, Control(Operation.RELEASE, destination=control.source))
            return
        del self._gets[control.tag]
        if control.status is not Status.SUCCESS:
            self._requests.fail(
                request,
                Status.ERR_ENDP_GET_LIMIT,
                f"node {origin} lets {PARKED_GETS} gets wait, not one more for {address}",
            )
        elif origin == self.node:
            self._requests.complete(request, self._endpoints[control.source])
        else:
            remote = RemoteEndpoint(address, self._era, got=True)
            self._remotes.append(remote)
            self._requests.complete(request, remote)

    @told(Operation.CANCEL_GET)
    def _cancel_get_came(self, control: Control, origin: int) -> None:
        unwanted = Parked(origin, control.tag, control.destination)
        self._parked = [parked for parked in self._parked if parked != unwanted]

    @told(Operation.RELEASE)
    def _release_came(self, control: Control, origin: int) -> None:
        endpoint = self._endpoints.get(control.destination)
        if endpoint is not None and endpoint.users[origin]:
            endpoint.users[origin] -= 1

    @told(Operation.DELETED)
    def _deleted_came(self, control: Control, origin: int) -> None:
        for remote in [remote for remote in self._remotes if remote.port == control.source]:
            remote.gone = Status.ERR_ENDP_DELETED
            self._remotes.remove(remote)

    # -- about one's own --------------------------------------------------------------------------------------

    def _free_port(self) -> int:
        """The next automatic port; each is used once."""
        while self._automatic_port in self._endpoints:
            self._automatic_port += 1
        if self._automatic_port >= PORTS:
            refuse(Status.ERR_ENDP_NOPORTS, f"all automatic ports of node {self.node} have been used; name one")
        self._automatic_port += 1
        return self._automatic_port - 1

    def _check_unused(self, endpoint: Endpoint) -> None:
        end = endpoint.end
        if end is None:
            return
        reasons = (
            (end.closing, Status.ERR_CHAN_CLOSEPENDING, "one of its two ends is closed, the other not"),
            (end.open, Status.ERR_CHAN_OPEN, "it is open"),
            (end.opening is not None, Status.ERR_CHAN_OPENPENDING, "its open is pending"),
            (True, Status.ERR_CHAN_CONNECTED, "it is connected, or connecting"),
        )
        status, why = next((status, why) for holds, status, why in reasons if holds)
        refuse(status, f"{endpoint.address} is in a channel and cannot be deleted: {why}")
