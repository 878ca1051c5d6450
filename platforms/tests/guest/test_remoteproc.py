"""What is asked of a guest about its M4 and its terminals, with a machine that answers from a list."""

from __future__ import annotations

from mp1bench.guest.linux_guest import MS, LinuxGuest
from mp1bench.guest.remoteproc import RemoteProcessor, Terminal
from mp1bench.image.image import read_image
from mp1bench.shipped import prebuilt_image
from scripted_machine import ScriptedMachine

_DONE = "\x1e0\n"


def _guest(*answers: str) -> tuple[LinuxGuest, ScriptedMachine]:
    machine = ScriptedMachine(answers=answers)
    guest = LinuxGuest(machine)  # type: ignore[arg-type]
    guest.boot()
    return guest, machine


def test_start_names_the_firmware_first():
    guest, machine = _guest(_DONE, _DONE)
    RemoteProcessor(guest).start(read_image(prebuilt_image("rpmsg_echo")))
    assert machine.typed == [
        "echo rpmsg_echo.elf >/sys/class/remoteproc/remoteproc0/firmware\n",
        "echo start >/sys/class/remoteproc/remoteproc0/state\n",
    ]


def test_from_start_on_the_m4s_functions_are_the_images():
    guest, machine = _guest(_DONE, _DONE)
    image = read_image(prebuilt_image("rpmsg_echo"))
    RemoteProcessor(guest).start(image)
    main = next(symbol for symbol in image.symbols.functions if symbol.name == "main")
    machine.events = [["1", "access", "ipcc", "2", str(main.address + 4), "R", "12", "4", "0"]]
    guest.run(MS)
    assert guest.trace.events[-1].function == "main+0x4"  # type: ignore[union-attr]


def test_a_firmware_without_trace_buffer_has_an_empty_one():
    guest, _ = _guest("\x1e1\n")
    assert RemoteProcessor(guest).trace_buffer() == ""


def test_a_terminal_sends_any_bytes_one_message_at_a_time():
    guest, machine = _guest(*[_DONE] * 5)
    terminal = Terminal(guest, "/dev/ttyRPMSG1", 4)
    terminal.send(b"\0'\n" + b"x" * 494)
    assert machine.typed == [
        "command exec 4<>/dev/ttyRPMSG1\n",
        "stty raw -echo <&4 2>/dev/null\n",
        "cat <&4 >/tmp/ttyRPMSG1 2>/dev/null & echo $!\n",
        "printf '\\000\\047\\012" + "\\170" * 493 + "' >&4\n",
        "printf '\\170' >&4\n",
    ]


def test_a_terminal_gives_all_that_has_arrived():
    guest, machine = _guest(_DONE, _DONE, _DONE, f"68656c\n{_DONE}", f"6c6f00\n{_DONE}")
    terminal = Terminal(guest)
    assert terminal.receive() == b"hel"
    assert terminal.receive() == b"hello\0"
    assert "tail -c +4 " in machine.typed[-1]


def test_waiting_for_what_does_not_come_ends_with_its_time():
    guest, machine = _guest(_DONE, _DONE, *[_DONE] * 10)
    terminal = Terminal(guest)
    before = machine.now
    assert not terminal.wait_for(lambda received: b"hello" in received, within=20 * MS)
    assert 20 * MS <= machine.now - before <= 30 * MS
