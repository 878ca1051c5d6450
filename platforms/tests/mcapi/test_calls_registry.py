"""Each call and each status in which it may end has a test, and no test claims what no call declares."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from mp1bench.mcapi import Mcapi, McapiError, Status
from mp1bench.mcapi.arguments import refuse
from mp1bench.mcapi.calls import CALLS, call

#: mcapi.md §2.2, by its groups.
SPECIFIED = re.findall(
    r"\w+",
    """
    initialize finalize domain_id_get node_id_get node_init_attributes node_get_attribute node_set_attribute
    endpoint_create endpoint_get endpoint_get_i endpoint_release endpoint_delete
    endpoint_get_attribute endpoint_set_attribute
    msg_send msg_send_i msg_recv msg_recv_i msg_available
    pktchan_connect_i pktchan_recv_open_i pktchan_send_open_i pktchan_send pktchan_send_i pktchan_recv pktchan_recv_i
    pktchan_available pktchan_release pktchan_release_test pktchan_recv_close_i pktchan_send_close_i
    sclchan_connect_i sclchan_recv_open_i sclchan_send_open_i
    sclchan_send_uint8 sclchan_send_uint16 sclchan_send_uint32 sclchan_send_uint64
    sclchan_recv_uint8 sclchan_recv_uint16 sclchan_recv_uint32 sclchan_recv_uint64
    sclchan_available sclchan_recv_close_i sclchan_send_close_i
    test wait wait_any cancel display_status
    """,
)
OURS = ["pktchan_buffer"]  # to be filled and sent without a copy

#: What nothing ends in here: finalize cannot fail, and where OpenMCAPI gives ERR_TRANSMISSION for want of room a send
#: waits, or says ERR_MEM_LIMIT (mcapi.md §3.2).
UNUSED = {Status.ERR_NODE_FINALFAILED, Status.ERR_TRANSMISSION}


def _claims() -> set[str]:
    """The names of all tests in the files beside this one that are of the form test_<call>__<STATUS>."""
    names: set[str] = set()
    for file in sorted(Path(__file__).parent.glob("test_calls_*.py")):
        if file.name != Path(__file__).name:
            spec = spec_from_file_location(file.stem, file)
            assert spec is not None
            assert spec.loader is not None
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            names |= {name for name in vars(module) if re.fullmatch(r"test_[a-z0-9_]+__[A-Z_]+", name)}
    return names


def test_all_calls_of_the_standard_are_there_and_no_other() -> None:
    assert sorted(CALLS) == sorted(SPECIFIED + OURS)
    assert all(callable(getattr(Mcapi, name)) for name in CALLS)


def test_each_call_and_each_of_its_statuses_has_a_test() -> None:
    pairs = {
        f"test_{name}__{status.name}" for name, statuses in CALLS.items() for status in (*statuses, Status.SUCCESS)
    }
    assert sorted(pairs - _claims()) == []
    assert sorted(_claims() - pairs) == []


def test_each_status_is_one_that_a_call_can_end_in_or_known_not_to_be() -> None:
    assert set(Status) - {Status.SUCCESS} - frozenset().union(*CALLS.values()) == UNUSED


def test_a_status_that_a_call_has_not_declared_is_an_error_of_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mp1bench.mcapi.calls.CALLS", {})

    class Node:
        initialized = True

        @call(Status.ERR_PARAMETER)
        def declared(self) -> None:
            refuse(Status.ERR_PARAMETER, "declared")

        @call(Status.ERR_PARAMETER)
        def undeclared(self) -> None:
            refuse(Status.ERR_PRIORITY, "undeclared")

    with pytest.raises(McapiError, match=r"^declared: ERR_PARAMETER\.$"):
        Node().declared()
    with pytest.raises(AssertionError, match=r"^undeclared has not declared ERR_PRIORITY"):
        Node().undeclared()
