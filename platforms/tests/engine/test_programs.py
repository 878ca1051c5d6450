"""The machine code of this folder's programs is what the assembler makes of their source."""

from __future__ import annotations

from typing import Any

import pytest


def test_machine_code_is_what_the_assembler_makes(assembler: Any) -> None:
    if not assembler.installed:
        pytest.skip(f"{assembler.command} is not installed (Debian: binutils-arm-none-eabi)")
    assert assembler.programs
    assert assembler.assemble_all(list(assembler.programs)) == list(assembler.programs.values())
