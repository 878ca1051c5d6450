"""`ipcclab run` on what is no ELF file, and in engineering mode: who starts it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_images import hex_of_signals, srecords_of_signals

from ipcclab.cli import main
from ipcclab.IpccLibrary import IpccLibrary
from mp1bench.errors import UsageError
from mp1bench.shipped import prebuilt_image

SIGNALS = str(prebuilt_image("ipcc_signals"))
BOOTR = 0x50020000


@pytest.mark.parametrize(("name", "content"), [("a.hex", hex_of_signals()), ("a.srec", srecords_of_signals())])
def test_text_formats_run_without_linux(
    name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["run", str(tmp_path / name), "--for", "1ms"]) == 0
    said = capsys.readouterr().out
    assert "CH5S=1" in said  # this firmware rings channel 5 when it is up
    assert "remoteproc" not in said


def test_linux_refuses_what_is_no_elf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.hex"
    path.write_bytes(hex_of_signals())
    assert main(["run", str(path), "--host", "linux"]) == 3
    assert "remoteproc starts ELF files only. Use the host `none`" in capsys.readouterr().err


def test_raw_binary_runs_at_its_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes.fromhex("00000410 09000000 feE7"))
    assert main(["run", str(path), "--address", "0x0", "--for", "1ms", "--quiet"]) == 0
    assert "200,000 instructions" in capsys.readouterr().out


def test_engineering_mode_runs_without_linux(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", SIGNALS, "--boot-mode", "engineering", "--for", "1ms"]) == 0
    assert "remoteproc" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--boot-mode", "engineering", "--host", "linux"], "in engineering mode the Cortex-A7 does not boot"),
        (["--boot-mode", "sd"], "there is no boot mode called `sd`. There are: engineering, production."),
        (["--boot-mode", "engineering", "--device-tree", "x.dts"], "a device tree is Linux's"),
        (["--address", "0"], "which has addresses of its own"),
        (["--address", "here"], "`here` is no address. Write it as 0x10000000, with 32 bits at most."),
    ],
)
def test_what_makes_no_sense(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", SIGNALS, *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_robot_chooses_the_boot_mode() -> None:
    library = IpccLibrary()
    library.boot_firmware("ipcc_signals", boot_mode="engineering")
    assert library.read_word(BOOTR) & 7 == 4
    with pytest.raises(UsageError, match=r"^`engineerin` is not understood here"):
        library.boot_firmware("ipcc_signals", boot_mode="engineerin")  # type: ignore[arg-type]
