"""How a handle sleeps: until something holds, until a request has ended, or until it is cancelled or too late.

Reads, writes and connects sleep alike: on the one queue of the driver's stack, whose waking only says to look again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mp1bench.linux.kernel.task import Sleeping
from mp1bench.linux.mcapi.stack import NodeStack
from mp1bench.mcapi import TIMEOUT_INFINITE, Attribute, Endpoint, McapiError, Request, Status

T = TypeVar("T")


class Waits:
    """All that sleeps in one handle."""

    def __init__(self, stack: NodeStack, path: str) -> None:
        self.stack = stack
        self.path = path
        self.cancels = 0  # how often that was asked for

    def begin(self, endpoint: Endpoint) -> Wait:
        """Of a call that begins now, and may take as long as the attribute TIMEOUT says."""
        return Wait(self, endpoint.attributes[Attribute.TIMEOUT])

    def cancel(self) -> None:
        """End all that sleeps now."""
        self.cancels += 1
        self.stack.changed.wake_all()


class Wait:
    """One call's. What is not to be ends with TIMEOUT or ERR_REQUEST_CANCELLED."""

    def __init__(self, waits: Waits, timeout_us: int) -> None:
        self._waits = waits
        self._cancels = waits.cancels
        self._deadline = None if timeout_us == TIMEOUT_INFINITE else waits.stack.kernel.now + 1000 * timeout_us

    def until(self, holds: Callable[[], bool], what: str) -> Sleeping[None]:
        """Sleep until it holds. `what` is what Linux waits for."""
        stack, what = self._waits.stack, f"{what} at {self._waits.path}"
        while not holds():
            left = None if self._deadline is None else self._deadline - stack.kernel.now
            if self._cancels != self._waits.cancels:
                raise McapiError(Status.ERR_REQUEST_CANCELLED, f"the wait for {what} was cancelled")
            if left is not None and left <= 0:
                raise McapiError(Status.TIMEOUT, f"there was not {what} in time")
            yield from stack.changed.sleep(left, what)

    def result(self, request: Request[T], what: str) -> Sleeping[T | None]:
        """Sleep until a request has ended, and return what it gives. If it is not to be, it is cancelled."""
        try:
            yield from self.until(lambda: request.status is not Status.PENDING, what)
        finally:
            if request.status is Status.PENDING:
                self._waits.stack.cancel(request)
        self._waits.stack.test(request)
        return request.result
