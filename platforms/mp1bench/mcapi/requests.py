"""Requests: calls under way, in a table of 16, and how they end.

What a request waits for, its call knows; who sleeps until it ends, `waits.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, cast

from mp1bench.linux.kernel.core import Kernel
from mp1bench.linux.kernel.locking import WaitQueue
from mp1bench.mcapi.arguments import refuse
from mp1bench.mcapi.calls import assert_declared
from mp1bench.mcapi.status import McapiError, Status

T = TypeVar("T")

#: How many requests there can be at a time.
REQUESTS = 16


class Request(Generic[T]):
    """One call under way.

    `status` is PENDING until it ends, and then how it did; `result` is what it gives: of an open the channel's handle,
    from the beginning on. `handle` tells this request from all others that were in its slot of the table.
    """

    def __init__(self, call: str, handle: int) -> None:
        self.call = call
        self.handle = handle
        self.status = Status.PENDING
        self.result: T | None = None
        self.error: McapiError | None = None
        self.waited = False  # somebody sleeps until it ends
        self.awaits: int | None = None  # the node that is to answer
        self.undo: Callable[[], object] = lambda: None  # what cancelling it takes

    def __repr__(self) -> str:
        return f"<Request {self.handle:#x} {self.call}: {self.status.name}>"

    @property
    def tag(self) -> int:
        """What a control frame and its answer carry of the handle."""
        return self.handle & 0xFF


class RequestTable:
    """The requests of a node. A slot is taken until somebody has heard how its request ended."""

    def __init__(self, kernel: Kernel, changed: Callable[[], None]) -> None:
        self.ended = WaitQueue(kernel)  # woken whenever a request ends
        self._changed = changed  # called then, too
        self._slots: list[Request[Any] | None] = [None] * REQUESTS
        self._generations = [0] * REQUESTS

    def new(self, call: str) -> Request[Any]:
        """Take a slot. ERR_REQUEST_LIMIT if there is none."""
        slot = next((number for number, request in enumerate(self._slots) if request is None), None)
        if slot is None:
            refuse(
                Status.ERR_REQUEST_LIMIT, f"{call}: {REQUESTS} requests are under way; wait for one, test or cancel it"
            )
        request = Request[Any](call, self._generations[slot] << 4 | slot)
        self._generations[slot] = self._generations[slot] + 1 & 0xFFF_FFFF
        self._slots[slot] = request
        return request

    def __contains__(self, request: object) -> bool:
        return isinstance(request, Request) and self._slots[request.handle & 0xF] is request

    def just_cancelled(self, request: Request[Any]) -> bool:
        """Was it cancelled, and has no later request had its slot?"""
        newest = (request.handle >> 4) + 1 == self._generations[request.handle & 0xF]
        return newest and request.status is Status.ERR_REQUEST_CANCELLED

    def pending(self) -> Iterator[Request[Any]]:
        """Those that have not ended, by slot."""
        return (request for request in list(self._slots) if request and request.status is Status.PENDING)

    def asked(self, tag: int, call: str) -> Request[Any] | None:
        """The pending request of a call whose name ends in `call`, by the tag that an answer brings."""
        request = self._slots[tag & 0xF]
        fits = request and request.tag == tag and request.status is Status.PENDING and request.call.endswith(call)
        return request if fits else None

    def complete(self, request: Request[T], result: T) -> None:
        """It has ended well."""
        request.status, request.result = Status.SUCCESS, result
        self._wake()

    def fail(self, request: Request[Any], status: Status, what: str) -> None:
        """It has ended in an error."""
        assert_declared(request.call, status)
        request.status, request.error = status, McapiError(status, what)
        self._wake()

    def cancel(self, request: Request[Any]) -> None:
        """It is not to happen any more, if it has not; its slot is free."""
        self._free(request)
        if request.status is not Status.PENDING:
            return
        request.undo()
        request.status = Status.ERR_REQUEST_CANCELLED
        request.error = McapiError(request.status, f"the request of {request.call} was cancelled")
        self._wake()

    def take(self, request: Request[T]) -> T:
        """What an ended request gives, or McapiError; its slot is free."""
        self._free(request)
        if request.error is not None:
            raise request.error
        return cast(T, request.result)

    def _wake(self) -> None:
        self.ended.wake_all()
        self._changed()

    def _free(self, request: Request[Any]) -> None:
        if request in self:
            self._slots[request.handle & 0xF] = None
