"""Registers replayed from a trace are those of the device that was recorded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcclab.mailbox import BareIpcc
from ipcclab.trace.replay import Change, RegisterReplay
from mp1bench.board import Board
from mp1bench.trace import A7, Access, Effect, Trace
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import VARIANTS

BOOT_NS = 50_000_000
RCC_AHB3RSTSETR, IPCCRST = 0x5000_09A0, 1 << 12  # ipcc-hardware.md §7


def replayed(trace: Trace) -> dict[str, dict[str, int]]:
    replay = RegisterReplay(trace)
    for event in trace.events:
        replay.feed(event)
    return replay.values


def held(ipcc: Ipcc) -> dict[str, int]:
    return {name: word for name, word in ipcc.state().items() if isinstance(word, int)}


STEPS = st.one_of(
    st.tuples(
        st.sampled_from(("read", "write")),
        st.sampled_from([4 * n for n in range(10)] + [0x80, 0x90, 0x3F0, 0x3FC, 0x002]),
        st.integers(0, 0xFFFF_FFFF),
        st.sampled_from((4, 4, 4, 2, 1)),
        st.sampled_from((1, 2)),
    ),
    st.sampled_from((("reset",), ("hold_in_reset",), ("release_from_reset",), ("stop_clock",), ("start_clock",))),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
@settings(max_examples=60, derandomize=True, deadline=None)
@given(steps=st.lists(STEPS, max_size=40))
def test_whatever_is_done_to_a_device_is_replayed(variant, steps):
    ipcc = BareIpcc(variant)
    for what, *operands in steps:
        if not operands:
            getattr(ipcc, what)()
            continue
        offset, value, width, cpu = operands
        if what == "read":
            ipcc.read_at(offset, cpu, width)
        else:
            ipcc.write_at(offset, value & (1 << 8 * width) - 1, cpu, width)
    values = replayed(ipcc.trace)["ipcc"]
    assert {name: values[name] for name in held(ipcc.device)} == held(ipcc.device)


@pytest.mark.firmware("rpmsg_echo.elf")
def test_registers_of_a_run_are_replayed(board: Board):
    board.run_until(lambda: len(board.linux.endpoints) == 3, BOOT_NS)
    board.linux.endpoints[0].send(b"hello")
    board.run_until(lambda: bool(board.linux.received), BOOT_NS)
    values = replayed(board.trace)["ipcc"]
    assert board.registers()["C2MR"] != Ipcc.TABLE.named("C2MR").reset
    assert {name: values[name] for name in board.registers()} == board.registers()


@pytest.mark.firmware("rpmsg_echo.elf")
def test_reset_by_the_rcc_is_replayed(board: Board):
    board.run_until(lambda: len(board.linux.endpoints) == 3, BOOT_NS)
    board.engine.write(RCC_AHB3RSTSETR, IPCCRST)
    values = replayed(board.trace)["ipcc"]
    assert values["C2MR"] == Ipcc.TABLE.named("C2MR").reset
    assert {name: values[name] for name in board.registers()} == board.registers()


def access(op: str, offset: int, value: int) -> Access:
    return Access(0, A7, None, "test", "ipcc", op, offset, 4, value)


def recorded(*events: Access | Effect) -> Trace:
    trace = Trace()
    trace.tables["ipcc"] = Ipcc.TABLE
    for event in events:
        trace.record(event)
    return trace


def test_each_change_is_told_with_what_was_there_before():
    trace = recorded(access("W", 0x014, 0xFFFF_FFFC), Effect(0, "ipcc", "flag", "C1TOC2SR.CH2F", 0, 1))
    replay = RegisterReplay(trace)
    assert [replay.feed(event) for event in trace.events] == [
        [Change("ipcc", "C2MR", 0xFFFF_FFFF, 0xFFFF_FFFC)],
        [Change("ipcc", "C1TOC2SR", 0, 2)],
    ]


def test_write_that_was_not_taken_leaves_the_register():
    trace = recorded(
        access("W", 0x004, 0xFFFF_FFFE), access("W", 0x004, 0), Effect(0, "ipcc", "illegal", "write to C1MR", 0, 0)
    )
    assert replayed(trace)["ipcc"]["C1MR"] == 0xFFFF_FFFE


def test_read_corrects_what_nobody_recorded():
    trace = recorded(access("W", 0x004, 0xFFFF_FFFE), access("R", 0x004, 0xFFFF_FFFF))
    assert replayed(trace)["ipcc"]["C1MR"] == 0xFFFF_FFFF


def test_events_of_other_devices_change_nothing():
    trace = recorded(access("W", 0x004, 0)._replace(device="rcc"), Effect(0, "gpioA", "flag", "C1TOC2SR.CH1F", 0, 1))
    assert replayed(trace)["ipcc"] == {register.name: register.reset for register in Ipcc.TABLE}


def test_flag_that_cannot_be_stays_in_its_bit():
    trace = recorded(Effect(0, "ipcc", "flag", "C1TOC2SR.CH1F", 0, 3))
    assert replayed(trace)["ipcc"]["C1TOC2SR"] == 1
