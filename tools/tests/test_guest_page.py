"""What LINUX_GUEST.md shows happens with a real Linux: each command with its output, and the example in Python."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from shown import ROOT, blocks, play, sessions

from guest_here import SOURCES, needs_guest
from ipcclab.guest.report import complaints

PAGE = (ROOT / "platforms" / "LINUX_GUEST.md").read_text(encoding="utf-8")
RUN, SCRIPT, PLAIN = sessions(PAGE)


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """The page's first session: what it printed, and the trace that it wrote."""
    folder = tmp_path_factory.mktemp("echo")
    printed = play(RUN, folder)
    return printed, (folder / "echo.txt").read_text(encoding="utf-8")


@needs_guest
def test_first_session_shows_what_happens(echo):
    printed, _ = echo
    assert "Linux warns" not in printed


@needs_guest
def test_kernel_and_firmware_are_up_without_a_complaint(echo):
    """The lines are those of stm32-ipcc.c, remoteproc_core.c and virtio_rpmsg_bus.c (linux-mailbox.md §3, §4, §7)."""
    _, trace = echo
    log = re.findall(r"--  linux +(.*)", trace)
    for said in (
        "stm32-ipcc 4c001000.mailbox: ipcc rev:1.0 enabled, 6 chans, proc 0",
        "remoteproc remoteproc0: m4 is available",
        "remoteproc remoteproc0: remote processor m4 is now up",
        "virtio_rpmsg_bus virtio0: creating channel rpmsg-tty addr 0x400",
        "remoteproc remoteproc0: stopped remote processor m4",
    ):
        assert said in log
    assert complaints(log) == []


@needs_guest
def test_functions_of_both_processors_are_named(echo):
    """Linux signals channel 2 for a message of its own, and the firmware answers on channel 1 (m4-platform.md §4)."""
    _, trace = echo
    assert re.search(r"A7  stm32_ipcc_send_data\+0x\w+ +W   ipcc\+0x008 C1SCR +0x00020000", trace)
    assert re.search(r"M4  ipcc_post\+0x\w+ +W   ipcc\+0x018 C2SCR +0x00010000", trace)


@needs_guest
def test_script_at_the_console_shows_what_happens(tmp_path):
    play(SCRIPT, tmp_path)


@needs_guest
def test_files_for_plain_renode_are_written(tmp_path):
    play(PLAIN, tmp_path)
    assert sorted(path.name for path in (tmp_path / "boot").iterdir()) == ["guest.dtb", "initramfs.cpio"]


@needs_guest
def test_example_in_python_runs(tmp_path):
    (example,) = blocks(PAGE, "python")
    shutil.copytree(ROOT / "firmware" / "prebuilt", tmp_path / "firmware" / "prebuilt")
    packages = f"Sources(Path({str(SOURCES.kernel)!r}), busybox=Path({str(SOURCES.busybox)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", example.replace("Sources()", packages)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    assert re.search(r"stm32-exti-h-direct +61 Edge +4c001000.mailbox", done.stdout)
