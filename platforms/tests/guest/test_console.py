"""What comes from the guest's console: whose line is whose."""

from __future__ import annotations

from mp1bench.guest.console import Console


def _heard(text: str) -> tuple[list[str], list[str], str]:
    kernel: list[str] = []
    programs: list[str] = []
    console = Console(kernel.append, programs.append)
    for byte in text.encode():
        console.feed(byte)
    return kernel, programs, console.unfinished


def test_a_line_with_a_time_stamp_is_the_kernels():
    assert _heard("[    0.666099] remoteproc remoteproc0: powering up m4\r\n") == (
        ["remoteproc remoteproc0: powering up m4"],
        [],
        "",
    )


def test_any_other_line_is_a_programs():
    assert _heard("hello\r\n[  ok  ] started\r\n") == ([], ["hello", "[  ok  ] started"], "")


def test_a_program_in_whose_line_the_kernel_cuts_in_keeps_its_line():
    text = "hel[   12.000001] crash detected in m4: type watchdog\r\nlo\r\n"
    assert _heard(text) == (["crash detected in m4: type watchdog"], ["hello"], "")


def test_the_kernel_may_cut_in_twice():
    assert _heard("a[    1.000000] one\r\nb[    2.000000] two\r\nc\r\n") == (["one", "two"], ["abc"], "")


def test_what_has_no_line_end_is_unfinished():
    assert _heard("lo[    1.000000] one\r\ngin: ") == (["one"], [], "login: ")


def test_bytes_that_are_no_text_are_replaced():
    heard: list[str] = []
    console = Console(heard.append, heard.append)
    for byte in b"\xff\xfe!\n":
        console.feed(byte)
    assert heard == ["��!"]


def test_the_kernel_may_cut_in_between_the_two_bytes_of_a_line_end():
    assert _heard("\x1e0\r[    1.000000] random: crng init done\r\n\n") == (["random: crng init done"], ["\x1e0"], "")
