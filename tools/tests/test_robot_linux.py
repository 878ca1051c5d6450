"""The keywords for Linux outside of Robot: what they give, and the words in which they fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipcclab.IpccLibrary import IpccLibrary
from ipcclab.keywords.arguments import Duration
from mp1bench.errors import ImageError, PlatformError, UsageError
from mp1bench.linux.errno import KernelError

MS = Duration(1_000_000)
STATE = "/sys/class/remoteproc/remoteproc0/state"


@pytest.fixture
def echo() -> IpccLibrary:
    library = IpccLibrary()
    library.boot_firmware("rpmsg_echo")
    library.endpoint_should_be_announced("rpmsg-client-sample")
    library.run_for(MS)
    return library


def first_line(failure: pytest.ExceptionInfo[AssertionError]) -> str:
    return str(failure.value).splitlines()[0]


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda lib: lib.kernel_log_should_contain("Oops", within=MS),
            "Linux printed no line with 'Oops' within 1ms.",
        ),
        (
            lambda lib: lib.kernel_log_should_not_contain("m4 is available"),
            "Linux has printed: [    0.000000] remoteproc remoteproc0: m4 is available.",
        ),
        (lambda lib: lib.linux_should_have("/dev/mailbox0", within=MS), "there is no /dev/mailbox0 after 1ms."),
        (lambda lib: lib.linux_should_not_have(STATE), f"{STATE} is there, expected that it is not."),
        (
            lambda lib: lib.remote_processor_state_should_be("crashed", within=MS),
            "the remote processor is running after 1ms, expected crashed.",
        ),
    ],
)
def test_failure_says_what_is_instead(act: Callable[[IpccLibrary], object], sentence: str, echo: IpccLibrary) -> None:
    with pytest.raises(AssertionError) as failure:
        act(echo)
    assert first_line(failure) == sentence
    assert "\nLast accesses:\n" in str(failure.value)


def test_log_failure_ends_with_the_last_lines(echo: IpccLibrary) -> None:
    with pytest.raises(AssertionError) as failure:
        echo.kernel_log_should_contain("Oops", within=MS)
    _, _, last = str(failure.value).partition("\nLast lines of Linux:\n")
    assert len(last.splitlines()) == 8
    assert last.splitlines()[-1].endswith(": new channel: 0x402 -> 0x402!")


def test_log_is_given_by_level(echo: IpccLibrary) -> None:
    assert echo.get_kernel_log(level="err") == []
    assert "virtio_rpmsg_bus virtio0: rpmsg host is online" in echo.get_kernel_log()
    assert "virtio_rpmsg_bus virtio0: rpmsg host is online" in echo.get_kernel_log(level="info")


def test_trace_is_searched_line_by_line(echo: IpccLibrary) -> None:
    echo.trace_should_contain("linux                         info: remoteproc remoteproc0: m4 is available")
    with pytest.raises(AssertionError, match=r"^no line of the trace has 'comes late' in it\."):
        echo.trace_should_contain("comes late")


def test_signals_heard_are_counted(echo: IpccLibrary) -> None:
    echo.request_mailbox_channel(5)
    echo.channel_should_have_received(5, 0, within=MS)
    with pytest.raises(AssertionError) as failure:
        echo.channel_should_have_received(5, 1, within=MS)
    assert first_line(failure).startswith("CH5 has received 0 signals after 1ms, expected 1.")


def test_too_many_signals_fail() -> None:
    library = IpccLibrary()
    library.boot_firmware("ipcc_signals")
    library.request_mailbox_channel(5)
    library.channel_should_have_received(5, 1)
    with pytest.raises(AssertionError) as failure:
        library.channel_should_have_received(5, 0, within=MS)
    assert first_line(failure).startswith("CH5 has received 1 signals after 1ms, expected 0.")


def test_refusal_names_the_number(echo: IpccLibrary) -> None:
    with pytest.raises(KernelError, match=r"-16 \(EBUSY\)\.$"):
        echo.request_mailbox_channel(2)
    echo.request_mailbox_channel(5)
    for _ in range(21):
        echo.send_mailbox_message(5)
    with pytest.raises(KernelError, match=r"^'signal' was not sent on CH5: -105 \(ENOBUFS\)\.$"):
        echo.send_mailbox_message(5)


def test_channels_belong_to_their_board(echo: IpccLibrary) -> None:
    echo.request_mailbox_channel(5)
    echo.boot_firmware("rpmsg_echo")
    with pytest.raises(UsageError) as error:
        echo.send_mailbox_message(5)
    assert str(error.value) == "the test has not requested CH5; it has requested none."


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda lib: lib.request_mailbox_channel(5, tx_block=True, tx_tout=Duration(1_500_000)),
            "tx_tout is in whole milliseconds, not 1.5ms.",
        ),
        (
            lambda lib: lib.get_kernel_log(level="error"),
            "`error` is not understood here. Did you mean `err`?",
        ),
        (lambda lib: lib.get_finished_messages(6), "the test has not requested CH6; it has requested none."),
        (
            lambda lib: lib.crash_remote_processor("boredom"),
            "`boredom` is not understood here. There are: fatal error, mmufault, watchdog.",
        ),
        (
            lambda lib: lib.remote_processor_state_should_be("runing"),
            "`runing` is not understood here. Did you mean `running`?",
        ),
        *(
            (act, "`/dev/ttyRPMSG0` is no open file. Use what `Open Device` has returned.")
            for act in (
                lambda lib: lib.write_device("/dev/ttyRPMSG0", b"hello"),
                lambda lib: lib.read_device("/dev/ttyRPMSG0"),
                lambda lib: lib.device_should_give("/dev/ttyRPMSG0", b"hello"),
                lambda lib: lib.close_device("/dev/ttyRPMSG0"),
            )
        ),
        (
            lambda lib: lib.create_rpmsg_endpoint("mine", dst=1 << 32),
            "an address of RPMsg is a number of 32 bits, not 4294967296.",
        ),
        (lambda lib: lib.open_device(STATE), f"{STATE} holds one text. Use read_text and write_text."),
    ],
)
def test_nonsense_is_refused_in_a_sentence(
    act: Callable[[IpccLibrary], object], sentence: str, echo: IpccLibrary
) -> None:
    with pytest.raises(UsageError) as error:
        act(echo)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    "act",
    [
        lambda lib: lib.get_kernel_log(),
        lambda lib: lib.linux_reads(STATE),
        lambda lib: lib.request_mailbox_channel(5),
        lambda lib: lib.load_module("mailbox-cdev"),
        lambda lib: lib.stop_remote_processor(),
    ],
)
def test_without_linux_the_sentence_says_how_to_have_it(act: Callable[[IpccLibrary], object]) -> None:
    library = IpccLibrary()
    library.boot_firmware("ipcc_signals", host="none")
    with pytest.raises(UsageError, match=r"^nobody plays Linux here\. Boot the firmware with host=linux\.$"):
        act(library)


@pytest.mark.parametrize(
    "act",
    [lambda lib: lib.linux_reads(STATE), lambda lib: lib.request_mailbox_channel(5), lambda lib: lib.load_module("x")],
)
def test_without_a_board_the_sentence_says_how_to_boot_linux(act: Callable[[IpccLibrary], object]) -> None:
    words = r"^there is no Linux on the bench\. Start with `Boot Linux` or `Boot Firmware`\.$"
    with pytest.raises(UsageError, match=words):
        act(IpccLibrary())


@pytest.mark.parametrize(
    "act",
    [
        lambda lib: lib.start_remote_processor("rpmsg_echo.elf"),
        lambda lib: lib.detach_remote_processor(),
        lambda lib: lib.crash_remote_processor(),
        lambda lib: lib.stop_remote_processor(),
    ],
)
def test_without_a_remote_processor_linux_says_why(act: Callable[[IpccLibrary], object], tmp_path: Path) -> None:
    tree = tmp_path / "wrong.dts"
    tree.write_text('/dts-v1/;\n/include/ "stm32mp157.dts"\n&ipcc { st,proc-id = <2>; };\n')
    library = IpccLibrary()
    library.boot_linux(device_tree=tree)
    with pytest.raises(PlatformError, match=r"^Linux has no remote processor to start\. .* Invalid proc_id \(2\); "):
        act(library)


def test_device_is_compared(echo: IpccLibrary) -> None:
    tty = echo.open_device("/dev/ttyRPMSG0")
    assert echo.write_device(tty, b"hello") == 5
    echo.device_should_give(tty, b"hello")
    with pytest.raises(AssertionError, match=r"^/dev/ttyRPMSG0 gave nothing within 1ms\."):
        echo.device_should_give(tty, b"hello", within=MS)
    echo.write_device(tty, b"hello")
    with pytest.raises(AssertionError, match=r'^/dev/ttyRPMSG0 gave "hello", expected "other"\.'):
        echo.device_should_give(tty, b"other")


def test_closed_device_says_so(echo: IpccLibrary) -> None:
    tty = echo.open_device("/dev/ttyRPMSG0")
    echo.close_device(tty)
    echo.close_device(tty)
    with pytest.raises(UsageError) as error:
        echo.read_device(tty)
    assert str(error.value) == "/dev/ttyRPMSG0 has been closed. Open it again."


def test_firmware_beside_linux_must_exist() -> None:
    with pytest.raises(ImageError, match=r"^`missing\.elf` does not exist"):
        IpccLibrary().boot_linux(beside="missing.elf")


def test_firmware_that_runs_already_is_found_detached() -> None:
    library = IpccLibrary()
    library.boot_linux(beside="rpmsg_echo")
    assert library.linux_reads(STATE) == "detached"
    assert library.get_virtual_time() == 10 * MS


@pytest.mark.parametrize("image", ["rpmsg_echo", "rpmsg_echo_rtos"])
def test_read_does_not_wait_for_ever(image: str) -> None:
    library = IpccLibrary()
    library.boot_firmware(image)
    library.linux_should_have("/dev/ttyRPMSG0")
    tty = library.open_device("/dev/ttyRPMSG0")
    with pytest.raises(AssertionError, match=r"^/dev/ttyRPMSG0 gave nothing within 20ms\."):
        library.read_device(tty, within=Duration(20_000_000))
