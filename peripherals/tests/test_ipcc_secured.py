"""The secured block of the STM32MP25 (ipcc-hardware.md §9): its registers route interrupts, and nothing is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stm32mp1.device import CPU1, CPU2, Device
from stm32mp1.ipcc import Ipcc, ipcc_class
from stm32mp1.ipcc_table import STM32MP25, ipcc_table

Listen = Callable[[Device], list[tuple[object, ...]]]

C1CR, C1MR, C1SCR, C1TOC2SR = 0x000, 0x004, 0x008, 0x00C
C2CR, C2MR, C2SCR, C2TOC1SR = 0x010, 0x014, 0x018, 0x01C

# A processor's CR, MR, SCR and SECCFGR, its peer's SCR, its number in the names of lines.
SECURE_SIDES = pytest.mark.parametrize(
    ("cr", "mr", "scr", "seccfgr", "peer_scr", "number"),
    [(C1CR, C1MR, C1SCR, 0x080, C2SCR, "0"), (C2CR, C2MR, C2SCR, 0x090, C1SCR, "1")],
    ids=["processor1", "processor2"],
)


def high(ipcc: Ipcc) -> list[str]:
    return [line for line in ipcc.LINES if ipcc.level(line)]


@SECURE_SIDES
@pytest.mark.parametrize("channel", [1, 2, 15, 16])
def test_secure_channel_raises_only_the_secure_line(
    cr: int, mr: int, scr: int, seccfgr: int, peer_scr: int, number: str, channel: int
) -> None:
    bit = 1 << channel - 1
    ipcc = ipcc_class(STM32MP25)()
    ipcc.write(seccfgr, bit, 4)
    ipcc.write(cr, 0x00030003, 4)
    ipcc.write(mr, 0xFFFFFFFF & ~bit, 4)
    assert high(ipcc) == []
    ipcc.write(peer_scr, bit << 16, 4)
    assert high(ipcc) == [f"RX{number}S"]
    ipcc.write(mr, 0xFFFFFFFF & ~(bit << 16), 4)
    assert high(ipcc) == [f"TX{number}S"]
    ipcc.write(scr, bit << 16, 4)
    assert high(ipcc) == []


@SECURE_SIDES
@pytest.mark.parametrize("channel", [1, 2, 15, 16])
def test_open_channel_raises_only_the_open_line(
    cr: int, mr: int, scr: int, seccfgr: int, peer_scr: int, number: str, channel: int
) -> None:
    bit = 1 << channel - 1
    ipcc = ipcc_class(STM32MP25)()
    ipcc.write(seccfgr, 0xFFFF & ~bit, 4)
    ipcc.write(cr, 0x00030003, 4)
    ipcc.write(mr, 0xFFFFFFFF & ~bit, 4)
    ipcc.write(peer_scr, bit << 16, 4)
    assert high(ipcc) == [f"RX{number}"]
    ipcc.write(mr, 0xFFFFFFFF & ~(bit << 16), 4)
    assert high(ipcc) == [f"TX{number}"]


@SECURE_SIDES
@pytest.mark.parametrize(
    ("enable", "line"), [(0x00000001, "RX"), (0x00010000, "TX"), (0x00000002, "RX_S"), (0x00020000, "TX_S")]
)
def test_each_enable_governs_its_own_line(
    cr: int, mr: int, scr: int, seccfgr: int, peer_scr: int, number: str, enable: int, line: str
) -> None:
    """Channels 1 and 2 are occupied and free, open and secure, unmasked: whatever is enabled is high."""
    ipcc = ipcc_class(STM32MP25)()
    ipcc.write(seccfgr, 0x0002, 4)
    ipcc.write(mr, 0x00000000, 4)
    ipcc.write(peer_scr, 0x00030000, 4)
    assert high(ipcc) == []
    ipcc.write(cr, enable, 4)
    assert high(ipcc) == [line[:2] + number + line[3:]]


def test_making_an_occupied_channel_secure_moves_it_to_the_secure_line(listen: Listen) -> None:
    ipcc = ipcc_class(STM32MP25)()
    ipcc.write(C2CR, 0x00000003, 4)
    ipcc.write(C2MR, 0xFFFFFFFE, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    heard = listen(ipcc)
    ipcc.write(0x090, 0x00000001, 4)
    assert heard == [("line", "RX1", False), ("line", "RX1S", True)]


def test_security_of_one_processor_leaves_the_lines_of_the_other_alone() -> None:
    ipcc = ipcc_class(STM32MP25)()
    ipcc.write(0x080, 0xFFFF, 4)
    ipcc.write(C2CR, 0x00030003, 4)
    ipcc.write(C2MR, 0xFFFFFFFE, 4)
    ipcc.write(C1SCR, 0x00010000, 4)
    assert high(ipcc) == ["RX1"]


def test_privilege_and_compartment_are_kept_and_not_enforced() -> None:
    ipcc = ipcc_class(STM32MP25)()
    for offset in (0x084, 0x088, 0x094, 0x098):
        ipcc.write(offset, 0xFFFFFFFF, 4)
    assert [ipcc.read(offset, 4) for offset in (0x084, 0x088, 0x094, 0x098)] == [0xFFFF, 0xF1, 0xFFFF, 0xF1]
    ipcc.write(C2CR, 0x00000001, 4)
    ipcc.write(C2MR, 0xFFFFFFFE, 4)
    for processor in (CPU1, CPU2):
        ipcc.processor = processor
        ipcc.write(C1SCR, 0x00010000, 4)
        assert (ipcc.read(C1TOC2SR, 4), high(ipcc)) == (0x0001, ["RX1"])
        ipcc.write(C2SCR, 0x00000001, 4)
        assert (ipcc.read(C1TOC2SR, 4), high(ipcc)) == (0x0000, [])


def test_security_refuses_no_access(listen: Listen) -> None:
    ipcc = ipcc_class(STM32MP25)()
    for offset in (0x080, 0x090):
        ipcc.write(offset, 0xFFFF, 4)
    heard = listen(ipcc)
    for processor in (CPU1, CPU2):
        ipcc.processor = processor
        for scr in (C1SCR, C2SCR):
            ipcc.write(scr, 0x00010000, 4)
            ipcc.write(scr, 0x00000001, 4)
    assert [report for report in heard if report[0] == "illegal"] == []
    assert (ipcc.read(C1TOC2SR, 4), ipcc.read(C2TOC1SR, 4)) == (0x0000, 0x0001)


def test_names_of_the_protection_registers_and_fields_are_the_vendors() -> None:
    table = ipcc_table(STM32MP25)
    fields = {register.name: [field.name for field in register.fields] for register in table}
    for bank in ("C1", "C2"):
        assert fields[bank + "SECCFGR"] == [f"CH{n}SEC" for n in range(1, 17)]
        assert fields[bank + "PRIVCFGR"] == [f"CH{n}PRIV" for n in range(1, 17)]
        assert fields[bank + "CIDCFGR"] == ["CFEN", "CID"]
        names = [(f"{bank}SECCFGR", "Security"), (f"{bank}PRIVCFGR", "Privilege"), (f"{bank}CIDCFGR", "Compartment")]
        for name, human in names:
            assert table.named(f"Processor{bank[1]}{human}") is table.named(name), name
    cr = table.named("C2CR")
    assert cr is not None
    assert {field.name: field.mask for field in cr.fields} == {
        "RXOIE": 1 << 0, "SECRXOIE": 1 << 1, "TXFIE": 1 << 16, "SECTXFIE": 1 << 17,
    }  # fmt: skip
