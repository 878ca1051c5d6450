"""Commands for a guest and what is recorded of it, with a machine that answers from a list."""

from __future__ import annotations

import pytest

from mp1bench.errors import UsageError
from mp1bench.guest.linux_guest import MS, GuestFailedError, GuestTimeError, LinuxGuest, Reply, S
from mp1bench.image.symbols import Symbol, SymbolTable
from mp1bench.trace import A7, M4, Access, Effect, Line, Log
from scripted_machine import ScriptedMachine


def _booted(*answers: str) -> tuple[LinuxGuest, ScriptedMachine]:
    machine = ScriptedMachine(answers=answers)
    guest = LinuxGuest(machine)  # type: ignore[arg-type]
    guest.boot()
    return guest, machine


def test_a_command_is_answered_by_what_it_prints_and_its_status():
    guest, machine = _booted("one\r\ntwo\r\n\x1e3\r\n")
    assert guest.shell("cat file") == Reply(3, "one\ntwo")
    assert machine.typed == ["cat file\n"]


def test_what_a_command_prints_without_line_end_is_kept():
    guest, _ = _booted("running\x1e0\n")
    assert guest.must("cat state") == "running"


def test_the_kernels_lines_are_no_answer():
    guest, _ = _booted("run[    0.700000] remoteproc remoteproc0: powering up m4\nning\n\x1e0\n")
    assert guest.must("cat state") == "running"
    assert guest.log == ["Booting Linux", "remoteproc remoteproc0: powering up m4"]


def test_a_command_that_fails_says_status_and_words():
    guest, _ = _booted("sh: write error: Invalid argument\n\x1e1\n")
    with pytest.raises(GuestFailedError, match=r"^`echo stop >state` ended with 1: sh: write error: Invalid argument$"):
        guest.must("echo stop >state")


def test_a_command_that_does_not_end_ends_with_its_time():
    guest, machine = _booted()
    before = machine.now
    with pytest.raises(GuestFailedError, match=r"^`cat` is not done after 0\.25 s of virtual time\.$"):
        guest.shell("cat", within=S // 4)
    assert machine.now - before == S // 4


def test_the_answer_of_a_late_command_is_not_taken_for_the_next_ones():
    guest, machine = _booted("", "new\n\x1e0\n")
    with pytest.raises(GuestFailedError):
        guest.shell("sleep 9", within=MS)
    with pytest.raises(GuestFailedError, match=r"^`true` must wait: the guest's shell is still busy with `sleep 9`\.$"):
        guest.shell("true")
    machine._says = "late\n\x1e0\n"
    guest.run(MS)
    assert guest.must("echo new") == "new"


@pytest.mark.parametrize("command", ["one\ntwo", "é", "x" * 4001])
def test_a_command_that_the_terminal_would_garble_is_refused(command: str):
    guest, machine = _booted()
    with pytest.raises(UsageError, match="one line of at most 4000 ASCII characters"):
        guest.shell(command)
    assert machine.typed == []


def test_a_kernel_that_says_nothing_is_given_up_after_3_s():
    machine = ScriptedMachine(boot="")
    with pytest.raises(GuestFailedError, match=r"said nothing on its console \(uart4\) within 3 s of virtual time"):
        LinuxGuest(machine).boot()  # type: ignore[arg-type]
    assert machine.now == 3 * S


def test_an_init_that_does_not_answer_is_given_up_with_the_last_line():
    machine = ScriptedMachine(boot="[    0.100000] Run /init as init process\nlogin: ")
    with pytest.raises(GuestFailedError, match=r"^no init of ipcclab's has .* last line there is: login: $"):
        LinuxGuest(machine).boot()  # type: ignore[arg-type]


def test_a_panic_ends_the_run_with_its_words():
    machine = ScriptedMachine(boot="[    0.4] x\n[    0.462899] Kernel panic - not syncing: VFS: no root\n")
    with pytest.raises(GuestFailedError, match=r"^the kernel has stopped: Kernel panic - not syncing: VFS: no root"):
        LinuxGuest(machine).boot()  # type: ignore[arg-type]


def test_the_processors_take_shorter_turns_once_linux_is_up():
    assert _booted()[1].quantum == 10_000


def test_what_the_machine_has_seen_is_recorded_in_order():
    guest, machine = _booted()
    guest.use_symbols(SymbolTable([Symbol(0x10000000, 0x100, "main")]))
    before = len(guest.trace.events)
    machine.events = [
        ["700", "access", "ipcc", "1", str(0xBF000010), "W", "8", "4", "131072"],
        ["700", "effect", "ipcc", "flag", "C1TOC2SR.CH2F", "0", "1"],
        ["700", "line", "ipcc", "RX1", "1"],
        ["710", "access", "ipcc", "2", str(0x10000004), "R", "12", "4", "2"],
    ]
    guest.run(MS)
    assert guest.trace.events[before:] == [
        Access(700, A7, 0xBF000010, "", "ipcc", "W", 8, 4, 0x20000),
        Effect(700, "ipcc", "flag", "C1TOC2SR.CH2F", 0, 1),
        Line(700, "ipcc", "RX1", True),
        Access(710, M4, 0x10000004, "main+0x4", "ipcc", "R", 12, 4, 2),
    ]


def test_the_log_is_in_the_trace_with_what_programs_print():
    guest, machine = _booted("hello\n\x1e0\n")
    guest.must("cat /dev/ttyRPMSG0")
    logs = [event for event in guest.trace.events if isinstance(event, Log)]
    assert logs == [Log(10 * MS, "linux", "", "Booting Linux"), Log(machine.now, "uart4", "", "hello")]


@pytest.mark.parametrize("printed", ["\x1e", "a\x1eb", "\x1e0 ", "\x1ex\nb\x1e"])
def test_a_separator_that_a_command_prints_is_no_answer(printed: str):
    guest, machine = _booted(f"{printed}\n")
    with pytest.raises(GuestFailedError, match="is not done"):
        guest.shell("cat image", within=MS)
    machine._says = "\x1e0\n"
    guest.run(MS)
    assert guest.take_answer() == Reply(0, printed)


@pytest.mark.parametrize("word", ["Power down", "System halted", "Restarting system"])
def test_a_command_that_ends_linux_is_named_at_once(word: str):
    """The last lines of a kernel are those of kernel/reboot.c."""
    guest, machine = _booted(f"[    0.700000] reboot: {word}\n")
    before = machine.now
    for _ in range(2):
        with pytest.raises(GuestFailedError) as ended:
            guest.shell("exit")
        assert str(ended.value) == f"the kernel has stopped: reboot: {word}. The last command was `exit`."
    assert machine.now - before == MS


def test_a_system_of_ones_own_may_restart():
    guest = LinuxGuest(ScriptedMachine(boot="[    0.1] x\n[    0.700000] reboot: Restarting system\n"))  # type: ignore[arg-type]
    guest.run(MS)
    assert guest.log == ["reboot: Restarting system"]


def test_a_long_run_is_interrupted_between_slices(monkeypatch: pytest.MonkeyPatch):
    guest, machine = _booted()
    ran: list[int] = []

    def run(duration: int) -> list[list[str]]:
        ran.append(duration)
        return []

    monkeypatch.setattr(machine, "run", run)
    guest.run(25 * MS)
    assert ran == [10 * MS, 10 * MS, 5 * MS]


def test_a_trace_that_is_flooded_is_a_time_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mp1bench.guest.linux_guest.LIMIT_EVENTS", 1000)
    guest, machine = _booted()
    machine.events = [["700", "access", "ipcc", "2", "0", "R", "12", "4", "2"]] * 1000
    with pytest.raises(GuestTimeError) as limit:
        guest.run(100 * MS)
    assert str(limit.value) == (
        "the trace has more than 1,000 events after 20 ms of virtual time: who polls registers without a pause fills"
        " it. Its end shows the function."
    )


def test_a_storm_of_interrupts_is_a_time_limit():
    guest, machine = _booted()
    machine.exceptions = 1_000_001
    with pytest.raises(GuestTimeError) as limit:
        guest.run(MS)
    assert str(limit.value) == (
        "the M4 has taken more than 1,000,000 exceptions within 10 ms of virtual time: an interrupt that nobody quiets"
        " comes again and again."
    )
