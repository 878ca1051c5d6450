"""Keywords for MCAPI's calls as such: any of them by its name, and the status in which one has ended.

Those for nodes, endpoints and messages are in `mcapi.py`, those for channels in `mcapi_channels.py`.
"""

from __future__ import annotations

import inspect
from typing import Any

from robot.api.deco import keyword
from robot.errors import ExecutionFailed  # type: ignore[import-untyped]
from robot.libraries.BuiltIn import BuiltIn, register_run_keyword

from ipcclab.keywords.mcapi_channels import ReceivedPacket
from ipcclab.keywords.mcapi_node import McapiNodeOfTest
from mp1bench import mcapi
from mp1bench.errors import UsageError, suggest
from mp1bench.mcapi import Attribute, Mcapi, Status
from mp1bench.mcapi.calls import CALLS

#: Names that a test may write for numbers.
_CONSTANTS = ("PORT_ANY", "NODE_INVALID", "DOMAIN_INVALID", "TIMEOUT_INFINITE", "TIMEOUT_IMMEDIATE")
_NUMBERS = {**{name: getattr(mcapi, name) for name in _CONSTANTS}, **Attribute.__members__}
# What stands behind the status is left as the test has written it, for the keyword that is run.
register_run_keyword(  # type: ignore[no-untyped-call]
    "ipcclab.IpccLibrary", "MCAPI Status Should Be", args_to_process=1, deprecation_warning=False
)


class McapiCallKeywords(McapiNodeOfTest):
    """A status is what MCAPI calls one, without its prefix; ``PENDING`` is that of a request that has not ended."""

    @keyword("Call MCAPI", tags=("MCAPI",))
    def call_mcapi(self, name: str, *arguments: Any) -> Any:
        """Makes any call of MCAPI. Returns what it gives: of one that ends in ``_i``, a request.

        - ``name``: MCAPI's without its prefix, such as ``endpoint_delete`` or ``msg_recv_i``.
        - ``arguments``: its arguments, without those for results. Data is text, a character for each byte; attributes
          and constants have MCAPI's names without prefix.

        Fails with MCAPI's status. For a call that blocks there is no limit but MCAPI's own.

        | Start MCAPI |
        | ${mine} = | Create MCAPI Endpoint | 20 |
        | Call MCAPI | endpoint_set_attribute | ${mine} | MAX_PAYLOAD_SIZE | 16 |
        | ${request} = | Call MCAPI | msg_recv_i | ${mine} |
        | MCAPI Status Should Be | PENDING |
        | MCAPI Status Should Be | TIMEOUT | Call MCAPI | wait | ${request} | 1000 |
        | Call MCAPI | cancel | ${request} |
        """
        if name not in CALLS:
            raise UsageError(f"MCAPI has no call `{name}` here.{suggest(name, CALLS)}")
        signature = inspect.signature(getattr(Mcapi, name))
        try:
            given = signature.bind(self._mcapi, *arguments).arguments
        except TypeError as error:
            takes = ", ".join(list(signature.parameters)[1:]) or "no argument"
            raise UsageError(f"{name} takes {takes}: {error}.") from error
        _, *values = (_as(signature.parameters[key].annotation, value) for key, value in given.items())
        return self._call(name, *values)

    @keyword("MCAPI Status Should Be", tags=("MCAPI", "Assertion"))
    def mcapi_status_should_be(self, status: str, *name: Any) -> Any:
        """Runs a keyword and passes if it ends in this status of MCAPI; without one, if the last keyword for MCAPI did.

        Returns what the keyword does.

        - ``status``: a name without prefix: ``SUCCESS``, ``PENDING``, ``TIMEOUT``, ``ERR_MSG_SIZE``.
        - ``name``: the keyword, as a test would write it, and its arguments.

        Fails with the status that came instead, and if the keyword fails for any other reason.

        | Start MCAPI |
        | ${mine} = | MCAPI Status Should Be | SUCCESS | Create MCAPI Endpoint | 20 |
        | MCAPI Status Should Be | ERR_PRIORITY | Send MCAPI Message | ${mine} | ${mine} | hello | priority=2 |
        | MCAPI Status Should Be | TIMEOUT | Wait For MCAPI Message | ${mine} | within=1ms |
        """
        if status not in Status.__members__:
            raise UsageError(f"MCAPI has no status `{status}`.{suggest(status, Status.__members__)}")
        result, why = self._run(name) if name else (None, "")
        if self._ended is None:
            if name:
                raise UsageError(f"`{name[0]}` makes no call of MCAPI, so there is no status.")
            raise UsageError("no keyword for MCAPI has ended yet. Name one behind the status.")
        if self._ended.name != status:
            who = f"`{name[0]}`" if name else "the last keyword for MCAPI"
            sentence = f"{who} ended in {self._ended.name}, expected {status}" + f": {why.rstrip('.')}" * bool(why)
            raise AssertionError(self.bench.explain(sentence))
        return result

    def _run(self, name: tuple[Any, ...]) -> tuple[Any, str]:
        """What a keyword gives, and why it failed if that was by a status."""
        self._ended = None
        try:
            return BuiltIn().run_keyword(*name), ""
        except ExecutionFailed as failure:
            by_status = self._ended not in (None, Status.SUCCESS, Status.PENDING)
            if not by_status or failure.dont_continue or failure.skip:
                raise
            return None, failure.message.partition("\n")[0]


def _as(annotation: str, value: object) -> object:
    """An argument of a call as the call takes it, from what a test writes."""
    if isinstance(value, ReceivedPacket):
        return value.packet
    if not isinstance(value, str):
        return value
    if annotation.startswith("bytes"):
        if max(map(ord, value), default=0) > 0xFF:
            raise UsageError(f"`{value}` has a character that is no byte. Encode the text.")
        return value.encode("latin-1")
    if annotation != "int":
        return value
    try:
        return _NUMBERS[value] if value in _NUMBERS else int(value, 0)
    except ValueError:
        raise UsageError(f"`{value}` is no number, and no name of one.{suggest(value, _NUMBERS)}") from None
