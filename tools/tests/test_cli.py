"""The command line around the commands: names, versions, usage errors, exit codes. Sentences: ecosystem.md §5."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipcclab.cli import main
from ipcclab.cli.parser import COMMANDS
from mp1bench.engine.renode.finding import Findings, Part, find_renode
from mp1bench.errors import EngineMissingError
from mp1bench.shipped import prebuilt_image

ECHO = str(prebuilt_image("rpmsg_echo"))


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr().err
    assert said.startswith("ipcclab: ")
    assert said.count("\n") == 1
    return said.removeprefix("ipcclab: ").rstrip("\n")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("ipcclab 0.")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"  ipcclab {command}" in capsys.readouterr().out


def test_misspelt_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chek", ECHO]) == 2
    assert complaint(capsys) == "`chek` is not a command. Did you mean `check`?"


def test_unheard_of_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zzz"]) == 2
    assert complaint(capsys) == f"`zzz` is not a command. There are: {', '.join(sorted(COMMANDS))}."


def test_misspelt_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", ECHO, "--expct=hello"]) == 2
    assert complaint(capsys) == "unknown argument `--expct=hello`. Did you mean `--expect`?"


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", ECHO, "--engine", "qemu"], ["run", ECHO, "--for"]])
def test_wrong_usage_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert complaint(capsys).endswith("--help` shows what there is.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--for", "50"], "'50' is not a duration. Write a number and a unit: 50ms, 1.5s, 20us or 100ns."),
        (["--for=-5ms"], "'-5ms' is not a duration. Write a number and a unit: 50ms, 1.5s, 20us or 100ns."),
        (["--for", "0ms"], "'0ms' is no time at all. A duration is longer than zero."),
        (["--slice", "0"], "--slice 0: a slice is a whole number of instructions, 1 or more."),
        (
            ["--trace", "out.xyz"],
            "out.xyz: no trace writer for a file ending .xyz."
            " Known endings: .txt, .ndjson, .vcd, .gtkw, .json, .mmd, .svg, .html.",
        ),
        (
            ["--trace", "out"],
            "out: no trace writer for a file name without an ending."
            " Known endings: .txt, .ndjson, .vcd, .gtkw, .json, .mmd, .svg, .html.",
        ),
        (
            ["--trace", "out.json", "--summary", "out.json"],
            "out.json would be written twice. Give each output a name of its own.",
        ),
        (
            ["--trace", "out.gtkw", "--trace", "out.vcd"],
            "out.gtkw would be written twice. Give each output a name of its own.",
        ),
        (["--summary", "no/where.json"], "no/where.json: there is no folder no."),
        (["--to", "rpmsg-tty"], "--to names an endpoint, but there is nothing to send. Add --send TEXT."),
        (["--send", ""], "an empty text can neither be sent nor expected. Leave the option away."),
        (["--expect", ""], "an empty text can neither be sent nor expected. Leave the option away."),
        (
            ["--host", "none", "--send", "hello"],
            "a message is sent by the Linux host, and this board has none. Run it with --host linux.",
        ),
        (
            ["--boot-mode", "engineering", "--send", "hello"],
            "a message is sent by the Linux host, and this board has none. Leave --boot-mode engineering away:"
            " in that mode the Cortex-A7 does not boot.",
        ),
    ],
)
def test_option_that_makes_no_sense(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", ECHO, *arguments]) == 2
    assert complaint(capsys) == sentence


def test_one_file_under_two_names_is_not_written_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "here").symlink_to(tmp_path, target_is_directory=True)
    one, other = tmp_path / "out.json", tmp_path / "here" / "out.json"
    assert main(["run", ECHO, "--trace", str(one), "--summary", str(other)]) == 2
    assert complaint(capsys) == f"{other} would be written twice. Give each output a name of its own."


def test_missing_engine_has_its_exit_code(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence says what is missing, and the screen below it where that was looked for and how to get it."""
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    monkeypatch.delenv("PYRENODE_BUILD_DIR", raising=False)
    assert main(["run", ECHO, "--engine", "renode"]) == EngineMissingError.exit_code == 4
    sentence, *screen = capsys.readouterr().err.splitlines()
    assert sentence.startswith(
        "ipcclab: the engine `renode` lacks Renode (PYRENODE_BIN is /not/here, which is no file)"
    )
    assert screen == find_renode(os.environ).explain().splitlines()


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"hello, world\n", "is not an ELF file (starts with 68 65 6c 6c"),
        (bytes.fromhex("00000410 c5020010 00000000") * 8, "is not an ELF file (starts with 00 00 04 10"),
    ],
)
def test_what_is_no_image(content: bytes, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(content)
    assert main(["run", str(image)]) == 3
    refused = complaint(capsys)
    assert start in refused
    assert main(["check", str(image)]) == 1
    assert capsys.readouterr().out == f"image.bin\n✗ fail  load  {refused}\n0 passed, 0 warnings, 1 failed\n"


@pytest.mark.parametrize("command", ["run", "check"])
def test_missing_image_is_looked_for_among_the_shipped_ones(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "rpmsg_ecko.elf"]) == 3
    assert complaint(capsys) == (
        "`rpmsg_ecko.elf` does not exist, and no image called `rpmsg_ecko.elf` comes with the bench."
        " Did you mean `rpmsg_echo`?"
    )
    assert main([command, "no/rpmsg_echo.elf"]) == 3
    assert complaint(capsys).startswith("`no/rpmsg_echo.elf` does not exist.")


def test_shipped_image_needs_no_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "rpmsg_echo"]) == 0


def test_truncated_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / "half.elf"
    whole = Path(ECHO).read_bytes()
    image.write_bytes(whole[: len(whole) // 2])
    assert main(["run", str(image)]) == 3
    assert complaint(capsys)
    assert main(["check", str(image)]) == 1


def test_check_gives_a_verdict_per_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ECHO]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("rpmsg_echo.elf (sha256 ")
    assert all(line.split()[1] in ("pass", "warn") for line in lines[1:-1])
    assert lines[-1].endswith(" 0 failed")


def test_check_fails_for_a_broken_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(Path(ECHO).read_bytes())
    at = content.index(b"\x01\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0")  # version 1, two entries, reserved words
    content[at] = 9
    image = tmp_path / "table.elf"
    image.write_bytes(content)
    assert main(["check", str(image)]) == 1
    assert "✗ fail" in capsys.readouterr().out


def test_check_says_the_same_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ECHO]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["check", ECHO, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["tool", "version", "image", "findings", "counts"]
    assert found["tool"] == "ipcclab"
    digest = hashlib.sha256(Path(ECHO).read_bytes()).hexdigest()
    assert found["image"] == {"path": ECHO, "sha256": digest, "format": "ELF"}
    assert [f"{f['verdict']} {f['rule']} {f['text']}" for f in found["findings"]] == [
        " ".join(line.split()[1:]) for line in lines[1:-1]
    ]
    assert found["counts"] == {"pass": len(found["findings"]), "warn": 0, "fail": 0}


def test_check_gives_what_cannot_be_loaded_as_data_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(b"hello, world")
    assert main(["check", str(image), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["image"] == {"path": str(image), "sha256": None, "format": None}
    assert [(f["rule"], f["verdict"]) for f in found["findings"]] == [("load", "fail")]
    assert found["counts"] == {"pass": 0, "warn": 0, "fail": 1}


def test_address_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", ECHO, "--address", "0x100000000"]) == 2
    assert complaint(capsys) == "`0x100000000` is no address. Write it as 0x10000000, with 32 bits at most."


def test_doctor_shows_what_the_engine_renode_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it all is well, since it is optional."""
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    assert main(["doctor"]) == 0
    assert find_renode(os.environ).explain() in capsys.readouterr().out


@pytest.mark.parametrize(("complete", "code"), [(False, 4), (True, 0)])
def test_doctor_is_content_with_renode_alone(
    complete: bool, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mp1bench.engine.embedded", None)
    findings = Findings((Part("Renode", complete, "words"),), ())
    monkeypatch.setattr("ipcclab.cli.doctor.find_renode", lambda environ: findings)
    assert main(["doctor"]) == code
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == ("Ready: the engine renode can be used." if complete else "Not ready: no engine works.")


def test_doctor_says_which_package_the_board_lacks(tmp_path: Path) -> None:
    """And lives, though nearly all of the bench needs that one; so does the engine `renode`."""
    (tmp_path / "elftools.py").touch()  # stands before the real one, and is no package
    command = [sys.executable, "-m", "ipcclab", "doctor"]
    run = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (4, "")
    assert "– board              cannot be imported: No module named 'elftools." in run.stdout
    assert run.stdout.endswith("Not ready: no engine works.\n")


def test_doctor_finds_the_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for name in (
        "python",
        "unicorn",
        "counter fast",
        "counter public",
        "robotframework",
        "pytest",
        "pyelftools",
        "devicetree",
        "renode",
        "pyrenode3",
    ):
        assert name in said
    assert said.endswith("Ready: the embedded engine works.\n")


def test_doctor_without_an_engine_says_how_to_get_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mp1bench.engine.embedded", None)
    monkeypatch.setenv("PYRENODE_BIN", "/not/here")
    assert main(["doctor"]) == 4
    said = capsys.readouterr().out
    assert "pip install 'unicorn>=2.1.3,<2.2'" in said
    assert said.endswith("Not ready: no engine works.\n")


def test_fault_of_ipcclab_is_a_sentence_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IPCCLAB_TRACEBACK", raising=False)
    monkeypatch.setattr("ipcclab.cli.check.read_image", lambda *_: 1 // 0)
    assert main(["check", ECHO]) == 70
    said = complaint(capsys)
    assert said.startswith("ZeroDivisionError: integer division or modulo by zero. This is a fault of ipcclab")


def test_interruption_leaves_no_traceback(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ipcclab.cli.check.read_image", interrupted)
    assert main(["check", ECHO]) == 130
    assert complaint(capsys) == "interrupted."


def test_terminal_without_unicode_gets_replacements(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="ascii"))
    assert main(["check", ECHO]) == 0
    assert b"? pass" in buffer.getvalue()


def test_closed_pipe_leaves_no_traceback() -> None:
    command = f"{sys.executable} -m ipcclab explain CH1OM | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert done.stderr == b""


def test_run_whose_reader_has_gone_is_no_pass() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "ipcclab", "run", ECHO, "--expect", "never"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(("text", "code"), [("boot", 0), ("never", 1)])
def test_closed_output_changes_no_verdict(text: str, code: int) -> None:
    command = f"{sys.executable} -m ipcclab run {ECHO} --send boot --expect {text} >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == code


def test_full_disk_is_no_fault_of_ipcclab() -> None:
    command = f"{sys.executable} -m ipcclab check {ECHO} > /dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == b"ipcclab: the output cannot be written (No space left on device).\n"


def test_no_control_sequence_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "\x1b[31m.elf"]) == 3
    assert "`\\x1b[31m.elf`" in complaint(capsys)
