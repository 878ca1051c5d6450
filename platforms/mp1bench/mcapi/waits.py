"""MCAPI's requests as callers use them: test, wait, wait_any, cancel; and how a blocking call blocks.

Sleeping is the kernel's: `waiting` is a generator, for whoever sleeps in Linux already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from mp1bench.linux.kernel.task import Sleeping
from mp1bench.mcapi.arguments import TIMEOUT_INFINITE, check_timeout, refuse
from mp1bench.mcapi.calls import call
from mp1bench.mcapi.requests import REQUESTS, Request
from mp1bench.mcapi.stack import Stack
from mp1bench.mcapi.status import Status

T = TypeVar("T")


class RequestCalls(Stack):
    """Calls (mcapi.md §2.2). Timeouts are in microseconds of virtual time."""

    @call(Status.PENDING, Status.ERR_REQUEST_INVALID, Status.ERR_REQUEST_CANCELLED, outcomes=True)
    def test(self, request: Request[Any]) -> bool:
        """Has it ended? False is PENDING. If it ended in an error, that is raised; the request is no more then."""
        self._check(request)
        if request.status is Status.PENDING:
            return False
        self._requests.take(request)
        return True

    @call(
        Status.TIMEOUT,
        Status.ERR_PARAMETER,
        Status.ERR_REQUEST_INVALID,
        Status.ERR_REQUEST_CANCELLED,
        Status.ERR_WAIT_PENDING,
        outcomes=True,
    )
    def wait(self, request: Request[T], timeout: int = TIMEOUT_INFINITE) -> T:
        """Sleep until it ends, and return what it gives. After TIMEOUT it goes on."""
        return self.kernel.call(self.waiting(request, timeout), "mcapi_wait")

    @call(
        Status.TIMEOUT,
        Status.ERR_PARAMETER,
        Status.ERR_REQUEST_INVALID,
        Status.ERR_REQUEST_CANCELLED,
        Status.ERR_REQUEST_LIMIT,
        Status.ERR_WAIT_PENDING,
        outcomes=True,
    )
    def wait_any(self, requests: Sequence[Request[Any]], timeout: int = TIMEOUT_INFINITE) -> int:
        """Sleep until one of up to 16 ends; returns its index, and its `result` is what it gives."""
        if not isinstance(requests, Sequence) or not requests:
            refuse(Status.ERR_PARAMETER, f"wait_any takes a list of requests, not {requests!r}")
        if len(requests) > REQUESTS:
            refuse(Status.ERR_REQUEST_LIMIT, f"wait_any waits for {REQUESTS} requests at most, not for {len(requests)}")
        ended = self.kernel.call(self._ending(requests, timeout), "mcapi_wait_any")
        self._requests.take(ended)
        return next(index for index, request in enumerate(requests) if request is ended)

    @call(Status.ERR_REQUEST_INVALID)
    def cancel(self, request: Request[Any]) -> None:
        """It is not to happen any more. Whoever waits for it hears ERR_REQUEST_CANCELLED."""
        if request not in self._requests or request.status is not Status.PENDING:
            refuse(Status.ERR_REQUEST_INVALID, f"{request!r} is no request that is under way")
        self._requests.cancel(request)
        self._look_again()

    def waiting(self, request: Request[T], timeout: int = TIMEOUT_INFINITE) -> Sleeping[T]:
        """What `wait` does, for a task of the kernel's."""
        ended = yield from self._ending([request], timeout)
        return self._requests.take(ended)

    def _ending(self, requests: Sequence[Request[T]], timeout: int) -> Sleeping[Request[T]]:
        """Sleep until one has ended."""
        check_timeout(timeout)
        for request in requests:
            self._check(request)
            if request.waited:
                refuse(Status.ERR_WAIT_PENDING, f"somebody waits for {request!r} already")
        deadline = None if timeout == TIMEOUT_INFINITE else self.kernel.now + 1000 * timeout
        for request in requests:
            request.waited = True
        try:
            while True:
                ended = next((request for request in requests if request.status is not Status.PENDING), None)
                if ended is not None:
                    return ended
                left = None if deadline is None else deadline - self.kernel.now
                what = " or ".join(dict.fromkeys(request.call.removesuffix("_i") for request in requests))
                if left is not None and left <= 0:
                    refuse(Status.TIMEOUT, f"{what} has not ended within {timeout} us")
                yield from self._requests.ended.sleep(left, f"MCAPI's {what}")
        finally:
            for request in requests:
                request.waited = False

    def _finish(self, request: Request[T], timeout: int) -> T:
        """What a blocking call does with the request of its other form: whatever comes, nothing of it remains."""
        try:
            return self.kernel.call(self.waiting(request, timeout), f"mcapi_{request.call.removesuffix('_i')}")
        finally:
            if request in self._requests:
                self._requests.cancel(request)

    def _check(self, request: object) -> None:
        if request in self._requests:
            return
        if isinstance(request, Request) and self._requests.just_cancelled(request):
            refuse(Status.ERR_REQUEST_CANCELLED, f"{request!r} was cancelled")
        refuse(Status.ERR_REQUEST_INVALID, f"{request!r} is no request, or somebody has heard how it ended")
