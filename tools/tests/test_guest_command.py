"""`ipcclab guest`: options, files, sentences and README.md's exit codes, with a guest that only answers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from fake_guest import FakeGuest

from guest_inputs import busybox_deb, kernel_deb, xz_zimage
from ipcclab.cli import guest as command
from ipcclab.cli import main
from mp1bench.errors import EngineMissingError
from mp1bench.guest.linux_guest import GuestFailedError, GuestTimeError
from mp1bench.linux.fdt import read_blob


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments that name packages, and a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "kernel.deb").write_bytes(kernel_deb())
    (tmp_path / "busybox.deb").write_bytes(busybox_deb())
    return ["--kernel", str(tmp_path / "kernel.deb"), "--busybox", str(tmp_path / "busybox.deb")]


@pytest.fixture
def run(sources: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`ipcclab guest run` with a given guest in place of Renode's."""

    def run(guest: FakeGuest, *arguments: str) -> int:
        monkeypatch.setattr(command, "load_renode", lambda: None)
        monkeypatch.setattr(command, "make_guest", lambda files, firmware, line: guest.with_kernel(firmware, line))
        return main(["guest", "run", "rpmsg_echo", *sources, *arguments])

    return run


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The last line on stderr; those before tell of progress."""
    return capsys.readouterr().err.splitlines()[-1].removeprefix("ipcclab: ")


# -- usage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["guest"], ["guest", "buld"], ["guest", "run"], ["guest", "run", "a", "--for"]])
def test_wrong_usage_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert sentence(capsys).endswith("--help` shows what there is.")


def test_misspelt_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guest", "run", "rpmsg_echo", "--sned", "hello"]) == 2
    assert sentence(capsys) == "unknown argument `--sned`. Did you mean `--send`?"


@pytest.mark.parametrize("action", ["build", "run"])
def test_each_has_help_with_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guest", action, "--help"]) == 0
    assert f"  ipcclab guest {action} " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "ttyRPMSG0"], "--to names a terminal, but there is nothing to send or to expect. Add --send TEXT."),
        (["--to", "ttyS0"], "--to ttyS0: Linux calls a firmware's terminals ttyRPMSG0, ttyRPMSG1 and so on."),
        (["--send", ""], "an empty text can neither be sent nor expected. Leave the option away."),
        (["--expect", ""], "an empty text can neither be sent nor expected. Leave the option away."),
        (["--for", "50"], "'50' is not a duration. Write a number and a unit: 50ms, 1.5s, 20us or 100ns."),
        (
            ["--trace", "out.xyz"],
            "out.xyz: no trace writer for a file ending .xyz."
            " Known endings: .txt, .ndjson, .vcd, .gtkw, .json, .mmd, .svg, .html.",
        ),
        (["--summary", "."], ". is a folder. Name a file."),
        (["--summary", "no/where.json"], "no/where.json: there is no folder no."),
        (
            ["--initramfs", "own.cpio", "--send", "hello"],
            "--send and --expect go through ipcclab's own init: leave out --initramfs, or use --shell.",
        ),
        (
            ["--initramfs", "own.cpio"],
            "a root file system of your own runs until you leave its --shell, or --for as long as you say.",
        ),
        (
            ["--initramfs", "own.cpio", "--shell"],
            "the --shell of a root file system of your own needs a terminal for standard input.",
        ),
    ],
)
def test_senseless_run_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["guest", "run", "rpmsg_echo", *arguments]) == 2
    assert sentence(capsys) == said


def test_shell_without_standard_input_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["guest", "run", "rpmsg_echo", "--shell"]) == 2
    assert sentence(capsys) == "--shell reads standard input, and that is closed."


def test_bad_image_is_told_before_anything_is_fetched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / "image.elf"
    image.write_bytes(b"\x7fELF and no more")
    assert main(["guest", "run", str(image)]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["guest", "run", "rpmsg_ech"]) == 3
    assert sentence(capsys).endswith("no image called `rpmsg_ech` comes with the bench. Did you mean `rpmsg_echo`?")


def test_without_renode_nothing_is_built(
    sources: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise EngineMissingError("there is no Renode.")

    monkeypatch.setattr(command, "load_renode", missing)
    assert main(["guest", "run", "rpmsg_echo", *sources]) == 4
    assert sentence(capsys) == "there is no Renode."
    assert not (tmp_path / "cache").exists()


def test_file_that_is_no_kernel_is_a_bad_file(run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kernel.deb").write_bytes(busybox_deb())
    assert run(FakeGuest()) == 3
    assert "is for armel" in sentence(capsys)


# -- run --------------------------------------------------------------------------------------------------------


def test_run_shows_the_kernels_log_and_a_report(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FakeGuest(), "--send", "hello", "--expect", "hello") == 0
    shown = capsys.readouterr().out
    first, *_ = shown.splitlines()
    assert first.startswith("rpmsg_echo.elf (sha256 ")
    assert first.endswith(") on stm32mp157_linux, Linux 6.1.0-9-armmp, Renode 1.16.1")
    assert "  500.000000 ms  --  linux                         Linux version 6.1.0-9-armmp\n" in shown
    assert 'Messages      /dev/ttyRPMSG0 → "hello"\n              /dev/ttyRPMSG0 ← "hello"\n' in shown
    assert "Firmware log  firmware: boot\n" in shown
    assert "Stopped       expected after 5" in shown


def test_quiet_run_has_no_live_log(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FakeGuest(), "--quiet") == 0
    assert "Linux version" not in capsys.readouterr().out


def test_failed_expectation_is_exit_code_1(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FakeGuest(), "--send", "hello", "--expect", "other") == 1
    assert sentence(capsys).startswith('expected "other" from /dev/ttyRPMSG0 within 1s, but it sent "hello".')


@pytest.mark.parametrize(
    ("error", "code"),
    [(GuestFailedError("the kernel has stopped: Kernel panic."), 1), (GuestTimeError("it says nothing."), 5)],
)
def test_guest_that_does_not_come_up_still_has_its_files_and_report(
    error: GuestFailedError, code: int, run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Dead(FakeGuest):
        def boot(self) -> None:
            super().boot()
            raise error

    assert run(Dead(), "--trace", str(tmp_path / "trace.txt"), "--quiet") == code
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == f"ipcclab: {error}"
    assert "Stopped       failed after 500ms" in said.out
    assert "Linux version" in (tmp_path / "trace.txt").read_text(encoding="utf-8")


def test_ctrl_c_is_exit_code_130(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(FakeGuest):
        def probe(self) -> None:
            raise KeyboardInterrupt

    assert run(Interrupted()) == 130
    assert sentence(capsys) == "interrupted."


def test_files_of_equal_runs_are_equal(run: Any, tmp_path: Path) -> None:
    """Wall time is in none of them."""
    files = [tmp_path / name for name in ("trace.txt", "trace.ndjson", "summary.json")]
    contents = []
    for _ in range(2):
        options = ("--trace", str(files[0]), "--trace", str(files[1]), "--summary", str(files[2]))
        assert run(FakeGuest(), "--send", "hello", "--expect", "hello", *options) == 0
        contents.append([path.read_bytes() for path in files])
    assert contents[0] == contents[1]
    summary = json.loads(contents[0][2])
    assert summary["kernel_release"] == "6.1.0-9-armmp"
    assert summary["messages"][0] == {"direction": "a7_to_m4", "text": "hello", "bytes_hex": "68656c6c6f"}
    assert summary["announced"][0] == {"name": "rpmsg-tty", "address": 0x400}
    header = json.loads(contents[0][1].splitlines()[0])
    assert (header["image_sha256"], header["platform"]) == (summary["image_sha256"], "stm32mp157_linux")


def test_guest_is_made_with_the_image_and_with_words_for_the_kernel_behind_ours(run: Any) -> None:
    guest = FakeGuest()
    assert run(guest, "--append", "initcall_debug") == 0
    assert [path.name for path in guest.firmware] == ["rpmsg_echo.elf"]
    assert guest.command_line == "console=ttySTM0,115200 cryptomgr.notests=1 maxcpus=1 initcall_debug"


# -- build ------------------------------------------------------------------------------------------------------


def test_build_says_what_it_made_of_what(sources: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guest", "build", *sources]) == 0
    shown = capsys.readouterr()
    first, *_ = shown.out.splitlines()
    assert first.startswith("Linux 6.1.0-9-armmp in ")
    for name in ("Image", "guest.dtb", "initramfs.cpio", "stm32_rproc.ko"):
        assert any(line.startswith(name) and " bytes  sha256 " in line for line in shown.out.splitlines())
    for made_of in ("kernel.deb", "busybox.deb", "stm32mp157_guest.dts"):
        assert f"  {made_of}\n" in shown.out
    assert "unpacking the kernel of kernel.deb" in shown.err


def test_build_writes_what_plain_renode_boots(
    sources: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """/chosen tells the kernel where its initramfs is; the init is not told to wait for commands of ipcclab's."""
    folder = tmp_path / "boot"
    assert main(["guest", "build", "rpmsg_echo", "--into", str(folder), "--append", "quiet", *sources]) == 0
    tree = folder / "guest.dtb"
    (chosen,) = [node for node in read_blob(tree.read_bytes(), tree).children if node.name == "chosen"]
    assert chosen.properties["bootargs"] == b"console=ttySTM0,115200 cryptomgr.notests=1 maxcpus=1 quiet\0"
    start, end = (int.from_bytes(chosen.properties[f"linux,initrd-{side}"], "big") for side in ("start", "end"))
    assert end - start == (folder / "initramfs.cpio").stat().st_size
    assert b"lib/firmware/rpmsg_echo.elf\0" in (folder / "initramfs.cpio").read_bytes()
    shown = capsys.readouterr().out
    assert f"$device_tree=@{tree}\n" in shown
    assert f"$initramfs=@{folder / 'initramfs.cpio'}\n" in shown
    assert "$kernel_address=0xC0208000\n" in shown
    assert "stm32mp157_linux.resc\n" in shown


@pytest.mark.parametrize("arguments", [["rpmsg_echo"], ["--append", "quiet"]])
def test_image_to_build_for_needs_a_folder(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guest", "build", *arguments]) == 2
    said = "an IMAGE and --append are of a guest that is to boot: say with --into where its files go."
    assert sentence(capsys) == said


def test_folder_that_cannot_be_is_said(sources: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "boot"
    assert main(["guest", "build", "--into", str(folder), *sources]) == 2
    assert sentence(capsys) == f"{folder}: there can be no such folder (Not a directory)."


def test_zimage_goes_with_its_modules(tmp_path: Path, sources: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "zImage").write_bytes(xz_zimage())
    own = ["--kernel", str(tmp_path / "zImage"), "--modules", str(tmp_path / "none"), *sources[2:]]
    assert main(["guest", "build", *own]) == 3
    assert sentence(capsys).startswith(f"{tmp_path / 'none'} has no kernel modules")
