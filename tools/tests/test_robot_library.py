"""The Robot library outside of Robot: documented keywords, assertion getters, failures that explain themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from robot.api import SkipExecution
from robot.libdocpkg import LibraryDocumentation

from ipcclab.IpccLibrary import IpccLibrary
from ipcclab.keywords.arguments import Duration
from ipcclab.mailbox import BareIpcc
from mp1bench.errors import IpccLabError, UsageError
from stm32mp1.ipcc import Ipcc
from stm32mp1.ipcc_table import STM32MP15

DOCUMENTATION = LibraryDocumentation("ipcclab.IpccLibrary")


@pytest.fixture
def library() -> IpccLibrary:
    return IpccLibrary()


def test_sentences_of_the_robot_author_are_keywords() -> None:
    names = {keyword.name for keyword in DOCUMENTATION.keywords}
    assert names >= {
        "Boot Firmware",
        "Host Sends",
        "Firmware Should Answer",
        "Get Register",
        "Channel Should Be Free",
        "Channel Should Be Occupied",
        "Trace Should Match",
        "No Signal Should Be Lost",
    }


def test_library_has_no_keyword_by_accident() -> None:
    assert all(keyword.name != "Bench" for keyword in DOCUMENTATION.keywords)
    assert DOCUMENTATION.scope == "TEST"
    assert DOCUMENTATION.inits[0].args.argument_names == ("engine",) or list(DOCUMENTATION.inits[0].args)


@pytest.mark.parametrize(("operator", "expected"), [("==", 1), ("!=", 2), ("<", 2), (">", 0), ("<=", 1), (">=", 1)])
def test_getter_asserts(operator: str, expected: int, library: IpccLibrary) -> None:
    library.signal_channel(1, cpu=1)
    assert library.get_register("C1TOC2SR", operator, expected) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operator", "expected", "words"),
    [
        ("==", 2, "0x2"),
        ("!=", 1, "anything but 0x1"),
        ("<", 1, "less than 0x1"),
        (">", 1, "more than 0x1"),
        ("<=", 0, "at most 0x0"),
        (">=", 2, "at least 0x2"),
    ],
)
def test_getter_says_what_is_wrong(operator: str, expected: int, words: str, library: IpccLibrary) -> None:
    library.signal_channel(1, cpu=1)
    with pytest.raises(AssertionError) as failure:
        library.get_register("C1TOC2SR", operator, expected)  # type: ignore[arg-type]
    first, *rest = str(failure.value).splitlines()
    assert first == f"C1TOC2SR is 0x00000001 (CH1F = 1), expected {words}; read by processor 1 (the Cortex-A7)."
    assert rest[0] == "Last accesses:"
    assert "C1SCR" in rest[1]


def test_failure_shows_the_last_five_accesses(library: IpccLibrary) -> None:
    for channel in range(1, 7):
        library.signal_channel(channel, cpu=2)
    with pytest.raises(AssertionError) as failure:
        library.channel_should_be_free(6, cpu=2)
    first, title, *accesses = str(failure.value).splitlines()
    assert first == "channel 6 from processor 2 (the Cortex-M4) is occupied, expected free (C2TOC1SR.CH6F)."
    assert title == "Last accesses:"
    assert [line.split("→")[1].split()[0] for line in accesses] == [f"C2TOC1SR.CH{n}F" for n in range(2, 7)]


def test_failure_names_the_processors_of_the_variant(library: IpccLibrary) -> None:
    library.use_ipcc("STM32WL5x")
    with pytest.raises(AssertionError, match=r"^channel 2 from processor 2 \(the Cortex-M0\+\) is free"):
        library.channel_should_be_occupied(2, cpu=2)
    with pytest.raises(AssertionError, match=r"expected 0x1; read by processor 1 \(the Cortex-M4\)\."):
        library.get_register("C1CR", "==", 1)


def test_line_failure_names_the_line(library: IpccLibrary) -> None:
    with pytest.raises(AssertionError, match=r"^interrupt line RX1 is low, expected high\.$"):
        library.interrupt_line_should_be_high("RX1")


def test_lost_signal_is_named(library: IpccLibrary) -> None:
    library.signal_channel(2, cpu=2)
    library.no_signal_should_be_lost()
    library.signal_channel(2, cpu=2)
    with pytest.raises(
        AssertionError,
        match=r"^a signal was lost: processor 2 signalled channel 2 at 0\.000000 ms while it was still occupied\.",
    ):
        library.no_signal_should_be_lost()


def test_signal_that_the_ipcc_ignored_is_lost_for_that_reason(library: IpccLibrary) -> None:
    library.stop_clock()
    library.signal_channel(1, cpu=1)
    words = r"^a signal was lost: processor 1 signalled channel 1 at 0\.000000 ms, and the IPCC ignored the write\."
    with pytest.raises(AssertionError, match=words):
        library.no_signal_should_be_lost()


@pytest.mark.parametrize(
    ("operator", "expected", "sentence"),
    [
        ("equals", 1, "`equals` is not understood here. There are: !=, <, <=, ==, >, >=."),
        ("==", None, "`==` compares with something, and nothing was given."),
    ],
)
def test_wrong_operator_is_refused(operator: str, expected: int | None, sentence: str, library: IpccLibrary) -> None:
    with pytest.raises(UsageError) as error:
        library.get_register("C1CR", operator, expected)  # type: ignore[arg-type]
    assert str(error.value) == sentence


def test_firmware_keyword_without_firmware_says_what_to_do(library: IpccLibrary) -> None:
    with pytest.raises(UsageError, match=r"^there is no firmware on the bench\. Start with `Boot Firmware`\.$"):
        library.run_for(Duration(1))


@pytest.fixture
def signals(library: IpccLibrary) -> IpccLibrary:
    """Channel 5 is the only one on which this firmware talks."""
    library.boot_firmware("ipcc_signals", host="none")
    library.wait_for_channel(5, "occupied", cpu=2)
    return library


def first_line(failure: pytest.ExceptionInfo[AssertionError]) -> str:
    return str(failure.value).splitlines()[0]


def test_channel_that_never_changes_is_named(signals: IpccLibrary) -> None:
    with pytest.raises(AssertionError) as failure:
        signals.wait_for_channel(1, "occupied", cpu=2, within=Duration(1_000_000))
    assert first_line(failure).startswith(
        "after 1ms channel 1 from processor 2 (the Cortex-M4) is free, expected occupied (C2TOC1SR.CH1F)."
    )
    assert "\nLast accesses:\n" in str(failure.value)


def test_word_that_never_comes_is_named(signals: IpccLibrary) -> None:
    with pytest.raises(AssertionError) as failure:
        signals.wait_for_word(0x10048018, 7, within=Duration(1_000_000))
    assert first_line(failure).startswith("the word at 0x10048018 is 0x0 after 1ms, expected 0x7.")


def test_console_of_the_core_may_be_waited_for_before_it_is_used(signals: IpccLibrary) -> None:
    assert signals.get_uart_output("itm") == ""
    with pytest.raises(AssertionError, match="the firmware printed nothing within 1ms, expected 'ready'"):
        signals.firmware_should_print("ready", uart="semihosting", within=Duration(1_000_000))


def test_silent_uart_is_named(signals: IpccLibrary) -> None:
    with pytest.raises(AssertionError) as failure:
        signals.firmware_should_print("ready", uart="usart3", within=Duration(1_000_000))
    assert first_line(failure).startswith("the firmware printed nothing within 1ms, expected 'ready'.")


def test_firmware_that_waits_for_nobody_is_stuck(signals: IpccLibrary) -> None:
    signals.run_for(Duration(10_000_000))
    with pytest.raises(AssertionError, match=r"^the exchange is stuck\. Nothing moves because the M4 sleeps in WFI at"):
        signals.nothing_should_be_stuck()


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda lib: lib.write_register("C2SCR", 1, cpu=2),
            "processor 2 executes the firmware here, and a test cannot",
        ),
        (
            lambda lib: lib.reset_device(),
            "this is for an IPCC without firmware; on a board the RCC resets it and stops its clock.",
        ),
        (lambda lib: lib.stop_listening(), "this is for a bare IPCC: it needs the engine `bare` and no firmware."),
        (
            lambda lib: lib.use_ipcc("STM32WB55"),
            "an IPCC of your choice stands alone: it needs the engine `bare` and no firmware.",
        ),
        (lambda lib: lib.host_sends("hello"), "nobody plays Linux here. Boot the firmware with host=linux."),
        (
            lambda lib: lib.firmware_should_print("x", uart="uart9"),
            "there is no UART `uart9` on this board. Did you mean",
        ),
        (lambda lib: lib.write_word(0x10048000, -1), "-0x1 does not fit a word of 32 bits."),
        (lambda lib: lib.read_word(0x60000000), "processor 1 touched 0x60000000, where the platform has neither"),
        (lambda lib: lib.boot_firmware("ipcc_signals", host="nobody"), "`nobody` is not understood here."),
        (
            lambda lib: lib.wait_for_channel(5, "busy", cpu=2),
            "`busy` is not understood here. There are: free, occupied.",
        ),
    ],
)
def test_what_a_board_does_not_allow_is_said(
    act: Callable[[IpccLibrary], object], sentence: str, signals: IpccLibrary
) -> None:
    with pytest.raises(IpccLabError) as error:
        act(signals)
    assert str(error.value).startswith(sentence)


def test_accesses_are_listed_from_the_mark_on(library: IpccLibrary) -> None:
    library.signal_channel(1, cpu=1)
    library.forget_earlier_accesses()
    library.unmask_interrupt("rx", 1, cpu=2)
    library.acknowledge_channel(1, cpu=1)
    assert library.get_accesses() == ["R C2MR", "W C2MR", "W C1SCR"]
    library.accesses_should_be("W C1SCR", cpu=1)
    library.accesses_should_be(function="nobody")
    with pytest.raises(AssertionError, match=r"^the accesses were R C2MR, W C2MR, expected W C2MR\."):
        library.accesses_should_be("W C2MR", cpu=2)


def test_trace_is_compared_with_its_approved_file(library: IpccLibrary, tmp_path: Path) -> None:
    approved = tmp_path / "approved.txt"
    library.signal_channel(1, cpu=1)
    library.save_trace(approved)
    library.trace_should_match(approved)
    library.signal_channel(2, cpu=1)
    with pytest.raises(AssertionError) as failure:
        library.trace_should_match(approved)
    added = [line for line in str(failure.value).splitlines() if line.startswith("+ ")]
    assert len(added) == 1
    assert "CH2S=1" in added[0]
    assert (tmp_path / "approved.received.txt").read_text(encoding="utf-8").count("\n") == 3


def test_times_are_compared_unless_told_otherwise(library: IpccLibrary, tmp_path: Path) -> None:
    approved = tmp_path / "approved.txt"
    library.signal_channel(1, cpu=1)
    library.save_trace(approved)
    approved.write_text(approved.read_text(encoding="utf-8").replace(" 0.000000 ms", " 0.000005 ms"), encoding="utf-8")
    library.trace_should_match(approved, times="ignore")
    with pytest.raises(AssertionError, match="the trace is not the approved one"):
        library.trace_should_match(approved)


def test_missing_approved_trace_says_how_to_approve(library: IpccLibrary, tmp_path: Path) -> None:
    library.signal_channel(1, cpu=1)
    with pytest.raises(
        UsageError, match=r"^there is no approved trace .*new\.txt\. This run's is .*new\.received\.txt; if it is right"
    ):
        library.trace_should_match(tmp_path / "new.txt")


def test_registers_and_variants_are_in_the_manual() -> None:
    for name in ("C1CR", "Processor1Control", "C1->CR", "C2TOC1SR", "VER", "SIDR", "STM32WL5x", "RXTX1"):
        assert name in DOCUMENTATION.doc, name


@pytest.mark.parametrize("name", ["C1CR", "Processor1Control", "C1->CR", "IPCC_C1CR", "ipcc_c1cr"])
def test_register_is_known_by_its_other_names(name: str, library: IpccLibrary) -> None:
    library.write_register(name, 0x0001_0001)
    assert library.get_register("C1CR") == 0x0001_0001


def test_events_of_the_last_access_are_compared_in_order(library: IpccLibrary) -> None:
    library.enable_interrupt("rx", cpu=2)
    library.unmask_interrupt("rx", 2, cpu=2)
    library.forget_earlier_accesses()
    library.signal_channel(2, cpu=1)
    library.access_should_have_caused("C1TOC2SR.CH2F occupied", "RX1 high")
    library.events_should_be("W C1SCR", "C1TOC2SR.CH2F occupied", "RX1 high")
    with pytest.raises(AssertionError) as failure:
        library.access_should_have_caused("RX1 high", "C1TOC2SR.CH2F occupied")
    assert first_line(failure) == (
        "the events were C1TOC2SR.CH2F occupied, RX1 high; expected RX1 high, C1TOC2SR.CH2F occupied."
    )
    library.read_register("C1MR")
    library.access_should_have_caused()


def test_a_reset_is_not_the_last_accesss_doing(library: IpccLibrary) -> None:
    library.signal_channel(2, cpu=1)
    library.reset_device()
    library.access_should_have_caused("C1TOC2SR.CH2F free")
    library.reset_device()
    library.access_should_have_caused()


def test_ignored_access_is_compared(library: IpccLibrary) -> None:
    library.write_at_offset(0x020, 5)
    library.access_should_have_been_ignored("write to reserved +0x020")
    library.read_at_offset(0x002, width=2)
    library.access_should_have_been_ignored("2-byte read of C1CR")
    with pytest.raises(AssertionError) as failure:
        library.access_should_have_been_ignored("2-byte read of C1MR")
    assert first_line(failure) == ("the events were ignored 2-byte read of C1CR; expected ignored 2-byte read of C1MR.")


def test_access_that_was_taken_was_not_ignored(library: IpccLibrary) -> None:
    library.read_register("C1CR")
    with pytest.raises(AssertionError) as failure:
        library.access_should_have_been_ignored("read of C1CR in reset")
    assert first_line(failure) == "the events were none; expected ignored read of C1CR in reset."


def test_without_an_access_none_was_ignored(library: IpccLibrary) -> None:
    with pytest.raises(AssertionError, match=r"^there was no access that could have been ignored\.$"):
        library.access_should_have_been_ignored("read of C1CR in reset")


class Talkative(Ipcc):
    """An IPCC with a fault: what it does not take, it answers."""

    def read(self, offset: int, width: int) -> int:
        return super().read(offset, width) or 0xFF


def test_ignored_read_gives_zero(library: IpccLibrary) -> None:
    library.bench.put_bare(BareIpcc(device=Talkative()))
    library.read_at_offset(0x020)
    with pytest.raises(AssertionError) as failure:
        library.access_should_have_been_ignored("read of reserved +0x020")
    assert first_line(failure) == "a read of reserved +0x020 gave 0xFF and was reported with 0x0."


def test_all_lines_are_compared(library: IpccLibrary) -> None:
    library.all_interrupt_lines_should_be_low()
    library.enable_interrupt("tx", cpu=1)
    library.unmask_interrupt("tx", 1, cpu=1)
    library.high_lines_should_be("tx0")
    with pytest.raises(AssertionError, match=r"^high are TX0, expected RX0, TX0\."):
        library.high_lines_should_be("TX0", "RX0")
    with pytest.raises(AssertionError, match=r"^high are TX0, expected none\."):
        library.all_interrupt_lines_should_be_low()
    library.disable_interrupt("tx", cpu=1)
    with pytest.raises(AssertionError, match=r"^high are no lines, expected TX0\."):
        library.high_lines_should_be("TX0")


def test_value_is_decoded(library: IpccLibrary) -> None:
    assert library.decode_register("C1SCR", 0x0002_0001) == [
        "CH1C = 1: free channel 1 from processor 2",
        "CH2S = 1: occupy channel 2 to processor 2",
    ]


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda lib: lib.use_ipcc("STM32WL5"),
            "no variant of the IPCC is called `STM32WL5`. Did you mean `STM32WL5x`?",
        ),
        (
            lambda lib: lib.use_ipcc(STM32MP15._replace(name="MINE", channels=17)),
            "there can be no such IPCC: MINE cannot have 17 channels: an IPCC has 1 to 16.",
        ),
        (
            lambda lib: lib.restore_state({**lib.save_state(), "C1CR": 2}),
            "this state cannot be restored: IPCC.C1CR cannot hold 2.",
        ),
        (
            lambda lib: lib.exchange_should_complete(speeds="fast"),
            "speeds are those of processor 1 and 2, as in ",
        ),
    ],
)
def test_nonsense_about_a_bare_device_is_refused(
    act: Callable[[IpccLibrary], object], sentence: str, library: IpccLibrary
) -> None:
    with pytest.raises(UsageError) as error:
        act(library)
    assert str(error.value).startswith(sentence)


class Deaf(Ipcc):
    """An IPCC with a fault: nobody can free a channel."""

    def write(self, offset: int, value: int, width: int) -> None:
        super().write(offset, value & 0xFFFF_0000 if offset in (0x008, 0x018) else value, width)


def test_drivers_that_wait_for_each_other_are_named(library: IpccLibrary) -> None:
    library.exchange_should_complete(rounds=10, speeds="1:100")
    library.bench.put_bare(BareIpcc(device=Deaf()))
    with pytest.raises(AssertionError) as failure:
        library.exchange_should_complete(rounds=10)
    assert first_line(failure).startswith("the drivers deadlock in round 1, since ")
    assert "processor 1 waits for TX0" in first_line(failure)


def test_engine_that_is_missing_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sentence, not with the screen of what was looked for."""
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    with pytest.raises(SkipExecution, match=r"^the engine `renode` lacks Renode .*needs none of it\.$"):
        IpccLibrary("renode").skip_unless_engine_is_installed()


def test_named_engine_makes_the_accesses_of_processor_2() -> None:
    library = IpccLibrary("embedded")
    library.write_register("C2CR", 1, cpu=2)
    assert library.get_accesses(cpu=2, function="access_store") == ["W C2CR"]


def test_link_to_a_saved_trace_leads_there_whatever_its_name(
    library: IpccLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr("ipcclab.keywords.traces.logger.info", lambda words, html: logged.append(words))
    library.save_trace(tmp_path / 'a"<b> #1.txt')
    assert logged == ['<a href="a%22%3Cb%3E%20%231.txt">a&quot;&lt;b&gt; #1.txt</a>']
