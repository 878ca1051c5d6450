"""`ipcclab explain`. What must be there is from ipcc-hardware.md §2-5 and m4-platform.md §1."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcclab.cli import main
from mp1bench.shipped import default_platform


def explain(capsys: pytest.CaptureFixture[str], what: str, *arguments: str) -> str:
    assert main(["explain", what, *arguments]) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], what: str, *arguments: str) -> str:
    assert main(["explain", what, *arguments]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("C2SCR", "IPCC C2SCR"),
        ("c2scr", "IPCC C2SCR"),
        ("IPCC_C2SCR", "IPCC C2SCR"),
        ("Processor2SetClear", "IPCC C2SCR"),
        ("C1->SR", "IPCC C1TOC2SR"),
        ("IPCC_C1->SR", "IPCC C1TOC2SR"),
        ("IPCC->C1TOC2SR", "IPCC C1TOC2SR"),
        ("IPCC_C1CR", "IPCC C1CR"),
        ("ID", "IPCC IPIDR"),
        ("VER", "IPCC VERR"),
        ("IPCC_SIDR_SID_Msk", "IPCC SIDR"),
    ],
)
def test_register_is_found_by_any_of_its_names(what: str, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, what).startswith(title)


def test_register_shows_address_access_reset_and_what_it_triggers(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C2SCR")
    for expected in (
        "ipcc + 0x018 = 0x4C001018",
        "writing 1 acts, reads 0",
        "0x00000000",
        "by processor 2, the Cortex-M4; the bus keeps nobody out",
        "CHnS sets C2TOC1SR.CHnF and so raises RX0 (GIC SPI 100), if enabled and unmasked",
        "CHnC clears C1TOC2SR.CHnF and so raises TX0 (GIC SPI 101), if enabled and unmasked",
    ):
        assert expected in said
    assert [line.split()[0] for line in said.splitlines() if "channel 6" in line] == ["5", "21"]


def test_register_has_its_picture(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C2MR").splitlines()
    assert "  |           reserved          |CH6FM|CH5FM|CH4FM|CH3FM|CH2FM|CH1FM|" in said
    assert "  |           reserved          |CH6OM|CH5OM|CH4OM|CH3OM|CH2OM|CH1OM|" in said


def test_mask_register_shows_the_equations_of_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C2MR")
    assert (
        "RX1 (NVIC 103) is high while C2CR.RXOIE = 1 and, for any n, C1TOC2SR.CHnF = 1 and C2MR.CHnOM = 0\n"
        "           TX1 (NVIC 104) is high while C2CR.TXFIE = 1 and, for any n, C2TOC1SR.CHnF = 0 and C2MR.CHnFM = 0\n"
    ) in said


def test_status_register_says_who_changes_it(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C1TOC2SR")
    assert "by nobody; C1SCR.CHnS sets the flags, C2SCR.CHnC clears them" in said
    assert "an occupied channel raises RX1 (NVIC 103), a free one TX0 (GIC SPI 101), if enabled and unmasked" in said


def test_lines_of_the_m4_carry_their_nvic_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C2CR")
    assert "RX1 (NVIC 103)" in said
    assert "TX1 (NVIC 104)" in said


def test_address_of_a_register(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "0x4C00101C").startswith("IPCC C2TOC1SR")


def test_address_inside_a_register(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "0x4C00101E").startswith("0x4C00101E is byte 2 of this register.\n\nIPCC C2TOC1SR")


def test_address_without_a_register(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "0x4C001020") == "0x4C001020 is ipcc + 0x020: reserved, the IPCC has no register there.\n"


def test_address_in_memory_names_its_twin(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "0x10042000")
    assert "384 KiB" in said
    assert "the same byte as 0x30042000" in said


def test_address_of_nothing_names_the_devices(capsys: pytest.CaptureFixture[str]) -> None:
    error = refusal(capsys, "0x60000000")
    assert error.startswith("ipcclab: nothing is at 0x60000000 on this platform. Devices: ipcc 0x4C001000, ")


def test_negative_number_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "-1").startswith("ipcclab: nothing is called `-1` on this platform. Its devices are: ipcc, ")


@pytest.mark.parametrize("what", ["C2MR.CH1OM", "c2mr.ch1om", "C2->MR.CH1OM", "IPCC_C2MR_CH1OM", "IPCC_C2MR_CH1OM_Msk"])
def test_field_of_a_register(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, what)
    assert said.startswith("IPCC C2MR")
    assert "CH1OM" in said
    assert "CH2OM" not in said


@pytest.mark.parametrize("what", ["CH3OM", "IPCC_MR_CH3OM_Pos"])
def test_field_is_shown_wherever_it_occurs(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, what)
    assert [line.split()[1] for line in said.splitlines() if line.startswith("IPCC ")] == ["C1MR", "C2MR"]


def test_ipcc_comes_before_other_devices(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "IPIDR").startswith("IPCC IPIDR")


@pytest.mark.parametrize(
    ("what", "meant"),
    [
        ("C1S", "`C1SCR`, `C1TOC2SR`, `C1SECCFGR`, `CH1S` or `CC1S`"),
        ("C1TOC2ST", "`C1TOC2SR`"),
        ("C1TOC", "`C1TOC2SR`"),
        ("Processor2ToP", "`C2TOC1SR`"),
        ("RXOE", "`RXOIE`"),
        ("CH2", None),
        ("C2CR.RXO", "`C2CR.RXOIE`"),
        ("EXTI6x", "`EXTI6`, `EXTI62` or `EXTI61`"),
        ("STM32WB15CC", None),
        ("STM32WL", "`STM32WL5x`"),
    ],
)
def test_unknown_name_is_answered_with_what_begins_so_or_is_spelt_nearly_so(
    what: str, meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if meant is None:
        assert explain(capsys, what)
    else:
        said = refusal(capsys, what)
        assert said == f"ipcclab: nothing is called `{what}` on this platform. Did you mean {meant}?\n"


def test_ipcc_comes_first_among_suggestions(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean `HWCFGR`, `HWCFGR" in refusal(capsys, "HWCFG")


def test_device_lists_its_registers_and_wires(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "ipcc").splitlines()
    assert said[0] == "ipcc: IPCC at 0x4C001000, RX1 on NVIC 103, TX1 on NVIC 104"
    assert [line.split()[:2] for line in said[2:]] == [
        [f"0x{offset:03X}", name]
        for offset, name in (
            (0x000, "C1CR"),
            (0x004, "C1MR"),
            (0x008, "C1SCR"),
            (0x00C, "C1TOC2SR"),
            (0x010, "C2CR"),
            (0x014, "C2MR"),
            (0x018, "C2SCR"),
            (0x01C, "C2TOC1SR"),
            (0x3F0, "HWCFGR"),
            (0x3F4, "VERR"),
            (0x3F8, "IPIDR"),
            (0x3FC, "SIDR"),
        )
    ]


def test_register_of_several_devices_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert "and in usart3, uart4, uart5, " in explain(capsys, "BRR")
    assert "and in" not in explain(capsys, "usart3.BRR")


def test_name_like_no_other_lists_the_devices_only(capsys: pytest.CaptureFixture[str]) -> None:
    error = refusal(capsys, "@@@@")
    assert error.startswith("ipcclab: nothing is called `@@@@` on this platform. Its devices are: ipcc, ")
    assert len(error) < 800


def test_address_of_the_core(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "0xE000E100") == "0xE000E100 belongs to the Cortex-M4 itself: SysTick, NVIC, SCB, debug.\n"


def test_register_whose_read_acts_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  access   read-only, a read acts\n" in explain(capsys, "RLR0")
    assert "a read acts" not in explain(capsys, "C1TOC2SR")


# -- lines and channels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["RX1", "rx1", "EXTI62"])
def test_line_is_found_by_its_name_and_its_event(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, what).splitlines()[:4] == [
        "ipcc.RX1, an interrupt line of the IPCC",
        "",
        "  to       Cortex-M4, NVIC 103, wake-up event EXTI62",
        "  high     while C2CR.RXOIE = 1 and, for any n, C1TOC2SR.CHnF = 1 and C2MR.CHnOM = 0",
    ]


def test_line_goes_where_the_platform_wires_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = tmp_path / "moved.repl"
    moved.write_text(default_platform().read_text().replace("RX1 -> nvic@103", "RX1 -> nvic@99"))
    assert "Cortex-M4, NVIC 99, wake-up event EXTI62" in explain(capsys, "RX1", "--platform", str(moved))


def test_channel_is_two_flags_with_five_bits_each(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "CH3")
    assert said.startswith("ipcc channel 3 of 6: ")
    assert [tuple(line.split()[:4]) for line in said.splitlines() if line.startswith("  0x")] == [
        ("0x008", "bit", "18", "C1SCR.CH3S"),
        ("0x00C", "bit", "2", "C1TOC2SR.CH3F"),
        ("0x018", "bit", "2", "C2SCR.CH3C"),
        ("0x014", "bit", "2", "C2MR.CH3OM"),
        ("0x004", "bit", "18", "C1MR.CH3FM"),
        ("0x018", "bit", "18", "C2SCR.CH3S"),
        ("0x01C", "bit", "2", "C2TOC1SR.CH3F"),
        ("0x008", "bit", "2", "C1SCR.CH3C"),
        ("0x004", "bit", "2", "C1MR.CH3OM"),
        ("0x014", "bit", "18", "C2MR.CH3FM"),
    ]
