"""`ipcclab prove`: what it prints, and what it says to those who ask for something that cannot be proven."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from ipcclab.cli import main
from ipcclab.cli.prove import describe_section
from ipcclab.proof import prove
from ipcclab.proof.prove import Candidate, Task
from ipcclab.proof.specification import Specification
from ipcclab.proof.walk import Part, Walked

DEVICES = """
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP15

class Good(Ipcc):
    pass

Three = ipcc_class(STM32MP15._replace(name="MINE", channels=3))

class Deaf(Ipcc):
    def write(self, offset, value, width):
        pass

class Half:
    def read(self, offset, width):
        return 0

class Needy(Ipcc):
    def __init__(self, what):
        pass
"""


@pytest.fixture
def devices(tmp_path: Path) -> str:
    path = tmp_path / "mine.py"
    path.write_text(DEVICES, encoding="utf-8")
    return str(path)


@pytest.fixture
def few_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walks look at every 1201st state: in all of them our device is proven by `test_ipcc_proof.py`."""
    whole = prove.perform

    def perform(candidate: Candidate, task: Task) -> Walked:
        return whole(candidate, task._replace(part=task.part._replace(step=1201)))

    monkeypatch.setattr(prove, "perform", perform)
    monkeypatch.setattr("ipcclab.cli.prove._WORDS", dict.fromkeys((prove.ONE, prove.TWO, prove.PAIRS), 10_000))


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr().err
    assert said.startswith("ipcclab: ")
    assert said.count("\n") == 1
    return said.removeprefix("ipcclab: ").rstrip("\n")


@pytest.mark.usefixtures("few_states")
def test_it_prints_what_was_checked_and_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[:6] == [
        "ipcclab as STM32MP15: 6 channels, lines RX0, TX0, RX1, TX1",
        "",
        "1 channel      6 channels × 2 backgrounds × 1,024 states (of all these, 12 sampled) × 24 writes"
        " = 288 transitions",
        "invariants     6 channels × 1,024 states (of all these, 6 sampled)",
        "line equation  10,000 random writes to all channels at once",
        "",
    ]
    assert [line.split()[0] for line in lines[6:18]] == [f"I{number}" for number in range(1, 13)]
    assert lines[6] == "I1                     288 ×  a flag rises only through its sender's SCR"
    assert lines[-2:] == ["", "0 violations"]
    assert said.err == ""


def test_whole_walks_are_counted_as_products(capsys: pytest.CaptureFixture[str]) -> None:
    specification = Specification(6, (("RX0", ("RX0",)),))
    part = Part((1, 6))
    walked = Walked(65_536, 65_536 * 72, Counter())
    row = "2 channels     1 pair × 65,536 states × 72 writes = 4,718,592 transitions"
    assert describe_section(prove.TWO, [Task(prove.TWO, part)], [walked], specification) == row
    tasks = [Task(prove.PAIRS, Part(pair)) for pair in combinations(range(1, 7), 2)]
    row = "pairs          15 pairs × 65,536 states × 72 writes = 70,778,880 transitions"
    assert describe_section(prove.PAIRS, tasks, [walked] * 15, specification) == row


@pytest.mark.usefixtures("few_states")
def test_secured_block_is_said_to_be_sampled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--variant", "stm32mp25"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("ipcclab as STM32MP25: 16 channels, lines RX0, TX0, RX1, TX1, RX0S, TX0S, RX1S, TX1S\n")
    assert "\nA secured block has too many states for all of them: here" in said


@pytest.mark.parametrize(
    ("option", "row"),
    [
        ("--channels=2", "2 channels     1 pair × 65,536 states (of all these, 110 sampled)"),
        ("--pairs", "pairs          3 pairs × 65,536 states (of all these, 330 sampled)"),
    ],
)
@pytest.mark.usefixtures("few_states")
def test_two_channels_and_pairs_are_on_demand(
    option: str, row: str, devices: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "--device", f"{devices}:Three", option]) == 0
    assert f"\n{row} × 72 writes" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "title"), [("Good", "STM32MP15: 6 channels"), ("Three", "MINE: 3 channels")])
@pytest.mark.usefixtures("few_states")
def test_device_of_ones_own_is_proven_as_what_it_says_it_is(
    name: str, title: str, devices: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "--device", f"{devices}:{name}"]) == 0
    assert f"mine.py:{name} as {title}" in capsys.readouterr().out


def test_broken_device_fails_with_its_counterexample(devices: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--device", f"{devices}:Deaf"]) == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        "effect is violated: SCR sets and clears what it says.",
        "The shortest access sequence from power-on that shows it:",
        "  1. write C2SCR 0x00040000 (CH3S=1)",
        "then C2TOC1SR reads 0x00000000, must read 0x00000004",
        "and it does not report that C2TOC1SR.CH3F goes from 0 to 1",
    ]


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("{}", "--device {}: write the file and the class, as in mine.py:Mine."),
        ("no.py:Mine", "--device no.py:Mine: there is no file no.py."),
        ("{}:Goood", "--device {}:Goood: {} has no class Goood. Did you mean `Good`?"),
        ("{}:Half", "--device {}:Half: Half has no write(). It must be used like stm32mp1.device.Device."),
        (
            "{}:Needy",
            "--device {}:Needy: Needy() raises TypeError:"
            " Needy.__init__() missing 1 required positional argument: 'what'.",
        ),
    ],
)
def test_what_is_no_device(device: str, sentence: str, devices: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--device", device.replace("{}", devices)]) == 2
    assert complaint(capsys) == sentence.replace("{}", devices)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("wrong.py", "1 +", "wrong.py cannot be imported (SyntaxError: "),
        (
            "wrong.py",
            "import nothing_like_it",
            "cannot be imported (ModuleNotFoundError: No module named 'nothing_like_it').",
        ),
        ("wrong.py", "raise SystemExit(7)", "wrong.py cannot be imported (SystemExit: 7)."),
        ("device.txt", "", "device.txt is no Python file."),
    ],
)
def test_what_is_no_module(
    name: str, content: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert main(["prove", "--device", f"{tmp_path / name}:Mine"]) == 2
    assert words in complaint(capsys)


def test_misspelt_variant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--variant", "STM32WL5"]) == 2
    assert complaint(capsys) == "no variant of the IPCC is called `STM32WL5`. Did you mean `STM32WL5x`?"


@pytest.mark.parametrize("wide", [["--channels", "2"], ["--pairs"]])
def test_two_channels_of_a_secured_block_are_too_many(wide: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--variant", "all", *wide]) == 2
    assert complaint(capsys) == (
        "two channels of a secured IPCC have 16,777,216 states. Leave --channels 2 and --pairs away for it."
    )


def test_device_that_ends_the_program_ends_the_proof_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import sys\nfrom stm32mp1.ipcc import Ipcc\nclass Mine(Ipcc):\n"
        "    def write(self, offset, value, width):\n        sys.exit(3)\n"
    )
    assert main(["prove", "--device", f"{file}:Mine"]) == 1
    assert "then it raises SystemExit: 3" in capsys.readouterr().out
