"""Which statuses each call of the API may end in: the decorator `call`, and the registry that it fills.

It does nothing but watch: a status that a call has not declared is an error of this package, not of the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from mp1bench.mcapi.status import McapiError, Status

#: The calls by name, and what each may end in besides SUCCESS. Of a call that ends in _i that includes how its request
#: may end.
CALLS: dict[str, frozenset[Status]] = {}


class Node(Protocol):
    """Whose methods are calls."""

    @property
    def initialized(self) -> bool: ...


N = TypeVar("N", bound=Node)
P = ParamSpec("P")
T = TypeVar("T")


def call(
    *statuses: Status, before_initialize: bool = False, outcomes: bool = False
) -> Callable[[Callable[Concatenate[N, P], T]], Callable[Concatenate[N, P], T]]:
    """A call of the API, and the statuses that it may raise.

    ERR_NODE_NOTINIT is one of them, and looked after here, but for those that make sense `before_initialize`. With
    `outcomes` it also raises that in which a request has ended.
    """
    declared = frozenset(statuses) if before_initialize else frozenset((*statuses, Status.ERR_NODE_NOTINIT))

    def declare(function: Callable[Concatenate[N, P], T]) -> Callable[Concatenate[N, P], T]:
        name = function.__name__
        CALLS[name] = declared

        @wraps(function)
        def checked(self: N, /, *args: P.args, **options: P.kwargs) -> T:
            if not before_initialize and not self.initialized:
                raise McapiError(Status.ERR_NODE_NOTINIT, f"{name} was called before initialize, or after finalize")
            try:
                return function(self, *args, **options)
            except McapiError as error:
                if not outcomes:
                    assert_declared(name, error.status)
                raise

        return checked

    return declare


def assert_declared(name: str, status: Status) -> None:
    """May the call `name` end in this status?"""
    assert status in CALLS[name], f"{name} has not declared {status.name}"
