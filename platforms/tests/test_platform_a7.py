"""The STM32MP157 with both processors, as far as files show it: addresses, lines, and where its program lies.

What the machine does is for Renode's suites, because only Renode has a Cortex-A.
"""

from __future__ import annotations

import re

import pytest
from elftools.elf.elffile import ELFFile

from mp1bench.errors import PlatformError
from mp1bench.platform import read_platform
from mp1bench.platform.repl import read_repl
from mp1bench.shipped import default_platform, prebuilt_images

BOTH = default_platform().with_name("stm32mp157_a7.repl")
PROGRAM = prebuilt_images()[0].parent / "a7" / "signals_a7.elf"


def entry(name: str) -> str:
    """The text of an entry: its first line, and those below it."""
    found: str
    (found,) = re.findall(rf"^{name}:.*\n(?:[ ].*\n)*", BOTH.read_text(encoding="utf-8"), re.MULTILINE)
    return found


def lines(name: str) -> dict[str, set[str]]:
    """What the entry's output lines drive."""
    pairs = re.findall(r"^    (\w+) -> (.+)$", entry(name), re.MULTILINE)
    return {line: set(receivers.split(" | ")) for line, receivers in pairs}


def test_bench_has_no_cortex_a_and_says_so() -> None:
    with pytest.raises(PlatformError) as caught:
        read_platform(BOTH)
    assert str(caught.value).partition("stm32mp157_a7.repl:")[2].partition(": ")[2] == (
        "`cpuA7` is a Cortex-A (CPU.ARMv7A), which only Renode itself runs."
        " Use stm32mp157.repl here: the host model stands for the Cortex-A7."
    )


def test_ipcc_leads_to_the_gic_as_on_the_chip() -> None:
    """ipcc-hardware.md §5: RX0 is SPI 100 and EXTI 61, TX0 is SPI 101."""
    assert lines("ipcc") == {"RX0": {"gic@100", "exti@61"}, "TX0": {"gic@101"}}


def test_watchdog_of_the_m4_and_console_lead_to_the_gic() -> None:
    """linux-mailbox.md §3.1, §7: EXTI 68 is SPI 143, UART4 is SPI 52."""
    assert lines("exti") == {"C1_68": {"gic@143"}}
    assert "gic@52" in lines("uart4")["IRQ"]


@pytest.mark.parametrize("name", ["ipcc", "exti", "uart4"])
def test_lines_said_again_drive_all_that_they_did(name: str) -> None:
    """Renode replaces a line's receivers by those of the later entry."""
    before = read_repl(default_platform()).entries[name].interrupts
    for line, receivers in lines(name).items():
        assert receivers >= {f"{wire.receiver}@{wire.number}" for wire in before.get(line, ())}


def test_gic_and_timer_are_those_of_the_chip() -> None:
    """linux-mailbox.md §7.1: GICv2 at 0xA0021000 and 0xA0022000; PPIs 13, 14, 11, 10, to which 16 is added."""
    assert re.findall(r"address: (0x\w+);.*region: \"(\w+)\"", entry("gic")) == [
        ("0xA0021000", "distributor"),
        ("0xA0022000", "cpuInterface"),
    ]
    assert ".GICv2" in entry("gic")
    assert lines("timer") == {
        "EL3PhysicalTimerIRQ": {"gic#0@29"},
        "EL1PhysicalTimerIRQ": {"gic#0@30"},
        "EL1VirtualTimerIRQ": {"gic#0@27"},
        "NonSecureEL2PhysicalTimerIRQ": {"gic#0@26"},
    }


def ddr() -> range:
    start = int(re.findall(r"sysbus (0x\w+)", entry("ddr"))[0], 16)
    return range(start, start + int(re.findall(r"size: (0x\w+)", entry("ddr"))[0], 16))


def test_ddr_leaves_the_m4_its_own_addresses() -> None:
    assert ddr().start == 0xC0000000
    assert ddr().stop <= 0xE0000000


def test_addresses_of_the_m4_alone_are_not_the_a7s() -> None:
    """m4-platform.md §1: RETRAM is at 0 for the M4 and at 0x38000000 for the A7."""
    assert re.findall(r"address: (0x\w+); cpu: (\w+)", entry("nvic")) == [("0xE000E000", "cpu")]
    assert re.findall(r"address: (0x\w+); cpu: (\w+)", entry("retram")) == [("0x00000000", "cpu")]
    assert re.findall(r"sysbus (0x\w+)", entry("retram")) == ["0x38000000"]


def test_m4_is_held_at_start_and_after_a_reset() -> None:
    assert re.findall(r"    (init|reset):\n        IsHalted true\n", entry("cpu")) == ["init", "reset"]


def test_a7_program_lies_in_ddr() -> None:
    with PROGRAM.open("rb") as file:
        elf = ELFFile(file)
        assert elf["e_machine"] == "EM_ARM"
        assert elf["e_entry"] in ddr()
        for segment in elf.iter_segments("PT_LOAD"):
            assert segment["p_vaddr"] == segment["p_paddr"]
            assert segment["p_paddr"] in ddr()
            assert segment["p_paddr"] + segment["p_memsz"] - 1 in ddr()


def test_a7_program_is_no_image_of_the_m4() -> None:
    assert PROGRAM.is_file()
    assert PROGRAM not in prebuilt_images()
