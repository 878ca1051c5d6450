"""`ipcclab explain`. What must be there is from ipcc-hardware.md §2-5 and m4-platform.md §1."""

from __future__ import annotations

import pytest

from ipcclab.cli import main


def explain(capsys: pytest.CaptureFixture[str], what: str) -> str:
    assert main(["explain", what]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("C2SCR", "IPCC C2SCR"),
        ("c2scr", "IPCC C2SCR"),
        ("IPCC_C2SCR", "IPCC C2SCR"),
        ("ID", "IPCC IPIDR"),
        ("VER", "IPCC VERR"),
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
        "processor 2, the Cortex-M4 (firmware)",
        "CHnS sets C2TOC1SR.CHnF and so raises RX0 (GIC SPI 100), if enabled and unmasked",
        "CHnC clears C1TOC2SR.CHnF and so raises TX0 (GIC SPI 101), if enabled and unmasked",
    ):
        assert expected in said
    assert [line.split()[0] for line in said.splitlines() if "CH6" in line] == ["5", "21"]


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
    assert main(["explain", "0x60000000"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("ipcclab: 0x60000000 is neither in a device nor in a memory of this platform. Devices: ")
    assert "ipcc 0x4C001000" in error


def test_field_of_a_register(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "C2MR.CH1OM")
    assert said.startswith("IPCC C2MR")
    assert "CH1OM" in said
    assert "CH2OM" not in said


def test_field_is_shown_wherever_it_occurs(capsys: pytest.CaptureFixture[str]) -> None:
    said = explain(capsys, "CH3OM")
    assert [line.split()[1] for line in said.splitlines() if line.startswith("IPCC ")] == ["C1MR", "C2MR"]


def test_ipcc_comes_before_other_devices(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "IPIDR").startswith("IPCC IPIDR")


@pytest.mark.parametrize(
    ("what", "meant"), [("C1TOC2ST", "C1TOC2SR"), ("C1S", "CH1S"), ("C2MR.CH1OMM", "C2MR.CH1OM"), ("HWCFG", "HWCFGR")]
)
def test_misspelt_name_is_answered_with_the_nearest(what: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", what]) == 2
    assert capsys.readouterr().err == f"ipcclab: nothing is called `{what}` on this platform. Did you mean `{meant}`?\n"


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
    assert "and in usart3, uart4, uart7" in explain(capsys, "BRR")
    assert "and in" not in explain(capsys, "usart3.BRR")


def test_name_like_no_other_lists_the_devices_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "@@@@"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("ipcclab: nothing is called `@@@@` on this platform. Its devices are: ipcc, ")
    assert len(error) < 400


def test_address_of_the_core(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "0xE000E100") == "0xE000E100 belongs to the Cortex-M4 itself: SysTick, NVIC, SCB, debug.\n"
