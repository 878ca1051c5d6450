"""Which access a failure leads to, on an IPCC that is driven by hand. Expected are the accesses that were made."""

from __future__ import annotations

import pytest
from recorded import DrivenIpcc

from ipcclab import channels
from ipcclab.blame import Blame, blame, latest
from ipcclab.mailbox import BareIpcc
from ipcclab.subject import subject_of, told
from mp1bench.trace import A7, M4, Access, Line, Message, Trace
from stm32mp1.ipcc_table import STM32MP25, STM32WL5x

FLAG = "channel {n} from processor 1 (the Cortex-A7) is occupied, expected free (C1TOC2SR.CH{n}F)."
LINE = "interrupt line RX1 is low, expected high."


@pytest.fixture
def ipcc() -> DrivenIpcc:
    return DrivenIpcc()


def found(ipcc: DrivenIpcc, failure: str, last: int = 16) -> Blame:
    one = blame(ipcc.trace, failure, last)
    assert one is not None
    return one


def told_of(one: Blame) -> list[str]:
    """Function and register of each row; the marked one with a star."""
    rows = [(row.text.split(), row.marked) for row in one.history]
    return [f"{words[3]} {words[4]} {words[6]}" + "*" * marked for words, marked in rows]


# -- which access -----------------------------------------------------------------------------------------------


def test_occupied_channel_leads_to_the_write_that_occupied_it(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0001_0000, "first")
    ipcc.write("C2SCR", 0x0000_0001, "receiver", M4)
    ipcc.write("C1SCR", 0x0001_0000, "second")
    ipcc.write("C1SCR", 0x0002_0000, "other_channel")
    one = found(ipcc, FLAG.format(n=1))
    assert one.sentence == "C1TOC2SR.CH1F is 1 since 0.000015 ms, by A7 second"
    assert told_of(one) == ["first W C1SCR", "receiver W C2SCR", "second W C1SCR*"]


def test_free_channel_leads_to_the_write_that_freed_it(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0001_0000, "sender")
    ipcc.write("C2SCR", 0x0000_0001, "receiver", M4)
    one = found(ipcc, "channel 1 from processor 1 (the Cortex-A7) is free, expected occupied (C1TOC2SR.CH1F).")
    assert one.sentence == "C1TOC2SR.CH1F is 0 since 0.000010 ms, by M4 receiver"


def test_channel_that_nobody_has_used_leads_to_nobody(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0002_0000)
    one = found(ipcc, FLAG.format(n=3))
    assert one.sentence == "C1TOC2SR.CH3F is 0 since reset: nothing on the trace has changed it"
    assert one.history == ()


def test_reset_is_to_blame_for_what_it_freed(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0001_0000)
    ipcc.trace.record(Line(20, "rcc", "IPCCRST", True))
    ipcc.device.reset()
    assert found(ipcc, FLAG.format(n=1)).sentence == "C1TOC2SR.CH1F is 0 since 0.000020 ms, by a reset"


def test_register_leads_to_the_last_write_that_changed_it(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1MR", 0xFFFF_FFFE, "startup")
    ipcc.write("C1MR", 0xFFFF_FFFC, "startup_again")
    ipcc.write("C1MR", 0xFFFF_FFFC, "changes_nothing")
    ipcc.read("C1MR", "test")
    one = found(ipcc, "C1MR is 0xFFFFFFFC (CH3OM = 1), expected 0xFFFFFFFF; read by processor 1 (the Cortex-A7).")
    assert one.sentence == "C1MR is 0xFFFFFFFC since 0.000010 ms, by A7 startup_again"
    assert told_of(one) == ["startup W C1MR", "startup_again W C1MR*", "changes_nothing W C1MR", "test R C1MR"]


def test_field_leads_to_the_write_that_changed_that_bit(ipcc: DrivenIpcc) -> None:
    ipcc.write("C2MR", 0xFFFF_FFFE, "unmasks_1", M4)
    ipcc.write("C2MR", 0xFFFF_FFFC, "unmasks_2", M4)
    one = found(ipcc, "C2MR.CH1OM is 0x0, expected 0x1; read by processor 2 (the Cortex-M4).")
    assert one.sentence == "C2MR.CH1OM is 0 since 0.000005 ms, by M4 unmasks_1"
    assert one.subject.title == "channel 1 from processor 1"
    assert told_of(one) == ["unmasks_1 W C2MR*"]


def test_lost_signal_leads_to_the_post_that_nobody_could_notice(ipcc: DrivenIpcc) -> None:
    ipcc.write("C2SCR", 0x0002_0000, "first", M4)
    ipcc.write("C2SCR", 0x0002_0000, "lost", M4)
    ipcc.write("C1SCR", 0x0000_0002, "receiver")
    one = found(ipcc, "a signal was lost: processor 2 signalled channel 2 at 0.000010 ms while it was still occupied.")
    assert one.sentence == "C2TOC1SR.CH2F was set already when it was posted again at 0.000010 ms, by M4 lost"
    assert told_of(one) == ["first W C2SCR", "lost W C2SCR*", "receiver W C1SCR"]


def test_ignored_signal_leads_to_the_write_that_the_ipcc_did_not_take() -> None:
    bare = BareIpcc()
    bare.stop_clock()
    bare.signal(1, cpu=1)
    failure = "a signal was lost: processor 1 signalled channel 1 at 0.000000 ms, and the IPCC ignored the write."
    one = blame(bare.trace, failure, 16)
    assert one is not None
    moment = "0.000000 ms, by A7 test"
    assert one.sentence == f"C1TOC2SR.CH1F stayed as it was when the IPCC ignored the write at {moment}"
    assert [row.marked for row in one.history] == [True]


def test_line_leads_to_its_last_edge(ipcc: DrivenIpcc) -> None:
    ipcc.write("C2CR", 1, "enable", M4)
    ipcc.write("C2MR", 0xFFFF_FFFE, "unmask", M4)
    ipcc.write("C1SCR", 0x0001_0000, "sender")
    ipcc.write("C2MR", 0xFFFF_FFFF, "mask", M4)
    one = found(ipcc, LINE)
    assert one.sentence == "RX1 is low since 0.000020 ms, by M4 mask"
    assert told_of(one) == ["enable W C2CR", "unmask W C2MR", "sender W C1SCR", "mask W C2MR*"]


def test_diagnosis_leads_to_the_field_that_it_names(ipcc: DrivenIpcc) -> None:
    ipcc.write("C2MR", 0xFFFF_FFFE, "unmask", M4)
    ipcc.write("C2MR", 0xFFFF_FFFF, "mask_again", M4)
    failure = "nothing came within 5ms. Nothing moves because its RX interrupt is masked (C2MR.CH1OM = 1)."
    assert found(ipcc, failure).sentence == "C2MR.CH1OM is 1 since 0.000010 ms, by M4 mask_again"


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        ("C1MR is 0x1, expected 0x2. Nothing moves because channel 1 from processor 1 waits.", "C1MR"),
        ("interrupt line TX0 is low, expected high. Nothing moves because of C2MR.CH1OM.", "TX0"),
        ("processor 2 signalled channel 3. Nothing moves because of C2MR.CH1OM.", "C2TOC1SR.CH3F"),
        ("ipcc_c1->mr and Processor1Mask are names of C1CR, too", "C1MR"),
    ],
)
def test_failure_is_about_what_it_names_first(failure: str, name: str, ipcc: DrivenIpcc) -> None:
    subject = subject_of(ipcc.trace, failure)
    assert subject is not None
    assert subject.name == name


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        ("high are TX0, RX1, expected TX0.", "RX1"),
        ("high are TX0, expected RX0, TX0.", "RX0"),
        ("C2MR.CH1OM is 0x1, expected 0x0. Nothing moves because of C2MR.CH1OM.", "C2MR.CH1OM"),
        ("the events were W C1SCR, C1TOC2SR.CH1F occupied, RX1 high; expected W C1SCR, C1TOC2SR.CH1F occupied.", "RX1"),
        ("interrupt line EXTI62 is low, expected high.", "RX1"),
    ],
)
def test_failure_is_about_what_is_not_as_expected(failure: str, name: str, ipcc: DrivenIpcc) -> None:
    subject = subject_of(ipcc.trace, failure)
    assert subject is not None
    assert subject.name == name


@pytest.mark.parametrize("name", ["C1SCR", "C1SCR.CH1S"])
def test_register_that_keeps_nothing_leads_to_nobody(name: str, ipcc: DrivenIpcc) -> None:
    """ipcc-hardware.md §3: it reads 0."""
    ipcc.write("C1SCR", 0x0001_0000)
    one = found(ipcc, f"{name} is 0x0, expected 0x1; read by processor 1 (the Cortex-A7).")
    assert one.sentence == f"{name} always reads 0: what is written there sets and clears flags"


@pytest.mark.parametrize(
    "failure",
    [
        'expected "RX1 C1MR" within 5ms, but "C1CR" came.',
        "the firmware's log is \"C1MR\" after 1ms, expected 'C1TOC2SR is fine' in it.",
        "the accesses were R C1MR, W C1MR, expected W C1SCR.",
        'expected "hello" within 5ms, but nothing came.\nLast accesses:\n W ipcc+0x008 C1SCR 0x00010000',
        "the ID of the VER is no register here",
        "",
    ],
)
def test_failure_that_names_nothing_of_the_ipcc_leads_nowhere(failure: str, ipcc: DrivenIpcc) -> None:
    assert blame(ipcc.trace, failure, 16) is None


def test_trace_without_an_ipcc_leads_nowhere() -> None:
    assert subject_of(Trace(), FLAG.format(n=1)) is None


# -- history ----------------------------------------------------------------------------------------------------


def test_history_tells_of_the_masks_at_both_ends_and_of_nothing_else(ipcc: DrivenIpcc) -> None:
    ipcc.write("C2MR", 0xFFFF_FFFE, "receiver_unmasks", M4)
    ipcc.write("C2MR", 0xFFFF_FFFC, "another_channel", M4)
    ipcc.write("C1SCR", 0x0001_0000, "sender")
    ipcc.read("C1MR", "looks")
    ipcc.read("C1SCR", "looks")
    ipcc.write("C1MR", 0xFFFE_FFFF, "sender_waits")
    ipcc.write("C1MR", 0xFFFE_FFFE, "sender_receives")
    ipcc.write("C2SCR", 0x0001_0000, "other_direction", M4)
    one = found(ipcc, FLAG.format(n=1))
    assert told_of(one) == ["receiver_unmasks W C2MR", "sender W C1SCR*", "sender_waits W C1MR"]


def test_equal_reads_are_one_row(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0001_0000, "sender")
    for _ in range(3):
        ipcc.read("C1TOC2SR", "poll", M4)
    *_, row = found(ipcc, FLAG.format(n=1)).history
    assert row.text.endswith("CH1F=1  ×3 since 0.000010 ms")


def test_history_is_bounded_and_keeps_the_access_in_question(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0001_0000, "culprit")
    for number in range(20):
        ipcc.write("C1MR", 0xFFFE_FFFF | number % 2 << 16, "sender")
    one = found(ipcc, FLAG.format(n=1), last=4)
    assert told_of(one) == ["culprit W C1SCR*", *["sender W C1MR"] * 3]
    assert one.earlier == 17  # 21 rows, of which 4 are shown


# -- text of a failure ------------------------------------------------------------------------------------------


def test_what_is_shown_beside_a_failure_is_not_told_twice() -> None:
    why = "the M4 sleeps in WFI."
    failure = f"channel 1 is occupied. Nothing moves because {why}\nLast accesses:\n   one\n   two"
    assert told(failure, why) == "channel 1 is occupied."
    assert told("first\nsecond") == "first\nsecond"


def test_latest_is_the_last_thing_that_happened_with_what_came_of_it(ipcc: DrivenIpcc) -> None:
    assert latest(Trace()) == []
    ipcc.write("C2CR", 1, cpu=M4)
    ipcc.write("C2MR", 0xFFFF_FFFE, cpu=M4)
    ipcc.write("C1SCR", 0x0001_0000)
    (line,) = latest(ipcc.trace)
    assert line.endswith("CH1S=1  → C1TOC2SR.CH1F 0→1  ▲ RX1 (M4)")
    ipcc.trace.record(Message(99, "a7_to_m4", "rpmsg-tty", 1, 2, b"hello"))
    (line,) = latest(ipcc.trace)
    assert '"hello"' in line


# -- channels ---------------------------------------------------------------------------------------------------


def test_channels_say_since_when_and_by_whom(ipcc: DrivenIpcc) -> None:
    ipcc.write("C2MR", 0xFFFF_FFFE, cpu=M4)
    ipcc.write("C1SCR", 0x0003_0000, "sender")
    ipcc.write("C2SCR", 0x0000_0002, "receiver", M4)
    ipcc.write("C1MR", 0xFFFD_FFFF)
    one, two, three = channels.channels(ipcc.trace)[:3]
    assert (one.way, one.state, one.rx, one.tx) == (
        "A7 → M4",
        "occupied since 0.000010 ms, by A7 sender",
        "open",
        "masked",
    )
    assert (two.state, two.rx, two.tx) == ("free since 0.000015 ms, by M4 receiver", "masked", "open")
    assert (three.state, three.flag) == ("free", "C1TOC2SR.CH3F")


def test_post_on_an_occupied_channel_does_not_make_it_younger(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0001_0000, "first")
    ipcc.write("C1SCR", 0x0001_0000, "lost")
    assert channels.channels(ipcc.trace)[0].state == "occupied since 0.000005 ms, by A7 first"


def test_who_is_the_function_or_else_the_address(ipcc: DrivenIpcc) -> None:
    trace = ipcc.trace
    trace.symbolize = {0x1000_0120: "ipcc_signal+0x1c"}.get  # type: ignore[assignment]
    for pc, function in ((0x1000_0120, ""), (0xC000_0000, ""), (None, "stm32_ipcc_send_data"), (None, "")):
        trace.record(Access(0, A7, pc, function, "ipcc", "R", 0x008, 4, 0))
    trace.record(Line(0, "rcc", "IPCCRST", True))
    said = [channels.who(trace, index) for index in range(5)]
    assert said == ["A7 ipcc_signal+0x1c", "A7 0xc0000000", "A7 stm32_ipcc_send_data", "A7", "a reset"]


def test_lines_say_level_and_enable(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1CR", 0x0001_0000)
    ipcc.write("C1MR", 0xFFFE_FFFF)
    assert [(one.name, one.receiver, one.state) for one in channels.line_levels(ipcc.trace)] == [
        ("RX0", "A7", "low, not enabled"),
        ("TX0", "A7", "high since 0.000010 ms, enabled"),
        ("RX1", "M4", "low, not enabled"),
        ("TX1", "M4", "low, not enabled"),
    ]


def test_other_variants_have_their_channels_and_lines() -> None:
    many, combined = DrivenIpcc(STM32MP25), DrivenIpcc(STM32WL5x)
    many.write("C1SCR", 0x8000_0000)
    assert len(channels.channels(many.trace)) == 32
    assert channels.channels(many.trace)[15].occupied
    many.write("C2CR", 0x0000_0002, cpu=M4)  # secure RX
    assert [one.name for one in channels.line_levels(many.trace) if one.enabled] == ["RX1S"]
    combined.write("C2CR", 0x0001_0000, cpu=M4)
    combined.write("C2MR", 0xFFFE_FFFF, cpu=M4)
    assert [(one.name, one.high) for one in channels.line_levels(combined.trace) if one.enabled] == [("RXTX1", True)]


def test_text_leaves_out_what_was_never_used(ipcc: DrivenIpcc) -> None:
    ipcc.write("C1SCR", 0x0002_0000, "sender", A7)
    assert channels.lines(ipcc.trace)[:2] == [
        "CH2 A7 → M4  RX masked  TX masked  occupied since 0.000005 ms, by A7 sender",
        "11 more: free, masked at both ends, never used",
    ]
    assert channels.lines(Trace()) == []
