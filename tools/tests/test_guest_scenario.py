"""What a run with a real Linux does and says, with a guest that only answers; what Linux prints is from its sources."""

from __future__ import annotations

import pytest
from fake_guest import CHANNELS, SYSFS, FakeGuest

from ipcclab.guest import report
from ipcclab.guest.scenario import GuestScenario, Message
from mp1bench.guest.linux_guest import MS, GuestFailedError, GuestTimeError, Reply
from mp1bench.image import read_image
from mp1bench.shipped import prebuilt_image
from mp1bench.trace import Effect, Trace

ECHO = read_image(prebuilt_image("rpmsg_echo"))
LAST = (
    "The kernel's last lines: stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0"
    f" | {CHANNELS[0]} | {CHANNELS[1]}"
)


def scenario(guest: FakeGuest, **arguments: object) -> GuestScenario:
    return GuestScenario(guest.as_guest(), ECHO, **arguments)  # type: ignore[arg-type]


def test_run_ends_when_all_that_is_expected_has_come() -> None:
    guest = FakeGuest()
    run = scenario(guest, send=["one", "two"], expect=["one", "two"])
    assert run.run().reason == "expected"
    assert run.complaint is None
    assert run.messages == [
        Message(True, b"one"),
        Message(False, b"one"),
        Message(True, b"two"),
        Message(False, b"two"),
    ]
    assert run.trace_buffer == "firmware: boot"
    assert run.announced == [("rpmsg-tty", 0x400), ("rpmsg-tty", 0x401)]


def test_image_is_started_by_its_file_name() -> None:
    guest = FakeGuest()
    scenario(guest).run()
    assert guest.commands[:2] == [f"echo rpmsg_echo.elf >{SYSFS}/firmware", f"echo start >{SYSFS}/state"]


def test_each_text_is_looked_for_behind_the_one_before() -> None:
    run = scenario(FakeGuest(), send=["abc"], expect=["bc", "ab"])
    run.run()
    assert run.complaint == f'expected "ab" from /dev/ttyRPMSG0 within 1s, but it sent "abc". {LAST}'


def test_an_answer_in_pieces_is_one() -> None:
    assert scenario(FakeGuest(), send=["he", "llo"], expect=["hello"]).run().reason == "expected"


def test_what_came_instead_is_said() -> None:
    run = scenario(FakeGuest(answer=lambda data: b"\x07no"), send=["hello"], expect=["hello"], duration=50 * MS)
    assert run.run().reason == "time"
    assert run.complaint == f'expected "hello" from /dev/ttyRPMSG0 within 50ms, but it sent "\\x07no". {LAST}'


def test_that_nothing_came_is_said() -> None:
    run = scenario(FakeGuest(answer=lambda data: b""), send=["hello"], expect=["hello"], to="ttyRPMSG1")
    run.run()
    assert run.complaint == f'expected "hello" from /dev/ttyRPMSG1 within 1s, but it sent nothing. {LAST}'


@pytest.mark.parametrize(
    ("guest", "sentence"),
    [
        (
            FakeGuest(started=[], terminals=()),
            "there is no /dev/ttyRPMSG2: the firmware announced no RPMsg channel within 1s. The kernel's last lines:"
            " Linux version 6.1.0-9-armmp | stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0",
        ),
        (
            FakeGuest(started=["virtio_rpmsg_bus virtio0: creating channel rpmsg-raw addr 0x400"], terminals=()),
            "there is no /dev/ttyRPMSG2: the firmware announced rpmsg-raw, and Linux makes one of rpmsg-tty only.",
        ),
        (FakeGuest(), "there is no /dev/ttyRPMSG2: this firmware's terminals are ttyRPMSG0, ttyRPMSG1."),
    ],
)
def test_missing_terminal_is_said(guest: FakeGuest, sentence: str) -> None:
    run = scenario(guest, send=["hello"], to="ttyRPMSG2")
    run.run()
    assert run.complaint == sentence


def test_what_remoteproc_says_of_an_image_that_it_refuses_is_said() -> None:
    """remoteproc_elf_loader.c and remoteproc_core.c."""
    said = ["remoteproc remoteproc0: Image is corrupted (bad magic)", "remoteproc remoteproc0: Boot failed: -22"]
    guest = FakeGuest(started=said, refusal="sh: write error: Invalid argument")
    with pytest.raises(GuestFailedError) as refused:
        scenario(guest).run()
    assert str(refused.value) == f"Linux does not start rpmsg_echo.elf: {said[0]}; {said[1]}."
    assert refused.value.exit_code == 1


def test_without_a_word_of_remoteproc_the_shells_is_said() -> None:
    with pytest.raises(GuestFailedError) as refused:
        scenario(FakeGuest(started=[], refusal="sh: write error: Invalid argument")).run()
    reason = f"`echo start >{SYSFS}/state` ended with 1: sh: write error: Invalid argument"
    assert str(refused.value) == f"Linux does not start rpmsg_echo.elf: {reason}."


def test_guest_that_ends_at_the_start_refuses_nothing() -> None:
    class Panics(FakeGuest):
        def shell(self, command: str, within: int = 0) -> Reply:
            self.says("remoteproc remoteproc0: powering up m4")
            raise GuestTimeError("the trace has more than 1,000,000 events.")

    with pytest.raises(GuestTimeError, match=r"^the trace has more"):
        scenario(Panics()).run()


@pytest.mark.parametrize(("duration", "lives"), [(None, 100 * MS), (7 * MS, 7 * MS)])
def test_firmware_lives_as_long_as_is_said(duration: int | None, lives: int) -> None:
    guest = FakeGuest()
    scenario(guest, duration=duration).run()
    # 500 ms of boot, two commands to start, four behind: is there a buffer, what is in it, state, stop.
    assert guest.now == 500 * MS + 2 * MS + lives + 4 * MS


@pytest.mark.parametrize("expect", [[], ["hello"]])
def test_m4_is_stopped_at_the_end(expect: list[str]) -> None:
    guest = FakeGuest(answer=lambda data: b"")
    scenario(guest, expect=expect).run()
    assert guest.commands[-1] == f"echo stop >{SYSFS}/state"


def test_m4_that_does_not_run_is_not_stopped() -> None:
    guest = FakeGuest(state="offline")
    scenario(guest).run()
    assert f"echo stop >{SYSFS}/state" not in guest.commands


def test_terminal_is_free_for_the_shell() -> None:
    guest = FakeGuest()
    at_shell: list[str] = []
    stop = scenario(guest, send=["a"], expect=["a"], shell=lambda _: at_shell.extend(guest.commands)).run()
    assert at_shell[-1] == "exec 3>&-"
    assert stop.reason == "shell"


def test_failed_expectation_comes_before_the_shell() -> None:
    entered: list[object] = []
    run = scenario(FakeGuest(), expect=["a"], shell=entered.append)
    run.run()
    assert run.complaint is not None
    assert not entered


# -- report -----------------------------------------------------------------------------------------------------


def test_signals_are_counted_by_direction_and_channel() -> None:
    """C1TOC2SR is processor 1's, the Cortex-A7's (ipcc-hardware.md §3); a flag that falls is no signal."""
    recorded = Trace()
    for subject, after in (("C1TOC2SR.CH2F", 1), ("C1TOC2SR.CH2F", 0), ("C2TOC1SR.CH1F", 1), ("C2TOC1SR.CH1F", 1)):
        recorded.record(Effect(0, "ipcc", "flag", subject, 1 - after, after))
    recorded.record(Effect(0, "ipcc", "illegal", "read of reserved +0x020", 0, 0))
    assert report.signals(recorded) == {"m4_to_a7": {"1": 2}, "a7_to_m4": {"2": 1}}


@pytest.mark.parametrize(
    "line",
    [
        'irq 30: nobody cared (try booting with the "irqpoll" option)',
        "Call trace:",
        "WARNING: CPU: 0 PID: 1 at kernel/irq/manage.c:723 irq_set_irq_wake",
        "BUG: scheduling while atomic: swapper/0/1/0x00000002",
        "Unhandled fault: external abort on non-linefetch (0x008) at 0xc0800000",
        "remoteproc remoteproc0: warning: remote FW shutdown without ack",
        "remoteproc remoteproc0: crash detected in m4: type watchdog",
    ],
)
def test_kernel_that_complains_is_reported(line: str) -> None:
    assert report.complaints(["remoteproc remoteproc0: remote processor m4 is now up", line]) == [line]
