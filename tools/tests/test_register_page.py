"""The register page, the pictures in it, and the README beside it: both are what the device is now."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from ipcclab.bit_picture import bit_picture
from ipcclab.cli import main
from stm32mp1.ipcc_table import STM32MP15, STM32MP25, VARIANTS, ipcc_table
from stm32mp1.registers import RW, Field, Register

FOLDER = Path(__file__).parents[2] / "peripherals"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
NEIGHBOURS = (FOLDER / "NEIGHBOURS.md").read_text(encoding="utf-8")


def page(folder: Path, variant: str) -> str:
    path = folder / "page.md"
    assert main(["export", str(path), "--variant", variant]) == 0
    return path.read_text(encoding="utf-8")


def test_page_is_what_export_writes_now(tmp_path: Path) -> None:
    """If not: `ipcclab export peripherals/IPCC.md`."""
    assert page(tmp_path, "STM32MP15") == (FOLDER / "IPCC.md").read_text(encoding="utf-8")


def test_readme_examples_do_what_they_show() -> None:
    session = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(session, {}, "peripherals/README.md", None, None)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert result.attempted > 30
    assert result.failed == 0, "".join(said)


def test_examples_of_the_neighbours_do_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER.parent)
    session = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", NEIGHBOURS, re.MULTILINE | re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(session, {}, "peripherals/NEIGHBOURS.md", None, None)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(
        examples, out=said.append
    )
    assert result.attempted > 8
    assert result.failed == 0, "".join(said)


@pytest.mark.parametrize("page", [README, NEIGHBOURS], ids=["README", "NEIGHBOURS"])
def test_links_lead_somewhere(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", page) if "://" not in link]
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        text = (FOLDER / path).read_text(encoding="utf-8")
        assert not anchor or f"\n## {anchor.capitalize()}\n" in text


def test_page_links_lead_somewhere(tmp_path: Path) -> None:
    for variant in VARIANTS:
        text = page(tmp_path, variant.name)
        anchors = {head.lower() for head in re.findall(r"^## (\w+)$", text, re.MULTILINE)}
        assert set(re.findall(r"\]\(#(\w+)\)", text)) == anchors - {"channels", "variants"}


def test_page_of_the_mp15_says_what_the_facts_say(tmp_path: Path) -> None:
    text = page(tmp_path, "STM32MP15")
    for row in (
        "In STM32MP151, STM32MP153, STM32MP157, at 0x4C001000 to 0x4C0013FF. 6 channels in each direction.",
        "| 0x018 | [C2SCR](#c2scr) | Processor2SetClear | writing 1 acts, reads 0 | 0x00000000 |",
        "| 0x3FC | [SIDR](#sidr) | SizeIdentification | read-only, constant | 0xA3C5DD01 |",
        "| RX0 | Cortex-A7, GIC SPI 100, wake-up event EXTI61 |"
        " C1CR.RXOIE = 1 and, for any n, C2TOC1SR.CHnF = 1 and C1MR.CHnOM = 0 |",
        "| TX1 | Cortex-M4, NVIC 104 | C2CR.TXFIE = 1 and, for any n, C2TOC1SR.CHnF = 0 and C2MR.CHnFM = 0 |",
        "| 21:16 | `CHnS` | occupy channel n to processor 2, n = 1 to 6 |",
    ):
        assert row in text.splitlines()


def test_page_of_the_mp25_says_what_is_modelled(tmp_path: Path) -> None:
    text = page(tmp_path, "STM32MP25")
    assert "SECCFGR routes a channel's interrupts" in text
    assert "PRIVCFGR and CIDCFGR are kept and not enforced" in text
    assert "No source confirms the value of VERR." in text
    assert (
        "| TX0 | Cortex-A35, GIC SPI 172 | C1CR.TXFIE = 1 and, for any n, C1TOC2SR.CHnF = 0, C1MR.CHnFM = 0"
        " and C1SECCFGR.CHnSEC = 0 |"
    ) in text
    assert (
        "| RX1S | Cortex-M33, NVIC 173 | C2CR.SECRXOIE = 1 and, for any n, C1TOC2SR.CHnF = 1, C2MR.CHnOM = 0"
        " and C2SECCFGR.CHnSEC = 1 |"
    ) in text


def test_each_page_lists_all_variants(tmp_path: Path) -> None:
    for variant in VARIANTS:
        rows = page(tmp_path, variant.name).partition("## Variants")[2].splitlines()[4:]
        names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
        expected = ["STM32MP15", "STM32WB55", "STM32WB15", "STM32WL5x", "STM32MP25"]
        assert names == [f"**{name}**" if name == variant.name else name for name in expected]


# -- pictures -------------------------------------------------------------------------------------------------


def picture(name: str) -> list[str]:
    register = ipcc_table(STM32MP15).named(name)
    assert register is not None
    return bit_picture(register)


def test_picture_of_a_mask_register() -> None:
    assert picture("C2MR") == [
        " 31 30 29 28 27 26 25 24 23 22   21    20    19    18    17    16",
        "+-----------------------------+-----+-----+-----+-----+-----+-----+",
        "|           reserved          |CH6FM|CH5FM|CH4FM|CH3FM|CH2FM|CH1FM|",
        "+-----------------------------+-----+-----+-----+-----+-----+-----+",
        "            reads 1              rw    rw    rw    rw    rw    rw",
        " 15 14 13 12 11 10  9  8  7  6    5     4     3     2     1     0",
        "+-----------------------------+-----+-----+-----+-----+-----+-----+",
        "|           reserved          |CH6OM|CH5OM|CH4OM|CH3OM|CH2OM|CH1OM|",
        "+-----------------------------+-----+-----+-----+-----+-----+-----+",
        "            reads 1              rw    rw    rw    rw    rw    rw",
    ]


def test_picture_of_a_register_without_fields_names_its_halves() -> None:
    assert [line.strip("| ") for line in picture("SIDR") if "[" in line] == ["SIDR[31:16]", "SIDR[15:0]"]


def test_picture_counts_the_bits_of_a_wide_field_from_its_own_lowest() -> None:
    (names,) = [line for line in picture("VERR") if "MAJREV" in line]
    assert names == "|        reserved       |MAJREV[3:0]|MINREV[3:0]|"


def test_picture_cuts_a_field_between_the_rows() -> None:
    register = Register(0x0, "R", "Register", RW, 0, [Field("COUNT", 12, "count", width=8)], "A register.")
    drawn = "\n".join(bit_picture(register))
    assert "COUNT[7:4]" in drawn
    assert "COUNT[3:0]" in drawn


def test_picture_has_no_room_for_words_in_a_narrow_gap() -> None:
    register = Register(0x0, "R", "Register", RW, 0, [Field("A", 0, "a"), Field("B", 2, "b")], "A register.")
    *_, names, _, below = bit_picture(register)
    assert names.endswith("|B |- |A |")
    assert below.split()[-3:] == ["rw", "0", "rw"]


@pytest.mark.parametrize("register", list(ipcc_table(STM32MP25)), ids=lambda register: register.name)
def test_picture_shows_each_bit_once(register: Register) -> None:
    lines = bit_picture(register)
    assert [int(bit) for line in (lines[0], lines[5]) for bit in line.split()] == list(range(31, -1, -1))
    for field in register.fields:
        assert sum(line.count(f"|{field.name}[") + line.count(f"|{field.name}|") for line in lines) <= 2
        assert field.name in "\n".join(lines)
    assert {len(line) for line in lines[1:4]} == {len(lines[1])}
