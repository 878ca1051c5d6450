"""MCAPI's requests: test, wait, wait_any, cancel, and the limit of 16 (mcapi.md §2.2, §3.2)."""

from __future__ import annotations

from typing import Any

import pytest

from call_claims import raises, shows
from mcapi_pair import Pair
from mp1bench.linux.kernel.core import PatienceError
from mp1bench.linux.kernel.task import Sleeping
from mp1bench.mcapi import TIMEOUT_IMMEDIATE, McapiError, Request, Status
from mp1bench.mcapi.calls import CALLS


def _get(pair: Pair, port: int = 9) -> Request[Any]:
    """A request that is complete as soon as the firmware has this endpoint."""
    return pair.host.endpoint_get_i(0, 1, port)


def _call(pair: Pair, call: str, request: Any) -> Any:
    return getattr(pair.host, call)([request] if call == "wait_any" else request)


@shows(Status.SUCCESS, "test", "wait", "wait_any")
def _(pair: Pair, call: str) -> None:
    request = _get(pair)
    pair.firmware.endpoint_create(9)
    pair.run()
    result = _call(pair, call, request)
    assert request.status is Status.SUCCESS
    assert request.result.port == 9
    assert result is {"test": True, "wait": request.result, "wait_any": 0}[call]


@shows(Status.PENDING, "test")
def _(pair: Pair, call: str) -> None:
    request = _get(pair)
    assert pair.host.test(request) is False
    assert request.status is Status.PENDING


@shows(Status.ERR_REQUEST_INVALID, "test", "wait", "wait_any", "cancel")
def _(pair: Pair, call: str) -> None:
    """It is none, or somebody has heard how it ended."""
    request = _get(pair)
    pair.firmware.endpoint_create(9)
    pair.host.wait(request)
    for wrong in (request, None, 3):
        why = "is no request, or somebody has heard how it ended"
        if call == "cancel":
            why = "is no request that is under way"
        with raises(Status.ERR_REQUEST_INVALID, f"{wrong!r} {why}"):
            _call(pair, call, wrong)


def test_a_request_that_has_ended_cannot_be_cancelled(pair: Pair) -> None:
    request = pair.host.msg_send_i(pair.host.endpoint_create(1), pair.remote(2), b"sent")
    with raises(Status.ERR_REQUEST_INVALID, f"{request!r} is no request that is under way"):
        pair.host.cancel(request)
    assert pair.host.test(request) is True


@shows(Status.ERR_REQUEST_CANCELLED, "test", "wait", "wait_any")
def _(pair: Pair, call: str) -> None:
    """Until its slot is used anew; then the handle is just wrong."""
    request = _get(pair)
    pair.host.cancel(request)
    with raises(Status.ERR_REQUEST_CANCELLED, f"{request!r} was cancelled"):
        _call(pair, call, request)
    _get(pair)
    with raises(Status.ERR_REQUEST_INVALID, f"{request!r} is no request, or somebody has heard how it ended"):
        _call(pair, call, request)


@shows(Status.SUCCESS, "cancel")
def _(pair: Pair, call: str) -> None:
    """Whoever waits hears of it, at that moment."""
    request = _get(pair)
    pair.kernel.after(7_000, "cancel", lambda: pair.host.cancel(request))
    start = pair.kernel.now
    with raises(Status.ERR_REQUEST_CANCELLED, "the request of endpoint_get_i was cancelled"):
        pair.host.wait(request)
    assert pair.kernel.now - start == 7_000


@shows(Status.TIMEOUT, "wait", "wait_any")
def _(pair: Pair, call: str) -> None:
    """At the stated virtual time, and the request goes on."""
    request, start = _get(pair), pair.kernel.now
    with raises(Status.TIMEOUT, "endpoint_get has not ended within 300 us"):
        getattr(pair.host, call)([request] if call == "wait_any" else request, 300)
    assert pair.kernel.now - start == 300_000
    pair.firmware.endpoint_create(9)
    assert pair.host.wait(request).port == 9


def test_timeout_immediate_takes_no_time(pair: Pair) -> None:
    request, start = _get(pair), pair.kernel.now
    with raises(Status.TIMEOUT, "endpoint_get has not ended within 0 us"):
        pair.host.wait(request, TIMEOUT_IMMEDIATE)
    assert pair.kernel.now == start


@shows(Status.ERR_PARAMETER, "wait", "wait_any")
def _(pair: Pair, call: str) -> None:
    request = _get(pair)
    for wrong in (-1, 1 << 32, True, 1.5, None):
        sentence = (
            f"a timeout is a number of microseconds in 32 bits, TIMEOUT_IMMEDIATE or TIMEOUT_INFINITE, not {wrong!r}"
        )
        with raises(Status.ERR_PARAMETER, sentence):
            getattr(pair.host, call)([request] if call == "wait_any" else request, wrong)


@pytest.mark.parametrize("wrong", [[], None, 4])
def test_wait_any_takes_a_list(pair: Pair, wrong: Any) -> None:
    with raises(Status.ERR_PARAMETER, f"wait_any takes a list of requests, not {wrong!r}"):
        pair.host.wait_any(wrong)


@shows(Status.ERR_WAIT_PENDING, "wait", "wait_any")
def _(pair: Pair, call: str) -> None:
    request = _get(pair)

    def waits() -> Sleeping[None]:
        yield from pair.host.waiting(request)

    pair.kernel.start("waits", waits())
    with raises(Status.ERR_WAIT_PENDING, f"somebody waits for {request!r} already"):
        _call(pair, call, request)
    pair.firmware.endpoint_create(9)
    pair.run()
    assert request.status is Status.SUCCESS


@shows(Status.ERR_REQUEST_LIMIT, "wait_any")
def _(pair: Pair, call: str) -> None:
    """More than 16: none is waited for (mcapi.md §3.2)."""
    request = _get(pair)
    with raises(Status.ERR_REQUEST_LIMIT, "wait_any waits for 16 requests at most, not for 17"):
        pair.host.wait_any([request] * 17)
    assert not request.waited


def test_wait_any_tells_which_one_has_ended_and_leaves_the_others(pair: Pair) -> None:
    requests = [pair.host.endpoint_get_i(0, 1, port) for port in (7, 8, 9)]
    pair.kernel.after(4_000, "create", lambda: pair.firmware.endpoint_create(8))
    assert pair.host.wait_any(requests) == 1
    assert [request.status for request in requests] == [Status.PENDING, Status.SUCCESS, Status.PENDING]


def test_a_request_that_failed_raises_how_it_ended_wherever_it_is_asked_for(pair: Pair) -> None:
    endpoint = pair.host.endpoint_create(1)
    requests = [pair.host.msg_recv_i(endpoint) for _ in range(3)]
    pair.host.endpoint_delete(endpoint)
    for ask in (pair.host.test, pair.host.wait, lambda request: pair.host.wait_any([request])):
        with raises(Status.ERR_ENDP_DELETED, "port 1 of node 0 was deleted"):
            ask(requests.pop())


def _one_more(pair: Pair, call: str) -> None:
    """Call it with what it takes when all works."""
    family, _, rest = call.partition("_")
    arguments: list[Any]
    if family in ("msg", "endpoint"):
        own, other = pair.host.endpoint_create(1), pair.remote(2)
        arguments = {"msg_send": [own, other, b""], "msg_recv": [own], "endpoint_get": [0, 1, 2]}[
            call.removesuffix("_i")
        ]
    elif rest == "connect_i":
        arguments = [pair.host.endpoint_create(1), pair.remote(2)]
    elif rest.endswith("open_i"):
        arguments = [pair.host.endpoint_create(1)]
    else:
        sends = rest.startswith("send")
        handles = pair.channel(family, back=not sends)
        value = [b""] if family == "pktchan" else [0]
        arguments = [handles[not sends], *(value if sends and "close" not in rest else [])]
    for port in range(100, 116):
        pair.host.msg_recv_i(pair.host.endpoint_create(port))
    with raises(
        Status.ERR_REQUEST_LIMIT,
        f"{call if 'uint' in call or call.endswith('_i') else call + '_i'}: 16 requests are under way; wait for one,"
        " test or cancel it",
    ):
        getattr(pair.host, call)(*arguments)


shows(
    Status.ERR_REQUEST_LIMIT,
    *[name for name, statuses in CALLS.items() if Status.ERR_REQUEST_LIMIT in statuses and name != "wait_any"],
)(_one_more)


def test_a_slot_is_free_again_when_somebody_has_heard_how_its_request_ended(pair: Pair) -> None:
    requests = [_get(pair, port) for port in range(8)]
    pair.firmware.endpoint_create(3)
    pair.run()
    others = [pair.host.msg_recv_i(pair.host.endpoint_create()) for _ in range(8)]
    with pytest.raises(McapiError, match="ERR_REQUEST_LIMIT"):
        _get(pair)
    assert pair.host.test(requests[3])
    handles = {request.handle for request in (*requests, *others)}
    assert _get(pair).handle not in handles


def test_a_blocking_call_that_timed_out_leaves_no_request_behind(pair: Pair) -> None:
    for _ in range(20):
        with raises(Status.TIMEOUT, "endpoint_get has not ended within 10 us"):
            pair.host.endpoint_get(0, 1, 9, 10)
    pair.firmware.endpoint_create(9)
    assert pair.host.endpoint_get(0, 1, 9).port == 9


def test_a_wait_for_what_never_comes_ends_in_an_error_of_the_bench_and_leaves_no_request_behind(pair: Pair) -> None:
    endpoint = pair.host.endpoint_create(1)
    with pytest.raises(PatienceError, match=r"^mcapi_msg_recv waits in Linux for what does not come: "):
        pair.host.msg_recv(endpoint)
    assert not endpoint.receivers


def test_who_waits_is_told_when_asked_what_linux_waits_for(pair: Pair) -> None:
    request = _get(pair)
    linux = pair.board.linux
    assert linux is not None
    said: list[str | None] = []
    pair.kernel.after(50_000, "ask", lambda: said.append(linux.waiting()))
    with raises(Status.TIMEOUT, "endpoint_get has not ended within 2000 us"):
        pair.host.wait(request, 2000)
    assert said == ["Linux waits for MCAPI's endpoint_get, 2 ms limit"]
