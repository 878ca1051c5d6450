"""The exception self-test of `firmware/exceptions` on Renode: what its log says, case by case.

Expected is the log of QEMU's Cortex-M4; left out are registers that Renode shows otherwise, and what it does otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from mp1bench.engine import Stop
from mp1bench.shipped import prebuilt_image
from renode_here import needs_pyrenode

pytestmark = needs_pyrenode

#: Cases that Renode does otherwise; `platforms/RENODE_DIFFERENCES.md` says how.
DIFFERENT = {
    "bad_return", "coprocessor_that_is_not_there", "exclusives_and_exceptions",
    "float_frame_on_the_process_stack", "handler_uses_main_stack", "jump_to_nowhere", "jump_without_thumb_bit",
    "mpu_in_hardfault", "no_alignment_on_request", "systick_registers", "unprivileged_system_space",
    "unprivileged_thread", "unprivileged_trigger",
}  # fmt: skip
#: ICSR, CONTROL in a handler, SHCSR and AIRCR.
_OTHERWISE = re.compile(r"(?<=icsr)(.*?) [0-9a-f]{8}|(?<=control) [0-9a-f]\b|(?<=shcsr) [0-9a-f]{8}|(?<=aircr).*")
_LAST = "mpu_in_hardfault"


def cases(log: str) -> dict[str, list[str]]:
    """The lines of each case."""
    found: dict[str, list[str]] = {}
    for line in log.splitlines():
        if line.startswith(" "):
            found[list(found)[-1]].append(_OTHERWISE.sub("", line))
        else:
            found[line] = []
    return found


@pytest.fixture(scope="module")
def run() -> tuple[Stop, dict[str, list[str]]]:
    """Why it stopped, and its log: what it has printed, and what it has not printed yet."""
    from mp1bench.engine.renode.engine import RenodeEngine

    engine = RenodeEngine()
    engine.add_memory("ram", 0x10000, [0])
    with prebuilt_image("exceptions").open("rb") as file:
        elf = ELFFile(file)
        symbols = {symbol.name: symbol["st_value"] for symbol in elf.get_section_by_name(".symtab").iter_symbols()}
        for segment in elf.iter_segments("PT_LOAD"):
            engine.write_bytes(segment["p_paddr"], segment.data())
    engine.release()
    stop = engine.run(100_000_000)
    waiting = engine.read_bytes(symbols["text"], engine.read(symbols["used"]))
    return stop, cases(engine.semihosting.text + waiting.decode())


def test_run_ends_where_the_mpu_applies_in_hardfault(run: tuple[Stop, dict[str, list[str]]]) -> None:
    stop, log = run
    assert stop.reason == "lockup"
    assert re.match(r"the M4 is locked up: HardFault at pc 0x[0-9A-F]{8} \(UNDEFINSTR, FORCED\)$", stop.detail)
    assert list(log)[-1] == _LAST


def test_each_other_case_is_as_on_a_cortex_m4(run: tuple[Stop, dict[str, list[str]]]) -> None:
    expected = cases(Path(prebuilt_image("exceptions")).with_suffix(".qemu.log").read_text())
    different = {name for name, lines in run[1].items() if expected[name] != lines}
    assert different == DIFFERENT
    assert set(expected) - set(run[1]) == {"division_by_zero", "fpu_switched_off"}
