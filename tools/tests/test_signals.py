"""Lost signals in traces of IPCCs of any width. With a device under them they are in `test_mailbox.py`."""

from __future__ import annotations

import pytest

from ipcclab.signals import lost_signals
from mp1bench.trace import M4, Access, Effect, Trace
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, Variant, ipcc_table


def recorded(variant: Variant) -> Trace:
    """Processor 2 posts on channel 16, which is occupied; nothing comes of it."""
    trace = Trace()
    trace.tables["ipcc"] = ipcc_table(variant)
    trace.record(Access(0, M4, 0x1000_0000, "", "ipcc", "W", 0x018, 4, 0x8000_0000))
    return trace


def test_every_channel_of_a_wide_ipcc_is_judged() -> None:
    assert [(lost.channel, lost.cpu) for lost in lost_signals(recorded(STM32MP25))] == [(16, 2)]


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
