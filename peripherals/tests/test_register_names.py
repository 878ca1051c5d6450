"""Every name by which people and the vendor's headers call a register or a field leads to it."""

from __future__ import annotations

import pytest

from stm32mp1.ipcc import Ipcc
from stm32mp1.rcc import Rcc
from stm32mp1.registers import RegisterTable


def found(table: RegisterTable, name: str) -> list[str]:
    return [f"{register.name}.{field.name}" if field else register.name for register, field in table.find(name)]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("C1TOC2SR", ["C1TOC2SR"]),
        ("processor1toprocessor2status", ["C1TOC2SR"]),
        ("IPCC_C1TOC2SR", ["C1TOC2SR"]),
        ("IPCC->C1TOC2SR", ["C1TOC2SR"]),
        ("C1->SR", ["C1TOC2SR"]),
        ("IPCC_C1->SR", ["C1TOC2SR"]),
        ("SR", ["C1TOC2SR", "C2TOC1SR"]),
        ("RXOIE", ["C1CR.RXOIE", "C2CR.RXOIE"]),
        ("ch6om", ["C1MR.CH6OM", "C2MR.CH6OM"]),
        ("C2MR.CH6OM", ["C2MR.CH6OM"]),
        ("C2->MR.CH6OM", ["C2MR.CH6OM"]),
        ("IPCC_C1CR_RXOIE", ["C1CR.RXOIE"]),
        ("IPCC_C1MR_CH1OM_Msk", ["C1MR.CH1OM"]),
        ("IPCC_C2SCR_CH3S_Pos", ["C2SCR.CH3S"]),
        ("IPCC_MR_CH1OM_Msk", ["C1MR.CH1OM", "C2MR.CH1OM"]),
        ("IPCC_HWCFGR_CHANNELS", ["HWCFGR.CHANNELS"]),
        ("IPCC_IPIDR_IPID_Msk", ["IPIDR"]),
        ("IPCC_SIDR_SID", ["SIDR"]),
    ],
)
def test_name_is_found(name: str, meant: list[str]) -> None:
    assert found(Ipcc.TABLE, name) == meant


@pytest.mark.parametrize("name", ["", "_", ".", "->", "CH7OM", "C1MR.", "C1MR.RXOIE", "C1CR_CH1OM", "IPCC_", "C3CR"])
def test_what_is_no_name_finds_nothing(name: str) -> None:
    assert found(Ipcc.TABLE, name) == []


@pytest.mark.parametrize("name", ["BOOT_MCU", "MP_GCR.BOOT_MCU", "RCC_MP_GCR_BOOT_MCU_Msk"])
def test_names_may_hold_underscores_themselves(name: str) -> None:
    assert found(Rcc.TABLE, name) == ["MP_GCR.BOOT_MCU"]
