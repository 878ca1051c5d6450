"""The MCAPI node that a test is: calls by name, how the last one ended, and how long a call waits. It is no keyword."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ipcclab.durations import format_duration
from ipcclab.keywords.bench import Bench
from ipcclab.payload import quoted
from mp1bench.mcapi import Attribute, Endpoint, Mcapi, McapiError, Request, Status

if TYPE_CHECKING:
    from mp1bench.linux import LinuxHost

_US = 1_000


class McapiNodeOfTest:
    """Base of the keywords for MCAPI: one node on the Linux of the bench, the same for all of them."""

    bench: Bench
    _node: tuple[LinuxHost, Mcapi] | None = None
    _ended: Status | None = None  # how the last call did

    @property
    def _mcapi(self) -> Mcapi:
        if self._node is None or self._node[0] is not self.bench.linux:
            self._new_node()
        assert self._node is not None
        return self._node[1]

    def _new_node(self, **channels: int) -> None:
        """Another one, not initialised yet, with the default channels of the IPCC unless others are given."""
        linux = self.bench.linux
        self._node = linux, Mcapi(linux, **channels)

    def _call(self, name: str, *arguments: object) -> Any:
        """Make a call of the API; how it ended is kept, for a request or a test also that it is pending."""
        with self._keeping_the_status():
            result = getattr(self._mcapi, name)(*arguments)
        if isinstance(result, Request):
            self._ended = result.status
        elif name == "test" and not result:
            self._ended = Status.PENDING
        return result

    @contextmanager
    def _keeping_the_status(self) -> Iterator[None]:
        self._ended = None
        try:
            yield
            self._ended = Status.SUCCESS
        except McapiError as error:
            self._ended = error.status
            raise

    def _await(self, request: Request[Any], within: int, missing: str) -> Any:
        """What a request gives. AssertionError if it is not complete in time: `missing` says what there is not."""
        try:
            with self._explaining(within, missing):
                return self._call("wait", request, -(-within // _US))
        finally:
            self._cancel(request)

    def _cancel(self, request: Request[Any]) -> None:
        """It is not to happen any more, if it has not."""
        if request.status is Status.PENDING:
            self._mcapi.cancel(request)

    def _call_within(self, within: int, missing: str, endpoint: object, name: str, *arguments: object) -> Any:
        """Make a call that waits as long as the attribute TIMEOUT of an endpoint says, and have that say `within`."""
        attributes = endpoint.attributes if isinstance(endpoint, Endpoint) else {}
        before = dict(attributes)
        attributes[Attribute.TIMEOUT] = -(-within // _US)
        try:
            with self._explaining(within, missing):
                return self._call(name, *arguments)
        finally:
            attributes.update(before)

    @contextmanager
    def _explaining(self, within: int, missing: str) -> Iterator[None]:
        try:
            yield
        except McapiError as error:
            if error.status is not Status.TIMEOUT:
                raise
            raise AssertionError(self.bench.explain(f"{missing} within {format_duration(within)}")) from error

    def _compare(self, found: bytes, wanted: bytes | None, where: str) -> None:
        if wanted is not None and found != wanted:
            raise AssertionError(self.bench.explain(f"{quoted(found)} came at {where}, expected {quoted(wanted)}"))
