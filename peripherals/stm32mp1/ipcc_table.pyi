from collections.abc import Iterable
from typing import Final, NamedTuple

from stm32mp1.registers import Register, RegisterTable

C1CR: Final = 0x00
C1MR: Final = 0x04
C1SCR: Final = 0x08
C1TOC2SR: Final = 0x0C
C2CR: Final = 0x10
C2MR: Final = 0x14
C2SCR: Final = 0x18
C2TOC1SR: Final = 0x1C
C1SECCFGR: Final = 0x80
C2SECCFGR: Final = 0x90

HALF: Final = 16
RXOIE: Final = 0x00000001
TXFIE: Final = 0x00010000

class Line(NamedTuple):
    """An output line of an IPCC: high while one of its sources is."""

    name: str
    receiver: str  # where the part wires it, in words: "NVIC 103"; "" if no source says
    sources: tuple[str, ...]  # of SOURCES and, in a secured block, of SECURE_SOURCES

class Variant(NamedTuple):
    """An IPCC as a part has it. Your own is `STM32MP15._replace(name="MINE", channels=3)`."""

    name: str
    parts: str  # the parts that have it, in words
    base: int  # address of its window
    channels: int  # in each direction, 1 to 16
    cores: tuple[str, str]  # processor 1 and processor 2
    lines: tuple[Line, ...]  # in the order in which edges are reported
    identified: bool  # there are HWCFGR, VERR, IPIDR and SIDR
    secured: bool  # there are the secure enables, and SECCFGR, PRIVCFGR and CIDCFGR
    events: tuple[tuple[str, str], ...]  # wake-up events: another name under which a line leaves the block

SOURCES: Final[tuple[str, ...]]
SECURE_SOURCES: Final[tuple[str, ...]]

STM32MP15: Final[Variant]
STM32WB55: Final[Variant]
STM32WB15: Final[Variant]
STM32WL5x: Final[Variant]
STM32MP25: Final[Variant]
VARIANTS: Final[tuple[Variant, ...]]

class IpccTable(RegisterTable):
    """The registers of an IPCC."""

    variant: Variant  # that they follow from
    def __init__(self, variant: Variant, registers: Iterable[Register]) -> None: ...

def ipcc_table(variant: Variant) -> IpccTable:
    """The registers of that IPCC. ValueError if there can be none."""
