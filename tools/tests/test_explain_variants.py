"""`ipcclab explain` for other IPCCs than the STM32MP15's. What must be there is from ipcc-hardware.md §9."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcclab.cli import main
from mp1bench.shipped import default_platform


def explain(capsys: pytest.CaptureFixture[str], what: str, *arguments: str) -> str:
    assert main(["explain", what, *arguments]) == 0
    return capsys.readouterr().out


def test_combined_line_is_high_for_either_of_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "RXTX1", "--variant", "STM32WL5x")
    assert "  to       Cortex-M0+, NVIC 18\n" in said
    assert "  high     while C2CR.RXOIE = 1 and, for any n, C1TOC2SR.CHnF = 1 and C2MR.CHnOM = 0\n" in said
    assert "           or while C2CR.TXFIE = 1 and, for any n, C2TOC1SR.CHnF = 0 and C2MR.CHnFM = 0\n" in said


def test_channel_of_a_secured_block_has_its_protection(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "CH16", "--variant", "STM32MP25")
    assert "  0x090 bit 15  C2SECCFGR.CH16SEC    makes its interrupts to processor 2 secure\n" in said
    assert "  0x084 bit 15  C1PRIVCFGR.CH16PRIV  kept, not enforced\n" in said


@pytest.mark.parametrize("what", ["STM32WL5x", "stm32wl5X", "STM32WL55JC", "WL54"])
def test_variant_is_found_by_its_name_and_its_parts(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, what)
    assert said.startswith("STM32WL5x: the IPCC of STM32WL55, STM32WL54\n")
    for expected in (
        "  at       0x58000C00",
        "  channels 6 in each direction",
        "  between  processor 1, the Cortex-M4, and processor 2, the Cortex-M0+",
        "  lines    RX0    to Cortex-M4, NVIC 45",
        "           RXTX1  to Cortex-M0+, NVIC 18",
    ):
        assert expected in said.splitlines()


def test_secured_variant_says_what_is_modelled(capsys: pytest.CaptureFixture[str]) -> None:
    assert "PRIVCFGR and CIDCFGR are kept and not enforced" in explain(capsys, "STM32MP25")


def test_register_of_a_variant(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C2CR", "--variant", "STM32MP25")
    assert "  at       ipcc + 0x010 = 0x40490010\n" in said
    assert "by processor 2, the Cortex-M33" in said
    assert (
        "RX1S (NVIC 173) is high while C2CR.SECRXOIE = 1 and, for any n, C1TOC2SR.CHnF = 1, C2MR.CHnOM = 0"
        " and C2SECCFGR.CHnSEC = 1\n"
    ) in said


def test_address_in_a_variant(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "0x58000C10", "--variant", "STM32WL5x").startswith("IPCC C2CR")


def test_platform_with_another_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.repl"
    other.write_text(
        default_platform()
        .read_text()
        .replace("    RX1 -> nvic@103 | exti@62\n", '    variant: "STM32MP25"\n    RX1 -> nvic@103\n')
    )
    assert explain(capsys, "C1SECCFGR", "--platform", str(other)).startswith("IPCC C1SECCFGR")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["C1SECCFGR"],
            "nothing is called `C1SECCFGR` on this platform, but STM32MP25 has it:"
            " ipcclab explain C1SECCFGR --variant STM32MP25",
        ),
        (
            ["CH7"],
            "nothing is called `CH7` on this platform, but STM32MP25 has it: ipcclab explain CH7 --variant STM32MP25",
        ),
        (
            ["HWCFGR", "--variant", "STM32WB15"],
            "nothing is called `HWCFGR` in the IPCC of STM32WB15, but STM32MP15 has it:"
            " ipcclab explain HWCFGR --variant STM32MP15",
        ),
        (
            ["@@@@", "--variant", "STM32WB15"],
            "nothing is called `@@@@` in the IPCC of STM32WB15."
            " Its registers are: C1CR, C1MR, C1SCR, C1TOC2SR, C2CR, C2MR, C2SCR, C2TOC1SR.",
        ),
        (
            ["0x4C001000", "--variant", "STM32WL5x"],
            "nothing is at 0x4C001000 in the IPCC of STM32WL5x. Devices: ipcc 0x58000C00.",
        ),
        (["C1CR", "--variant", "STM32WB56"], "no variant of the IPCC is called `STM32WB56`. Did you mean `STM32WB55`?"),
        (
            ["C1CR", "--variant", "STM32MP25", "--platform", "x.repl"],
            "argument --platform: not allowed with argument --variant. `ipcclab explain --help` shows what there is.",
        ),
    ],
)
def test_what_another_variant_has_or_none(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *arguments]) == 2
    assert capsys.readouterr().err == f"ipcclab: {sentence}\n"
