"""The scanner that says how far the core may run before a mask could change or the straight line end."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mp1bench.engine.embedded.straight_line import straight_line

NOP = b"\x00\x46"  # mov r0, r0: NOP proper is a hint, at which the scanner looks


@pytest.mark.parametrize(
    "source",
    [
        "cpsie i", "cpsid f", "msr primask, r0", "msr basepri, r0", "msr basepri_max, r0", "msr faultmask, r0",
        "msr control, r0", "b .", "b.w .", "beq .", "beq.w .", "bl .", "bx lr", "blx r3", "cbz r0, .+4", "cbnz r0, .+4",
        "pop {r4, pc}", "pop.w {r8, pc}", "mov pc, lr", "add pc, r0", "ldr pc, [r0]", "ldr.w pc, [sp], #4",
        "ldm r0, {r1, pc}", "ldmdb r0, {r1, pc}", "tbb [pc, r0]", "tbh [pc, r0, lsl #1]", "svc #0", "bkpt #0",
        "udf #0", "udf.w #0", "wfi", "wfe", "wfi.w", "it eq\n moveq r0, #1", "isb",
    ],
)  # fmt: skip
def test_ends_at(assembler: Any, source: str) -> None:
    code = assembler.code(source)
    assert straight_line(code + 8 * NOP) == 1
    assert straight_line(3 * NOP + code + 8 * NOP) == 4


@pytest.mark.parametrize(
    "source",
    [
        "adds r0, #1", "mov r8, r0", "cmp r8, r9", "ldr r0, [r1]", "str r0, [r1]", "push {r4, lr}", "pop {r4, r5}",
        "movw r0, #0xBF00", "movt r0, #0x4770", "ldr.w r0, [r1, #4]", "str.w r0, [r1, #4]", "add.w r0, r1, r2",
        "stm r0!, {r1, r2}", "strd r0, r1, [r2]", "mul r0, r1", "sdiv r0, r1, r2", "vadd.f32 s0, s1, s2",
        "vldr s0, [r0]", "sxtb r0, r1", "rev r0, r1", "sub sp, #8", "uxth r0, r1", "vmrs r0, fpscr",
    ],
)  # fmt: skip
def test_passes(assembler: Any, source: str) -> None:
    code = assembler.code(source)
    assert straight_line(code + 2 * NOP) == 3


def test_looks_at_64_instructions_at_most() -> None:
    assert straight_line(100 * NOP) == 64


@pytest.mark.parametrize("code", [b"", b"\x00", NOP, b"\xaf\xf3"], ids=["none", "half", "one", "half of a wide one"])
def test_is_at_least_one(code: bytes) -> None:
    assert straight_line(code) == 1


def test_no_narrow_instruction_that_branches_or_unmasks_is_missed(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-objdump") is None:
        pytest.skip("arm-none-eabi-objdump is not installed (Debian: binutils-arm-none-eabi)")
    # All that are neither wide nor IT, which would give the next ones a condition.
    narrow = [op for op in range(0x10000) if op >> 11 not in (0b11101, 0b11110, 0b11111) and op >> 8 != 0xBF]
    (tmp_path / "all.bin").write_bytes(struct.pack(f"<{len(narrow)}H", *narrow))
    command = ["arm-none-eabi-objdump", "-D", "-b", "binary", "-m", "arm", "-M", "force-thumb", "all.bin"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    ends = re.compile(r"^(b|bx|blx|b[a-z]{2}|b[a-z]{2}\.n|b\.n|cbn?z|cps\S*|svc|bkpt|udf)\t|^(mov|add)\tpc,|^pop\t.*pc")
    lines = re.findall(r"^\s*([0-9a-f]+):\t\S+\s*\t(.*)$", listing, re.MULTILINE)
    assert len(lines) == len(narrow)
    looked_at = [op for op in narrow if straight_line(struct.pack("<H", op) + NOP) == 1]
    must = [narrow[int(address, 16) // 2] for address, text in lines if ends.match(text)]
    assert len(must) > 7000
    assert set(must) <= set(looked_at)
