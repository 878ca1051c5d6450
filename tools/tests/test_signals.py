"""Lost signals in traces of IPCCs of any width. With a device under them they are in `test_mailbox.py`."""

from __future__ import annotations

import pytest

from ipcclab.mailbox import BareIpcc
from ipcclab.signals import Signal, lost_signals, signals
from mp1bench.trace import M4, Access, Effect, Line, Trace
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, Variant, ipcc_table


def recorded(variant: Variant) -> Trace:
    """Processor 2 posts on channel 16, which is occupied; nothing comes of it."""
    trace = Trace()
    trace.tables["ipcc"] = ipcc_table(variant)
    trace.record(Access(0, M4, 0x1000_0000, "", "ipcc", "W", 0x018, 4, 0x8000_0000))
    return trace


def test_every_channel_of_a_wide_ipcc_is_judged() -> None:
    assert [(lost.channel, lost.sender) for lost in lost_signals(recorded(STM32MP25))] == [(16, 2)]


def test_bit_without_a_channel_carries_no_signal() -> None:
    assert lost_signals(recorded(STM32MP15)) == []


@pytest.mark.parametrize(("flag", "lost"), [("C2TOC1SR.CH16F", 0), ("C1TOC2SR.CH16F", 1)])
def test_signal_that_raised_its_own_flag_is_not_lost(flag: str, lost: int) -> None:
    trace = recorded(STM32MP25)
    trace.record(Effect(0, "ipcc", "flag", flag, 0, 1))
    assert len(lost_signals(trace)) == lost


def test_other_devices_carry_no_signals() -> None:
    trace = recorded(STM32MP25)
    trace.tables.clear()
    assert lost_signals(trace) == []


def test_signal_is_told_with_who_posted_and_who_freed_it() -> None:
    ipcc = BareIpcc()
    ipcc.signal(2, cpu=1)
    ipcc.signal(2, cpu=1)
    ipcc.acknowledge(2, cpu=2)
    posted, again, freed = (i for i, event in enumerate(ipcc.trace.events) if isinstance(event, Access))
    assert signals(ipcc.trace) == [
        Signal("ipcc", sender=1, channel=2, raised=posted, freed=freed),
        Signal("ipcc", sender=1, channel=2, raised=again, lost=True),
    ]


def test_reset_frees_what_nobody_took() -> None:
    ipcc = BareIpcc()
    ipcc.signal(6, cpu=2)
    ipcc.reset()
    (signal,) = signals(ipcc.trace)
    assert ipcc.trace.events[signal.freed or 0] == Line(0, "rcc", "IPCCRST", True)


def test_signal_that_the_ipcc_did_not_take_is_lost() -> None:
    ipcc = BareIpcc()
    ipcc.stop_clock()
    ipcc.signal(1, cpu=1)
    assert [(signal.lost, signal.ignored) for signal in signals(ipcc.trace)] == [(True, True)]


def test_signal_of_before_the_trace_is_known_by_its_end() -> None:
    trace = Trace()
    trace.record(Access(0, M4, None, "test", "ipcc", "W", 0x018, 4, 0x0000_0002))
    trace.record(Effect(0, "ipcc", "flag", "C1TOC2SR.CH2F", 1, 0))
    assert signals(trace) == [Signal("ipcc", sender=1, channel=2, raised=None, freed=0)]
