"""What RENODE.md tells a user to type does in Renode what the page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from renode_here import needs_renode
from renode_plain_files import TYPES, Session
from stm32mp1.ipcc_table import VARIANTS

PAGE = (TYPES.parent / "RENODE.md").read_text(encoding="utf-8")
BLOCKS = [
    block.replace("@path/to/platforms", f"@{TYPES.parent}") for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
]
OWN = """cpu: CPU.CortexM @ sysbus
    cpuType: "cortex-m4"
    nvic: nvic

nvic: IRQControllers.NVIC @ sysbus 0xE000E000
    IRQ -> cpu@0
"""


@needs_renode
def test_two_lines_add_the_ipcc_to_a_machine_of_ones_own(renode: Callable[..., Session], tmp_path: Path) -> None:
    (tmp_path / "own.repl").write_text(OWN, encoding="utf-8")
    session = renode(
        f"mach create\nmachine LoadPlatformDescription @{tmp_path}/own.repl\n{BLOCKS[0]}"
        'python "write(0x4C001010, 1); write(0x4C001014, 0); write(0x4C001008, 1 << 16)"\n'
        'python "say(read(0x4C0013F0), read(0xE000E20C) >> 7)"\n'
        "sysbus WriteByte 0x4C001008 1\n"
    )
    assert session.said == ["6 1"], "six channels, and NVIC 103 is pending"
    assert "[WARNING] ipcc: 1-byte write to C1SCR, which the hardware does not take" in session.log


@needs_renode
def test_the_m4_answers_whoever_asks_by_hand(renode: Callable[..., Session]) -> None:
    (block,) = [block for block in BLOCKS if "0x12345678" in block]
    assert "0xEDCBA987" in renode(block).printed
    assert "prints 0xEDCBA987" in PAGE


def test_page_names_every_variant() -> None:
    assert [variant.name for variant in VARIANTS if f"`{variant.name}`" not in PAGE] == []
