"""The image `neighbours` in plain Renode: real code measures timers, DMA, analogue wires and watchdogs by SysTick."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mp1bench.shipped import default_platform, prebuilt_image
from renode_here import needs_renode
from renode_plain_files import Session

#: Of the boot chain's clocks: PLL3_P for the M4, 24 MHz / 4 * (34 + 6660 / 8192).
MCU_HZ = 208_877_929
#: Cycles: an interrupt is taken up to a block of instructions late.
JITTER = 100

SCRIPT = f'''
$elf=@{prebuilt_image("neighbours")}
include @{default_platform().with_suffix(".resc")}
python """
text = []
def hear(byte):
    text.append(chr(byte))
monitor.Machine["sysbus.uart4"].CharReceived += hear
def ask(command):
    for letter in command + chr(10):
        monitor.Machine["sysbus.uart4"].WriteChar(ord(letter))
    run("0.05")
run("0.01")
for command in ("tim 2", "tim 16", "compare", "lptim", "dma", "hsem 5", "dac 4095", "adc 16", "wwdg bite"):
    ask(command)
for line in "".join(text).splitlines():
    say(line)
"""
'''


@needs_renode
def test_firmware_measures_the_devices_as_on_the_bench(renode: Callable[..., Session]) -> None:
    said = renode(SCRIPT).said
    numbers = [int(word) for line in said for word in line.split() if word.isdigit() and int(word) > 1000]
    assert numbers == [
        pytest.approx(9 * 208 * 1000, abs=JITTER),  # tim 2: nine periods of 208 * 1000 cycles of the bus
        pytest.approx(9 * 208 * 1000, abs=JITTER),
        pytest.approx(250 * 208, abs=JITTER),
        pytest.approx(4 * 328 * MCU_HZ / 32_768, abs=JITTER),  # lptim: the LSE
        4095,
        65535,  # adc 16: the DAC's output, full scale
        pytest.approx(4 * (0x7F - 0x40) * 4096 * 2, abs=JITTER),  # wwdg: PCLK1 is half of the M4's clock
    ]
    assert said[0] == "neighbours: reset causes 0x15"
    assert said[5:7] == [
        "dma: 1 interrupt, 0 items left, 0 words differ",
        "hsem 5: one step 0x80000200, two steps 0x80000207, 1 interrupt, then 0x0",
    ]
    assert said[-1] == "neighbours: reset causes 0x400", "WWDG1 has reset the M4"
