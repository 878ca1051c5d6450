"""`ipcclab export`, read back by the reader of the cmsis-svd project and checked against Arm's schema.

What must be there is from ipcc-hardware.md §1, §2, §5 and §9, written out here once more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cmsis_svd.parser import SVDParser

from ipcclab.cli import main
from ipcclab.export import export, svd
from mp1bench.shipped import default_platform
from stm32mp1.ipcc_table import STM32MP15, Line
from stm32mp1.registers import RW, Field, Register, RegisterTable

#: Name, offset, access, value after reset.
BANKS = [
    ("C1CR", 0x000, "read-write", 0x0000_0000),
    ("C1MR", 0x004, "read-write", 0xFFFF_FFFF),
    ("C1SCR", 0x008, "read-write", 0x0000_0000),
    ("C1TOC2SR", 0x00C, "read-only", 0x0000_0000),
    ("C2CR", 0x010, "read-write", 0x0000_0000),
    ("C2MR", 0x014, "read-write", 0xFFFF_FFFF),
    ("C2SCR", 0x018, "read-write", 0x0000_0000),
    ("C2TOC1SR", 0x01C, "read-only", 0x0000_0000),
]
PROTECTION = [
    ("C1SECCFGR", 0x080, "read-write", 0),
    ("C1PRIVCFGR", 0x084, "read-write", 0),
    ("C1CIDCFGR", 0x088, "read-write", 0),
    ("C2SECCFGR", 0x090, "read-write", 0),
    ("C2PRIVCFGR", 0x094, "read-write", 0),
    ("C2CIDCFGR", 0x098, "read-write", 0),
]
IDENTIFICATION = [
    ("VERR", 0x3F4, "read-only", 0x0000_0010),
    ("IPIDR", 0x3F8, "read-only", 0x0010_0071),
    ("SIDR", 0x3FC, "read-only", 0xA3C5_DD01),
]
SIX = ("HWCFGR", 0x3F0, "read-only", 6)
SIXTEEN = ("HWCFGR", 0x3F0, "read-only", 16)

#: Base, channels, registers, inputs of the NVIC of the core that the file is about.
VARIANTS: dict[str, tuple[int, int, list[tuple[str, int, str, int]], dict[str, int]]] = {
    "STM32MP15": (0x4C00_1000, 6, [*BANKS, SIX, *IDENTIFICATION], {"IPCC_RX1": 103, "IPCC_TX1": 104}),
    "STM32WB55": (0x5800_0C00, 6, [*BANKS, SIX, *IDENTIFICATION], {"IPCC_RX0": 44, "IPCC_TX0": 45}),
    "STM32WB15": (0x5800_0C00, 6, BANKS, {"IPCC_RX0": 44, "IPCC_TX0": 45}),
    "STM32WL5x": (0x5800_0C00, 6, [*BANKS, SIX, *IDENTIFICATION], {"IPCC_RX0": 45, "IPCC_TX0": 46}),
    "STM32MP25": (0x4049_0000, 16, [*BANKS, *PROTECTION, SIXTEEN, *IDENTIFICATION], {"IPCC_RX1S": 173}),
}
EACH_VARIANT = pytest.mark.parametrize("variant", VARIANTS)


def exported(folder: Path, *arguments: str) -> Path:
    path = folder / "ipcc.svd"
    assert main(["export", str(path), *arguments]) == 0
    return path


def peripherals(path: Path) -> dict[str, Any]:
    return {peripheral.name: peripheral for peripheral in SVDParser.for_xml_file(path).get_device().peripherals}


def fields(register: Any) -> dict[str, tuple[int, int]]:
    """Lowest bit and width of each field, by name."""
    return {field.name: (field.bit_offset, field.bit_width) for field in register.fields or ()}


def expected_fields(register: str, channels: int, secured: bool) -> dict[str, tuple[int, int]]:
    kinds: dict[str, dict[str, int]] = {
        "MR": {"OM": 0, "FM": 16},
        "SCR": {"C": 0, "S": 16},
        "TOC2SR": {"F": 0},
        "TOC1SR": {"F": 0},
        "SECCFGR": {"SEC": 0},
        "PRIVCFGR": {"PRIV": 0},
    }
    if register[2:] in kinds:
        halves = kinds[register[2:]]
        return {f"CH{n}{end}": (lsb + n - 1, 1) for end, lsb in halves.items() for n in range(1, channels + 1)}
    return {
        "CR": {"RXOIE": (0, 1), "TXFIE": (16, 1)} | ({"SECRXOIE": (1, 1), "SECTXFIE": (17, 1)} if secured else {}),
        "CIDCFGR": {"CFEN": (0, 1), "CID": (4, 4)},
        "CFGR": {"CHANNELS": (0, 8)},
        "RR": {"MINREV": (0, 4), "MAJREV": (4, 4)},
    }.get(register[2:], {})


@EACH_VARIANT
def test_independent_reader_finds_the_registers(variant: str, tmp_path: Path) -> None:
    base, _, registers, _ = VARIANTS[variant]
    (ipcc,) = peripherals(exported(tmp_path, "--variant", variant)).values()
    assert (ipcc.name, ipcc.base_address, ipcc.address_blocks[0].size) == ("IPCC", base, 0x400)
    assert [(r.name, r.address_offset, r.access.value, r.reset_value) for r in ipcc.registers] == registers
    assert {(r.size, r.reset_mask) for r in ipcc.registers} == {(32, 0xFFFF_FFFF)}


@EACH_VARIANT
def test_independent_reader_finds_the_fields(variant: str, tmp_path: Path) -> None:
    _, channels, _, _ = VARIANTS[variant]
    (ipcc,) = peripherals(exported(tmp_path, "--variant", variant)).values()
    for register in ipcc.registers:
        assert fields(register) == expected_fields(register.name, channels, variant == "STM32MP25"), register.name


@EACH_VARIANT
def test_interrupts_are_those_of_one_core(variant: str, tmp_path: Path) -> None:
    (ipcc,) = peripherals(exported(tmp_path, "--variant", variant)).values()
    assert {interrupt.name: interrupt.value for interrupt in ipcc.interrupts} == VARIANTS[variant][3]


@EACH_VARIANT
@pytest.mark.parametrize("schema", ["1.3.1", "1.3.11"])
def test_svd_keeps_to_the_schema(variant: str, schema: str, tmp_path: Path) -> None:
    path = exported(tmp_path, "--variant", variant)
    assert SVDParser.validate_xml_file(path, schema, schema_version_detection=False) == (True, "")


def test_scr_acts_on_ones_and_reads_zero(tmp_path: Path) -> None:
    (ipcc,) = peripherals(exported(tmp_path)).values()
    scr = {register.name: register for register in ipcc.registers}["C1SCR"]
    assert scr.modified_write_values.value == "oneToClear"
    assert {field.modified_write_values.value for field in scr.fields} == {"oneToClear"}


def test_every_other_register_is_plain(tmp_path: Path) -> None:
    (ipcc,) = peripherals(exported(tmp_path)).values()
    odd = {r.name for r in ipcc.registers if r.modified_write_values or r.read_action}
    assert odd == {"C1SCR", "C2SCR"}


def test_both_names_of_a_register_are_in_the_file(tmp_path: Path) -> None:
    (ipcc,) = peripherals(exported(tmp_path)).values()
    status = {register.name: register for register in ipcc.registers}["C1TOC2SR"]
    assert status.display_name == "C1TOC2SR (Processor1ToProcessor2Status)"
    assert status.description.endswith(" Also: C1->SR.")


@pytest.mark.parametrize(
    ("register", "field", "words"),
    [
        ("C1TOC2SR", "CH2F", ["free", "occupied"]),
        ("C1MR", "CH2OM", ["unmasked", "masked"]),
        ("C1CR", "TXFIE", ["disabled", "enabled"]),
        ("C1SCR", "CH2S", ["none", "act"]),
        ("C1SECCFGR", "CH2SEC", ["nonsecure", "secure"]),
    ],
)
def test_values_of_a_bit_have_names(register: str, field: str, words: list[str], tmp_path: Path) -> None:
    (ipcc,) = peripherals(exported(tmp_path, "--variant", "STM32MP25")).values()
    found = {r.name: {f.name: f for f in r.fields or ()} for r in ipcc.registers}[register][field]
    values = found.enumerated_values[0].enumerated_values
    assert [(value.value, value.name) for value in values] == list(enumerate(words))


def test_a_variant_of_ones_own_can_be_exported(tmp_path: Path) -> None:
    mine = STM32MP15._replace(
        name="my chip", base=0x4000_0000, channels=3, lines=(Line("IRQ", "NVIC 5", ("RX1", "TX1")),), events=()
    )
    export(tmp_path / "mine.svd", mine)
    device = SVDParser.for_xml_file(tmp_path / "mine.svd").get_device()
    (ipcc,) = device.peripherals
    assert (device.name, ipcc.base_address) == ("my_chip", 0x4000_0000)
    assert [(one.name, one.value) for one in ipcc.interrupts] == [("IPCC_IRQ", 5)]
    assert len(ipcc.registers[1].fields) == 6


def test_same_variant_gives_the_same_bytes(tmp_path: Path) -> None:
    first = exported(tmp_path).read_bytes()
    assert exported(tmp_path, "--variant", "stm32mp157").read_bytes() == first
    assert b"\r" not in first


# -- a whole platform -----------------------------------------------------------------------------------------


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return exported(tmp_path, "--platform", str(default_platform()))


def test_platform_keeps_to_the_schema(whole: Path) -> None:
    assert SVDParser.validate_xml_file(whole, "1.3.11", schema_version_detection=False) == (True, "")


def test_platform_has_each_device_at_its_place(whole: Path) -> None:
    found = peripherals(whole)
    assert found["IPCC"].base_address == 0x4C00_1000
    assert found["RCC"].base_address == 0x5000_0000
    assert found["GPIOZ"].base_address == 0x5400_4000
    assert {one.name: one.value for one in found["IPCC"].interrupts} == {"IPCC_RX1": 103, "IPCC_TX1": 104}


def test_devices_of_one_kind_share_their_registers(whole: Path) -> None:
    found = peripherals(whole)
    assert whole.read_text(encoding="utf-8").count("<name>MODER</name>") == 1
    assert {r.name for r in found["GPIOZ"].registers} == {r.name for r in found["GPIOA"].registers}


def test_a_read_that_acts_is_marked(whole: Path) -> None:
    """A debugger that shows the page of the HSEM would otherwise take all semaphores."""
    acting = {
        (name, register.name)
        for name, peripheral in peripherals(whole).items()
        for register in peripheral.registers
        if register.read_action is not None
    }
    assert acting == {("HSEM", f"RLR{n}") for n in range(32)} | {
        *((name, "RDR") for name in ("USART1", "USART2", "USART3", "UART4", "UART5", "USART6", "UART7", "UART8")),
        *((f"I2C{n}", "RXDR") for n in range(1, 7)),
        *((f"SPI{n}", "RXDR") for n in range(1, 7)),
        *((f"TIM{n}", "DMAR") for n in (1, 2, 3, 4, 5, 8, 15, 16, 17)),
        ("QUADSPI", "DR"),
        ("RNG1", "DR"),
        ("RNG2", "DR"),
        ("CRYP1", "DOUT"),
        ("CRYP2", "DOUT"),
        ("ADC12", "ADC1_DR"),
        ("ADC12", "ADC2_DR"),
    }


def test_plain_field_of_a_register_that_acts_is_plain() -> None:
    """PLL1CR and its like: some bits act, others keep what is written."""
    table = RegisterTable("T", [
        Register(0x0, "R", "Register", "writing 1 acts, reads 0", 0x0,
                 [Field("GO", 0, "start"), Field("SPEED", 4, "speed", width=4, access=RW)], "A register."),
    ])  # fmt: skip
    text = svd.device("D", "A device.", [svd.Peripheral("T", "A block.", 0x0, 0x400, table)])
    assert text.count("<modifiedWriteValues>oneToClear</modifiedWriteValues>") == 2
    assert text.count("<modifiedWriteValues>modify</modifiedWriteValues>") == 1


def test_case_of_the_ending_does_not_matter(tmp_path: Path) -> None:
    for name in ("ipcc.svd", "IPCC.SVD"):
        assert main(["export", str(tmp_path / name)]) == 0
    assert (tmp_path / "IPCC.SVD").read_bytes() == (tmp_path / "ipcc.svd").read_bytes()


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x.xml"], "x.xml: nothing to export to a file ending .xml. Known endings: .svd, .md."),
        (["x"], "x: nothing to export to a file name without an ending. Known endings: .svd, .md."),
        (["no/x.svd"], "no/x.svd: it cannot be written there (No such file or directory)."),
        (
            ["x.svd", "--variant", "STM32WL5y"],
            "no variant of the IPCC is called `STM32WL5y`. Did you mean `STM32WL5x`?",
        ),
        (
            ["x.svd", "--variant", "SAMD21"],
            "no variant of the IPCC is called `SAMD21`."
            " There are: STM32MP15, STM32WB55, STM32WB15, STM32WL5x, STM32MP25.",
        ),
        (["x.md", "--platform", str(default_platform())], "x.md: a whole platform is exported as .svd only."),
    ],
)
def test_what_cannot_be_exported(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    assert capsys.readouterr().err == f"ipcclab: {sentence}\n"
    assert list(tmp_path.iterdir()) == []
