"""How the ends of a handle come together with the peer's, and apart again.

Both are work of the kernel's own, which goes on when the program that asked for it was interrupted or has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.mcapi.ends import End
from mp1bench.linux.mcapi.ioctl import Connect, Direction
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.linux.mcapi.waiting import Wait
from mp1bench.mcapi import Endpoint, EndpointStatus, McapiError, RemoteEndpoint, Status

_JOINED = EndpointStatus.CONNECTING | EndpointStatus.CONNECTED


def establish(stack: NodeStack, wait: Wait, ends: Sequence[End], where: Connect | None) -> Sleeping[None]:
    """Open all ends, connect each if `where` says with what, and sleep until data can flow. McapiError if it cannot."""
    for end in ends:  # what was before has to be over, at the peer, too
        yield from wait.until(_unused(end), "the end of the last channel")
    for end in ends:
        end.begin()
    for end in ends if where else ():
        assert where is not None
        other = yield from get(stack, wait, where, where.rx if end.direction is Direction.WRITE else where.tx)
        try:
            yield from wait.result(end.connect_i(other), "the peer's answer")
        finally:
            with suppress(McapiError):  # it has gone
                stack.endpoint_release(other)
    yield from wait.until(lambda: all(end.opened() for end in ends), "the peer to open its end")


def get(stack: NodeStack, wait: Wait, where: Connect, port: int) -> Sleeping[Endpoint | RemoteEndpoint]:
    """A port of the peer's. Sleeps until it exists."""
    request = stack.endpoint_get_i(where.domain, where.node, port)
    endpoint = yield from wait.result(request, f"port {port} of node {where.node}")
    assert endpoint is not None
    return endpoint


def unwind(stack: NodeStack, end: End) -> Sleeping[None]:
    """Bring an end out of its channel, however far that was; one that is connected can only be opened and closed."""
    end.unwinding = True
    with suppress(McapiError):  # the driver was removed
        while status := end.status:
            if end.opening is None and end.channel is not None:
                end.close()
            elif end.opening is None and not status & (EndpointStatus.CONNECTING | EndpointStatus.CLOSEPENDING):
                end.begin()
            elif end.opening is not None and not status & _JOINED:
                stack.cancel(end.opening)
            elif end.opening is None or end.opening.status is Status.PENDING:
                yield from stack.changed.sleep()
            _hear(end)
        end.channel = None
    end.unwinding = False


def bury(stack: NodeStack, end: End) -> Sleeping[None]:
    """Unwind an end that nobody has any more, and delete its endpoint; until then its port is in use."""
    yield from unwind(stack, end)
    yield from delete(stack, end.endpoint)


def delete(stack: NodeStack, endpoint: Endpoint) -> Sleeping[None]:
    """Delete an endpoint as soon as no channel has it: the peer may connect whatever there is."""
    while stack.initialized:
        with suppress(McapiError):
            return stack.endpoint_delete(endpoint)
        yield from stack.changed.sleep()


def _hear(end: End) -> None:
    """How its open ended does not matter any more, but somebody has to have heard it."""
    with suppress(McapiError):
        end.opened()


def _unused(end: End) -> Callable[[], bool]:
    return lambda: not end.unwinding and not end.status & EndpointStatus.CLOSEPENDING
