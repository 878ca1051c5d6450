"""The IPCC as tests handle it: what its methods write (ipcc-hardware.md §2-4), and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ipcclab.mailbox import BareIpcc
from ipcclab.signals import lost_signals
from mp1bench.errors import UsageError
from mp1bench.trace import A7, M4, Access, Effect
from mp1bench.trace import Line as Edge
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, STM32WB55, Line


@pytest.mark.parametrize(
    ("act", "written"),
    [
        (lambda ipcc: ipcc.signal(3, cpu=1), (A7, 0x008, 1 << 18)),
        (lambda ipcc: ipcc.signal(6, cpu=2), (M4, 0x018, 1 << 21)),
        (lambda ipcc: ipcc.acknowledge(3, cpu=1), (A7, 0x008, 1 << 2)),
        (lambda ipcc: ipcc.acknowledge(1, cpu=2), (M4, 0x018, 1 << 0)),
        (lambda ipcc: ipcc.unmask("rx", 1, cpu=1), (A7, 0x004, 0xFFFFFFFE)),
        (lambda ipcc: ipcc.unmask("tx", 2, cpu=2), (M4, 0x014, 0xFFFDFFFF)),
        (lambda ipcc: ipcc.mask("rx", 1, cpu=2), (M4, 0x014, 0xFFFFFFFF)),
        (lambda ipcc: ipcc.enable("rx", cpu=2), (M4, 0x010, 1 << 0)),
        (lambda ipcc: ipcc.enable("tx", cpu=1), (A7, 0x000, 1 << 16)),
        (lambda ipcc: ipcc.disable("tx", cpu=1), (A7, 0x000, 0)),
    ],
)
def test_method_writes_the_register_of_its_processor(
    act: Callable[[BareIpcc], None], written: tuple[str, int, int]
) -> None:
    ipcc = BareIpcc()
    act(ipcc)
    last = [event for event in ipcc.trace.events if isinstance(event, Access)][-1]
    assert (last.op, last.cpu, last.offset, last.value) == ("W", *written)


def test_looking_is_no_access() -> None:
    ipcc = BareIpcc()
    ipcc.signal(1, cpu=1)
    before = list(ipcc.trace.events)
    assert ipcc.flag(1, cpu=1)
    assert not ipcc.flag(1, cpu=2)
    assert not ipcc.line("rx1")
    assert ipcc.trace.events == before


@pytest.mark.parametrize("cpu", [1, 2])
def test_ignored_read_stands_in_front_of_its_report(cpu: int) -> None:
    ipcc = BareIpcc()
    ipcc.read("C1CR", cpu, width=2)
    access, effect = ipcc.trace.events
    assert isinstance(access, Access)
    assert isinstance(effect, Effect)
    assert effect.subject == "2-byte read of C1CR"


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda ipcc: ipcc.read("C1TOC2ST"), "the IPCC has no register `C1TOC2ST`. Did you mean `C1TOC2SR`?"),
        (lambda ipcc: ipcc.read("C1MR.CH7OM"), "C1MR has no field `CH7OM`. Did you mean `CH6OM`?"),
        (
            lambda ipcc: ipcc.write("C1MR.CH1OM", 0),
            "C1MR.CH1OM is a field; hardware writes whole registers. Write C1MR.",
        ),
        (lambda ipcc: ipcc.write("C1CR", -1), "-0x1 does not fit an access of 32 bits."),
        (lambda ipcc: ipcc.write("C1CR", 1 << 16, width=2), "0x10000 does not fit an access of 16 bits."),
        (lambda ipcc: ipcc.read("C1CR", width=3), "an access is 1, 2 or 4 bytes wide, not 3."),
        (lambda ipcc: ipcc.read("C1CR", cpu=0), "there is no processor 0; 1 is the Cortex-A7, 2 the Cortex-M4."),
        (lambda ipcc: ipcc.signal(0, 1), "there is no channel 0; the IPCC has channels 1 to 6."),
        (lambda ipcc: ipcc.signal(7, 1), "there is no channel 7; the IPCC has channels 1 to 6."),
        (
            lambda ipcc: ipcc.mask("rc", 1, 1),
            "'rc' is no interrupt of the IPCC; say rx (channel occupied) or tx (channel free).",
        ),
        (lambda ipcc: ipcc.write_at(0x020, 1 << 32), "0x100000000 does not fit an access of 32 bits."),
        (lambda ipcc: ipcc.read_at(0x020, width=8), "an access is 1, 2 or 4 bytes wide, not 8."),
        (lambda ipcc: ipcc.line("EXTI63"), "the IPCC has no line `EXTI63`. Did you mean `EXTI62`?"),
        (lambda ipcc: ipcc.line("RX2"), "the IPCC has no line `RX2`. Did you mean `RX1`?"),
        (lambda ipcc: ipcc.decode("C1CR", -1), "-0x1 does not fit an access of 32 bits."),
        (lambda ipcc: ipcc.decode("C1CR", 1 << 32), "0x100000000 does not fit an access of 32 bits."),
        (
            lambda ipcc: ipcc.decode("C1MR.CH1OM", 1),
            "C1MR.CH1OM is a field; a value has a meaning in a register. Say C1MR.",
        ),
    ],
)
def test_nonsense_is_refused_with_a_sentence(act: Callable[[BareIpcc], object], sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        act(BareIpcc())
    assert str(error.value) == sentence


def test_a_post_on_an_occupied_channel_is_a_lost_signal() -> None:
    ipcc = BareIpcc()
    ipcc.write("C1SCR", 0x0003_0000, cpu=1)
    ipcc.acknowledge(1, cpu=2)
    ipcc.write("C1SCR", 0x0003_0000, cpu=1)
    assert [(lost.channel, lost.sender) for lost in lost_signals(ipcc.trace)] == [(2, 1)]


def test_an_acknowledged_channel_takes_the_next_signal() -> None:
    ipcc = BareIpcc()
    for _ in range(3):
        ipcc.signal(4, cpu=2)
        ipcc.acknowledge(4, cpu=1)
    assert lost_signals(ipcc.trace) == []


def test_both_directions_of_a_channel_lose_nothing_to_each_other() -> None:
    ipcc = BareIpcc()
    ipcc.signal(1, cpu=1)
    ipcc.signal(1, cpu=2)
    assert lost_signals(ipcc.trace) == []


def test_wake_up_event_is_its_line() -> None:
    ipcc = BareIpcc()
    ipcc.enable("rx", cpu=1)
    ipcc.unmask("rx", 1, cpu=1)
    ipcc.signal(1, cpu=2)
    assert ipcc.line("exti61")
    assert not ipcc.line("EXTI62")


def test_lines_of_ones_own_are_known_in_any_case() -> None:
    lines = (Line("irqA", "", ("TX0",)),)
    ipcc = BareIpcc(STM32MP15._replace(name="MINE", lines=lines, events=(("wakeUp", "irqA"),)))
    ipcc.unmask("tx", 1, 1)
    ipcc.enable("tx", 1)
    assert [ipcc.line(name) for name in ("irqA", "IRQA", "irqa", "wakeUp", "WAKEUP")] == [True] * 5


def test_variant_stands_at_its_address() -> None:
    """ipcc-hardware.md §9."""
    ipcc = BareIpcc(STM32WB55)
    assert ipcc.engine.read(0x58000C00 + 0x3FC) == 0xA3C5DD01


def test_flag_is_seen_while_the_device_answers_nobody() -> None:
    ipcc = BareIpcc()
    ipcc.signal(2, cpu=1)
    ipcc.stop_clock()
    before = list(ipcc.trace.events)
    assert ipcc.flag(2, cpu=1)
    assert ipcc.trace.events == before


def test_lost_signal_of_channel_16_is_found() -> None:
    ipcc = BareIpcc(STM32MP25)
    ipcc.signal(16, cpu=2)
    ipcc.signal(16, cpu=2)
    assert [(lost.channel, lost.sender) for lost in lost_signals(ipcc.trace)] == [(16, 2)]


def test_reset_line_moves_when_it_changes_only() -> None:
    ipcc = BareIpcc()
    ipcc.release_from_reset()
    ipcc.hold_in_reset()
    ipcc.reset()
    ipcc.release_from_reset()
    ipcc.reset()
    levels = [event.level for event in ipcc.trace.events if isinstance(event, Edge) and event.device == "rcc"]
    assert levels == [True, False, True, False]
